"""What the server counts and measures, for Prometheus. No text of questions or documents is among it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copilot.answering.events import Answer

Gauges = Callable[[], Iterable[tuple[str, str, float]]]
"""Gives name, description and value of each gauge, as of now."""

_QUICK_S: Final = (0.002, 0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_UNKNOWN: Final = "(none)"  # a path that isn't there: as a label it could be anything, without end


class Metrics:
    """Counts; may be used by several threads.

    Args:
        gauges: Asked whenever somebody reads the metrics.
    """

    def __init__(self, gauges: Gauges) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = Counter(
            "edge_copilot_http_requests", "Requests answered.", ("method", "path", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "edge_copilot_http_request_seconds",
            "Time to the end of an answer; of event streams, to the end of the stream.",
            ("path",),
            buckets=_QUICK_S,
            registry=self.registry,
        )
        self._answers = Counter(
            "edge_copilot_answers", "Questions answered.", ("status", "route"), registry=self.registry
        )
        self._evidence = Histogram(
            "edge_copilot_first_evidence_seconds", "Question to evidence.", buckets=_QUICK_S, registry=self.registry
        )
        self._token = Histogram(
            "edge_copilot_first_token_seconds",
            "Question to the first word, waiting for a turn included.",
            buckets=_QUICK_S,
            registry=self.registry,
        )
        self._total = Histogram(
            "edge_copilot_answer_seconds", "Question to the whole answer.", buckets=_QUICK_S, registry=self.registry
        )
        self._tokens = Counter("edge_copilot_tokens", "Tokens read and written.", ("kind",), registry=self.registry)
        self._broken_off = Counter(
            "edge_copilot_broken_off", "Answers that were stopped because nobody waited.", registry=self.registry
        )
        self.registry.register(_Gauges(gauges))

    def answered(self, answer: Answer) -> None:
        """Count an answer."""
        timings = answer.timings
        self._answers.labels(answer.status, answer.route.target).inc()
        self._evidence.observe(timings.first_evidence_ms / 1000)
        if timings.first_token_ms is not None:
            self._token.observe(timings.first_token_ms / 1000)
        self._total.observe(timings.total_ms / 1000)
        self._tokens.labels("read").inc(timings.prompt_tokens)
        self._tokens.labels("written").inc(timings.answer_tokens)

    def broken_off(self) -> None:
        """Count an answer that was stopped."""
        self._broken_off.inc()

    def requested(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            method: Such as GET.
            path: As declared ("/v1/notes/{id}"), never as sent.
            status: Of the answer; 499 where there was nobody left to answer.
            seconds: To its end.
        """
        self._requests.labels(method, path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


class _Gauges:
    def __init__(self, read: Gauges) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        for name, description, value in self._read():
            yield GaugeMetricFamily(f"edge_copilot_{name}", description, value=value)

    def describe(self) -> Iterable[Metric]:
        return ()  # else they would be read once at the start, when there is nothing to read yet


class Counted:
    """ASGI: counts requests.

    Args:
        app: What comes behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 499

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = scope.get("route")
            path = getattr(route, "path", _UNKNOWN)
            metrics: Metrics = scope["app"].state.services.metrics
            method = scope["method"] if route is not None else _UNKNOWN
            metrics.requested(method, path, status, perf_counter() - began)
