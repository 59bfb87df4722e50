"""``edge-copilot ask``: evidence, the answer, its sources; one JSON object and nothing else where it is wished."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from copilot.answering.conversations import Conversations
from copilot.cli.main import main

QUESTION = "What does F0012 mean?"


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["ask", *arguments, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


@pytest.mark.usefixtures("indexed")
def test_evidence_answer_and_sources_are_shown_in_this_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", QUESTION, "--no-llm"]) == 0

    shown = capsys.readouterr().out
    places = [shown.index(words) for words in ("Evidence", "Answer", "> F0012 means", "[1] Halden H40 › Brake")]
    assert places == sorted(places)
    assert "quoted from the documents" in shown


@pytest.mark.usefixtures("indexed")
def test_without_a_model_on_the_device_the_documents_are_quoted_and_why_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = as_json(capsys, QUESTION)

    assert answer["status"] == "grounded"
    assert answer["route"]["target"] == "quotes"
    assert "edge-copilot models pull" in answer["route"]["reason"]
    assert answer["model"] is None
    assert "400 ms" in answer["citations"][0]["quote"]
    assert answer["citations"][0]["section"][-1] == "Brake"
    assert answer["evidence"][0]["rank"] == 1


@pytest.mark.usefixtures("indexed")
def test_a_missing_embedder_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert any("words alone" in notice for notice in as_json(capsys, QUESTION, "--no-llm")["notices"])


def test_a_follow_up_belongs_to_its_conversation(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    as_json(capsys, "How much oil does the gearbox of the drive hold?", "--no-llm", "--conversation", "c1")

    answer = as_json(capsys, "And how often must it be changed?", "--no-llm", "--conversation", "c1")

    assert answer["conversation"] == "c1"
    assert "5000 hours" in answer["text"]
    conversations = Conversations(indexed / "conversations.db")
    assert len(conversations.turns("c1")) == 2
    conversations.close()


def test_outside_a_conversation_nothing_is_kept(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert as_json(capsys, QUESTION, "--no-llm")["conversation"] is None
    assert not (indexed / "conversations.db").exists()


def test_a_damaged_conversations_file_stops_no_question(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (indexed / "conversations.db").write_bytes(b"broken" * 1000)

    assert as_json(capsys, QUESTION, "--no-llm")["status"] == "grounded"
    answer = as_json(capsys, QUESTION, "--no-llm", "--conversation", "c1")
    assert answer["status"] == "grounded"
    assert any("conversations.db" in notice for notice in answer["notices"])


REFUSED = {
    "empty": (["ask", ""], 3),
    "control characters": (["ask", "\x01\x02"], 3),
    "too long": (["ask", "x" * 100_000], 3),
    "no question": (["ask"], 2),
    "no such tier": (["ask", QUESTION, "--tier", "gigantic"], 2),
    "too many passages": (["ask", QUESTION, "-k", "1000"], 2),
    "no such collection": (["ask", QUESTION, "--collection", "nowhere", "--no-llm"], 2),
}


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(("arguments", "code"), REFUSED.values(), ids=REFUSED)
def test_what_can_t_be_asked_is_refused_in_words(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--json"]) == code

    shown = capsys.readouterr()
    assert shown.out == ""
    assert json.loads(shown.err)["error"]["exit_code"] == code


def test_text_of_a_document_can_t_steer_the_terminal(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(indexed / "index.db") as raw:
        (tables,) = raw.execute("SELECT count(*) FROM sqlite_master WHERE name = 'chunks'").fetchone()
        assert tables == 1
        raw.execute("UPDATE chunks SET body = replace(body, 'F0012', 'F0012 \x1b]0;owned\x07\x1b[2J')")
    raw.close()

    assert main(["ask", "the brake coil", "--no-llm"]) == 0

    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.model
def test_a_model_writes_and_says_which_it_is(
    indexed: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__MODEL", str(tiny_model))
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__THREADS", "1")
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__CONTEXT", "1024")

    answer = as_json(capsys, QUESTION)

    assert answer["route"]["target"] == "local"
    assert answer["model"] == tiny_model.stem
    assert answer["timings"]["prompt_tokens"] > 0
    assert (indexed / "cache" / "prefixes.db").is_file(), "what was read is kept"


@pytest.mark.usefixtures("indexed")
def test_a_file_that_is_no_model_costs_only_the_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF but no more")
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__MODEL", str(bad))

    answer = as_json(capsys, QUESTION)

    assert answer["status"] == "grounded"
    assert answer["route"]["target"] == "quotes"
    assert answer["route"]["reason"]
