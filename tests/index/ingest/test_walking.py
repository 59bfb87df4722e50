"""Which files a path stands for."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from index.ingest.walking import Walk, walk
from tests.index.ingest.helpers import write


def walked(*paths: Path, store_file: Path = Path("/nowhere/index.db")) -> Walk:
    return walk(paths, store_file)


def found(walk_: Walk, base: Path) -> list[str]:
    return [os.path.relpath(file.path, os.path.realpath(base)) for file in walk_.files]


def test_a_folder_stands_for_everything_below_it_in_order(docs: Path) -> None:
    for name in ("b.md", "a.md", "sub/deeper/c.md", "sub/a.md"):
        write(docs / name, "text")

    assert found(walked(docs), docs) == ["a.md", "b.md", "sub/a.md", "sub/deeper/c.md"]


def test_a_file_named_twice_is_taken_once(docs: Path) -> None:
    file = write(docs / "sub" / "a.md", "text")

    assert found(walked(file, docs, docs / "sub", docs / "." / "sub" / ".." / "sub"), docs) == ["sub/a.md"]


def test_hidden_files_and_companions_are_passed_over_unless_they_are_named(docs: Path) -> None:
    write(docs / "a.md", "text")
    hidden = write(docs / ".git" / "config", "text")
    write(docs / ".hidden.md", "text")
    write(docs / "~$a.docx", "lock")
    picture = write(docs / "logo.PNG", "picture")
    write(docs / "Thumbs.db", "litter")

    everything = walked(docs)
    assert found(everything, docs) == ["a.md"]
    assert (everything.ignored, everything.skipped) == (2, [])
    assert found(walked(hidden, picture), docs) == [".git/config", "logo.PNG"]


def test_loops_of_links_end(docs: Path) -> None:
    write(docs / "sub" / "a.md", "text")
    (docs / "sub" / "up").symlink_to(docs)
    (docs / "self").symlink_to(docs / "self")
    (docs / "one").symlink_to(docs / "two")
    (docs / "two").symlink_to(docs / "one")

    result = walked(docs)

    assert found(result, docs) == ["sub/a.md"]


def test_a_folder_reached_by_two_links_is_taken_once(docs: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside" / "a.md", "text")
    (tmp_path / "outside" / "back").symlink_to(tmp_path / "outside")
    (docs / "first").symlink_to(tmp_path / "outside")
    (docs / "second").symlink_to(tmp_path / "outside")

    assert found(walked(docs), docs) == ["first/a.md"]


def test_a_link_to_a_file_elsewhere_is_taken_by_the_link_s_name(docs: Path, tmp_path: Path) -> None:
    target = write(tmp_path / "outside.md", "text")
    (docs / "link.md").symlink_to(target)
    write(docs / "here.md", "text")
    (docs / "again.md").symlink_to(docs / "here.md")

    assert found(walked(docs), docs) == ["here.md", "link.md"]


def test_a_link_that_leads_nowhere_is_told(docs: Path) -> None:
    (docs / "link.md").symlink_to(docs / "nothing.md")

    assert [skipped.reason for skipped in walked(docs).skipped] == ["link.md is a link that leads nowhere."]


def test_a_path_given_as_a_link_stands_for_what_it_leads_to(docs: Path, tmp_path: Path) -> None:
    write(docs / "a.md", "text")
    (tmp_path / "link").symlink_to(docs)

    assert [file.path for file in walked(tmp_path / "link").files] == [str(docs.resolve() / "a.md")]


def test_the_index_is_never_taken_for_a_document(docs: Path) -> None:
    store_file = docs / "data" / "index.db"
    for name in (
        "index.db",
        "index.db-wal",
        "index.sources.json",
        "index.db.lock",
        "index.db.corrupt-1",
        "copilot.toml",
    ):
        write(docs / "data" / name, "text")
    write(docs / "a.md", "text")

    assert found(walked(docs, store_file=store_file), docs) == ["a.md"]
    assert found(walked(docs / "data", store_file=store_file), docs) == ["data/copilot.toml"]


def test_what_is_not_there_is_told_apart_from_what_can_not_be_looked_at(docs: Path) -> None:
    file = write(docs / "a.md", "text")

    result = walked(docs / "nothing", file / "below a file")

    assert result.missing == [str(docs.resolve() / "nothing"), str(file.resolve() / "below a file")]
    assert (result.roots, result.files, result.skipped) == ([], [], [])


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="needs root to become someone else")
def test_a_folder_that_may_not_be_read_is_told_and_the_rest_goes_on() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        write(folder / "open" / "a.md", "text")
        write(folder / "shut" / "b.md", "text")
        (folder / "shut").chmod(0o700)
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.setuid(65534)
            result = walked(folder)
            os.write(write_end, repr((found(result, folder), [skipped.reason for skipped in result.skipped])).encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            answer = pipe.read()

    assert "open/a.md" in answer
    assert "shut may not be read by this user" in answer
