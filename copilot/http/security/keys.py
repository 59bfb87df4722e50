"""API keys: who has one, what it opens. Only hashes are kept.

A key holds 256 random bits, so that it can't be guessed however fast its hash is computed; a slow hash such as Argon2
would only make every request slow. The hash is keyed with a salt of its own, so that equal keys could not be told and
no table computed beforehand helps (BLAKE2's keyed mode, RFC 7693).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, Self

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from copilot.http.security.callers import Role
from index.errors import StoreBusy, StoreCorrupt, UnreadableFile, UsageError
from index.store.faults import files_translated
from index.store.files import write_atomically

FILE_NAME: Final = "serve-keys.json"
PREFIX: Final = "ec"
_MOST: Final = 1000
_WAIT_S: Final = 10.0


class KeyEntry(BaseModel):
    """A key as it is kept.

    Attributes:
        id: Stands in the key itself and in lists.
        name: For people.
        roles: As given.
        collections: What it may see; None: everything.
        expires_at: Not valid from then on; None: valid until it is revoked.
        salt, digest: Of the key's secret part, in hex.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[0-9a-f]{8}$")
    name: str = Field(min_length=1, max_length=100)
    roles: tuple[Role, ...] = Field(min_length=1)
    collections: tuple[str, ...] | None = None
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    salt: str = Field(pattern=r"^[0-9a-f]{32}$")
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")

    def opens_with(self, secret: str) -> bool:
        """Whether ``secret`` is this key's, in a time that doesn't tell how much of it is right."""
        return hmac.compare_digest(_digest(secret, self.salt), self.digest)

    def expired(self, now: datetime) -> bool:
        """Whether it is not valid any more."""
        return self.expires_at is not None and self.expires_at <= now


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    keys: tuple[KeyEntry, ...] = ()


class KeyFile:
    """The keys of an endpoint, in a file that is read anew when it has changed: a revoked key is refused at once.

    Args:
        path: Of the file; made with the first key.
        now: The clock.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path = path
        self._now = now
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, KeyEntry] = {}

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """The keys of a data directory."""
        return cls(data_dir / FILE_NAME)

    def entries(self) -> tuple[KeyEntry, ...]:
        """Every key, the oldest first; revoked ones are gone.

        Raises:
            StoreCorrupt, UnreadableFile: The file can't be read; then no key opens anything.
        """
        return tuple(self._current().values())

    def find(self, presented: str) -> KeyEntry | None:
        """The key that is meant by what somebody sent; None where it is none, or one that isn't valid any more.

        Raises:
            StoreCorrupt, UnreadableFile: As `entries`.
        """
        prefix, _, rest = presented.partition("-")
        id_, _, secret = rest.partition("-")
        entry = self._current().get(id_) if prefix == PREFIX else None
        if entry is None or not entry.opens_with(secret) or entry.expired(self._now()):
            return None
        return entry

    def add(
        self,
        name: str,
        roles: tuple[Role, ...],
        collections: tuple[str, ...] | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[KeyEntry, str]:
        """Make a key.

        Returns:
            How it is kept, and the key itself, which nobody can see again.

        Raises:
            UsageError: Another key has this name, or there are too many.
            StoreBusy, DiskFull, ReadOnlyData: The file can't be written; there is no new key then.
        """
        with self._changing() as keys:
            if any(entry.name == name for entry in keys.values()):
                raise UsageError(
                    f"There is a key “{name}” already.",
                    "Choose another name, or revoke that one: edge-copilot keys list",
                )
            if len(keys) >= _MOST:
                raise UsageError(f"There are {_MOST} keys already.", "Revoke those that nobody uses.")
            id_, secret, salt = secrets.token_hex(4), secrets.token_urlsafe(32), secrets.token_hex(16)
            entry = KeyEntry(
                id=id_,
                name=name,
                roles=roles,
                collections=collections,
                created_at=self._now().replace(microsecond=0),
                expires_at=expires_at,
                salt=salt,
                digest=_digest(secret, salt),
            )
            keys[id_] = entry
        return entry, f"{PREFIX}-{id_}-{secret}"

    def revoke(self, id_or_name: str) -> KeyEntry:
        """Take a key away. A running server refuses it from its next request on.

        Raises:
            UsageError: There is none.
            StoreBusy, DiskFull, ReadOnlyData: The file can't be written; the key is still valid then.
        """
        with self._changing() as keys:
            for entry in list(keys.values()):
                if id_or_name in (entry.id, entry.name):
                    del keys[entry.id]
                    return entry
            raise UsageError(f"There is no key “{id_or_name}”.", "See: edge-copilot keys list")

    def _current(self) -> dict[str, KeyEntry]:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _unreadable(self.path) from error
        seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        with self._lock:
            if seen != self._seen:
                self._keys = self._read()
                self._seen = seen
            return self._keys

    def _read(self) -> dict[str, KeyEntry]:
        try:
            content = _Content.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _unreadable(self.path) from error
        except ValidationError as error:
            raise StoreCorrupt(
                f"The file of keys can't be read: {self.path} is damaged.",
                "Restore it from a backup, or move it away and make new keys: edge-copilot keys add",
            ) from error
        return {entry.id: entry for entry in content.keys}

    @contextmanager
    def _changing(self) -> Iterator[dict[str, KeyEntry]]:
        """One change of the file, by one process at a time; what the block raises changes nothing."""
        with files_translated(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with FileLock(self.path.with_name(self.path.name + ".lock"), timeout=_WAIT_S):
                    keys = self._read()
                    yield keys
                    write_atomically(self.path, _Content(keys=tuple(keys.values())).model_dump_json(indent=1) + "\n")
            except Timeout as error:
                raise StoreBusy("Another process is changing the keys.", "Try again.") from error


def _digest(secret: str, salt: str) -> str:
    data = secret.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, key=bytes.fromhex(salt), digest_size=32, person=b"edge-copilot key").hexdigest()


def _unreadable(path: Path) -> UnreadableFile:
    return UnreadableFile(f"The file of keys {path} can't be read.", "Check its permissions.")
