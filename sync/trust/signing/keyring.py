"""Private keys in files: one PEM file a key, named by whose it is and by its id.

``root/`` holds the keys of the roles root and targets. It is made to be taken away: nothing but a new collection, a
rotation or a yearly renewal needs it. ``online/`` holds those of snapshot and timestamp, ``collections/`` one or more
for each collection.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner, Key, Signer

from index.errors import SyncError
from index.store.files import sync_folder

_ENCRYPTED: Final = b"ENCRYPTED PRIVATE KEY"
_ID_SHOWN: Final = 12  # of a key's 64 digits in its file's name

Passphrase = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class KeyFolders:
    """Where the keys lie.

    Attributes:
        root: Of root and targets; may be on a stick that isn't there.
        online: Of snapshot and timestamp.
        collections: Of the collections.
    """

    root: Path
    online: Path
    collections: Path

    def of(self, role: str) -> Path:
        """Return the folder of a role's keys."""
        if role in ("root", "targets"):
            return self.root
        return self.online if role in ("snapshot", "timestamp") else self.collections

    def all(self) -> tuple[Path, ...]:
        """Return every folder, those that are at hand first."""
        return (self.online, self.collections, self.root)


class Keyring:
    """Finds, makes and retires keys.

    Args:
        folders: Where they lie.
        passphrase: Asked once, when an encrypted key of the root folder is needed or a new one is made there;
            None leaves new ones plain.
    """

    def __init__(self, folders: KeyFolders, passphrase: Passphrase = lambda: None) -> None:
        self.folders = folders
        self._ask = passphrase
        self._passphrase: str | None = None
        self._asked = False
        self._made: dict[str, Signer] = {}

    def make(self, role: str) -> Key:
        """Make a key for a role; its file may be read by its owner alone.

        Args:
            role: ``root``, ``targets``, ``snapshot``, ``timestamp``, or ``collection-NAME``.

        Raises:
            OSError: No room, or no right to.
        """
        folder = self.folders.of(role)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        private = Ed25519PrivateKey.generate()
        signer = CryptoSigner(private)
        secret = self._secret() if folder == self.folders.root else None
        wrapping: KeySerializationEncryption = BestAvailableEncryption(secret.encode()) if secret else NoEncryption()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, wrapping)
        path = folder / _file_name(role, signer.public_key.keyid)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(folder)
        self._made[signer.public_key.keyid] = signer
        return signer.public_key

    def find(self, keyid: str) -> Path | None:
        """Return the file of a key; None where it is not here."""
        for folder in self.folders.all():
            if found := sorted(folder.glob(f"*-{keyid[:_ID_SHOWN]}.pem")):
                return found[0]
        return None

    def signers(self, keyids: Iterable[str]) -> list[Signer]:
        """Return those of the keys that are here, ready to sign.

        Raises:
            SyncError: A file is there but can't be used: a wrong passphrase, damage.
        """
        found = []
        for keyid in keyids:
            if keyid not in self._made:
                path = self.find(keyid)
                if path is None:
                    continue
                self._made[keyid] = self._load(path, keyid)
            found.append(self._made[keyid])
        return found

    def retire(self, keyid: str) -> None:
        """Set a key aside that no longer counts, into ``retired/`` beside its fellows."""
        path = self.find(keyid)
        if path is not None:
            aside = path.parent / "retired"
            aside.mkdir(mode=0o700, exist_ok=True)
            path.replace(aside / path.name)
        self._made.pop(keyid, None)

    def _load(self, path: Path, keyid: str) -> Signer:
        try:
            pem = path.read_bytes()
            secret = self._secret() if _ENCRYPTED in pem else None
            private = load_pem_private_key(pem, secret.encode() if secret else None)
            if not isinstance(private, Ed25519PrivateKey):
                raise ValueError("not an ed25519 key")
            signer = CryptoSigner(private)
        except (OSError, ValueError, TypeError) as error:
            raise SyncError(
                f"The key in {path} can't be used ({error}).",
                "Give the right passphrase (--root-passphrase-env NAME), or bring the key back from a copy.",
            ) from error
        if signer.public_key.keyid != keyid:
            raise SyncError(f"{path} holds another key than its name says.", "Bring the key back from a copy.")
        return signer

    def _secret(self) -> str | None:
        if not self._asked:
            self._passphrase, self._asked = self._ask(), True
        return self._passphrase


def _file_name(role: str, keyid: str) -> str:
    return f"{role.removeprefix('collection-')}-{keyid[:_ID_SHOWN]}.pem"
