"""``edge-copilot chat``: question after question from a pipe or a person."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from copilot.answering.conversations import Conversations
from copilot.cli.main import main


def chat(monkeypatch: pytest.MonkeyPatch, lines: str, *arguments: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    return main(["chat", "--no-llm", *arguments])


def questions(data_dir: Path, conversation: str) -> list[str]:
    conversations = Conversations(data_dir / "conversations.db")
    kept = [turn.question for turn in conversations.turns(conversation)]
    conversations.close()
    return kept


def test_every_line_is_a_question_of_one_conversation(
    indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = chat(
        monkeypatch, "How much oil does the gearbox of the drive hold?\n\nand how often?\n", "--conversation", "c1"
    )

    shown = capsys.readouterr().out
    assert code == 0
    assert "0.8 l" in shown
    assert shown.rindex("5000 hours") > shown.index("› and how often?")
    assert questions(indexed, "c1") == ["How much oil does the gearbox of the drive hold?", "and how often?"]


def test_a_bad_question_does_not_end_the_conversation(
    indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chat(monkeypatch, "?!\nWhat does F0012 mean?\n", "--conversation", "c1") == 0

    assert "The question is empty." in capsys.readouterr().out
    assert questions(indexed, "c1") == ["What does F0012 mean?"]


def test_new_begins_another_conversation_and_quit_ends(
    indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = "What does F0012 mean?\n/new\nWhat does F0012 mean?\n/quit\nnever asked\n"

    assert chat(monkeypatch, lines, "--conversation", "c1") == 0

    shown = capsys.readouterr().out
    assert "Conversation " in shown
    assert "never asked" not in shown
    assert len(questions(indexed, "c1")) == 1


@pytest.mark.usefixtures("indexed")
def test_an_empty_pipe_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chat(monkeypatch, "") == 0


def test_without_an_index_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chat(monkeypatch, "What?\n") != 0
    assert "ingest" in capsys.readouterr().err
