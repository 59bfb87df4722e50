"""The audit log: a line for each request before it leaves, and no word of it."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copilot.privacy import AuditLog, Outgoing, Source
from copilot.privacy.policy import PrivacyPolicy
from copilot.privacy.values import PriorTurn
from copilot.privacy.wall import Wall
from index.documents import AccessLabel
from index.errors import EdgeCopilotError, ReadOnlyData
from tests.copilot.privacy.private import TRUSTED, passage

NOW = datetime(2026, 5, 12, 8, 30, tzinfo=UTC)


def outgoing() -> Outgoing:
    found = Wall(PrivacyPolicy()).outgoing(
        "Ask a@b.de about F0012",
        [PriorTurn("Who?", "Nobody.", (Source("c", "d", AccessLabel.RESTRICTED),))],
        [
            passage("F0012: overcurrent"),
            passage("Hands off", AccessLabel.INTERNAL),
            passage("Boss", AccessLabel.RESTRICTED),
        ],
        TRUSTED,
    )
    assert isinstance(found, Outgoing)
    return found


def test_a_request_is_on_the_disk_before_it_leaves(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "deep" / "audit.jsonl", now=lambda: NOW)
    leaving = outgoing()

    departure = log.departing(leaving, attempt=2)

    (one,) = AuditLog(log.path).requests()
    assert (one.id, one.at, one.endpoint, one.trusted, one.attempt) == (departure.id, NOW, "hq", True, 2)
    assert (one.bytes, one.sha256) == (len(leaving.as_request()), hashlib.sha256(leaving.as_request()).hexdigest())
    assert one.labels == {"public": 1, "internal": 1}
    assert (one.held_passages, one.held_turns) == (1, 1)
    assert one.placeholders == {"MAIL": 1}
    assert (one.question_only, one.outcome, one.received_bytes) == (False, None, 0)


def test_what_became_of_it_is_added(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    first, second = log.departing(outgoing()), log.departing(outgoing(), attempt=2)
    log.ended(second, "answered", received_bytes=77)
    log.ended(first, "unreachable")

    assert [(one.attempt, one.outcome, one.received_bytes) for one in log.requests()] == [
        (1, "unreachable", 0),
        (2, "answered", 77),
    ]


def test_it_holds_no_word_of_what_left(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.ended(log.departing(outgoing()), "answered", received_bytes=9)

    content = log.path.read_text().casefold()

    assert not [
        word for word in ("f0012", "a@b.de", "about", "overcurrent", "hands", "boss", "drive") if word in content
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl", max_bytes=100)
    for _ in range(3):
        log.departing(outgoing())

    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir() if "lock" not in path.name}
    assert modes == {0o600}


def test_full_files_are_put_aside_and_the_oldest_go(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl", max_bytes=1500, kept=2)
    ids = [log.departing(outgoing()).id for _ in range(30)]

    kept = [one.id for one in log.requests()]

    assert kept == ids[-len(kept) :]
    assert 3 <= len(kept) < 30
    assert sorted(path.name for path in tmp_path.glob("audit.jsonl*") if "lock" not in path.name) == [
        "audit.jsonl",
        "audit.jsonl.1",
        "audit.jsonl.2",
    ]


def test_a_line_that_a_power_failure_cut_spoils_no_other(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.departing(outgoing())
    with log.path.open("ab") as file:
        file.write(b'{"event":"sent","id":"12')

    log.departing(outgoing())

    assert len(list(log.requests())) == 2


def test_strange_lines_are_passed_over(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.path.write_bytes(b'[1]\n{"event":"sent"}\n\xff\xfe\n{"event":"ended","id":"x"}\n')

    assert list(log.requests()) == []


def test_several_writers_keep_their_lines_apart(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    leaving = outgoing()
    threads = [
        threading.Thread(
            target=lambda: [AuditLog(path, max_bytes=4000, kept=100).departing(leaving) for _ in range(10)]
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(list(AuditLog(path, kept=100).requests())) == 40


def test_where_it_can_t_be_written_nothing_may_leave(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(ReadOnlyData, match="without it nothing is sent"):
        AuditLog(tmp_path / "file" / "audit.jsonl").departing(outgoing())
    with pytest.raises(EdgeCopilotError, match="without it nothing is sent"):
        AuditLog(tmp_path).departing(outgoing())


def test_a_log_that_isn_t_there_is_empty(tmp_path: Path) -> None:
    assert list(AuditLog(tmp_path / "audit.jsonl").requests()) == []
    assert list(tmp_path.iterdir()) == []


def test_every_line_is_one_json_object(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl", now=lambda: NOW)
    log.ended(log.departing(outgoing()), "answered")

    lines = [json.loads(line) for line in log.path.read_text().splitlines()]

    assert [line["event"] for line in lines] == ["sent", "ended"]
    assert lines[0]["id"] == lines[1]["id"]
