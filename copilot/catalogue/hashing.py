"""Hashes of files, and the memory of them that spares a device from reading a gigabyte at every start."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

BLOCK: Final = 1 << 20
"""How much is read at a time, in bytes."""

MEMORY_NAME: Final = ".verified.json"


def hash_file(path: Path, on_bytes: Callable[[int], None] | None = None) -> str:
    """Return the sha256 of a file, in hexadecimal.

    Args:
        path: Read from start to end.
        on_bytes: Called with the size of each block once it is hashed; may raise, to stop.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            if on_bytes is not None:
                on_bytes(len(block))
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Make a renaming inside a folder survive a power cut, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def write_json(path: Path, value: object) -> None:
    """Replace a small JSON file in one step: a reader sees the old or the new one, also after a power cut."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with new.open("x", encoding="utf-8") as file:
            json.dump(value, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """Return a small JSON file's object; empty where there is none or it is damaged: it can be made again."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


class HashMemory:
    """Remembers what each file hashed to, and forgets it when the file's size or times change.

    This guards against damage and mix-ups, not against an attacker who may write to the data directory: such a one
    could as well change the catalogue, or the program.
    """

    def __init__(self, models_dir: Path) -> None:
        self._models_dir = models_dir
        self._file = models_dir / MEMORY_NAME

    def recall(self, path: Path) -> str | None:
        """Return the hash that a file had when it was last read, None where it was never read or has changed."""
        entry = read_json(self._file).get(self._key(path))
        if not isinstance(entry, Mapping) or entry.get("stamp") != _stamp(path):
            return None
        sha256 = entry.get("sha256")
        return sha256 if isinstance(sha256, str) else None

    def remember(self, path: Path, sha256: str) -> None:
        """Note a file's hash. A folder that can't be written to is no fault: the file is then read again."""
        stamp = _stamp(path)
        if stamp is None:
            return
        known = {key: entry for key, entry in read_json(self._file).items() if self._path(key).exists()}
        try:
            write_json(self._file, known | {self._key(path): {"sha256": sha256, "stamp": stamp}})
        except OSError:
            return

    def _key(self, path: Path) -> str:
        return path.relative_to(self._models_dir).as_posix() if path.is_relative_to(self._models_dir) else str(path)

    def _path(self, key: str) -> Path:
        return self._models_dir / key


def _stamp(path: Path) -> list[int] | None:
    # The change time catches what a copy with preserved times would hide.
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
