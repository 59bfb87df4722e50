"""Files and folders into the index: three stages at once, one transaction for each document.

    files ─▶ read, cut (thread) ─▶ embed (thread) ─▶ write (the caller's thread)

Chunks of several documents are embedded together, so that many small files are as fast as a large one; of a large one
no more than a few batches is in memory. Whatever happens, each document is wholly as it was or wholly new.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from index.documents import AccessLabel, Chunk
from index.embedding.base import Embedder
from index.ingest.reading import Closed, Cut, Event, Failed, Opened, Unchanged, read_files
from index.ingest.report import IngestProgress, IngestReport, Notice, Skipped
from index.ingest.stages import ahead
from index.ingest.vectors import Embeddable, embed, embeddable
from index.ingest.walking import FoundFile, walk
from index.loaders import LoadLimits
from index.store import Store, reading, writing
from index.store.reading import DocumentInfo
from index.store.writing import ChunkVectors, DocumentWriter, IndexedChunk

BATCH: Final = 64  # chunks embedded at once
_READ_AHEAD: Final = 4 * BATCH  # events between reading and embedding
_EMBEDDED_AHEAD: Final = 2  # batches between embedding and writing
_TOUCHED_AT_ONCE: Final = 500  # files with a new time but old content, noted in one transaction

ProgressCallback = Callable[[IngestProgress], None]
_Embedded = tuple[Event, ChunkVectors | None]


class _Rejected(Exception):
    """Carries a document's failure out of its transaction, which is undone by it."""

    def __init__(self, failed: Failed) -> None:
        self.failed = failed


class Ingestor:
    """Puts documents into a store.

    Args:
        store: Open for writing.
        embedder: Makes the vectors; None leaves them to a later ingest.
        limits: Bounds for reading one file, and whether OCR may be used.
    """

    def __init__(self, store: Store, embedder: Embedder | None, limits: LoadLimits | None = None) -> None:
        self._store = store
        self._embedder = embedder
        self._limits = limits or LoadLimits()

    def run(
        self,
        paths: Sequence[Path],
        collection: str = "default",
        access: AccessLabel | None = None,
        prune: bool = False,
        progress: ProgressCallback | None = None,
        *,
        exclude: Collection[str] = (),
    ) -> IngestReport:
        """Bring the index up to date with files and folders.

        Args:
            paths: Files, and folders to walk.
            collection: Where the documents go; made where it is missing.
            access: The collection's label; None keeps the one it has, or is ``internal`` for a new one.
            prune: Remove documents under ``paths`` whose file is gone.
            progress: Called after each file and batch, in this thread.
            exclude: Absolute paths to leave out in silence.

        Raises:
            UsageError: The collection has another label.
            StoreBusy: Another process is ingesting.
            DiskFull, ReadOnlyData, StoreCorrupt: The store failed; the documents written so far are kept.
            ModelError: The embedder failed; the same holds.
        """
        with self._store.writing("ingesting"):
            return _Run(self._store, self._embedder, self._limits, collection, progress).run(
                paths, access, prune, frozenset(exclude)
            )


