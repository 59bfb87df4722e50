from __future__ import annotations

import json
from pathlib import Path

import pytest

from copilot.cli.main import main
from index.ingest import Ingestor
from index.store import Store

MANUAL = """# Pump manual

## Seal

The seal S-7 is changed every year. Press it in evenly.

## Filter

The filter is washed every month.
"""


@pytest.fixture
def manual(data_dir: Path, tmp_path: Path) -> Path:
    """A manual indexed without vectors, on a device without models."""
    path = tmp_path / "pump manual.md"
    path.write_text(MANUAL, encoding="utf-8")
    with Store.open(data_dir / "index.db") as store:
        Ingestor(store, None).run([path], collection="pumps")
    return path


def test_json_is_all_that_stdout_gets(manual: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "s 7", "--json", "-k", "1"]) == 0

    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found.keys() == {"query", "took_ms", "passages"}
    assert found["query"] == "s 7"
    (passage,) = found["passages"]
    assert passage["rank"] == 1
    assert passage["document"] == str(manual)
    assert passage["section"][-1] == "Seal"
    assert passage["page"] is None
    assert passage["collection"] == "pumps"
    assert "S-7" in passage["text"]
    assert "words" in err


def test_people_see_rank_title_section_and_text(manual: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "washed filter"]) == 0

    out, _ = capsys.readouterr()
    assert "1  Pump manual › Filter" in out
    assert "The filter is washed every month." in out


def test_a_search_that_finds_nothing_says_what_to_do(manual: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "xylophone"]) == 0

    assert "documents list" in capsys.readouterr().out


def test_only_the_named_collection_is_searched(manual: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "filter", "--collection", "pumps", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["passages"]
    assert main(["search", "filter", "--collection", "valves"]) == 2
    assert "valves" in capsys.readouterr().err


def test_a_question_without_words_has_its_own_exit_code(manual: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "?!", "--json"]) == 3

    out, err = capsys.readouterr()
    assert out == ""
    assert json.loads(err.splitlines()[-1])["error"]["kind"] == "QuestionError"


def test_without_an_index_the_remedy_is_to_ingest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "filter"]) == 5

    assert "edge-copilot ingest" in capsys.readouterr().err


def test_a_document_cannot_steer_the_terminal(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hostile.md"
    path.write_text("# Hostile\n\nThe filter \x1b[2J\x1b]0;owned\x07 is washed.", encoding="utf-8")
    with Store.open(data_dir / "index.db") as store:
        Ingestor(store, None).run([path])

    assert main(["search", "filter"]) == 0
    assert "\x1b" not in capsys.readouterr().out
