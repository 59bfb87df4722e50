"""A disk that fills up in the middle of an update: said in words, and the live generation goes on answering."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.errors import DiskFull
from index.store import Store
from sync.device.generations import Generations
from tests.index.hashing_embedder import HashingEmbedder
from tests.sync.device.generations.hub import update
from tests.sync.device.generations.killing import publish, state


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 16 MiB, where this user may mount one."""
    folder = Path(tempfile.mkdtemp())
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], capture_output=True)
    if not made or made.returncode:
        folder.rmdir()
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    folder.rmdir()


def test_a_full_disk_leaves_the_live_generation_and_an_update_that_goes_on(tmp_path: Path, small_disk: Path) -> None:
    (first, old), (second, new) = publish(tmp_path / "hub", 2, sections=60)
    store_file = small_disk / "index.db"
    with Store.open(store_file) as store:
        generations = Generations(store, small_disk / "files", HashingEmbedder())
        update(generations, first)
        store.checkpoint()
        others = small_disk / "others"
        others.write_bytes(bytes(shutil.disk_usage(small_disk).free - (1 << 20)))

        with pytest.raises(DiskFull, match="is full"):
            update(generations, second)
        live = generations.live("presses")
        assert live is not None
        assert live.number == 1
    assert state(store_file) == (1, old, [])

    others.unlink()
    with Store.open(store_file) as store:
        update(Generations(store, small_disk / "files", HashingEmbedder()), second)
    assert state(store_file) == (2, new, [])
