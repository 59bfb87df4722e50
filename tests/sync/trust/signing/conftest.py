"""A signed repository in a folder, a clock that is moved by hand, and python-tuf's own client to read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

from sync.trust.signing import KeyFolders, Keyring, Lifetimes, SigningRepository, target_path


class Clock:
    def __init__(self) -> None:
        self.time = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.time

    def pass_days(self, days: float) -> None:
        self.time += timedelta(days=days)


class FolderFetcher(FetcherInterface):
    """Reads file:// addresses."""

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = Path(unquote(urlparse(url).path))
        if not path.is_file():
            raise DownloadHTTPError("not there", 404)
        yield path.read_bytes()


@pytest.fixture(autouse=True)
def _no_power_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't wait for the disk."""
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolders:
    return KeyFolders(tmp_path / "keys/root", tmp_path / "keys/online", tmp_path / "keys/collections")


@pytest.fixture
def repository(tmp_path: Path, keys: KeyFolders, clock: Clock) -> SigningRepository:
    made = SigningRepository(tmp_path / "public", Keyring(keys), Lifetimes(), clock)
    made.create(root_keys=3, threshold=2)
    return made


@pytest.fixture
def device(tmp_path: Path, repository: SigningRepository) -> Callable[..., bytes | None]:
    """Fetch a collection's publication as a device enrolled at the first root would; keeps its metadata."""
    pinned = (tmp_path / "public/metadata/1.root.json").read_bytes()
    (tmp_path / "device").mkdir()

    def fetch(collection: str = "presses") -> bytes | None:
        updater = Updater(
            metadata_dir=str(tmp_path / "device"),
            metadata_base_url=(tmp_path / "public/metadata").as_uri(),
            target_base_url=(tmp_path / "public/targets").as_uri(),
            target_dir=str(tmp_path / "device"),
            fetcher=FolderFetcher(),
            bootstrap=pinned,
        )
        updater.refresh()
        target = updater.get_targetinfo(target_path(collection))
        return Path(updater.download_target(target)).read_bytes() if target else None

    return fetch
