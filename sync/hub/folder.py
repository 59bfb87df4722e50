"""A hub's folder: what lies where, who may change it, and opening it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import StoreBusy, UsageError
from index.store.faults import files_translated
from sync.hub.settings import HubSettings
from sync.trust.signing import KeyFolders, Keyring, SigningRepository
from sync.trust.signing.keyring import Passphrase


def utc_now() -> datetime:
    """The time, aware, UTC."""
    return datetime.now(UTC)


class HubFolder:
    """The paths of a hub, its settings and its keys.

    Args:
        path: The folder.
        root_keys: Where the root keys are, when not in ``keys/root``.
        passphrase: Asked for that of the root keys.
        now: The time, aware, UTC.
    """

    def __init__(
        self,
        path: Path,
        *,
        root_keys: Path | None = None,
        passphrase: Passphrase = lambda: None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.path = path.absolute()
        self.now = now
        self.keyring = Keyring(
            KeyFolders(root_keys or self.keys / "root", self.keys / "online", self.keys / "collections"), passphrase
        )

    @property
    def settings_file(self) -> Path:
        """``hub.toml``."""
        return self.path / "hub.toml"

    @property
    def keys(self) -> Path:
        """Private keys."""
        return self.path / "keys"

    @property
    def index_file(self) -> Path:
        """The hub's own index."""
        return self.path / "index" / "index.db"

    @property
    def state_file(self) -> Path:
        """What the hub remembers."""
        return self.path / "state.db"

    @property
    def public(self) -> Path:
        """What is served."""
        return self.path / "public"

    @property
    def objects(self) -> Path:
        """Packs, manifests, dictionaries."""
        return self.public / "objects"

    @property
    def manifests(self) -> Path:
        """Copies of manifests that aren't served any more but can be patched from."""
        return self.path / "manifests"

    def mirror(self, source_id: str) -> Path:
        """The folder with a source's last good state."""
        return self.path / "sources" / source_id / "files"

    def canaries_file(self, collection: str) -> Path:
        """A collection's canary questions."""
        return self.path / "canaries" / f"{collection}.jsonl"

    def settings(self) -> HubSettings:
        """Read ``hub.toml``.

        Raises:
            UsageError, SyncError: As `HubSettings.read`.
        """
        return HubSettings.read(self.settings_file)

    def signing(self, settings: HubSettings | None = None) -> SigningRepository:
        """Return the signed side of the hub."""
        lifetimes = (settings or self.settings()).lifetimes
        return SigningRepository(self.public, self.keyring, lifetimes, self.now)

    @contextmanager
    def lock(self, wait_s: float = 0.5) -> Iterator[None]:
        """Keep everybody else from changing the hub.

        Raises:
            StoreBusy: Somebody does.
            ReadOnlyData, DiskFull: The lock can't be made.
        """
        lock = FileLock(self.path / "hub.lock", thread_local=False)
        try:
            with files_translated(self.settings_file):
                lock.acquire(timeout=wait_s, poll_interval=0.05)
        except Timeout as error:
            raise StoreBusy(
                f"Another process is changing the hub {self.path}.", "Wait until it is done, then try again."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def init(self, root_keys: int = 1, threshold: int = 1) -> Path:
        """Make the folder, the keys and the first metadata; what a killed init left is completed.

        Args:
            root_keys: How many root keys.
            threshold: How many of them must sign a new root.

        Returns:
            The root file that devices are enrolled with.

        Raises:
            UsageError: It is a hub already, or holds something else.
        """
        if self.settings_file.exists():
            raise UsageError(f"{self.path} is a hub already.", "See it with: edge-copilot hub status")
        known = {"keys", "public", "index", "sources", "canaries", "manifests", "state.db", "hub.lock"}
        if self.path.exists() and (foreign := sorted(p.name for p in self.path.iterdir() if p.name not in known)):
            raise UsageError(
                f"{self.path} is not empty (it holds {foreign[0]}).", "Give a new folder, or an empty one."
            )
        if not 1 <= threshold <= root_keys <= 20:
            raise UsageError("There must be 1 to 20 root keys, and no more may have to sign than there are.")
        with files_translated(self.settings_file):
            self.path.mkdir(parents=True, exist_ok=True)
            with self.lock():
                self.keys.mkdir(mode=0o700, exist_ok=True)
                for folder in (self.keyring.folders.collections, self.path / "canaries", self.public):
                    folder.mkdir(parents=True, exist_ok=True)
                settings = HubSettings()
                signing = self.signing(settings)
                if signing.exists:
                    root = signing.root_file()
                else:
                    for half_made in (self.public / "metadata").glob("*.json"):
                        half_made.unlink()
                    root = signing.create(root_keys, threshold)
                settings.write(self.settings_file)
        return root
