"""A folder's copy: incremental, and never poorer because something could not be read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import NetworkError
from tests.sync.hub.conftest import Mirrored

Make = Callable[..., Mirrored]


def write(path: Path, text: str, age_s: float = 10) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    then = path.stat().st_mtime - age_s
    os.utime(path, (then, then))
    return path


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    write(tmp_path / "docs/a.md", "one")
    write(tmp_path / "docs/presses/b.md", "two")
    write(tmp_path / "docs/.git/config", "hidden")
    return tmp_path / "docs"


def test_only_what_changed_is_copied_again(docs: Path, mirrored: Make) -> None:
    source = mirrored("folder", docs)
    first = source.refresh()
    assert (first.fetched, first.fetched_bytes, source.files()) == (2, 6, {"a.md": b"one", "presses/b.md": b"two"})

    write(docs / "a.md", "changed", age_s=5)
    again = source.refresh()
    assert (again.fetched, again.unchanged, again.removed) == (1, 1, 0)
    assert source.files()["a.md"] == b"changed"


def test_a_file_that_is_gone_goes_and_its_empty_folder_too(docs: Path, mirrored: Make) -> None:
    source = mirrored("folder", docs)
    source.refresh()
    (docs / "presses/b.md").unlink()

    assert source.refresh().removed == 1
    assert source.files() == {"a.md": b"one"}
    assert not (source.folder / "presses").exists()


def test_a_source_that_is_away_takes_nothing_away(docs: Path, mirrored: Make) -> None:
    source = mirrored("folder", docs)
    source.refresh()
    docs.rename(docs.with_name("elsewhere"))

    with pytest.raises(NetworkError, match="not there"):
        source.refresh()
    assert len(source.files()) == 2


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_keeps_its_last_good_copy(docs: Path, mirrored: Make) -> None:
    source = mirrored("folder", docs)
    source.refresh()
    write(docs / "a.md", "secret").chmod(0)
    (docs / "presses").chmod(0)

    try:
        refreshed = source.refresh()
    finally:
        (docs / "presses").chmod(0o755)
    assert [problem.path for problem in refreshed.problems] == ["a.md", "presses"]
    assert (refreshed.complete, source.files()) == (False, {"a.md": b"one", "presses/b.md": b"two"})


def test_new_rules_take_away_what_they_exclude(docs: Path, mirrored: Make) -> None:
    source = mirrored("folder", docs)
    source.refresh()

    assert source.refresh(exclude=("presses/",)).removed == 1
    assert list(source.files()) == ["a.md"]


def test_a_file_alone_is_a_source_too(docs: Path, mirrored: Make) -> None:
    source = mirrored("folder", docs / "a.md")
    source.refresh()

    assert source.files() == {"a.md": b"one"}


def test_a_file_and_a_folder_may_change_places(docs: Path, mirrored: Make) -> None:
    source = mirrored("folder", docs)
    source.refresh()
    (docs / "a.md").unlink()
    write(docs / "a.md/inner.md", "inside")
    (docs / "presses/b.md").unlink()
    (docs / "presses").rmdir()
    write(docs / "presses", "a file now")

    source.refresh()
    assert source.files() == {"a.md/inner.md": b"inside", "presses": b"a file now"}


def test_links_are_followed_within_the_folder_only(docs: Path, tmp_path: Path, mirrored: Make) -> None:
    write(tmp_path / "secret.md", "not yours")
    (docs / "out.md").symlink_to(tmp_path / "secret.md")
    (docs / "in.md").symlink_to(docs / "a.md")
    (docs / "loop").symlink_to(docs)
    (docs / "nowhere.md").symlink_to(docs / "gone.md")
    source = mirrored("folder", docs)

    assert source.refresh().problems == ()
    assert source.files() == {"a.md": b"one", "in.md": b"one", "presses/b.md": b"two"}


def test_a_file_over_the_limit_is_left_out_and_said(docs: Path, mirrored: Make) -> None:
    (docs / "huge.bin").write_bytes(bytes((1 << 20) + 1))
    source = mirrored("folder", docs, max_file_mb=1)

    assert [problem.path for problem in source.refresh().problems] == ["huge.bin"]
    assert "huge.bin" not in source.files()


def test_a_file_written_this_moment_is_looked_at_again(docs: Path, mirrored: Make) -> None:
    """Its time may not change when it is written again within the same tick of the file system's clock."""
    write(docs / "a.md", "new", age_s=0)
    source = mirrored("folder", docs)
    source.refresh()

    assert source.refresh().fetched == 1


def test_a_copy_that_was_damaged_is_fetched_again(docs: Path, mirrored: Make) -> None:
    source = mirrored("folder", docs)
    source.refresh()
    (source.folder / "a.md").write_text("cut off" * 5)
    (source.folder / "presses/b.md").unlink()

    assert source.refresh().fetched == 2
    assert source.files() == {"a.md": b"one", "presses/b.md": b"two"}
