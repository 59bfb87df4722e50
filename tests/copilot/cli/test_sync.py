"""`edge-copilot sync` as a person uses it, against a real hub's folder over a real line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from copilot.cli.main import main
from tests.sync.device.servers import FolderServer, serving
from tests.sync.device.small_hub import SmallHub
from tests.test_json_contract import check

DOCUMENTS = {"brakes.txt": "Brake: the brake BR-120 releases at 24 V", "valves.txt": "Valve: the valve opens slowly"}

Run = Callable[..., Any]


@pytest.fixture
def hub(tmp_path: Path) -> SmallHub:
    hub = SmallHub(tmp_path / "hub" / "public")
    hub.publish("presses", DOCUMENTS)
    return hub


@pytest.fixture
def server(hub: SmallHub) -> Iterator[FolderServer]:
    with serving(hub.public) as server:
        yield server


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that succeeds; with --json return what it prints as data."""

    def once(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert main(list(arguments)) == code
        out, err = capsys.readouterr()
        if code:
            assert out == ""
            return json.loads(err.splitlines()[-1])["error"] if "--json" in arguments else err
        return json.loads(out) if "--json" in arguments else out

    return once


@pytest.fixture
def enrolled(run: Run, hub: SmallHub, server: FolderServer) -> dict[str, Any]:
    enrolled: dict[str, Any] = run("sync", "enroll", server.url, "--root", str(hub.root_file), "--json")
    return enrolled


def test_the_whole_way(enrolled: dict[str, Any], run: Run, hub: SmallHub) -> None:
    assert enrolled["verified"] is True
    assert enrolled["collections"] == ["presses"]

    first = run("sync", "now", "--json")
    assert {key: first[key] for key in ("generation", "previous", "changed_documents", "removed_documents")} == {
        "generation": 1,
        "previous": None,
        "changed_documents": 2,
        "removed_documents": 0,
    }
    assert first["fetched_bytes"] > 0
    assert first["took_s"] >= 0
    assert run("search", "BR-120", "--json")["passages"][0]["document"] == "brakes.txt"

    hub.publish("presses", {**DOCUMENTS, "brakes.txt": "Brake: the brake BR-120 releases at 48 V"})
    second = run("sync", "now", "--json")
    assert (second["generation"], second["previous"], second["changed_documents"]) == (2, 1, 1)
    assert "48 V" in run("search", "BR-120")

    status = run("sync", "status", "--json")
    assert (status["generation"], status["outbox"]) == (2, 0)
    assert status["synced_at"].endswith("Z")
    assert [one["name"] for one in status["collections"]] == ["presses"]

    back = run("sync", "rollback", "--json")
    assert (back["generation"], back["previous"]) == (1, 2)
    assert "24 V" in run("search", "BR-120")

    third = run("sync", "now", "--json")
    assert (third["generation"], third["changed_documents"]) == (1, 0)
    assert "waits for a later one" in third["collections"][0]["note"]

    run("sync", "unpin")
    assert run("sync", "now", "--json")["generation"] == 2


def test_what_is_printed_is_what_the_schemas_promise(enrolled: dict[str, Any], run: Run, hub: SmallHub) -> None:
    check("sync-status", json.dumps(run("sync", "status", "--json")))
    check("sync-now", json.dumps(run("sync", "now", "--json")))
    check("sync-now", json.dumps(run("sync", "now", "--json")))
    check("sync-status", json.dumps(run("sync", "status", "--json")))
    check("search", json.dumps(run("search", "BR-120", "--json")))
    check("ask", json.dumps(run("ask", "when does BR-120 release", "--no-llm", "--json")))
    run("sync", "collections", "unsubscribe", "presses")
    check("sync-now", json.dumps(run("sync", "now", "--json")))


def test_people_are_told_in_sentences(enrolled: dict[str, Any], run: Run) -> None:
    assert "presses: generation 1, 2 documents new or changed, 0 removed." in run("sync", "now")
    assert "presses: up to date, generation 1." in run("sync", "now")
    assert "just now" in run("sync", "status")
    assert "presses stays at generation 1." in run("sync", "pin")
    assert "presses" in run("sync", "collections")


def test_the_age_of_the_knowledge_stands_with_every_passage(enrolled: dict[str, Any], run: Run) -> None:
    run("sync", "now")

    (first, *_) = run("search", "BR-120", "--json")["passages"]
    assert first["synced_at"].endswith("Z")
    assert "synced just now" in run("search", "BR-120")
    assert "synced just now" in run("ask", "at how many volts does BR-120 release", "--no-llm")
    answer = run("ask", "at how many volts does BR-120 release", "--no-llm", "--json")
    assert answer["evidence"][0]["synced_at"].endswith("Z")


def test_a_device_is_not_enrolled_twice_by_mistake(
    enrolled: dict[str, Any], run: Run, hub: SmallHub, server: FolderServer
) -> None:
    error = run("sync", "enroll", server.url, "--root", str(hub.root_file), "--json", code=2)
    assert "--again" in error["remedy"]

    again = run("sync", "enroll", server.url, "--root", str(hub.root_file), "--again", "--json")
    assert again["device"] == enrolled["device"]


def test_enrolling_offline_says_that_it_will_be_checked_later(
    hub: SmallHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    assert main(["sync", "enroll", "http://127.0.0.1:9/public", "--root", str(hub.root_file)]) == 0

    assert "checked at the first sync" in capsys.readouterr().err


def test_enrolling_with_another_hubs_root_is_refused(run: Run, server: FolderServer, tmp_path: Path) -> None:
    other = SmallHub(tmp_path / "other" / "public")
    other.sign()

    error = run("sync", "enroll", server.url, "--root", str(other.root_file), "--json", code=10)

    assert error["kind"] == "TrustError"


def test_what_is_no_root_file_is_refused(run: Run, server: FolderServer, hub: SmallHub, tmp_path: Path) -> None:
    for content in (b"<html>", b"{}", (hub.public / "metadata" / "timestamp.json").read_bytes()):
        (tmp_path / "root.json").write_bytes(content)
        error = run("sync", "enroll", server.url, "--root", str(tmp_path / "root.json"), "--json", code=10)
        assert "no root file" in error["message"]


def test_syncing_without_enrolment_tells_how(run: Run) -> None:
    assert "sync enroll" in run("sync", "now", "--json", code=2)["remedy"]
    assert run("sync", "status", "--json")["generation"] is None


def test_a_failed_sync_names_the_cause_and_leaves_the_live_generation(
    enrolled: dict[str, Any], run: Run, hub: SmallHub, server: FolderServer
) -> None:
    run("sync", "now")
    server.behaviour.replace["/metadata/timestamp.json"] = b"<!doctype html><title>WiFi login</title>"
    hub.publish("presses", {"brakes.txt": "Brake: forged"})

    error = run("sync", "now", "--json", code=6)

    assert "A login page answered instead of the hub" in error["message"]
    assert "24 V" in run("search", "BR-120")
    assert run("sync", "status", "--json")["last_error"]["kind"] == "NetworkError"


def test_a_metered_network_is_respected_unless_told_otherwise(
    enrolled: dict[str, Any], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGE_COPILOT_SYNC__METERED", "yes")

    assert run("sync", "now", "--json", code=10)["kind"] == "SyncRefused"
    assert run("sync", "now", "--anyway", "--json")["generation"] == 1


def test_from_a_stick(enrolled: dict[str, Any], run: Run, hub: SmallHub, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    hub.save(stick)

    assert run("sync", "from", str(stick), "--json")["generation"] == 1
    assert (
        "nothing that a hub published" in run("sync", "from", str(tmp_path / "no stick"), "--json", code=6)["message"]
    )


def test_collections_are_chosen(enrolled: dict[str, Any], run: Run, hub: SmallHub) -> None:
    hub.publish("lathes", {"chuck.txt": "Chuck: the chuck clamps"})
    run("sync", "now")
    offers = run("sync", "collections", "--json")["collections"]
    assert [(one["name"], one["subscribed"]) for one in offers] == [("lathes", True), ("presses", True)]

    run("sync", "collections", "unsubscribe", "lathes")
    report = run("sync", "now", "--json")

    assert report["removed_documents"] == 1
    assert [one["name"] for one in run("sync", "status", "--json")["collections"]] == ["presses"]
    error = run("sync", "rollback", "lathes", "--json", code=2)
    assert "no synced collection" in error["message"]

    run("sync", "collections", "subscribe", "lathes")
    assert run("sync", "now", "--json")["changed_documents"] == 1


def test_going_back_where_there_is_nothing_to_go_back_to(enrolled: dict[str, Any], run: Run) -> None:
    assert "sync now" in run("sync", "rollback", "--json", code=2)["remedy"]
    run("sync", "now")
    assert run("sync", "rollback", "--json", code=2)["kind"] == "UsageError"


def test_the_doctor_tells_of_the_hub(enrolled: dict[str, Any], run: Run) -> None:
    from copilot.doctor.sync import check_sync
    from copilot.settings import Settings

    assert [finding.status for finding in check_sync(Settings.load())] == ["warning"]
    run("sync", "now")
    assert [finding.status for finding in check_sync(Settings.load())] == ["ok"]


def test_watching_ends_cleanly_when_it_is_told_to(
    enrolled: dict[str, Any], run: Run, server: FolderServer, data_dir: Path
) -> None:
    watching = subprocess.Popen(
        [sys.executable, "-m", "copilot.cli.main", "--data-dir", str(data_dir), "sync", "watch"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert watching.stdout is not None
    for line in watching.stdout:
        if "generation 1" in line:
            break
    watching.send_signal(signal.SIGTERM)
    _, err = watching.communicate(timeout=30)

    assert watching.returncode == 0
    assert "Traceback" not in err
    assert run("sync", "status", "--json")["next_at"] is not None
