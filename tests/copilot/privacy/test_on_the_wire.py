"""Every byte that leaves is watched on a real socket: nothing restricted, nothing personal, whatever goes wrong.

The questions are sent by the engine that sends them in earnest, to a server that keeps all it is sent: request line,
headers, body, of every attempt. Logs, stderr and the audit log are read too. `bench.privacy` does the same with 10,000.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.private_cases import Case, case, leaks
from copilot.logs import configure_logging
from copilot.privacy import Outgoing, Refused, ToolCall
from copilot.privacy.policy import PrivacyPolicy
from copilot.privacy.wall import Wall
from index.passages import Passage
from tests.copilot.privacy.line import FAULTS, KEY, Line, asks, echo, tapped_line

WALL = Wall(PrivacyPolicy(question_only=True))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """All that is ever logged."""
    configure_logging(tmp_path / "logs", "debug", echo=2)
    logging.getLogger("httpx").setLevel(logging.DEBUG)
    return tmp_path / "logs" / "edge-copilot.log"


@pytest.fixture
def line(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # no power failure is tested here, and some disks take long
    with tapped_line(tmp_path) as line:
        yield line


def _sent(one: Case) -> Outgoing | None:
    found = WALL.outgoing(one.question, one.before, one.passages, one.recipient, may_ask=True)
    if isinstance(found, Refused):
        assert one.quotes, found
        return None
    return found


def _told(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _leaked(one: Case, passages: tuple[Passage, ...], line: Line, told: bytes) -> list[str]:
    """What of a case went out, or was written down."""
    return leaks(one, bytes(line.tap.captured), passages) + leaks(one, told + _told(line.audit.path), ())


@settings(max_examples=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**63), st.lists(st.sampled_from(sorted(FAULTS)), max_size=2))
def test_not_one_private_byte_leaves_and_the_answer_is_whole(
    line: Line, log: Path, seed: int, faults: list[str]
) -> None:
    one = case(seed)
    line.tap.clear()
    line.tap.answering[:] = [*(FAULTS[fault] for fault in faults), echo]
    found = _sent(one)
    if found is None:
        assert not line.tap.captured
        return

    shown, _, error = line.ask(found)

    captured, told = bytes(line.tap.captured), _told(log) + repr(error).encode()
    assert _leaked(one, found.passages, line, told) == []
    assert all(request.body == found.as_request() for request in line.tap.requests)
    assert captured.count(KEY.encode()) == len(line.tap.requests), "the key stands in its header alone"
    assert KEY.encode() not in told
    if not faults:
        assert error is None
        assert one.question in shown
        assert all(passage.text in shown for passage in found.passages)
    line.audit.path.unlink()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**63), st.integers(0, 2**63))
def test_nor_when_the_endpoint_asks_for_more(line: Line, log: Path, seed: int, other: int) -> None:
    one, two = case(seed), case(other)
    line.tap.clear()
    line.tap.answering[:] = [asks, echo]
    found = _sent(one)
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
    both = Case(
        one.question, (), (*one.passages, *two.passages), one.recipient, one.secrets, one.runs, one.canaries, False
    )
    assert _leaked(both, passages, line, _told(log)) == []
    private = [passage.text for passage in two.passages if WALL.stays(passage, one.recipient)]
    assert not [text for text in private if text.encode() in line.tap.captured]
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
        found = _sent(one)
        if found is not None:
            line.ask(found)

        out, err = capfd.readouterr()
        assert leaks(one, (out + err).encode(), ()) == []
        assert KEY not in out + err