class _Run:
    """One ingest."""

    def __init__(
        self,
        store: Store,
        embedder: Embedder | None,
        limits: LoadLimits,
        collection: str,
        progress: ProgressCallback | None,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._limits = limits
        self._collection = collection
        self._collection_id = 0
        self._progress = progress
        self._at = IngestProgress(0, 0, 0, 0, 0)
        self._documents = self._unchanged = 0
        self._skipped: list[Skipped] = []
        self._notices: list[Notice] = []
        self._touched: list[tuple[int, int, int]] = []

    def run(
        self, paths: Sequence[Path], access: AccessLabel | None, prune: bool, exclude: frozenset[str]
    ) -> IngestReport:
        began = time.monotonic()
        found = walk(paths, self._store.path)
        files = [file for file in found.files if file.path not in exclude]
        self._prepare(found.roots, access, exclude)
        with self._store.reader() as connection:
            known = {document.path: document for document in reading.documents(connection, self._collection)}
        self._skipped += found.skipped
        self._tell(files_total=len(files), bytes_total=sum(file.size for file in files))

        events = ahead(read_files(files, known, self._limits), _READ_AHEAD)
        with closing(ahead(_embedded(events, self._embedder), _EMBEDDED_AHEAD)) as batches:
            self._write(pair for batch in batches for pair in batch)
        self._flush_touched()
        removed = self._prune([*found.roots, *found.missing], known) if prune else 0
        self._note_missing(found.missing, known if prune else ())
        embedded_later = self._embed_missing()
        self._store.checkpoint()
        return IngestReport(
            documents=self._documents,
            chunks=self._at.chunks,
            unchanged=self._unchanged,
            removed=removed,
            skipped=tuple(self._skipped),
            took_s=time.monotonic() - began,
            embedded=embedded_later,
            ignored=found.ignored,
            notices=tuple(self._notices),
        )

    def _prepare(self, roots: Sequence[str], access: AccessLabel | None, unwanted: frozenset[str]) -> None:
        """Make the collection, say whose vectors the index holds, and list the sources before anything is written.

        The list comes first so that it never lacks what the index has.
        """
        with self._store.transaction() as connection:
            self._collection_id, label = writing.ensure_collection(connection, self._collection, access)
            if self._embedder is not None:
                writing.set_embedder(connection, self._embedder.name, self._embedder.dimensions)
            sources = self._store.sources().with_access(self._collection, label)
            self._store.write_sources(sources.with_added(roots, self._collection, unwanted))

    def _write(self, pairs: Iterator[_Embedded]) -> None:
        for event, _ in pairs:
            match event:
                case Unchanged():
                    self._unchanged += 1
                    if event.touched is not None:
                        self._touched.append(event.touched)
                    self._file_done(event.file)
                case Failed():
                    self._skip(event)
                case Opened():
                    try:
                        self._write_document(event, pairs)
                    except _Rejected as rejected:
                        self._skip(rejected.failed)
                    else:
                        self._documents += 1
                        self._file_done(event.file)

    def _write_document(self, opened: Opened, pairs: Iterator[_Embedded]) -> None:
        chunks_before, bytes_before = self._at.chunks, self._at.bytes_done
        notices: tuple[str, ...] = ()
        self._tell(path=opened.file.path)
        try:
            with self._store.transaction() as connection:
                writer = DocumentWriter(connection, self._collection_id, opened.record)
                batch: list[IndexedChunk] = []
                for event, vectors in pairs:
                    if isinstance(event, Cut):
                        batch.append(IndexedChunk(event.chunk, event.identifiers, vectors))
                    if batch and (len(batch) == BATCH or not isinstance(event, Cut)):
                        writer.add(batch)
                        self._tell(
                            chunks=self._at.chunks + len(batch),
                            bytes_done=bytes_before + _bytes_read(opened, batch[-1].chunk),
                        )
                        batch = []
                    if isinstance(event, Failed):
                        raise _Rejected(event)
                    if isinstance(event, Closed):
                        writer.finish(event.language, event.notices)
                        notices = event.notices
                        break
        except BaseException:
            self._at = replace(self._at, chunks=chunks_before)
            raise
        finally:
            self._at = replace(self._at, bytes_done=bytes_before)  # the whole file is counted once it is done
        self._notices += [Notice(opened.file.path, notice) for notice in notices]

    def _skip(self, failed: Failed) -> None:
        self._skipped.append(Skipped(failed.file.path, failed.reason))
        self._file_done(failed.file)

    def _file_done(self, file: FoundFile) -> None:
        if len(self._touched) >= _TOUCHED_AT_ONCE:
            self._flush_touched()
        self._tell(files_done=self._at.files_done + 1, bytes_done=self._at.bytes_done + file.size, path=file.path)

    def _flush_touched(self) -> None:
        if self._touched:
            with self._store.transaction() as connection:
                for touched in self._touched:
                    writing.note_unchanged(connection, *touched)
            self._touched.clear()

    def _prune(self, roots: Sequence[str], known: Mapping[str, DocumentInfo]) -> int:
        """Remove the documents under ``roots`` of which the system says that there is no such file.

        A file that can't be looked at, because a folder may not be read or a drive fails, is not gone.
        """
        gone = [
            document.id
            for path, document in known.items()
            if any(Path(path).is_relative_to(root) for root in roots) and _is_gone(path)
        ]
        for document_id in gone:
            with self._store.transaction() as connection:
                writing.remove_documents(connection, (document_id,))
        return len(gone)

    def _note_missing(self, missing: Iterable[str], pruned: Collection[str]) -> None:
        for root in missing:
            if not any(Path(path).is_relative_to(root) for path in pruned):
                self._skipped.append(Skipped(root, "There is no file or folder with this name. Check the path."))

    def _embed_missing(self) -> int:
        """Give vectors to the chunks that have none: written without an embedder, or embedded by another one."""
        if self._embedder is None:
            return 0
        with self._store.reader() as connection:
            total = reading.unembedded(connection)
        done = 0
        if total:
            self._tell(phase="vectors", chunks_total=total, path="")
            with closing(ahead(_vectors_of(self._without_vectors(), self._embedder), _EMBEDDED_AHEAD)) as batches:
                for batch in batches:
                    with self._store.transaction() as connection:
                        writing.write_vectors(connection, batch)
                    done += len(batch)
                    self._tell(chunks_done=done)
        return done

    def _without_vectors(self) -> Iterator[list[tuple[int, Embeddable]]]:
        last = 0
        while True:
            with self._store.reader() as connection:
                rows = reading.chunks_without_vectors(connection, last, BATCH)
            if not rows:
                return
            last = rows[-1][1].id
            yield [(row.id, embeddable(title, row.section, row.text)) for title, row in rows]

    def _tell(self, **changes: int | str) -> None:
        self._at = replace(self._at, **changes)  # type: ignore[arg-type]
        if self._progress is not None:
            self._progress(self._at)


def _embedded(events: Generator[Event, None, None], embedder: Embedder | None) -> Iterator[list[_Embedded]]:
    """Yield the events in batches of about `BATCH` chunks, each chunk with its vectors."""
    with closing(events):
        batch: list[Event] = []
        chunks = 0
        for event in events:
            batch.append(event)
            chunks += isinstance(event, Cut)
            # Without chunks there is nothing to wait for: unchanged files are told at once.
            if chunks == BATCH or not chunks:
                yield _with_vectors(batch, embedder)
                batch, chunks = [], 0
        if batch:
            yield _with_vectors(batch, embedder)


def _with_vectors(batch: Sequence[Event], embedder: Embedder | None) -> list[_Embedded]:
    if embedder is None:
        return [(event, None) for event in batch]
    cuts = [event.embeddable for event in batch if isinstance(event, Cut)]
    vectors = iter(embed(embedder, cuts) if cuts else ())
    return [(event, next(vectors) if isinstance(event, Cut) else None) for event in batch]


def _vectors_of(
    batches: Iterable[list[tuple[int, Embeddable]]], embedder: Embedder
) -> Iterator[list[tuple[int, ChunkVectors]]]:
    for batch in batches:
        vectors = embed(embedder, [parts for _, parts in batch])
        yield [(chunk_id, vector) for (chunk_id, _), vector in zip(batch, vectors, strict=True)]


def _bytes_read(opened: Opened, last: Chunk) -> int:
    """Estimate how much of a file lies before the end of a chunk: by its page, else by its characters."""
    if last.page is not None and opened.record.pages:
        return min(opened.file.size * last.page // opened.record.pages, opened.file.size)
    return min(last.end, opened.file.size)


def _is_gone(path: str) -> bool:
    try:
        Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
