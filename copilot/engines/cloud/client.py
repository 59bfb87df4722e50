"""One endpoint, asked once: opens the stream, reads it word by word, and gives up in time.

What is sent is an `Outgoing` to the byte, which only the wall makes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

import httpx
from httpx_sse import EventSource, SSEError

from copilot.engines.chat_completions import CallPart, count, is_loopback, read_event, web_address
from copilot.engines.cloud.endpoint import Endpoint, Phases
from copilot.engines.cloud.faults import Rejected, broken_off, from_status, from_transport, silent
from copilot.engines.cloud.pinning import tls_context
from copilot.engines.cloud.replies import Asked, Spent, Word, estimated_tokens, join_call
from copilot.privacy.outgoing import Outgoing
from copilot.privacy.request import SEARCH_TOOL
from index.errors import EdgeCopilotError

Reply = Word | Asked | Spent

_MOST_BYTES: Final = 8 << 20
"""Of a reply: an endpoint that goes on and on must not fill the memory."""


class EndpointClient:
    """Asks one endpoint. Use it from one event loop, and close it.

    Args:
        endpoint: Which.
        phases: How long to wait.
        clock: Seconds that only go forward.
        now: The time, for a Retry-After that is a date.

    Raises:
        UsageError: The address or the certificates can't be used.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        phases: Phases,
        *,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.endpoint = endpoint
        self._phases = phases
        self._clock = clock
        self._now = now
        url = web_address(endpoint.base_url, f"base_url of the endpoint {endpoint.name}")
        self._client = httpx.AsyncClient(
            base_url=str(url).rstrip("/") + "/",
            timeout=httpx.Timeout(phases.whole_s, connect=phases.connect_s),
            verify=tls_context(endpoint.ca_file, endpoint.pins) if url.scheme == "https" else True,
            # A proxy of the environment must not see what is meant for this machine itself.
            trust_env=not is_loopback(url.host),
            follow_redirects=False,
            headers={"User-Agent": "edge-copilot"},
        )

    async def stream(self, outgoing: Outgoing, idempotency_key: str) -> AsyncGenerator[Reply, None]:
        """Send ``outgoing`` and yield what comes: words or one `Asked`, then `Spent`. Closing it hangs up.

        Args:
            outgoing: Made for this endpoint.
            idempotency_key: The same for every attempt at one request, so that a server can tell.

        Raises:
            Unreachable, Busy, Untrusted: Nothing came; see `faults`.
            BrokenOff: It ended in the middle.
            Rejected, EngineError: It was refused, or what came is no chat completion.
            UsageError: The key is missing.
        """
        if outgoing.endpoint != self.endpoint.name:
            raise ValueError(f"a request for {outgoing.endpoint} must not go to {self.endpoint.name}")
        name, begun, parts, size = self.endpoint.name, False, list[CallPart](), 0
        usage: Mapping[str, Any] = {}
        started = self._clock()
        waits = _Waits(self._phases, started, self._clock)
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(waits.left(begun)):
                    response = await self._open(stack, outgoing, idempotency_key)
                    events = await stack.enter_async_context(aclosing(EventSource(response).aiter_sse()))
                finished = False
                while True:
                    async with asyncio.timeout(waits.left(begun)):
                        event = await anext(events, None)
                    if event is None or event.data == "[DONE]":
                        break
                    delta = read_event(event.data)
                    usage = delta.usage or usage
                    finished = finished or delta.finished
                    parts += delta.calls
                    if delta.text:
                        begun, size = True, size + len(delta.text.encode("utf-8", "replace"))
                        waits.word()
                        yield Word(delta.text)
                    elif delta.calls:
                        waits.word()
            except (TimeoutError, httpx.TimeoutException) as error:
                raise (broken_off(name) if begun else silent(name)) from error
            except (httpx.HTTPError, SSEError, httpx.StreamError) as error:
                raise (broken_off(name) if begun else from_transport(name, error)) from error
            if begun and event is None and not finished:
                raise broken_off(name)
        call = join_call(parts, SEARCH_TOOL) if not begun else None
        if not begun and call is None:
            raise Rejected(f"The endpoint {name} sent no answer.", "Look at its log.")
        if call is not None:
            yield call
        yield Spent(
            count(usage, "prompt_tokens") or estimated_tokens(len(outgoing.as_request())),
            count(usage, "completion_tokens") or estimated_tokens(size),
            count(usage, "prompt_tokens") > 0,
        )

    async def _open(self, stack: AsyncExitStack, outgoing: Outgoing, idempotency_key: str) -> httpx.Response:
        headers = {
            "Accept": "text/event-stream",
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",  # what is packed could unpack to anything
            "Cache-Control": "no-store",
            "Idempotency-Key": idempotency_key,
            **self._authorization(),
        }
        sending = self._client.stream("POST", "chat/completions", content=outgoing.as_request(), headers=headers)
        response = await stack.enter_async_context(sending)
        fault = from_status(self.endpoint.name, response, self._now())
        if fault is not None:
            raise fault
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Capped(response.stream, self.endpoint.name)
        return response

    async def healthy(self) -> bool:
        """Whether the endpoint can be reached now. Sends no text; raises nothing."""
        try:
            async with asyncio.timeout(self._phases.health_s):
                response = await self._client.get("models", headers=self._authorization())
        except (TimeoutError, httpx.HTTPError, EdgeCopilotError, OSError):
            return False
        return response.status_code < 500

    def _authorization(self) -> dict[str, str]:
        key = self.endpoint.key()
        return {"Authorization": f"Bearer {key}"} if key else {}

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class _Waits:
    """How long the next word may take. A server that keeps a connection alive without a word is silent too."""

    def __init__(self, phases: Phases, started: float, clock: Callable[[], float]) -> None:
        self._phases = phases
        self._clock = clock
        self._whole = started + phases.whole_s
        self._next = started + phases.first_word_s

    def word(self) -> None:
        self._next = self._clock() + self._phases.next_word_s

    def left(self, begun: bool) -> float:
        return max(0.0, min(self._next, self._whole) - self._clock())


class _Capped(httpx.AsyncByteStream):
    """A body of which only so much is read, before a line of it is even complete."""

    def __init__(self, body: httpx.AsyncByteStream, name: str) -> None:
        self._body = body
        self._name = name

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = _MOST_BYTES
        async for piece in self._body:
            left -= len(piece)
            if left < 0:
                raise Rejected(f"The endpoint {self._name} sends more than an answer can be.", "Look at its log.")
            yield piece

    async def aclose(self) -> None:
        await self._body.aclose()
