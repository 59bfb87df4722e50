"""`edge-copilot sync outbox` and the hub's side of it, as people use them; the receiver is a real one on loopback."""

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
from sync.receiver.app import create_app
from sync.receiver.storage import open_storage
from tests.sync.receiver.people import running
from tests.test_json_contract import check

Run = Callable[..., Any]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; return its stdout, with --json as data, or on a failure what it says on stderr."""

    def once(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert main(list(arguments)) == code, capsys.readouterr().err
        out, err = capsys.readouterr()
        if code:
            assert out == ""
            return err
        return json.loads(out) if "--json" in arguments else out

    return once


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    folder = tmp_path / "hub"
    assert main(["hub", "init", str(folder)]) == 0
    return folder


@pytest.fixture
def receiver(hub: Path) -> Iterator[str]:
    storage = open_storage(hub)
    with running(create_app(storage)) as url:
        yield url
    storage.close()


@pytest.fixture
def configured(run: Run, hub: Path, receiver: str, data_dir: Path) -> Path:
    """A device with a token, in its settings."""
    token = run("hub", "devices", "add", str(hub), "press-1", "--tag", "canary", "--json")["token"]
    data_dir.mkdir(parents=True)
    (data_dir / "token").write_text(f"{token}\n")
    (data_dir / "copilot.toml").write_text(f'[outbox]\nurl = "{receiver}"\ntoken_file = "token"\n')
    return data_dir


class TestOnTheDevice:
    def test_a_note_goes_up_as_it_was_previewed(self, run: Run, configured: Path, hub: Path) -> None:
        run("sync", "outbox", "note", "The coil hums, ask 0171 2345678", "--machine", "press 3")
        (waiting,) = run("sync", "outbox", "--json")["items"]
        preview = run("sync", "outbox", "--preview")
        flushed = run("sync", "outbox", "flush", "--json")
        (there,) = run("hub", "inbox", str(hub), "--json")["items"]

        assert (waiting["kind"], waiting["state"]) == ("note", "waits")
        assert json.loads(preview)["items"][0]["fields"] == there["fields"]
        assert there["fields"] == {"text": "The coil hums, ask [phone]", "machine": "press 3"}
        assert (there["device"], there["id"]) == ("press-1", waiting["id"])
        assert (flushed["delivered"], flushed["waiting"]) == (1, 0)
        assert run("sync", "outbox", "list", "--json") == {"items": []}

    def test_the_preview_prints_nothing_but_the_bytes_and_sends_nothing(
        self, run: Run, configured: Path, hub: Path
    ) -> None:
        run("sync", "outbox", "note", "hums")

        said = run("sync", "outbox", "--preview", "--json")

        assert run("sync", "outbox", "--preview") == said["batches"][0]["body"] + "\n"
        assert run("hub", "inbox", str(hub), "--json")["items"] == []

    def test_what_stays_is_told_with_its_reason(self, run: Run, indexed: Path) -> None:
        run("collections", "set-access", "default", "restricted")
        run("sync", "outbox", "note", "the brake of the H40 is not as described", "--collection", "default")

        assert run("sync", "outbox", "--preview") == ""
        (held,) = run("sync", "outbox", "list", "--json")["items"]
        assert (held["state"], held["reason"]) == ("held back", "it stems from a restricted collection")

    def test_a_note_of_50_mb_keeps_its_text(self, run: Run, tmp_path: Path) -> None:
        photo = tmp_path / "plate.jpg"
        with photo.open("wb") as file:
            file.truncate(50_000_000)

        said = run("sync", "outbox", "note", "see the plate", "--attach", str(photo), "--json")

        assert "50.0 MB" in said["notice"]
        assert len(run("sync", "outbox", "list", "--json")["items"]) == 1

    def test_dropping_takes_one_out(self, run: Run) -> None:
        kept = run("sync", "outbox", "note", "hums", "--json")["id"]

        assert run("sync", "outbox", "drop", kept, "--yes", "--json") == {"dropped": kept}
        assert "no item" in run("sync", "outbox", "drop", kept, "--yes", code=2)

    def test_nobody_to_hand_in_to_is_told(self, run: Run) -> None:
        assert "outbox.url" in run("sync", "outbox", "flush", code=2)

    def test_a_hub_that_is_away_keeps_the_note_here(
        self, run: Run, configured: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("time.sleep", lambda _: None)
        monkeypatch.setenv("EDGE_COPILOT_OUTBOX__URL", "http://127.0.0.1:9")
        run("sync", "outbox", "note", "hums")

        assert "can't be reached" in run("sync", "outbox", "flush", code=6)
        assert run("sync", "status", "--json")["outbox"] == 1

    def test_a_policy_with_a_fault_lets_nothing_out(self, run: Run, configured: Path, hub: Path) -> None:
        run("sync", "outbox", "note", "hums")
        (configured / "outbox-policy.toml").write_text("[kinds.note]\nsned = true")

        assert "sned" in run("sync", "outbox", "flush", code=2)
        assert "sned" in run("sync", "outbox", "--preview", code=2)
        assert run("hub", "inbox", str(hub), "--json")["items"] == []

    def test_an_empty_note_is_refused(self, run: Run) -> None:
        assert "empty" in run("sync", "outbox", "note", "  ", code=2)

    def test_the_token_is_in_no_output_and_no_log(self, run: Run, configured: Path) -> None:
        token = (configured / "token").read_text().strip()
        run("sync", "outbox", "note", "hums")

        said = run("sync", "outbox", "--preview", "--json"), run("config", "show"), run("sync", "outbox", "flush")

        assert token not in repr(said)
        for log in configured.glob("logs/*"):
            assert token not in log.read_text()


def test_the_json_is_as_its_schemas_say(
    run: Run, configured: Path, hub: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("sync", "outbox", "note", "hums, ask a@b.de", "--machine", "press 3")
    for name, command in (
        ("sync-outbox", ["sync", "outbox"]),
        ("hub-inbox", ["hub", "inbox", str(hub)]),
        ("hub-fleet", ["hub", "fleet", str(hub)]),
    ):
        assert check(name, json.dumps(run(*command, "--json")))
        run("sync", "outbox", "flush")


class TestAtTheHub:
    def test_devices_are_added_listed_renewed_and_revoked(self, run: Run, hub: Path) -> None:
        added = run("hub", "devices", "add", str(hub), "press-1", "--tag", "canary", "--json")
        assert (
            run("hub", "devices", "add", str(hub), "press-2", "--subject", "press-2.plant", "--json")["token"] is None
        )
        renewed = run("hub", "devices", "renew", str(hub), "press-1", "--json")
        run("hub", "devices", "revoke", str(hub), "press-2")

        first, second = run("hub", "devices", "list", str(hub), "--json")["devices"]
        assert added["token"] != renewed["token"]
        assert (first["name"], first["tags"], first["revoked_at"]) == ("press-1", ["canary"], None)
        assert second["revoked_at"] is not None

    def test_old_items_are_deleted_when_asked_for(self, run: Run, configured: Path, hub: Path) -> None:
        run("sync", "outbox", "note", "hums")
        run("sync", "outbox", "flush")

        assert run("hub", "prune", str(hub), "--days", "1", "--kind", "note", "--json") == {"deleted": 0}
        assert len(run("hub", "inbox", str(hub), "--kind", "note", "--json")["items"]) == 1

    def test_a_token_is_kept_nowhere(self, run: Run, hub: Path) -> None:
        token = run("hub", "devices", "add", str(hub), "press-1").strip()

        assert token.startswith("ecd_")
        for file in hub.rglob("*"):
            assert not file.is_file() or token.encode() not in file.read_bytes()

    def test_two_devices_with_one_identity_show_in_the_fleet(
        self, run: Run, configured: Path, hub: Path, tmp_path: Path
    ) -> None:
        other = tmp_path / "other"
        other.mkdir()
        for name in ("token", "copilot.toml"):
            (other / name).write_bytes((configured / name).read_bytes())
        run("sync", "outbox", "note", "first")
        run("sync", "outbox", "flush")
        run("--data-dir", str(other), "sync", "outbox", "note", "second")

        said = run("--data-dir", str(other), "sync", "outbox", "flush", code=10)

        assert "Two devices use this identity (press-1)" in said
        assert run("--data-dir", str(other), "sync", "outbox", "list", "--json")["items"], "its note is not lost"
        (shown,) = run("hub", "fleet", str(hub), "--json")["devices"]
        assert "another installation" in shown["rival"]
        assert "two devices use" in " ".join(run("hub", "fleet", str(hub)).split())

    def test_what_is_no_hub_is_told(self, run: Run, tmp_path: Path) -> None:
        assert "no folder" in run("hub", "devices", "list", str(tmp_path / "none"), code=2)

    def test_the_receiver_runs_and_stops_when_told(self, run: Run, hub: Path, data_dir: Path) -> None:
        token = run("hub", "devices", "add", str(hub), "press-1").strip()
        command = [sys.executable, "-m", "copilot.cli.main", "hub", "receive", str(hub), "--port", "0"]
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        port = free_port()
        command[-1] = str(port)
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
            try:
                assert process.stderr is not None
                assert f"127.0.0.1:{port}" in process.stderr.readline()
                data_dir.mkdir(parents=True)
                (data_dir / "copilot.toml").write_text(
                    f'[outbox]\nurl = "http://127.0.0.1:{port}"\ntoken_env = "TOKEN_OF_PRESS"\n'
                )
                os.environ["TOKEN_OF_PRESS"] = token
                run("sync", "outbox", "note", "hums")
                assert run("sync", "outbox", "flush", "--json")["delivered"] == 1
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) in (0, -signal.SIGTERM)
            finally:
                process.kill()
                os.environ.pop("TOKEN_OF_PRESS", None)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
