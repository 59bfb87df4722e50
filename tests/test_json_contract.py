"""What commands print with --json is what docs/schema promises: nothing missing, nothing undescribed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from copilot.cli.main import main

ROOT = Path(__file__).resolve().parent.parent
MANUALS = ROOT / "examples" / "manuals"
SMALL = ("tx200-safety-instruction.docx", "troubleshooting.md", "spare-parts.csv")


def closed(schema: Any) -> Any:
    """The schema with every object closed: readers must bear new fields, but we must describe them."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return inner | {"additionalProperties": False} if "properties" in schema else inner


def check(name: str, printed: str) -> Any:
    schema = json.loads((ROOT / "docs" / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
    value = json.loads(printed)
    jsonschema.validate(value, closed(schema), format_checker=jsonschema.FormatChecker())
    return value


@pytest.fixture
def manuals(tmp_path: Path) -> Path:
    """A few example manuals and one file that can't be read."""
    folder = tmp_path / "manuals"
    folder.mkdir()
    for name in SMALL:
        (folder / name).write_bytes((MANUALS / name).read_bytes())
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing else")
    return folder


@pytest.fixture
def ingested(manuals: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["ingest", str(manuals), "--collection", "halden"]) == 1
    capsys.readouterr()
    return manuals


def test_ingest(manuals: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", str(manuals), "--json"]) == 1

    report = check("ingest", capsys.readouterr().out)
    assert report["documents"] == len(SMALL)
    assert [Path(skipped["path"]).name for skipped in report["skipped"]] == ["broken.pdf"]


def test_hub_publish(manuals: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hub = str(tmp_path / "hub")
    assert main(["hub", "init", hub]) == 0
    assert main(["hub", "add-source", hub, str(manuals), "--collection", "halden"]) == 0
    capsys.readouterr()
    assert main(["hub", "publish", hub, "--json"]) == 1

    report = check("hub-publish", capsys.readouterr().out)
    assert (report["collections"][0]["documents"], report["skipped"][0]["path"]) == (len(SMALL), "broken.pdf")


def test_documents_list(ingested: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["documents", "list", "--json"]) == 0

    documents = check("documents-list", capsys.readouterr().out)["documents"]
    assert sorted(Path(document["path"]).name for document in documents) == sorted(SMALL)


def test_documents_list_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["documents", "list", "--json"]) == 0

    assert check("documents-list", capsys.readouterr().out) == {"documents": []}


@pytest.mark.usefixtures("ingested")
def test_search(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "HT-4121", "--json", "-k", "3"]) == 0

    result = check("search", capsys.readouterr().out)
    assert result["query"] == "HT-4121"
    assert [passage["rank"] for passage in result["passages"]] == list(range(1, len(result["passages"]) + 1))
    assert "HT-4121" in result["passages"][0]["text"]


@pytest.mark.usefixtures("ingested")
def test_search_that_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "xylophone", "--json"]) == 0

    assert check("search", capsys.readouterr().out)["passages"] == []


@pytest.mark.usefixtures("ingested")
def test_ask_in_the_documents_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "telephone number of the control room", "--no-llm", "--json"]) == 0

    answer = check("ask", capsys.readouterr().out)
    assert answer["status"] == "grounded"
    assert (answer["route"]["target"], answer["model"]) == ("quotes", None)
    texts = {passage["text"] for passage in answer["evidence"]}
    for citation in answer["citations"]:
        assert f"[{citation['n']}]" in answer["text"]
        assert any(citation["quote"] in text for text in texts)


@pytest.mark.usefixtures("ingested")
def test_ask_what_the_documents_do_not_tell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "who won the world cup in 1966", "--no-llm", "--json"]) == 0

    answer = check("ask", capsys.readouterr().out)
    assert (answer["status"], answer["citations"]) == ("abstained", [])


@pytest.mark.model
@pytest.mark.usefixtures("ingested", "shared_models")
def test_ask_with_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "how long must I wait before opening the inverter", "--tier", "tiny", "--json"]) == 0

    answer = check("ask", capsys.readouterr().out)
    assert answer["model"] == "smollm2-135m"
    assert answer["timings"]["first_evidence_ms"] <= answer["timings"]["total_ms"]


@pytest.mark.usefixtures("ingested")
@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["ask", "", "--json"], "QuestionError"),
        (["ingest", "--json"], "UsageError"),
        (["documents", "remove", "nothing.pdf", "--json"], None),
        (["search", "--no-such-option", "--json"], "UsageError"),
    ],
    ids=["an empty question", "no path", "an unknown document", "an unknown option"],
)
def test_a_failure_is_one_line_on_stderr(
    arguments: list[str], kind: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(arguments)

    out, err = capsys.readouterr()
    error = check("error", err)["error"]
    assert (out, error["exit_code"], err.count("\n")) == ("", code, 1)
    assert kind in (None, error["kind"])
    assert error["message"]
