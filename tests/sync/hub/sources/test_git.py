"""A real git repository, read commit by commit."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import NetworkError, UsageError
from tests.sync.hub.conftest import Mirrored

Make = Callable[..., Mirrored]


def git(repository: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Editor", "-c", "user.email=editor@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, "-C", str(repository), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(repository: Path, **files: str | None) -> str:
    for name, content in files.items():
        path = repository / name.replace("__", "/").replace("_", ".")
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "A change")
    return git(repository, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, a_md="one", docs__b_md="two")
    return folder


def test_a_refresh_fetches_the_blobs_that_changed(repository: Path, mirrored: Make) -> None:
    source = mirrored("git", repository)
    assert (source.refresh().fetched, source.files()) == (2, {"a.md": b"one", "docs/b.md": b"two"})
    same = source.refresh()
    assert (same.fetched, same.unchanged) == (0, 2)

    commit(repository, a_md="changed", docs__b_md=None, c_md="new")
    again = source.refresh()
    assert (again.fetched, again.removed) == (2, 1)
    assert source.files() == {"a.md": b"changed", "c.md": b"new"}


def test_another_choice_of_files_and_a_damaged_copy_are_looked_at_though_the_commit_is_the_same(
    repository: Path, mirrored: Make
) -> None:
    source = mirrored("git", repository, include=("a.md",))
    source.refresh()
    assert source.refresh(include=()).fetched == 1
    (source.folder / "a.md").unlink()

    assert source.refresh(include=()).fetched == 1
    assert list(source.files()) == ["a.md", "docs/b.md"]


def test_a_branch_a_tag_and_a_folder_can_be_asked_for(repository: Path, mirrored: Make) -> None:
    git(repository, "tag", "v1")
    commit(repository, docs__b_md="newer")

    assert mirrored("git", repository.as_uri(), ref="v1", subfolder="docs").refresh().fetched == 1
    source = mirrored("git", f"git+{repository.as_uri()}", subfolder="/docs/")
    source.refresh()
    assert source.files() == {"b.md": b"newer"}


def test_a_repository_that_is_away_takes_nothing_away(repository: Path, mirrored: Make) -> None:
    source = mirrored("git", repository.as_uri())
    source.refresh()
    repository.rename(repository.with_name("elsewhere"))

    with pytest.raises(NetworkError, match="can't be read"):
        source.refresh()
    assert len(source.files()) == 2


def test_links_and_pointers_to_large_files_are_not_taken_for_documents(repository: Path, mirrored: Make) -> None:
    (repository / "link.md").symlink_to("/etc/passwd")
    commit(repository, big_pdf="version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n", z_md="last")
    source = mirrored("git", repository)

    problems = source.refresh().problems
    assert [(problem.path, "LFS" in problem.reason) for problem in problems] == [("big.pdf", True)]
    assert list(source.files()) == ["a.md", "docs/b.md", "z.md"]


@pytest.mark.parametrize(
    "wrong", [{"location": "--upload-pack=touch x"}, {"location": "git@host:x", "ref": "--upload-pack=touch x"}]
)
def test_an_address_is_never_an_option_of_git(wrong: dict[str, str], mirrored: Make) -> None:
    with pytest.raises(UsageError):
        mirrored("git", **wrong).refresh()


def test_an_address_that_runs_a_program_is_refused(tmp_path: Path, mirrored: Make) -> None:
    with pytest.raises(NetworkError, match="ext"):
        mirrored("git", f"ext::touch {tmp_path}/ran").refresh()
    assert not (tmp_path / "ran").exists()
