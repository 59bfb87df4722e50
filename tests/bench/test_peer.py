"""The comparison with a peer: which questions are asked, how an answer is judged, what is taken up again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.peer_figures import AGAIN, OURS, PEER, Row, as_markdown, says_unknown
from bench.peer_llamaindex import Rows, clean_text, parse, peer_row, read_set, spread
from copilot.evaluation.questions import Question

REPLY: dict[str, Any] = {
    "text": "Tighten to 40.1 Nm.",
    "first_token_ms": 9000.0,
    "total_ms": 11_000.0,
    "nodes": [
        {"name": "m.pdf", "page": 11, "text": "# Torques\nM8: 40.1 Nm", "score": 0.7},
        {"name": "m.pdf", "page": 3, "text": "Clean it.", "score": None},
    ],
}


def question(name: str = "q", kind: str | None = "lookup", **fields: object) -> Question:
    return Question.model_validate({"id": name, "question": "how tight?", "kind": kind} | fields)


ASKED = question(documents=["m.pdf"], pages=[11], must=[["40.1"]])
ROW = peer_row("set", ASKED, REPLY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The context does not provide information about the tightening torque.",
        "The provided context doesn't mention this.",
        "I'm sorry, but I don't know.",
        "I cannot answer this question.",
        "There is no information about that in the manual.",
        "The torque is not explicitly stated.",
        "It cannot be determined from the given context.",
        "No specific information is available.",
        "The answer is unknown.",
    ],
)
def test_an_answer_that_does_not_know_is_a_refusal(text: str) -> None:
    assert says_unknown(text)


@pytest.mark.parametrize(
    "text",
    [
        "The default DEADTIME is 10 minutes.",
        "Tighten the screws to 40.1 Nm.",
        "The brake does not release within 400 ms; check terminal X5.",
        "Do not open the cover. There is no need for tools.",
        "No. The valve is closed without power.",
    ],
)
def test_an_answer_that_says_something_is_none(text: str) -> None:
    assert not says_unknown(text)


def test_a_few_questions_are_spread_over_the_kinds_and_stay_in_order() -> None:
    kinds = ["lookup"] * 6 + ["table"] * 2 + ["unanswerable"] * 3
    questions = [question(str(at), kind) for at, kind in enumerate(kinds)]

    assert [q.id for q in spread(questions, 5)] == ["0", "1", "6", "7", "8"]
    assert spread(questions, 5) == spread(questions, 5)
    assert spread(questions, None) == spread(questions, 99) == questions
    for limit in range(1, len(questions) + 1):
        assert len(spread(questions, limit)) == limit


def test_a_right_answer_of_the_peer() -> None:
    assert (ROW.right, ROW.refused, ROW.source_right, ROW.facts_retrieved) == (True, False, True, True)
    assert (ROW.side, ROW.words, ROW.first_token_ms) == (PEER, 4, 9000.0)


def test_the_peer_is_judged_by_its_best_node_and_its_whole_text() -> None:
    swapped = REPLY | {"nodes": REPLY["nodes"][::-1], "text": "Tighten to 401 Nm."}

    row = peer_row("set", ASKED, swapped)

    assert (row.right, row.source_right, row.facts_retrieved) == (False, False, True)


def test_a_heading_is_found_in_the_lines_of_a_node() -> None:
    by_heading = question(headings=["torques"])

    assert peer_row("set", by_heading, REPLY).source_right is True
    assert peer_row("set", question(headings=["oil"]), REPLY).source_right is False


def test_an_unanswerable_question_is_right_when_refused() -> None:
    asked = question(kind="unanswerable")

    assert peer_row("set", asked, REPLY).right is False
    assert peer_row("set", asked, REPLY | {"text": "The context does not say."}).right is True


def test_a_failure_of_the_peer_is_wrong_and_has_no_time() -> None:
    row = peer_row("set", ASKED, {"error": "ValueError: exceeds context window"})

    assert (row.right, row.refused, row.first_token_ms, row.text) == (
        False,
        False,
        None,
        "ValueError: exceeds context window",
    )
    assert "n=0" not in as_markdown([row, replace(ROW, side=OURS)])


def test_the_table_sets_the_sides_beside_each_other() -> None:
    ours = replace(ROW, side=OURS, right=False, first_evidence_ms=30.0, first_token_ms=900.0, never_read=True)
    again = replace(ours, side=AGAIN, first_token_ms=300.0, never_read=False)

    shown = as_markdown([ROW, ours, again])

    assert f"| | {PEER} | {OURS} | {AGAIN} |" in shown
    assert "| answerable: all facts said | 1.00 (1.00–1.00, n=1) | 0.00 (0.00–0.00, n=1) |" in shown
    assert "| first word, ms | 9000 / 9000 / 9000 (n=1) | 900 / 900 / 900 (n=1) | 300 / 300 / 300 (n=1) |" in shown
    assert "| first word, passages never read, ms | – | 900 / 900 / 900 (n=1) | – |" in shown
    assert f"First word of {OURS}: 10.0 times before" in shown
    assert f"First word of {AGAIN}: 30.0 times before" in shown


def test_a_run_that_was_broken_off_goes_on_where_it_ended(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    first = Rows(file)
    first.add(ROW)
    first.add(replace(ROW, side=OURS, chunks=(3, 4), never_read=True))

    later = Rows(file)

    assert later.all == first.all
    assert later.has(OURS, "set", ASKED)
    assert not later.has(AGAIN, "set", ASKED)
    assert not later.has(OURS, "other set", ASKED)
    assert all(isinstance(row, Row) for row in later.all)


def test_a_folder_is_its_questions_and_all_other_files(tmp_path: Path) -> None:
    folder = tmp_path / "pumps"
    (folder / "docs").mkdir(parents=True)
    (folder / "questions.jsonl").write_text(json.dumps({"id": "1", "question": "how tight?"}))
    for name in ("README.md", ".hidden", "docs/a.html", "docs/b.pdf", "notes.txt"):
        (folder / name).write_text("<h1>Pump</h1><script>x()</script><p>Use HLP 46.</p>")

    found = read_set(folder, None)

    assert (found.name, [path.name for path in found.documents]) == ("pumps", ["a.html", "b.pdf", "notes.txt"])
    (tmp_path / "clean").mkdir()
    given = clean_text(found.documents, tmp_path / "clean")
    assert [name for _, name in given] == ["a.html", "b.pdf", "notes.txt"]
    assert Path(given[0][0]).read_text("utf-8") == "Pump\n\nUse HLP 46."
    assert [path for path, _ in given[1:]] == [str(path.resolve()) for path in found.documents[1:]]


def test_only_one_side_can_be_left_out() -> None:
    with pytest.raises(SystemExit):
        parse(["data", "--ours-only", "--peer-only"])
