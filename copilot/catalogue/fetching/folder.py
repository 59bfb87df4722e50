"""Files of a model out of a folder within reach: a USB stick, a network drive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from copilot.catalogue.fetching.base import Job, SourceFailed, new_digest
from copilot.catalogue.hashing import BLOCK
from copilot.catalogue.schema import FileSource, ModelFile

SUFFIX: Final = "copy"


def fetch(job: Job, source: FileSource) -> None:
    """Copy the wanted files, checking each.

    Raises:
        SourceFailed: The folder or a file is not there or can't be read, or is not what the catalogue lists.
        OSError: The disk is full.
    """
    folder = Path(source.folder)
    if not folder.is_dir():
        raise SourceFailed(f"the folder {folder} is not there")
    total = sum(file.expected_bytes for file in job.wanted)
    done = 0
    for file in job.wanted:
        names = source.files or {}
        done = copy_in(job, file, folder / names.get(file.name, file.name), done, total)


def copy_in(job: Job, file: ModelFile, original: Path, done: int, total: int) -> int:
    """Copy one file into its place.

    Args:
        job: Where it belongs.
        file: Which file of the model it is.
        original: Where it lies now; left as it is.
        done: Bytes copied before, for the progress.
        total: Bytes to copy in all.

    Returns:
        ``done`` with this file's bytes.

    Raises:
        SourceFailed, OSError: As in `fetch`.
    """
    staged = job.staged(file, SUFFIX)
    digest = new_digest()
    with staged.open("wb") as out:
        for block in _blocks(original):
            job.stop_if_asked()
            digest.update(block)
            out.write(block)
            done += len(block)
            job.tell(done, total, file.name)
    job.install(file, staged, digest.hexdigest(), str(original))
    return done


def _blocks(original: Path) -> Iterator[bytes]:
    """Read a file; a failure to read is the source's, unlike a failure to write."""
    try:
        with original.open("rb") as file:
            while block := file.read(BLOCK):
                yield block
    except OSError as error:
        raise SourceFailed(f"{original} can't be read: {error.strerror or error}") from error
