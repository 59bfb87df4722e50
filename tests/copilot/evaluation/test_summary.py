"""Figures over many questions, and what changed against a run before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.evaluation.runner import Outcome
from copilot.evaluation.summary import Summary, changes, summarise
from tests.copilot.evaluation.outcomes import abstained, answer, outcome, passage, question

PLACE = {"documents": ["service.pdf"], "pages": [11], "must": [["40.1"]]}
WRONG_PLACE = passage(1, page=3, text="Clean the guard.")


def some() -> list[Outcome]:
    return [
        outcome(question(id="right", kind="lookup", **PLACE), answer()),
        outcome(
            question(id="second", kind="table", **PLACE),
            answer("Clean it. [1]", (WRONG_PLACE, passage(2)), unverified=("3 Nm",)),
        ),
        outcome(question(id="wrongly refused", kind="lookup", **PLACE), abstained((WRONG_PLACE,), first_token_ms=None)),
        outcome(question(id="rightly refused", kind="unanswerable"), abstained()),
        outcome(question(id="invented", kind="unanswerable"), answer("13 Nm. [1]")),
    ]


def test_every_figure_is_over_the_questions_that_can_tell() -> None:
    found = summarise("five", some(), 512.04)

    shares = {
        name: (value["value"], value["n"])
        for name, value in found.model_dump().items()
        if isinstance(value, dict) and "value" in value
    }
    assert shares == {
        "hit_at_1": (pytest.approx(1 / 3, abs=1e-4), 3),
        "hit_at_5": (pytest.approx(2 / 3, abs=1e-4), 3),
        "mrr_at_10": (0.5, 3),
        "facts_at_1": (pytest.approx(1 / 3, abs=1e-4), 3),
        "facts_at_3": (pytest.approx(2 / 3, abs=1e-4), 3),
        "facts_at_5": (pytest.approx(2 / 3, abs=1e-4), 3),
        "correct": (pytest.approx(1 / 3, abs=1e-4), 3),
        "citation_precision": (0.5, 2),
        "citation_recall": (pytest.approx(1 / 3, abs=1e-4), 3),
        "abstention_precision": (0.5, 2),
        "abstention_recall": (0.5, 2),
        "wrongly_abstained": (pytest.approx(1 / 3, abs=1e-4), 3),
        "unverified": (pytest.approx(1 / 3, abs=1e-4), 3),
        "answer_tokens": (20.0, 5),
    }
    assert {kind: (share.value, share.n) for kind, share in found.by_kind.items()} == {
        "lookup": (0.5, 2),
        "table": (0.0, 1),
        "unanswerable": (0.5, 2),
    }
    assert (found.questions_asked, found.model, found.peak_rss_mb) == (5, "a model", 512.0)
    assert (found.first_evidence_ms.n, found.first_token_ms.n, found.total_ms.p50) == (5, 4, 100.0)


@pytest.mark.parametrize(("rank", "reciprocal"), [(1, 1.0), (4, 0.25), (10, 0.1), (11, 0.0)])
def test_reciprocal_ranks_count_to_ten(rank: int, reciprocal: float) -> None:
    passages = [*(passage(at, page=3) for at in range(1, rank)), passage(rank)]

    found = summarise("one", [outcome(question(**PLACE), answer(passages=passages))], 1.0)

    assert found.mrr_at_10.value == reciprocal
    assert found.hit_at_5.value == (1.0 if rank <= 5 else 0.0)


def test_without_questions_there_are_no_figures() -> None:
    found = summarise("none", [], 1.0)

    assert (found.correct.value, found.correct.n, found.total_ms.p95, found.model) == (None, 0, None, None)
    assert Summary.model_validate_json(found.model_dump_json()) == found


def test_a_summary_survives_being_written_and_read() -> None:
    found = summarise("five", some(), 512.0)

    assert Summary.model_validate_json(found.model_dump_json()) == found


def run_of(*rights: bool | None, ids: str = "abcdefgh") -> Summary:
    texts = {True: "40.1 Nm", False: "13 Nm", None: "?"}
    return summarise(
        "run",
        [
            outcome(
                question(id=name, question=f"question {name}", must=[["40.1"]] if right is not None else []),
                answer(texts[right]),
            )
            for name, right in zip(ids, rights, strict=False)
        ],
        1.0,
    )


def test_changes_name_what_got_worse_first_and_leave_out_what_stayed() -> None:
    found = changes(run_of(True, False, True, False), run_of(False, True, True, False))

    assert [(change.id, change.better, change.before, change.now) for change in found] == [
        ("a", False, "40.1 Nm", "13 Nm"),
        ("b", True, "13 Nm", "40.1 Nm"),
    ]


def test_questions_that_only_one_run_can_judge_have_not_changed() -> None:
    assert changes(run_of(None, True), run_of(True, None)) == []
    assert changes(run_of(True, ids="a"), run_of(False, ids="b")) == []


def test_the_same_id_in_two_files_is_not_one_question() -> None:
    def both(first: str, second: str) -> Summary:
        return summarise(
            "two files",
            [
                outcome(question(id="1", question="how tight?", must=[["40.1"]]), answer(first)),
                outcome(question(id="1", question="which oil?", must=[["HLP"]]), answer(second)),
            ],
            1.0,
        )

    found = changes(both("40.1", "HLP"), both("13", "HLP"))

    assert [(change.question, change.better) for change in found] == [("how tight?", False)]


@given(st.lists(st.sampled_from([True, False, None]), max_size=8))
def test_a_run_has_not_changed_against_itself(rights: list[bool | None]) -> None:
    run = run_of(*rights)

    assert changes(run, run) == []
