"""What an ingest says while it runs and when it is done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that was left out, and why, in a sentence for a technician."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth knowing about a document that was ingested ("page 7 holds no text")."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """How far an ingest is.

    Attributes:
        files_done, files_total: Files looked at, unchanged and skipped ones included.
        bytes_done, bytes_total: Of those files; of the one at hand an estimate.
        chunks: Written so far.
        path: The file that is being written, or was last.
        phase: ``files``; or ``vectors`` while chunks that are there already get the vectors they lack, of which
            ``chunks_done`` of ``chunks_total`` have them.
    """

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    chunks: int
    path: str = ""
    phase: str = "files"
    chunks_done: int = 0
    chunks_total: int = 0


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did.

    Attributes:
        documents: New or changed documents written.
        chunks: Chunks written with them.
        unchanged: Documents that are as they were.
        removed: Documents whose file is gone (only with ``prune``).
        skipped: What was left out; of a document that was there before, the last good state was kept.
        took_s: Wall time.
        embedded: Chunks of other documents that got the vectors they lacked.
        ignored: Files in the given folders that are no documents by their names: pictures, style sheets.
        notices: About documents that were written.
    """

    documents: int
    chunks: int
    unchanged: int
    removed: int
    skipped: tuple[Skipped, ...]
    took_s: float
    embedded: int = 0
    ignored: int = 0
    notices: tuple[Notice, ...] = ()
