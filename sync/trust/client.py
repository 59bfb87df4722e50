"""The device's side of trust: `tuf.ngclient` with the root that was pinned at enrolment.

The Update Framework, specification 1.0.34, section 5 (the client's workflow). What the client verifies is kept in a
folder that is replaced as a whole, so that a kill or a loss of power leaves the old state or the new one: forgetting
which timestamp was seen last would let an older one in.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tuf.api import exceptions as tuf
from tuf.api.metadata import Metadata, Targets, Timestamp
from tuf.ngclient import Updater, UpdaterConfig

from index.errors import PackError, TrustError
from index.store.files import sync_folder
from sync.device.link import Link, Patience
from sync.format.limits import METADATA, PUBLICATION
from sync.trust.clock import TrustedTime
from sync.trust.fetcher import BASE, LinkFetcher

ROLE_PREFIX: Final = "collection-"
_LIMITS: Final = UpdaterConfig(
    root_max_length=512_000, timestamp_max_length=16_384, snapshot_max_length=METADATA, targets_max_length=METADATA
)
_TELL: Final = "Tell whoever keeps the hub."
_Translate = Callable[[LinkFetcher], AbstractContextManager[None]]
_CLOCKS_DIFFER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """A collection that the hub's root of targets delegates to editors of its own."""

    collection: str


class Verified:
    """A repository whose metadata has been verified; made by `TrustedRepository.verified`.

    Attributes:
        offers: The collections that it has, by name.
        expires: When its timestamp does.
    """

    def __init__(self, updater: Updater, fetcher: LinkFetcher, folder: Path, translate: _Translate) -> None:
        self._updater, self._fetcher, self._translate = updater, fetcher, translate
        # The client has just written these two, after it had verified them.
        targets = Metadata[Targets].from_file(str(folder / "targets.json")).signed
        roles = targets.delegations.roles if targets.delegations and targets.delegations.roles else {}
        self.offers: Sequence[Offer] = tuple(
            Offer(name.removeprefix(ROLE_PREFIX)) for name in sorted(roles) if name.startswith(ROLE_PREFIX)
        )
        self.expires = Metadata[Timestamp].from_file(str(folder / "timestamp.json")).signed.expires.replace(tzinfo=UTC)

    @property
    def fetched_bytes(self) -> int:
        """What came over the line for metadata and publications."""
        return self._fetcher.fetched_bytes

    def publication(self, collection: str, cached: bytes = b"") -> bytes | None:
        """Return the publication of a collection, as its editors signed it; None where there is none.

        Args:
            collection: Its name.
            cached: As it was at the last sync: not fetched again if it is still the one that is signed.

        Raises:
            TrustError, PackError, NetworkError: As `target`.
        """
        return self.target(f"collections/{collection}/publication.json", PUBLICATION, cached)

    def target(self, path: str, limit: int, cached: bytes = b"") -> bytes | None:
        """Return a target's content, verified; None where nobody who may signs one of this path.

        Args:
            path: Of the target.
            limit: Most bytes that it may have.
            cached: Taken if it is what is signed.

        Raises:
            TrustError: It is not genuine.
            PackError: It is larger than ``limit``.
            NetworkError: It can't be fetched.
        """
        with self._translate(self._fetcher), TemporaryDirectory() as folder:
            info = self._updater.get_targetinfo(path)
            if info is None:
                return None
            if info.length > limit:
                raise PackError(
                    f"{path} has {info.length:,} bytes, over the limit of {limit:,}.", "Tell whoever keeps the hub."
                )
            with suppress(tuf.LengthOrHashMismatchError):
                info.verify_length_and_hashes(cached)
                return cached
            file = Path(folder) / "target"
            self._updater.download_target(info, str(file), f"{BASE}targets/")
            return file.read_bytes()


