"""The whole way, as typed: a hub publishes into a folder, a plain web server carries it, a device syncs and answers."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from copilot.cli.main import main

Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _by_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_COPILOT_EMBEDDING__KIND", "none")


class Quiet(SimpleHTTPRequestHandler):
    """Python's own static file server: no ranges, no configuration."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, *_: object) -> None:
        pass


class Fleet:
    """A hub with one collection, and commands on both sides."""

    def __init__(self, tmp_path: Path, capsys: Out, url: str) -> None:
        self.hub, self.docs, self.url = tmp_path / "hub", tmp_path / "docs", url
        self._devices, self._capsys = tmp_path / "devices", capsys
        self.docs.mkdir()
        self.write("pump.md", "# Pump\n\nFault F0012 means that the oil is low.\n\n## Oil\n\nUse HLP 46.\n")
        self.write("valve.md", "# Valve\n\nThe valve opens at 3 bar.\n")
        self.run("hub", "init", self.hub)
        self.run("hub", "add-source", self.hub, self.docs, "--collection", "pumps")
        self.run("hub", "publish", self.hub)

    def write(self, name: str, text: str) -> None:
        (self.docs / name).write_text(text)

    def run(self, *arguments: str | Path, code: int = 0) -> dict:
        self._capsys.readouterr()
        assert main([*map(str, arguments), "--json"]) == code
        return json.loads(self._capsys.readouterr().out) if code == 0 else {}

    def on(self, device: str, *arguments: str | Path, code: int = 0) -> dict:
        return self.run("--data-dir", self._devices / device, *arguments, code=code)

    def enrol(self, device: str, *options: str) -> None:
        self.on(device, "sync", "enroll", self.url, "--root", self.hub / "public/metadata/1.root.json", *options)

    def found(self, device: str, query: str) -> list[str]:
        return [passage["text"] for passage in self.on(device, "search", query)["passages"]]


@pytest.fixture
def fleet(tmp_path: Path, capsys: Out) -> Iterator[Fleet]:
    (tmp_path / "hub").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "hub/public")))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield Fleet(tmp_path, capsys, f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    server.server_close()
    thread.join()


def test_what_changes_at_the_hub_changes_on_the_device_and_back(fleet: Fleet) -> None:
    fleet.enrol("a")
    first = fleet.on("a", "sync", "now")
    assert (first["generation"], first["previous"], first["changed_documents"]) == (1, None, 2)
    assert "oil is low" in fleet.found("a", "F0012")[0]

    fleet.write("pump.md", "# Pump\n\nFault F0012 means that the oil is hot.\n\n## Oil\n\nUse HLP 46.\n")
    fleet.run("hub", "publish", fleet.hub)
    second = fleet.on("a", "sync", "now")
    assert (second["generation"], second["previous"], second["changed_documents"]) == (2, 1, 1)
    assert "oil is hot" in fleet.found("a", "F0012")[0]

    fleet.on("a", "sync", "rollback")
    assert "oil is low" in fleet.found("a", "F0012")[0]


def test_a_change_that_is_taken_back_at_the_hub_is_taken_back_on_the_device(fleet: Fleet) -> None:
    fleet.enrol("a")
    fleet.write("pump.md", "# Pump\n\nFault F0012 means nonsense.\n")
    fleet.run("hub", "publish", fleet.hub)
    fleet.on("a", "sync", "now")
    fleet.run("hub", "revert", fleet.hub, "pumps")

    assert fleet.on("a", "sync", "now")["generation"] == 3
    assert "oil is low" in fleet.found("a", "F0012")[0]


def test_canaries_get_it_first_and_go_back_when_it_is_halted(fleet: Fleet) -> None:
    fleet.enrol("pilot", "--tag", "pilot")
    fleet.enrol("other")
    fleet.run("hub", "rollout", fleet.hub, "pumps", "--start", "canary", "--percent", "0", "--tag", "pilot")
    fleet.write("pump.md", "# Pump\n\nFault F0012 means that the oil is hot.\n")
    fleet.run("hub", "publish", fleet.hub)

    assert fleet.on("pilot", "sync", "now")["generation"] == 2
    assert fleet.on("other", "sync", "now")["generation"] == 1
    fleet.run("hub", "rollout", fleet.hub, "pumps", "--halt")
    assert fleet.on("pilot", "sync", "now")["generation"] == 1
    assert "oil is low" in fleet.found("pilot", "F0012")[0]
    fleet.run("hub", "rollout", fleet.hub, "pumps", "--start", "canary")
    fleet.run("hub", "rollout", fleet.hub, "pumps", "--advance")
    assert fleet.on("other", "sync", "now")["generation"] == 2


def test_a_device_follows_every_rotation_of_keys(fleet: Fleet) -> None:
    fleet.enrol("a")
    fleet.on("a", "sync", "now")
    for role in ("timestamp", "snapshot", "targets", "pumps"):
        fleet.run("hub", "keys", "rotate", fleet.hub, role)
    fleet.run("hub", "keys", "rotate-root", fleet.hub)
    fleet.write("valve.md", "# Valve\n\nThe valve opens at 4 bar.\n")
    fleet.run("hub", "publish", fleet.hub)

    assert fleet.on("a", "sync", "now")["generation"] == 2
    fleet.enrol("late")  # with the very first root
    assert fleet.on("late", "sync", "now")["generation"] == 2


def test_a_stick_brings_what_the_network_would(fleet: Fleet, tmp_path: Path) -> None:
    fleet.enrol("a")
    fleet.run("hub", "export-usb", fleet.hub, tmp_path / "stick")

    assert fleet.on("a", "sync", "from", tmp_path / "stick")["generation"] == 1
    assert "oil is low" in fleet.found("a", "F0012")[0]


def test_a_collection_of_files_lies_on_the_device_as_it_was(fleet: Fleet, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    model = bytes(range(256)) * 20_000
    (tmp_path / "models/tiny.gguf").write_bytes(model)
    fleet.run("hub", "add-source", fleet.hub, tmp_path / "models", "--collection", "models", "--kind", "files")
    fleet.run("hub", "publish", fleet.hub)
    fleet.enrol("a")
    fleet.on("a", "sync", "now")

    lies = tmp_path / "devices/a/sync/files" / hashlib.sha256(model).hexdigest()
    assert lies.read_bytes() == model


def test_a_source_that_is_removed_takes_its_documents_from_the_devices(fleet: Fleet) -> None:
    fleet.enrol("a")
    fleet.on("a", "sync", "now")
    (fleet.docs / "pump.md").unlink()
    fleet.run("hub", "publish", fleet.hub)

    report = fleet.on("a", "sync", "now")
    assert (report["removed_documents"], fleet.found("a", "F0012")) == (1, [])
