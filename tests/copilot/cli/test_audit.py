"""`edge-copilot audit`: what left, told without its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.cli.main import main
from copilot.privacy import AuditLog, Outgoing
from copilot.privacy.audit import FILE_NAME
from copilot.privacy.policy import PrivacyPolicy
from copilot.privacy.wall import Wall
from tests.copilot.privacy.private import TRUSTED, passage
from tests.test_json_contract import check


@pytest.fixture
def sent(data_dir: Path) -> list[Outgoing]:
    log, leaving = AuditLog(data_dir / FILE_NAME), []
    for number in range(3):
        found = Wall(PrivacyPolicy()).outgoing(
            f"Ask a@b.de about F{number:04}", [], [passage("F0012: overcurrent")], TRUSTED
        )
        assert isinstance(found, Outgoing)
        departure = log.departing(found)
        leaving.append(found)
        if number:
            log.ended(departure, "answered", received_bytes=12)
    return leaving


def test_it_is_data_with_json(sent: list[Outgoing], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--json", "--last", "2"]) == 0

    told = check("audit", capsys.readouterr().out)
    assert told["total"] == 3
    assert [one["sha256"] for one in told["requests"]] == [one.sha256 for one in sent[1:]]
    assert [one["outcome"] for one in told["requests"]] == ["answered", "answered"]


def test_a_request_of_which_nobody_knows_what_became_is_told_so(
    sent: list[Outgoing], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--json"]) == 0

    assert check("audit", capsys.readouterr().out)["requests"][0]["outcome"] is None


def test_people_see_where_it_went_and_what_it_was(sent: list[Outgoing], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--last", "2"]) == 0

    shown, said = capsys.readouterr()
    assert shown.count("hq (trusted)") == 2
    assert "1 public" in " ".join(shown.split())
    assert "1 mail" in " ".join(word for word in shown.split() if len(word) < 9)
    assert sent[-1].sha256[:12] in shown
    assert "1 older ones" in said
    assert "overcurrent" not in shown + said


def test_a_device_that_sent_nothing_says_so(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit"]) == 0

    assert "Nothing has ever been sent" in capsys.readouterr().err
    assert not (data_dir / FILE_NAME).exists()
