"""The generations of this device's collections: built, checked, switched to, gone back from, cleared away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from index.documents import AccessLabel
from index.errors import UsageError
from index.store import Store, generations, pieces, reading, versions
from index.store import writing as rows
from index.store.generations import Generation, Switched
from sync.collections import read_files
from sync.device.generations.base import ObjectSource, Tell
from sync.device.generations.checking import Checked, check
from sync.device.generations.files import FileFolder
from sync.device.generations.staging import Staging
from sync.format import Canary, Manifest, Publication, Release, utc

if TYPE_CHECKING:
    from index.embedding.base import Embedder


@dataclass(frozen=True, slots=True)
class Collected:
    """What was cleared away: versions of documents, pieces of files, bytes of files outside the index."""

    documents: int
    pieces: int
    file_bytes: int


class Generations:
    """What a device does with generations. All that is seen changes in `switch`, `rollback` and `drop` only.

    Args:
        store: The device's index, open for writing.
        files: Folder for the files of collections of files.
        embedder: For canary questions; None asks them by words alone.
        clock: Tells the time.
    """

    def __init__(
        self,
        store: Store,
        files: Path,
        embedder: Embedder | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._files = FileFolder(files)
        self._embedder = embedder
        self._clock = clock

    def live(self, collection: str) -> Generation | None:
        """Return the generation of a collection that answers; None where no hub has sent it."""
        with self._store.reader() as connection:
            return generations.live(connection, collection)

    def all(self, collection: str | None = None) -> list[Generation]:
        """Return what this device has of a collection, or of all, the latest number first."""
        with self._store.reader() as connection:
            return generations.generations(connection, collection)

    def stage(
        self,
        publication: Publication,
        release: Release,
        manifest: Manifest,
        source: ObjectSource,
        tell: Tell = lambda building: None,
    ) -> int:
        """Build a generation beside the live one; return its id. Goes on where an earlier attempt was cut off.

        Raises:
            PackError, UsageError, NetworkError, DiskFull, StoreBusy, StoreError: As `Staging.run`; what is live
                goes on answering.
        """
        return Staging(
            self._store, self._files, publication, release, manifest, source, lambda: utc(self._clock()), tell
        ).run()

    def check(
        self, generation_id: int, manifest: Manifest, canaries: Sequence[Canary] = (), *, thorough: bool = False
    ) -> Checked:
        """Compare a generation with what was published, and ask it the canary questions.

        Args:
            generation_id: As `stage` returned it.
            manifest: What was published.
            canaries: Of the publication.
            thorough: Compare also what was compared for an earlier generation.

        Raises:
            PackError: It isn't what it should be.
        """
        return check(
            self._store, self._files, generation_id, manifest, canaries, self._embedder, thorough=thorough
        )  # fmt: skip

    def switch(self, checked: Checked, access: AccessLabel | None = None) -> Switched:
        """Switch to a checked generation: one transaction, on the disk for good when this returns.

        Searches that have begun end on what was live when they began; all that begin later see the new one.

        Args:
            checked: From `check`.
            access: The collection's label from now on.

        Raises:
            StoreBusy, DiskFull, StoreError: Nothing was changed.
        """
        now = utc(self._clock())
        with self._store.transaction(durable=True) as connection:
            return generations.switch(connection, checked.generation_id, now, access)

    def rollback(self, collection: str) -> tuple[Generation, Generation]:
        """Go back to the generation before the live one, without network.

        The label stays as it is: what was made confidential since stays so.

        Returns:
            The generation that was live, and the one that is.

        Raises:
            UsageError: No hub has sent the collection, or there is no earlier generation on the device.
            StoreBusy, DiskFull, StoreError: Nothing was changed.
        """
        now = utc(self._clock())
        with self._store.transaction(durable=True) as connection:
            before = generations.live(connection, collection)
            if before is None:
                raise generations.not_synced(collection)
            target = next(
                (
                    one
                    for one in generations.generations(connection, collection)
                    if one.state == "kept" and one.number < before.number
                ),
                None,
            )
            if target is None:
                raise UsageError(
                    f"There is no generation of “{collection}” before {before.number} on this device.",
                    "The hub can withdraw a publication for all devices: edge-copilot hub --help",
                )
            generations.switch(connection, target.id, now, back=True)
            after = generations.live(connection, collection)
        assert after is not None
        return before, after

    def pin(self, collection: str) -> None:
        """Have a collection stay at its live generation.

        Raises:
            UsageError: No hub has sent it.
        """
        self._set_pinned(collection, True)

    def unpin(self, collection: str) -> None:
        """Have a collection follow the hub again.

        Raises:
            UsageError: No hub has sent it.
        """
        self._set_pinned(collection, False)

    def _set_pinned(self, collection: str, pinned: bool) -> None:
        with self._store.transaction(unseen=True, durable=True) as connection:
            generations.set_pinned(connection, collection, pinned)

    def drop(self, collection: str) -> int:
        """Have nothing of a collection seen any more, at once, then clear it away; return how many documents it held.

        Raises:
            UsageError: No hub has sent it.
        """
        with self._store.transaction(durable=True) as connection:
            held = generations.abandon(connection, collection)
        self.collect()
        return held

    def collect(self, keep: int = 1) -> Collected:
        """Clear away what no kept generation needs, a document at a time: a kill costs nothing.

        Args:
            keep: How many generations of each collection stay besides the live one and one that is being built; of
                those that were live, the latest.
        """
        self._forget(keep)
        documents = 0
        while True:
            with self._store.reader() as connection:
                unused = generations.unused(connection)
            if not unused:
                break
            for document_id in unused:
                with self._store.transaction(unseen=True) as connection:
                    documents += rows.delete_document(connection, document_id)
        with self._store.transaction(unseen=True) as connection:
            stray = generations.unused_pieces(connection)
            pieces.remove(connection, stray)
            generations.remove_empty(connection)
            wanted = {file.sha256.hex() for files in generations.files(connection) for file in read_files(files)}
        freed = self._files.collect(wanted)
        if documents or stray:
            self._store.checkpoint()
        return Collected(documents, len(stray), freed)

    def _forget(self, keep: int) -> None:
        with self._store.transaction(unseen=True) as connection:
            by_collection: dict[str, list[Generation]] = {}
            for one in generations.generations(connection):
                if one.state == "kept":
                    by_collection.setdefault(one.collection, []).append(one)
            for kept in by_collection.values():
                for one in sorted(kept, key=lambda one: one.live_since or "", reverse=True)[keep:]:
                    generations.forget(connection, one.id)

    def file(self, collection: str, path: str, name: str | None = None) -> Path | None:
        """Return where a file of a collection of files lies in its live generation; None where there is none.

        Args:
            collection: The collection.
            path: The document's path.
            name: Of the file; None takes the only one.
        """
        with self._store.reader() as connection:
            found = reading.document_at(connection, path, collection)
            row = versions.version(connection, found.id) if found is not None else None
        for file in read_files(row.files) if row is not None else ():
            if name in (None, file.name) and self._files.has(file):
                return self._files.path(file)
        return None

    def content(self, collection: str, path: str, name: str) -> bytes | None:
        """Return the content of a file that came with a document, such as the picture of a page; None without one.

        Raises:
            StoreError: The index can't be read.
        """
        with self._store.reader() as connection:
            found = reading.document_at(connection, path, collection)
            row = versions.version(connection, found.id) if found is not None else None
            for file in read_files(row.files) if row is not None else ():
                if file.name == name and not self._files.has(file):
                    return b"".join(pieces.read(connection, (piece.hex() for piece in file.pieces)))
        return None
