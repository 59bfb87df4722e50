"""What devices could not answer well, as a question file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copilot.cli.main import main
from copilot.evaluation.questions import read_questions
from sync.outbox import Draft, Outbox, OutboxPolicy, Preparer
from sync.outbox.wire import Item
from sync.receiver.hard_questions import from_storage
from sync.receiver.storage import Storage, open_storage
from sync.receiver.storage.base import Device
from tests.sync.receiver.people import NOW


def deliver(storage: Storage, outbox: Outbox, *drafts: Draft) -> None:
    for draft in drafts:
        outbox.put(draft)
    prepare = Preparer(OutboxPolicy.load(None)).prepare
    items = [item for kept in outbox.items() if isinstance(item := prepare(kept), Item)]
    storage.add_device(Device("press-1"), "token")
    storage.deliver("press-1", outbox.instance(), items, NOW)


def question(text: str, reason: str = "escalated") -> Draft:
    return Draft("question", {"question": text, "reason": reason, "collections": ["halden"], "language": "en"})


def feedback(text: str, rating: str, comment: str = "") -> Draft:
    return Draft("feedback", {"question": text, "answer": "No.", "rating": rating, "comment": comment})


HANDED_IN = (
    question("Why does it trip?"),
    question("why does it trip", "queued"),
    question("What does F0012 mean?"),
    feedback("Why does it trip?", "bad", "The fan is blocked."),
    feedback("Which oil?", "good"),
    question("What did ada.meier@halden.example order?"),
)


def test_each_comes_once_the_most_frequent_first(storage: Storage, outbox: Outbox) -> None:
    deliver(storage, outbox, *HANDED_IN)

    found = from_storage(storage)

    assert [(one.question, one.times) for one in found] == [("Why does it trip?", 3), ("What does F0012 mean?", 1)]
    assert found[0].reasons == {"escalated": 1, "queued": 1, "bad": 1}
    assert found[0].correction == "The fan is blocked."


def test_the_lines_are_a_question_file(tmp_path: Path, outbox: Outbox, capsys: pytest.CaptureFixture[str]) -> None:
    hub = tmp_path / "hub"
    assert main(["hub", "init", str(hub)]) == 0
    storage = open_storage(hub)
    deliver(storage, outbox, *HANDED_IN)
    storage.close()
    out = tmp_path / "hard.jsonl"

    assert main(["hub", "hard-questions", str(hub), "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["hub", "hard-questions", str(hub), "--at-least", "2"]) == 0

    questions = read_questions(out)
    assert [one.question for one in questions] == ["Why does it trip?", "What does F0012 mean?"]
    assert questions[0].answer == "The fan is blocked."
    assert json.loads(capsys.readouterr().out)["id"] == questions[0].id
