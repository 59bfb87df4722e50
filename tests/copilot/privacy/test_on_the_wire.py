"""Every byte that leaves is watched on a real socket: nothing restricted, nothing personal, whatever goes wrong.

The questions are sent by the engine that sends them in earnest, to a server that keeps all it is sent: request line,
headers, body, of every attempt. Logs, stderr and the audit log are read too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.private_cases import Case, case, leaks
from copilot.engines.cloud import Asked, Cloud, Ended, Endpoint, Patience, Phases, Word
from copilot.engines.cloud.client import EndpointClient
from copilot.logs import configure_logging
from copilot.privacy import AuditLog, Outgoing, Refused, ToolCall
from copilot.privacy.policy import PrivacyPolicy
from copilot.privacy.wall import Wall
from index.errors import EdgeCopilotError
from index.passages import Passage
from tests.sync.outbox.wiretap import Request, Said, Wiretap, tapped

KEY = "sk-the-key-of-this-endpoint-0123456789"
WALL = Wall(PrivacyPolicy(question_only=True))
PATIENCE = Patience(attempts=2, first_s=0.0, longest_s=0.0, jitter_s=0.0)


def streamed(text: str, calls: list[object] | None = None) -> Said:
    """A reply in small pieces, as an endpoint sends it."""
    pieces = [{"content": text[at : at + 7]} for at in range(0, len(text), 7)] or [{"tool_calls": calls}]
    lines = [f"data: {json.dumps({'choices': [{'delta': piece}]})}\n\n" for piece in pieces]
    end = 'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
    return Said(body=("".join(lines) + end).encode(), media_type="text/event-stream")


def echo(request: Request) -> Said:
    """Says back all that it was told: an answer full of placeholders."""
    return streamed(json.loads(request.body)["messages"][-1]["content"])


def asks(request: Request) -> Said:
    """Asks for more passages, with a placeholder in its query."""
    arguments = json.dumps({"query": "⟦MAIL_1⟧ ⟦NAME_1⟧ and more"})
    return streamed("", [{"index": 0, "id": "c1", "function": {"name": "search", "arguments": arguments}}])


FAULTS: dict[str, Callable[[Request], Said]] = {
    "busy": lambda _: Said(429, {"error": "later"}, headers={"Retry-After": "0"}),
    "broken": lambda request: Said(500, request.body),  # throws the question back
    "refused": lambda request: Said(400, request.body),
    "moved": lambda request: Said(307, b"", headers={"Location": f"/elsewhere?{len(request.body)}"}),
    "cut": lambda _: Said(cut=True),
    "no chat": lambda _: Said(body=b"<html>log in</html>", media_type="text/html"),
    "nonsense": lambda request: Said(body=b"data: {" + request.body + b"\n\n", media_type="text/event-stream"),
    "error": lambda _: Said(body=b'data: {"error": {"message": "no"}}\n\n', media_type="text/event-stream"),
    "half": lambda _: Said(
        body=b'data: {"choices":[{"delta":{"content":"It is"}}]}\n\n', media_type="text/event-stream"
    ),
}


@dataclass
class Exchange:
    """A question on its way, as the router sends it."""

    found: Outgoing
    audit: AuditLog
    id: str = "0190-request"
    sent: int = field(default=0)

    def outgoing(self, endpoint: Endpoint) -> Outgoing | None:
        return self.found

    async def sending(self, endpoint: Endpoint, outgoing: Outgoing) -> Callable[[Ended], None]:
        self.sent += 1
        departure = self.audit.departing(outgoing, attempt=self.sent)
        return lambda how: self.audit.ended(departure, how.outcome, received_bytes=how.received_bytes)


@dataclass
class Line:
    """The way from the wall to a tapped server, used for many questions."""

    tap: Wiretap
    audit: AuditLog
    log: Path
    runner: asyncio.Runner
    client: EndpointClient

    def ask(self, found: Outgoing) -> tuple[str, Asked | None, EdgeCopilotError | None]:
        """What was shown of the answer, and how it ended."""
        return self.runner.run(self._ask(found))

    async def _ask(self, found: Outgoing) -> tuple[str, Asked | None, EdgeCopilotError | None]:
        # The circuit breakers are new each time, the connections are not.
        cloud, restorer, shown, asked = Cloud([self.client], PATIENCE), found.restorer(), "", None
        try:
            async with _closing(cloud.ask(Exchange(found, self.audit))) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Word):
                        shown += restorer.feed(piece.text)
                    elif isinstance(piece, Asked):
                        asked = piece
        except EdgeCopilotError as error:
            return shown + restorer.finish(), asked, error
        return shown + restorer.finish(), asked, None


@asynccontextmanager
async def _closing(pieces: object) -> AsyncIterator[object]:
    try:
        yield pieces
    finally:
        await pieces.aclose()  # type: ignore[attr-defined]


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # no power failure is tested here, and some disks take long
    configure_logging(tmp_path / "logs", "debug", echo=2)
    logging.getLogger("httpx").setLevel(logging.DEBUG)
    with tapped() as tap, asyncio.Runner() as runner:
        endpoint = Endpoint("hq", f"{tap.url}/v1", "big", key=lambda: KEY)
        client = EndpointClient(endpoint, Phases(2, 2, 2, 2, 2))
        audit = AuditLog(tmp_path / "audit.jsonl", max_bytes=1 << 30)
        yield Line(tap, audit, tmp_path / "logs" / "edge-copilot.log", runner, client)
        runner.run(client.close())


def _sent(line: Line, one: Case) -> Outgoing | None:
    found = WALL.outgoing(one.question, one.before, one.passages, one.recipient, may_ask=True)
    if isinstance(found, Refused):
        assert one.quotes, found
        return None
    return found


def _leaked(line: Line, one: Case, passages: tuple[Passage, ...], captured: bytes, *, also: bytes = b"") -> list[str]:
    log = line.log.read_bytes() if line.log.exists() else b""
    return leaks(one, captured, passages) + leaks(one, log + line.audit.path.read_bytes() + also, ())


@settings(max_examples=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**63), st.lists(st.sampled_from(sorted(FAULTS)), max_size=2))
def test_not_one_private_byte_leaves_and_the_answer_is_whole(line: Line, seed: int, faults: list[str]) -> None:
    one = case(seed)
    line.tap.clear()
    line.tap.answering[:] = [*(FAULTS[fault] for fault in faults), echo]
    found = _sent(line, one)
    if found is None:
        assert not line.tap.captured
        return

    shown, _, error = line.ask(found)

    captured = bytes(line.tap.captured)
    assert _leaked(line, one, found.passages, captured, also=repr(error).encode()) == []
    assert all(request.body == found.as_request() for request in line.tap.requests)
    assert captured.count(KEY.encode()) == len(line.tap.requests), "the key stands in its header alone"
    assert KEY.encode() not in line.log.read_bytes() if line.log.exists() else True
    if not faults:
        assert error is None
        assert one.question in shown
        assert all(passage.text in shown for passage in found.passages)
    line.audit.path.unlink()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**63), st.integers(0, 2**63))
def test_nor_when_the_endpoint_asks_for_more(line: Line, seed: int, other: int) -> None:
    one, two = case(seed), case(other)
    line.tap.clear()
    line.tap.answering[:] = [asks, echo]
    found = _sent(line, one)
    if found is None:
        return
    _, asked, _ = line.ask(found)
    assert asked is not None

    later = WALL.more(found, ToolCall(asked.id, asked.query), two.passages, one.recipient, last=True)

    passages = found.passages
    if isinstance(later, Outgoing):
        shown, _, error = line.ask(later)
        assert error is None
        passages = later.passages
        # Passages of both cases have the same ids; the second ones of an id count as known.
        assert all(passage.text in shown for passage in passages[len(found.passages) :])
    captured = bytes(line.tap.captured)
    both = Case(
        one.question, (), (*one.passages, *two.passages), one.recipient, one.secrets, one.runs, one.canaries, False
    )
    assert _leaked(line, both, passages, captured) == []
    private = [passage.text for passage in two.passages if WALL.stays(passage, one.recipient)]
    assert not [text for text in private if text.encode() in captured]
    line.audit.path.unlink()


def test_what_is_watched_would_be_seen(line: Line) -> None:
    """A question that is sent as it stands, by a wall without rules, is found to leak."""
    one = next(one for one in map(case, range(1000)) if one.secrets and one.secrets[0].value in one.question)

    assert leaks(one, json.dumps({"content": one.question}, ensure_ascii=False).encode(), ())


def test_stderr_says_nothing_either(line: Line, capfd: pytest.CaptureFixture[str]) -> None:
    for seed in range(20):
        one = case(seed)
        line.tap.clear()
        line.tap.answering[:] = list(FAULTS.values())[seed % len(FAULTS) :] or [echo]
        found = _sent(line, one)
        if found is not None:
            line.ask(found)

        out, err = capfd.readouterr()
        assert leaks(one, (out + err).encode(), ()) == []
        assert KEY not in out + err
