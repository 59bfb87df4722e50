"""Taking the root keys away from the hub: copied, compared, and only then deleted."""

from __future__ import annotations

import os
from pathlib import Path

from index.errors import UsageError
from index.store.faults import files_translated
from index.store.files import sync_folder


def export_root_keys(keys: Path, target: Path, *, keep: bool = False) -> list[Path]:
    """Move the keys of one folder to another; what a copy that was cut off has left is completed.

    Args:
        keys: The hub's folder of root keys.
        target: Made where it is missing.
        keep: Leave them in the hub, too.

    Returns:
        Where they are now.

    Raises:
        UsageError: There are none; or the target has another file of that name.
        DiskFull, ReadOnlyData: The hub still has them all.
    """
    found = sorted(keys.glob("*.pem"))
    if not found:
        raise UsageError(f"There are no root keys in {keys}.", "They were taken away before; look where they are kept.")
    target = target.absolute()
    if target.resolve() == keys.resolve():
        raise UsageError("The keys are there already.", "Give another folder.")
    with files_translated(target / "x"):
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        copies = []
        for path in found:
            copy, content = target / path.name, path.read_bytes()
            if copy.exists() and copy.read_bytes() not in (content, b""):
                raise UsageError(f"{copy} is another key.", "Give an empty folder.")
            handle = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            copies.append(copy)
        sync_folder(target)
        if not all(copy.read_bytes() == path.read_bytes() for copy, path in zip(copies, found, strict=True)):
            raise UsageError(f"The copy in {target} is not right.", "Try another stick; the hub still has its keys.")
        if not keep:
            for path in found:
                path.unlink()
            sync_folder(keys)
    return copies
