"""``edge-copilot notes``, ``conversations`` and ``procedure``, as a person or a script types them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from copilot.answering.conversations import Conversations
from copilot.answering.turns import Turn
from copilot.cli.main import main
from index.errors import InputError, UsageError
from index.ingest import Ingestor
from index.store import Store

Out = pytest.CaptureFixture[str]

PROCEDURE = """# Press

## Changing the oil

1. Wait until the gauge reads below 5 bar.
2. Tighten the drain plug to 40 ± 2 Nm.
3. Fill 16 l.
"""


def run(*arguments: str) -> int:
    return main(list(arguments))


def data(capsys: Out, *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run(*arguments, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def note(capsys: Out) -> str:
    run("notes", "machine", "Press 3", "--work-order", "4711")
    capsys.readouterr()
    return str(data(capsys, "notes", "add", "Filter replaced", "--tag", "filter")["id"])


class TestNotes:
    def test_a_note_has_what_the_context_says(self, note: str, capsys: Out) -> None:
        shown = data(capsys, "notes", "show", note)

        assert (shown["text"], shown["machine"], shown["work_order"]) == ("Filter replaced", "Press 3", "4711")
        assert (shown["tags"], shown["state"], shown["label"]) == (["filter"], "kept", "restricted")

    def test_it_is_found_and_listed(self, note: str, capsys: Out) -> None:
        run("notes", "add", "Belt slack", "--machine", "Press 4")
        capsys.readouterr()

        assert [one["id"] for one in data(capsys, "notes", "search", "filt")["notes"]] == [note]
        assert [one["id"] for one in data(capsys, "notes", "list", "--machine", "press-3")["notes"]] == [note]
        assert run("notes", "list") == 0
        assert "Belt slack" in capsys.readouterr().out

    def test_it_is_read_from_a_pipe(self, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("Two lines\nof a log\n"))

        note = data(capsys, "notes", "add", "--tag", "plc")["id"]

        assert data(capsys, "notes", "show", note)["text"] == "Two lines\nof a log\n"

    def test_a_file_goes_in_and_comes_out(self, tmp_path: Path, capsys: Out) -> None:
        photo = tmp_path / "photo.jpg"
        photo.write_bytes(b"jpeg")
        note = data(capsys, "notes", "add", "see", "--attach", str(photo))["id"]

        assert run("notes", "show", note, "--save-files", str(tmp_path / "out")) == 0
        assert (tmp_path / "out" / "photo.jpg").read_bytes() == b"jpeg"
        assert run("notes", "show", note, "--save-files", str(tmp_path / "out")) == 0
        assert (tmp_path / "out" / "photo-1.jpg").read_bytes() == b"jpeg"

    def test_it_is_changed_and_exported_and_deleted(self, note: str, tmp_path: Path, capsys: Out) -> None:
        edited = data(capsys, "notes", "edit", note[:4], "--text", "Filter and seal replaced", "--tag", "seal")
        assert (edited["id"], edited["revision"]) == (note, 2)

        assert run("notes", "export", "--machine", "Press 3", "--output", str(tmp_path / "x" / "out.md")) == 0
        exported = (tmp_path / "x" / "out.md").read_text()
        assert "Filter and seal replaced" in exported
        assert "Press 3 · work order 4711" in exported

        assert data(capsys, "notes", "delete", note, "--yes")["deleted"] == note
        assert run("notes", "show", note) == InputError.exit_code

    def test_it_begins_with_a_template_in_the_editor(self, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
        monkeypatch.setenv("EDITOR", "sed -i -e 's/^## Cause$/## Cause\\nCoil open/'")
        monkeypatch.setattr("sys.stdin", io.StringIO(""))

        note = data(capsys, "notes", "add", "--template", "repair", "--edit")["id"]

        assert "## Cause\nCoil open" in data(capsys, "notes", "show", note)["text"]
        assert {one["name"] for one in data(capsys, "notes", "templates")["templates"]} >= {"repair", "handover"}

    def test_what_cannot_be_kept_is_told(self, tmp_path: Path, capsys: Out) -> None:
        assert run("notes", "add", "  ") == InputError.exit_code
        assert run("notes", "add", "x", "--attach", str(tmp_path / "none.jpg")) == InputError.exit_code
        assert run("notes", "add", "x", "--template", "none") == InputError.exit_code
        assert data(capsys, "notes", "list")["notes"] == []

    def test_the_machine_is_kept_until_it_is_cleared(self, capsys: Out) -> None:
        run("notes", "machine", "Press 3", "--author", "Ana")
        capsys.readouterr()

        assert data(capsys, "notes", "machine")["machine"] == "Press 3"
        assert data(capsys, "notes", "machine", "--work-order", "1")["author"] == "Ana"
        assert data(capsys, "notes", "machine", "--clear")["machine"] == ""

    def test_a_note_comes_up_as_evidence(self, indexed: Path, note: str, capsys: Out) -> None:
        answer = data(capsys, "ask", "When was the filter replaced last?", "--no-llm")

        assert answer["evidence"][0]["document"] == f"note:{note}"
        assert "Filter replaced" in answer["text"]


class TestConversations:
    @pytest.fixture
    def kept(self, data_dir: Path) -> str:
        conversations = Conversations(data_dir / "conversations.db")
        conversations.add("abcd1234", Turn("How much oil?", "16 l of it."))
        conversations.close()
        return "abcd1234"

    def test_are_listed_searched_shown_renamed_exported_and_deleted(
        self, kept: str, tmp_path: Path, capsys: Out
    ) -> None:
        assert [one["id"] for one in data(capsys, "conversations", "list")["conversations"]] == [kept]
        assert data(capsys, "conversations", "search", "gearbox")["conversations"] == []
        assert data(capsys, "conversations", "show", "abcd")["turns"][0]["answer"] == "16 l of it."
        assert data(capsys, "conversations", "rename", "abcd", "Oil")["title"] == "Oil"
        assert run("conversations", "export", "abcd", "-o", str(tmp_path / "oil.md")) == 0
        assert (tmp_path / "oil.md").read_text().startswith("# Oil\n")
        capsys.readouterr()
        assert data(capsys, "conversations", "delete", "abcd", "--yes")["deleted"] == [kept]
        assert run("conversations", "show", "abcd") == InputError.exit_code


class TestProcedures:
    @pytest.fixture(autouse=True)
    def manual(self, data_dir: Path, tmp_path: Path) -> None:
        (tmp_path / "press.md").write_text(PROCEDURE, "utf-8")
        data_dir.mkdir(parents=True)
        with Store.open(data_dir / "index.db") as store:
            Ingestor(store, None).run([tmp_path / "press.md"])

    def walk(self, monkeypatch: pytest.MonkeyPatch, lines: str, *arguments: str) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        return run("procedure", *arguments)

    def test_is_found(self, capsys: Out) -> None:
        [found] = data(capsys, "procedure", "find", "change oil")["procedures"]

        assert found["title"] == "Changing the oil"
        assert [step["number"] for step in found["steps"]] == ["1", "2", "3"]

    def test_is_walked_to_the_end_with_values(self, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
        assert self.walk(monkeypatch, "4 bar\n\n1: 45 Nm\n\ns no oil here\n", "walk", "change oil") == 0

        shown = capsys.readouterr().out
        assert "4 bar: within the limit" in shown
        assert "45 Nm: OUT OF THE LIMIT" in shown
        [record] = data(capsys, "procedure", "list")["records"]
        assert "skipped: no oil here" in record["text"]

    def test_cut_off_it_is_gone_on_with(self, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
        self.walk(monkeypatch, "4 bar\n\n", "walk", "change oil")
        [under_way] = data(capsys, "procedure", "list")["under_way"]
        assert under_way["walk"]["at"] == 1

        assert self.walk(monkeypatch, "\n\n", "resume") == 0
        assert data(capsys, "procedure", "list")["under_way"] == []

    def test_what_is_typed_wrongly_is_told_and_costs_nothing(
        self, monkeypatch: pytest.MonkeyPatch, capsys: Out
    ) -> None:
        self.walk(monkeypatch, "s\ng 9\n7: 4\n?\nu\nr plug worn\nb\nf\ne\ne shift over\n", "walk", "change oil")

        shown = capsys.readouterr().out
        assert "There is no reason." in shown
        assert "There is no step 9." in shown
        assert "no such limit" in shown
        assert "Ended." in shown

    def test_what_is_not_there_is_told(self, capsys: Out) -> None:
        assert run("procedure", "resume") == InputError.exit_code
        assert run("procedure", "walk", "change oil", "--n", "9") == InputError.exit_code
        assert run("procedure", "find", "oil", "--collection", "none") == UsageError.exit_code
