"""`edge-copilot ingest`, `documents` and `collections`, as typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from copilot.cli.main import main
from index.store.sources import Sources

Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _by_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_COPILOT_EMBEDDING__KIND", "none")


@pytest.fixture
def manuals(tmp_path: Path) -> Path:
    folder = tmp_path / "manuals"
    (folder / "old").mkdir(parents=True)
    (folder / "pump.md").write_text("# Pump\n\nFault F0012 means that the oil is low.\n\n## Oil\n\nUse HLP 46.\n")
    (folder / "old" / "valve.md").write_text("# Valve\n\nThe valve opens at 3 bar.\n")
    (folder / "old" / "pump.md").write_text("# Old pump\n\nThe old pump has no faults.\n")
    return folder


def said(capsys: Out, *arguments: str | Path, code: int = 0) -> dict:
    """Run a command with ``--json`` and return its one JSON document."""
    assert main([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_ingest_says_what_it_did(manuals: Path, capsys: Out) -> None:
    first = said(capsys, "ingest", manuals)
    assert first.keys() == {"documents", "chunks", "unchanged", "removed", "skipped", "took_s"}
    assert (first["documents"], first["unchanged"], first["removed"], first["skipped"]) == (3, 0, 0, [])

    (manuals / "old" / "valve.md").unlink()
    again = said(capsys, "ingest", manuals, "--prune")
    assert (again["documents"], again["unchanged"], again["removed"]) == (0, 2, 1)


def test_something_skipped_is_exit_code_1_and_named(manuals: Path, capsys: Out) -> None:
    (manuals / "broken.docx").write_bytes(b"\xff\xd8\xff\xe0")

    skipped = said(capsys, "ingest", manuals, code=1)["skipped"]
    assert [(entry["path"], "JPEG" in entry["reason"]) for entry in skipped] == [(str(manuals / "broken.docx"), True)]

    assert main(["ingest", str(manuals)]) == 1
    shown = capsys.readouterr()
    assert "2 skipped" not in shown.out
    assert "1 skipped" in shown.out
    assert "broken.docx" in shown.err


@pytest.mark.parametrize("arguments", [[], ["x", "--rebuild"], ["--rebuild", "--watch"]])
def test_wrong_usage_of_ingest_is_exit_code_2(arguments: list[str], capsys: Out) -> None:
    assert main(["ingest", *arguments]) == 2


def test_documents_are_listed_by_path(manuals: Path, capsys: Out) -> None:
    assert said(capsys, "documents", "list") == {"documents": []}
    said(capsys, "ingest", manuals, "--collection", "plans", "--access", "restricted")

    documents = said(capsys, "documents", "list")["documents"]

    assert [document["path"] for document in documents] == sorted(document["path"] for document in documents)
    pump = documents[-1]
    assert pump.keys() == {"path", "title", "collection", "access", "pages", "chunks", "ingested_at"}
    assert (pump["title"], pump["collection"], pump["access"], pump["pages"]) == ("Pump", "plans", "restricted", None)
    assert said(capsys, "documents", "list", "--collection", "plans")["documents"] == documents
    assert main(["documents", "list", "--collection", "nowhere"]) == 2


def test_a_document_is_shown_with_its_contents_and_text(manuals: Path, capsys: Out) -> None:
    said(capsys, "ingest", manuals)

    shown = said(capsys, "documents", "show", "valve.md")
    assert (shown["title"], "3 bar" in shown["text"]) == ("Valve", True)
    assert main(["documents", "show", str(manuals / "pump.md")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["Pump", "  Oil"]
    assert main(["documents", "show", "valve.md", "--text"]) == 0
    assert "opens at 3 bar" in capsys.readouterr().out


def test_a_name_of_several_documents_is_not_guessed(manuals: Path, capsys: Out) -> None:
    said(capsys, "ingest", manuals)

    assert main(["documents", "show", "pump.md"]) == 2
    told = capsys.readouterr().err
    assert str(manuals / "pump.md") in told
    assert str(manuals / "old" / "pump.md") in told
    assert main(["documents", "show", "old/pump.md"]) == 0
    assert main(["documents", "show", "nothing.md"]) == 2


def test_documents_and_folders_are_removed_all_or_none(manuals: Path, capsys: Out, data_dir: Path) -> None:
    said(capsys, "ingest", manuals)

    assert main(["documents", "remove", "valve.md", "nothing.md"]) == 2
    assert len(said(capsys, "documents", "list")["documents"]) == 3
    removed = said(capsys, "documents", "remove", manuals / "old")["removed"]
    assert {Path(entry["path"]).name for entry in removed} == {"valve.md", "pump.md"}
    assert [Path(one["path"]).name for one in said(capsys, "documents", "list")["documents"]] == ["pump.md"]
    assert (manuals / "old" / "valve.md").exists()
    listed = Sources.read(data_dir / "index.db")
    assert listed is not None
    assert {Path(gone.path).name for gone in listed.removed} == {"valve.md", "pump.md", "old"}


def test_collections_are_labelled_and_removed_on_purpose(manuals: Path, capsys: Out) -> None:
    assert said(capsys, "collections") == {"collections": []}
    said(capsys, "ingest", manuals, "--collection", "plans")
    assert said(capsys, "collections") == {
        "collections": [{"name": "plans", "access": "internal", "documents": 3, "chunks": 4}]
    }

    assert main(["ingest", str(manuals), "--collection", "plans", "--access", "public"]) == 2
    assert "set-access" in capsys.readouterr().err
    said(capsys, "collections", "set-access", "plans", "public")
    assert said(capsys, "collections", "list")["collections"][0]["access"] == "public"
    assert said(capsys, "collections", "remove", "plans", "--yes") == {"name": "plans", "removed": 3}
    assert said(capsys, "documents", "list") == {"documents": []}
    assert main(["collections", "remove", "plans", "--yes"]) == 2
    assert main(["collections", "set-access", "plans", "public"]) == 2


def test_a_damaged_index_is_mended_by_the_next_ingest(
    manuals: Path, tmp_path: Path, capsys: Out, data_dir: Path
) -> None:
    said(capsys, "ingest", manuals)
    with (data_dir / "index.db").open("rb+") as file:
        file.seek(100)
        file.write(b"\xff" * 4000)
    other = tmp_path / "other.md"
    other.write_text("# Other\n\nAnother manual.\n")

    assert main(["documents", "list"]) == 5
    assert "--rebuild" in capsys.readouterr().err
    report = said(capsys, "ingest", other)

    assert report["documents"] == 4
    assert len(said(capsys, "documents", "list")["documents"]) == 4
    assert len(list(data_dir.glob("index.db.corrupt-*"))) == 1


def test_an_encrypted_index_needs_its_key(
    manuals: Path, capsys: Out, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGE_COPILOT_INDEX__KEY_ENV", "THE_KEY")
    monkeypatch.setenv("THE_KEY", "secret")
    said(capsys, "ingest", manuals)
    assert b"F0012" not in (data_dir / "index.db").read_bytes()
    assert len(said(capsys, "documents", "list")["documents"]) == 3

    monkeypatch.setenv("THE_KEY", "wrong")
    assert main(["documents", "list"]) == 5
    assert main(["ingest", str(manuals)]) == 5
    assert not list(data_dir.glob("index.db.corrupt-*"))


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_watching_ends_cleanly_when_told(manuals: Path, data_dir: Path, ending: signal.Signals) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "copilot.cli.main", "ingest", str(manuals), "--watch", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
    )
    assert child.stdout is not None
    assert json.loads(child.stdout.readline())["documents"] == 3
    (manuals / "new.md").write_text("# New\n\nSomething new.\n")
    assert json.loads(child.stdout.readline())["documents"] == 1
    child.send_signal(ending)

    out, err = child.communicate()
    assert (child.returncode, out, err) == (0, "", "")
    assert not (data_dir / "index.db.writer").exists()
