"""`edge-copilot hub`, as typed."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from copilot.cli.main import main

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
    return folder


@pytest.fixture
def hub(tmp_path: Path, capsys: Out) -> Path:
    assert main(["hub", "init", str(tmp_path / "hub")]) == 0
    capsys.readouterr()
    return tmp_path / "hub"


def said(capsys: Out, *arguments: str | Path, code: int = 0) -> dict:
    """Run ``edge-copilot hub …`` with ``--json`` and return its one JSON document."""
    capsys.readouterr()
    assert main(["hub", *map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def told(capsys: Out, *arguments: str | Path, code: int) -> str:
    """Run a command that fails; return what it says."""
    capsys.readouterr()
    assert main(["hub", *map(str, arguments)]) == code
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_from_nothing_to_a_published_folder(tmp_path: Path, manuals: Path, capsys: Out) -> None:
    hub = tmp_path / "hub"
    made = said(capsys, "init", hub)
    assert Path(made["root"]) == hub / "public" / "metadata" / "1.root.json"
    added = said(capsys, "add-source", hub, manuals, "--collection", "pumps", "--exclude", "old/", "--owner", "Service")
    assert (added["id"], added["type"], added["access"]) == ("pumps-1", "folder", "internal")

    report = said(capsys, "publish", hub, "--note", "rev. A")
    assert report.keys() >= {"collections", "skipped", "took_s"}
    (collection,) = report["collections"]
    assert collection.keys() >= {
        "collection", "number", "documents", "changed", "removed", "new_bytes", "total_bytes"
    }  # fmt: skip
    assert (collection["collection"], collection["number"], collection["documents"]) == ("pumps", 1, 1)
    assert 0 < collection["new_bytes"] <= collection["total_bytes"]

    again = said(capsys, "publish", hub)
    assert (again["collections"][0]["number"], again["signed"]) == (1, [])
    status = said(capsys, "status", hub)
    assert status["collections"][0]["note"] == "rev. A"
    assert status["collections"][0]["sources"][0]["owner"] == "Service"


def test_what_people_see(hub: Path, manuals: Path, capsys: Out) -> None:
    assert main(["hub", "status", str(hub)]) == 0
    assert "no collections yet" in capsys.readouterr().out
    assert main(["hub", "publish", str(hub)]) == 0
    assert "nothing to publish yet" in capsys.readouterr().out
    assert main(["hub", "add-source", str(hub), str(manuals), "--collection", "pumps"]) == 0
    assert main(["hub", "publish", str(hub)]) == 0
    out = capsys.readouterr().out
    assert "pumps: generation 1, 2 documents, 2 changed, 0 removed" in out
    assert main(["hub", "status", str(hub)]) == 0
    assert "timestamp: signed until" in capsys.readouterr().out
    assert main(["hub", "publish", str(hub)]) == 0
    assert "nothing new" in capsys.readouterr().out


def test_something_left_out_is_exit_code_1_and_named(hub: Path, manuals: Path, capsys: Out) -> None:
    (manuals / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing else")
    said(capsys, "add-source", hub, manuals, "--collection", "pumps")

    report = said(capsys, "publish", hub, code=1)
    assert [left["path"] for left in report["skipped"]] == ["broken.pdf"]
    shutil.rmtree(manuals)
    report = said(capsys, "publish", hub, code=1)
    assert (report["collections"][0]["documents"], "not there" in report["skipped"][0]["reason"]) == (2, True)


def test_the_same_source_again_is_changed_and_another_is_added(hub: Path, manuals: Path, capsys: Out) -> None:
    said(capsys, "add-source", hub, manuals, "--collection", "pumps", "--language", "en")
    same = said(capsys, "add-source", hub, manuals, "--collection", "pumps", "--review-by", "2030-01-31")
    other = said(capsys, "add-source", hub, manuals / "old", "--collection", "pumps", "--prefix", "old/")

    assert (same["id"], same["language"], same["review_by"], other["id"]) == ("pumps-1", "en", "2030-01-31", "pumps-2")
    assert said(capsys, "remove-source", hub, manuals / "old") == {"removed": "pumps-2", "collection": "pumps"}
    assert "no source" in told(capsys, "remove-source", hub, "pumps-2", code=2)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["publish", "{tmp}"], 2, "no hub folder"),
        (["init", "{hub}"], 2, "hub already"),
        (["init", "{tmp}"], 2, "not empty"),
        (["init", "{tmp}/new", "--root-keys", "1", "--threshold", "2"], 2, "root keys"),
        (["add-source", "{hub}", "{tmp}/nowhere", "--collection", "pumps"], 2, "no file or folder"),
        (["add-source", "{hub}", "{tmp}", "--collection", "a/b"], 2, "can't be the name"),
        (["add-source", "{hub}", "{tmp}", "--collection", "pumps", "--language", "english"], 2, "language"),
        (["add-source", "{hub}", "http://127.0.0.1:9/", "--collection", "pumps"], 6, "can't be reached"),
        (["add-source", "{hub}", "https://a:b@example.com/", "--collection", "pumps"], 2, "--password-env"),
        (["rollout", "{hub}", "pumps"], 2, "no collection"),
        (["rollout", "{hub}", "pumps", "--advance", "--halt"], 2, "one of"),
        (["rollout", "{hub}", "pumps", "--percent", "5"], 2, "--start"),
        (["revert", "{hub}", "pumps"], 2, "no collection"),
        (["keys", "rotate", "{hub}", "pumps"], 2, "no role or collection"),
        (["export-usb", "{hub}", "{tmp}/stick", "--collection", "pumps"], 2, "not published"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_wrong_usage_is_told(
    arguments: list[str], code: int, says: str, hub: Path, tmp_path: Path, capsys: Out
) -> None:
    given = [argument.format(hub=hub, tmp=tmp_path) for argument in arguments]

    assert re.search(says, told(capsys, *given, code=code))


def test_a_label_is_not_changed_by_accident(hub: Path, manuals: Path, capsys: Out) -> None:
    said(capsys, "add-source", hub, manuals, "--collection", "pumps", "--access", "restricted")

    assert "is restricted" in told(
        capsys, "add-source", hub, manuals, "--collection", "pumps", "--access", "public", code=2
    )


def test_the_root_keys_can_be_taken_away(hub: Path, manuals: Path, tmp_path: Path, capsys: Out) -> None:
    said(capsys, "add-source", hub, manuals, "--collection", "pumps")
    said(capsys, "publish", hub)
    stick = tmp_path / "stick"
    assert len(said(capsys, "keys", "export-root", hub, stick)["keys"]) == 2
    assert not list((hub / "keys/root").glob("*.pem"))

    (manuals / "pump.md").write_text("# Pump\n\nFault F0012 means that the oil is hot.\n")
    assert said(capsys, "publish", hub)["collections"][0]["number"] == 2
    assert "--root-keys-dir" in told(capsys, "keys", "rotate", hub, "timestamp", code=10)
    said(capsys, "keys", "rotate", hub, "timestamp", "--root-keys-dir", stick)
    said(capsys, "keys", "rotate", hub, "pumps", "--root-keys-dir", stick)
    said(capsys, "keys", "rotate-root", hub, "--root-keys-dir", stick)
    roles = {role["role"]: role for role in said(capsys, "keys", "list", hub)["roles"]}
    assert roles["root"]["keys"][0]["file"] is None
    assert roles["collection-pumps"]["keys"][0]["file"] is not None
    assert main(["hub", "keys", "list", str(hub)]) == 0
    assert "not here" in capsys.readouterr().out


def test_root_keys_under_a_passphrase(tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = tmp_path / "hub"
    assert "ROOT_SECRET" in told(capsys, "init", hub, "--root-passphrase-env", "ROOT_SECRET", code=2)
    monkeypatch.setenv("ROOT_SECRET", "correct horse")
    said(capsys, "init", hub, "--root-keys", "2", "--threshold", "2", "--root-passphrase-env", "ROOT_SECRET")

    assert "passphrase" in told(capsys, "keys", "rotate-root", hub, code=10)
    said(capsys, "keys", "rotate-root", hub, "--root-passphrase-env", "ROOT_SECRET")


def test_a_rollout_by_hand(hub: Path, manuals: Path, capsys: Out) -> None:
    said(capsys, "add-source", hub, manuals, "--collection", "pumps")
    started = said(capsys, "rollout", hub, "pumps", "--start", "canary", "--percent", "5", "--tag", "pilot")
    assert started["cohorts"] == {"canary": {"percent": 5.0, "tags": ["pilot"]}}
    said(capsys, "publish", hub)
    (manuals / "pump.md").write_text("# Pump\n\nFault F0012 means that the oil is hot.\n")

    assert said(capsys, "publish", hub)["collections"][0]["stage"] == "canary"
    assert said(capsys, "rollout", hub, "pumps", "--status")["candidate"] == 2
    assert said(capsys, "rollout", hub, "pumps", "--halt")["stage"] == "halted"
    assert said(capsys, "rollout", hub, "pumps", "--start", "canary")["stage"] == "canary"
    assert said(capsys, "rollout", hub, "pumps", "--advance")["stable"] == 2
    assert said(capsys, "revert", hub, "pumps", "--note", "wrong oil")["number"] == 3
    assert main(["hub", "rollout", str(hub), "pumps"]) == 0
    out = capsys.readouterr().out
    assert "canary: 5% of the devices, and those tagged pilot" in out
    assert "generation 3 for everybody" in out


def test_a_stick(hub: Path, manuals: Path, tmp_path: Path, capsys: Out) -> None:
    said(capsys, "add-source", hub, manuals, "--collection", "pumps")
    said(capsys, "publish", hub)

    done = said(capsys, "export-usb", hub, tmp_path / "stick")
    assert done["copied_bytes"] == done["total_bytes"] > 0
    assert (tmp_path / "stick/metadata/timestamp.json").exists()
    assert main(["hub", "export-usb", str(hub), str(tmp_path / "stick")]) == 0
    assert "0 B of it copied now" in capsys.readouterr().out


def test_files_go_out_as_they_are(hub: Path, tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/chat.gguf").write_bytes(bytes(1000))
    said(capsys, "add-source", hub, tmp_path / "models", "--collection", "models", "--kind", "files")

    assert said(capsys, "publish", hub)["collections"][0]["documents"] == 1
    assert "of the kind files" in told(
        capsys, "add-source", hub, tmp_path / "models", "--collection", "models", "--kind", "documents", code=2
    )


def test_originals_are_sent_from_now_on(hub: Path, manuals: Path, capsys: Out) -> None:
    said(capsys, "add-source", hub, manuals, "--collection", "pumps")
    said(capsys, "publish", hub)

    assert said(capsys, "publish", hub, "--originals")["collections"][0]["changed"] == 2
    assert said(capsys, "publish", hub)["collections"][0]["number"] == 2


def test_vectors_are_never_lost_for_want_of_a_model(
    hub: Path, manuals: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.hub.folder import HubFolder
    from sync.hub.publishing import Publisher
    from tests.index.hashing_embedder import HashingEmbedder

    monkeypatch.delenv("EDGE_COPILOT_EMBEDDING__KIND")
    said(capsys, "add-source", hub, manuals, "--collection", "pumps")
    assert main(["hub", "build", str(hub)]) == 0
    assert "without vectors" in capsys.readouterr().err
    Publisher(HubFolder(hub), HashingEmbedder()).publish()

    assert "models pull" in told(capsys, "publish", hub, code=4)


def test_a_hub_file_with_a_mistake_names_it(hub: Path, capsys: Out) -> None:
    (hub / "hub.toml").write_text("format = 1\nkeep_releses = 3\n")

    assert "keep_releses" in told(capsys, "status", hub, code=2)
    (hub / "hub.toml").write_text("format = [\n")
    assert "can't be read" in told(capsys, "status", hub, code=2)


def test_comments_in_the_hub_file_are_kept(hub: Path, manuals: Path, capsys: Out) -> None:
    file = hub / "hub.toml"
    file.write_text(file.read_text() + "# five are enough for us\nkeep_releases = 7\n")
    said(capsys, "add-source", hub, manuals, "--collection", "pumps")

    assert "# five are enough for us" in file.read_text()
    assert "keep_releases = 7" in file.read_text()
