"""`edge-copilot eval`, as typed, over a small index and without a model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from copilot.answering.confidence import Calibration
from copilot.cli.main import main
from copilot.evaluation.summary import Summary
from index.errors import ModelMissing, UnreadableFile, UsageError

Out = pytest.CaptureFixture[str]

QUESTIONS: Sequence[dict[str, object]] = (
    {"id": "1", "question": "what does F0012 mean", "kind": "lookup", "headings": ["Brake"], "must": [["400 ms"]]},
    {"id": "2", "question": "how much oil in the gearbox", "kind": "lookup", "headings": ["Oil"], "must": [["0.8 l"]]},
    {"id": "3", "question": "when to change the oil", "kind": "lookup", "headings": ["Oil"], "must": [["6000"]]},
    {"id": "4", "question": "who won the football match", "kind": "unanswerable"},
)


@pytest.fixture(autouse=True)
def _by_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_COPILOT_EMBEDDING__KIND", "none")


def written(path: Path, questions: Sequence[dict[str, object]] = QUESTIONS) -> Path:
    path.write_text("\n".join(json.dumps(question) for question in questions), "utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "asked.jsonl")


def summary_of(capsys: Out, *arguments: str | Path) -> Summary:
    assert main(["eval", *map(str, arguments), "--no-llm", "--json"]) == 0
    return Summary.model_validate_json(capsys.readouterr().out)


def test_every_question_is_asked_and_judged(indexed: Path, file: Path, capsys: Out) -> None:
    found = summary_of(capsys, file)

    assert [(q.id, q.status, q.correct, q.right_rank) for q in found.questions] == [
        ("1", "grounded", True, 1),
        ("2", "grounded", True, 1),
        ("3", "grounded", False, 1),
        ("4", "abstained", True, None),
    ]
    assert (found.name, found.model, found.questions_asked) == ("asked", None, 4)
    assert (found.hit_at_1.value, found.correct.value, found.correct.n) == (1.0, 0.6667, 3)
    assert found.citation_precision.value == found.abstention_recall.value == 1.0
    assert found.peak_rss_mb > 1


def test_people_get_a_table(indexed: Path, file: Path, capsys: Out) -> None:
    assert main(["eval", str(file), "--no-llm"]) == 0

    shown = capsys.readouterr().out
    assert "asked: 4 questions, quoted, no model" in shown
    assert "right page or section first" in shown
    assert "right: lookup" in shown


def test_limit_takes_the_first_of_each_file(indexed: Path, file: Path, tmp_path: Path, capsys: Out) -> None:
    other = written(tmp_path / "other.jsonl", QUESTIONS[2:])

    found = summary_of(capsys, file, other, "--limit", "1")

    assert (found.name, [question.id for question in found.questions]) == ("asked + other", ["1", "3"])


def test_only_the_collection_asked_for_is_searched(indexed: Path, file: Path, tmp_path: Path, capsys: Out) -> None:
    other = tmp_path / "pump.md"
    other.write_text("# Pump\n\nThe pump runs at 1450 rpm.\n", "utf-8")
    assert main(["ingest", str(other), "--collection", "pumps"]) == 0
    capsys.readouterr()

    found = summary_of(capsys, file, "--collection", "pumps")

    assert not any(question.right_rank for question in found.questions)
    assert not any(question.correct for question in found.questions[:3])


def test_a_misspelt_collection_is_told(indexed: Path, file: Path, capsys: Out) -> None:
    assert main(["eval", str(file), "--no-llm", "--collection", "defualt"]) == UsageError.exit_code
    assert "defualt" in capsys.readouterr().err


def test_the_baseline_names_what_changed(indexed: Path, file: Path, tmp_path: Path, capsys: Out) -> None:
    before = tmp_path / "before.json"
    before.write_text(summary_of(capsys, file).model_dump_json(), "utf-8")
    corrected = [{**question, "must": [["5000"]]} if question["id"] == "3" else question for question in QUESTIONS]
    written(file, corrected)

    assert main(["eval", str(file), "--no-llm", "--baseline", str(before)]) == 0

    shown = capsys.readouterr().out
    assert "baseline" in shown
    assert "better  3  when to change the oil" in shown
    assert "worse" not in shown


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"name": "x"}', "\udcff"])
def test_a_baseline_that_is_none_is_refused_before_anything_is_asked(
    file: Path, tmp_path: Path, content: str, capsys: Out
) -> None:
    before = tmp_path / "before.json"
    before.write_bytes(content.encode("utf-8", "surrogateescape"))

    assert main(["eval", str(file), "--no-llm", "--baseline", str(before)]) == UsageError.exit_code
    shown = capsys.readouterr()
    assert "before.json is no result of an evaluation" in shown.err
    assert shown.out == ""


def test_faults_of_a_question_file_are_told_by_line(file: Path, capsys: Out) -> None:
    file.write_text('{"id": "1"}\n\nnonsense\n', "utf-8")

    assert main(["eval", str(file), "--no-llm"]) != 0

    shown = capsys.readouterr().err
    assert "line 1: question: Field required" in " ".join(shown.split())
    assert "line 3: no JSON object" in " ".join(shown.split())


def test_a_question_file_that_is_not_there_is_told(tmp_path: Path, capsys: Out) -> None:
    assert main(["eval", str(tmp_path / "none.jsonl"), "--no-llm"]) == UnreadableFile.exit_code
    assert "none.jsonl" in capsys.readouterr().err


def test_the_report_is_written_where_it_is_wanted(indexed: Path, file: Path, tmp_path: Path, capsys: Out) -> None:
    assert main(["eval", str(file), "--no-llm", "--report", str(tmp_path / "out")]) == 0

    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "when to change the oil" in page.partition("Failing questions")[2]
    assert "report.html" in capsys.readouterr().err


def test_too_few_questions_to_calibrate_are_refused_before_anything_is_asked(file: Path, capsys: Out) -> None:
    assert main(["eval", str(file), "--no-llm", "--calibrate"]) == UsageError.exit_code
    assert "there are 3 and 1" in " ".join(capsys.readouterr().err.split())


def test_calibrating_keeps_what_was_fitted_in_the_data_directory(indexed: Path, file: Path, capsys: Out) -> None:
    written(
        file,
        [{"id": f"a{at}", "question": f"what does F0012 of the brake mean, try {at}"} for at in range(6)]
        + [{"id": f"u{at}", "question": f"football oil match {at}", "kind": "unanswerable"} for at in range(6)],
    )

    assert main(["eval", str(file), "--no-llm", "--calibrate", "--json"]) == 0

    fitted = Calibration.model_validate_json((indexed / "calibration" / "none.json").read_text("utf-8"))
    assert fitted.fitted_on == "asked: 6 answerable, 6 unanswerable questions"
    assert fitted.weights["coverage"] > 0
    assert Summary.model_validate_json(capsys.readouterr().out).questions_asked == 12


def test_without_a_model_the_evaluation_of_one_is_refused(indexed: Path, file: Path, capsys: Out) -> None:
    assert main(["eval", str(file)]) == ModelMissing.exit_code
    assert "models pull" in capsys.readouterr().err


@pytest.mark.model
def test_a_model_answers_where_there_is_one(
    indexed: Path, file: Path, shared_models: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__THREADS", "1")
    (indexed / "calibration" / "tiny.json").write_text('{"tier": "tiny", "bias": 5.0}')

    assert main(["eval", str(file), "--tier", "tiny", "--limit", "1", "--json"]) == 0

    found = Summary.model_validate_json(capsys.readouterr().out)
    assert found.model == "smollm2-135m"
    assert found.questions[0].status == "grounded"
    assert found.answer_tokens.value
    assert found.first_token_ms.n == 1
