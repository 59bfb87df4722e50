"""Bad input as the person meets it: the command, its exit code, its words, and everybody else's documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bad_input.user import Said, User

GOOD = "# Pump P-100\n\n## Seal\n\nTighten the gland G-77 of the pump to 18 Nm.\n"


@pytest.fixture
def user(capsys: pytest.CaptureFixture[str]) -> User:
    """Runs commands and reads what they say."""
    return User(capsys)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder with one good document."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "good.md").write_text(GOOD, encoding="utf-8")
    return folder


@pytest.fixture
def ingested(user: User, docs: Path) -> Path:
    """The folder, already in the index."""
    assert user.runs("ingest", docs).code == 0
    return docs


@pytest.fixture
def good_is_there(user: User) -> Callable[[], None]:
    """Asserts that the good document is still found."""

    def check() -> None:
        said: Said = user.runs("search", "gland G-77", "--json")
        assert said.code == 0, said.err
        assert any("18 Nm" in passage["text"] for passage in said.json["passages"])

    return check
