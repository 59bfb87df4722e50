"""What every test stands on: its own data directory, a clean environment, and no network beyond this machine."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from copilot.logs import ROOMS
from copilot.settings.paths import default_data_dir

# Taken at import: the fixtures of every test hide this machine's folders.
REAL_DATA_DIR = Path(os.environ.get("EDGE_COPILOT_DATA_DIR") or default_data_dir())
MODELS_REQUIRED = bool(os.environ.get("REQUIRE_TEST_MODELS"))  # set by `make test`, which has fetched them


# How long an example takes depends on the machine and on who else uses it.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.load_profile("project")


class NetworkForbidden(AssertionError):
    """A test tried to leave this machine."""


@pytest.fixture(autouse=True)
def _isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test a home of its own, and none of this shell's settings."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.upper().startswith("EDGE_COPILOT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "share"))
    monkeypatch.setenv("LOCALAPPDATA", str(home / "share"))
    monkeypatch.setenv("EDGE_COPILOT_DATA_DIR", str(home / "data"))


@pytest.fixture(autouse=True)
def _logs_as_found() -> Iterator[None]:
    """Take away the handlers that a command has set up, so that the next test's logs can be caught again."""
    yield
    for room in ROOMS:
        logger = logging.getLogger(room)
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection and name look-up that would leave this machine; other processes get a dead proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1,localhost,::1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _refuse_remote(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_remote(self.family, address)
        return connect_ex(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not _is_local(host):
            raise NetworkForbidden(f"a test looked up {host!r}")
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)


def _refuse_remote(family: int, address: Any) -> None:
    if family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
        raise NetworkForbidden(f"a test tried to connect to {address[0]!r}")


def _is_local(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in ("", "localhost", "0.0.0.0", "::"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture
def data_dir() -> Path:
    """The test's own data directory; not created yet."""
    return Path(os.environ["EDGE_COPILOT_DATA_DIR"])


@pytest.fixture(scope="session")
def model_file() -> Callable[..., Path]:
    """Return the verified file of a model by its id in the catalogue; without a file name, its first file.

    A test is skipped where the model is not on this machine, but in `make test` it then fails.
    """
    from copilot.catalogue import Catalogue, ModelStore
    from index.errors import ModelMissing

    catalogue, store = Catalogue.load(), ModelStore(REAL_DATA_DIR)

    def find(model_id: str, name: str | None = None) -> Path:
        try:
            return store.path(catalogue.get(model_id), name)
        except ModelMissing as error:
            if MODELS_REQUIRED:
                raise
            pytest.skip(str(error))

    return find


@pytest.fixture
def shared_models(model_file: Callable[..., Path]) -> Path:
    """Make this machine's models visible to the commands of a test, as those of its default data directory."""
    shared = default_data_dir() / "models"
    shared.parent.mkdir(parents=True, exist_ok=True)
    shared.symlink_to(REAL_DATA_DIR / "models", target_is_directory=True)
    return shared