class TrustedRepository:
    """What is believed of one hub.

    Args:
        folder: Where verified metadata is kept; created.
        root: The root file that was pinned at enrolment.
        time: By which expiry is judged.
    """

    def __init__(self, folder: Path, root: bytes, time: TrustedTime) -> None:
        self._folder, self._root, self._time = folder, root, time

    @contextmanager
    def verified(self, link: Link, patience: Patience | None = None) -> Iterator[Verified]:
        """Fetch and verify the hub's metadata; what was verified is kept, also where something else then fails.

        Raises:
            TrustError: It is not genuine, has expired, or is older than what was seen before.
            NetworkError: It can't be fetched.
        """
        fetcher = LinkFetcher(link, patience or Patience(fruitless=3))
        with self._working_copy() as folder:
            with self._translated(fetcher):
                updater = Updater(
                    str(folder),
                    f"{BASE}metadata/",
                    fetcher=fetcher,
                    config=_LIMITS,
                    bootstrap=self._root,
                )
                _judge_by(updater, self._time.now)
                updater.refresh()
                found = Verified(updater, fetcher, folder, self._translated)
            yield found

    @contextmanager
    def _working_copy(self) -> Iterator[Path]:
        current, fresh, old = (self._folder / name for name in ("metadata", "metadata.new", "metadata.old"))
        self._folder.mkdir(parents=True, exist_ok=True)
        if not current.exists() and old.exists():
            old.rename(current)  # killed between the two renames below
        shutil.rmtree(fresh, ignore_errors=True)
        if current.exists():
            shutil.copytree(current, fresh, symlinks=True)
        else:
            fresh.mkdir()
        try:
            yield fresh
        finally:
            _sync_all(fresh)
            shutil.rmtree(old, ignore_errors=True)
            if current.exists():
                current.rename(old)
            fresh.rename(current)
            sync_folder(self._folder)
            shutil.rmtree(old, ignore_errors=True)

    @contextmanager
    def _translated(self, fetcher: LinkFetcher) -> Iterator[None]:
        try:
            yield
        except tuf.DownloadError as error:
            # Outside, the client's own words for what the link has said already are of no use.
            raise fetcher.fault or TrustError(str(error), _TELL) from error
        except tuf.ExpiredMetadataError as error:
            raise self._expired(str(error), fetcher) from error
        except tuf.BadVersionNumberError as error:
            raise TrustError(
                f"What the hub serves is older than what this device has seen already ({error}).",
                "Somebody plays back an old state, or a mirror lags behind: try again later, or another mirror. "
                "The live generation goes on answering.",
            ) from error
        except tuf.UnsignedMetadataError as error:
            raise TrustError(
                f"What the hub serves is not signed by enough of the keys that this device trusts ({error}).",
                "This is not the hub that the device was enrolled with, or it was tampered with. Nothing was used. "
                + _TELL,
            ) from error
        except tuf.LengthOrHashMismatchError as error:
            raise TrustError(
                f"What the hub serves doesn't belong together ({error}).",
                "Parts of different states were mixed: a mirror is being updated, or somebody tampers. Try again "
                "later; nothing was used.",
            ) from error
        except tuf.RepositoryError as error:
            raise TrustError(f"What the hub serves is not genuine ({error}).", f"Nothing was used. {_TELL}") from error

    def _expired(self, said: str, fetcher: LinkFetcher) -> TrustError:
        # A root is kept before it is found to have expired; of the others what was refused is what came last.
        refused = (self._folder / "metadata.new" / "root.json").read_bytes() if "root" in said else fetcher.last
        expires, hub_time = _expiry_of(refused), fetcher.hub_time
        until = f" on {expires:%Y-%m-%d %H:%M} UTC" if expires else ""
        message = f"What the hub serves has expired{until} ({said})."
        if self._time.clock_behind:
            return TrustError(
                f"{message} {self._time.warning}", "Set this device's clock; then tell whoever keeps the hub."
            )
        message += f" This device's clock says {self._time.system:%Y-%m-%d %H:%M} UTC"
        if hub_time is not None and self._time.system - hub_time > _CLOCKS_DIFFER:
            return TrustError(
                f"{message}, the hub's says {hub_time:%Y-%m-%d %H:%M}: this device's clock looks wrong.",
                "Set the clock, then try again.",
            )
        return TrustError(
            f"{message}.",
            "If that is right, the hub was not renewed in time, or somebody holds back what is new: tell whoever keeps "
            "the hub (“hub publish” renews it). If the clock is wrong, set it and try again.",
        )


def _judge_by(updater: Updater, now: datetime) -> None:
    """Let the client judge expiry by our time: it has no argument for it, but keeps it in one place.

    Raises:
        RuntimeError: That place is no longer there. Better no sync than one that takes what has expired.
    """
    trusted = updater._trusted_set
    if not isinstance(getattr(trusted, "reference_time", None), datetime):
        raise RuntimeError("this version of tuf keeps its time elsewhere")
    trusted.reference_time = now


def _expiry_of(raw: bytes) -> datetime | None:
    """When metadata that was just refused expires, for the message."""
    with suppress(ValueError, KeyError, TypeError):
        return datetime.fromisoformat(json.loads(raw)["signed"]["expires"])
    return None


def _sync_all(folder: Path) -> None:
    for place in folder.rglob("*"):
        if place.is_file() and not place.is_symlink():
            handle = os.open(place, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    for inner in (folder / "root_history", folder):
        if inner.is_dir():
            sync_folder(inner)
