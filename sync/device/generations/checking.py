"""Is a generation what was published, and does it answer? Looked at before it is switched to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from index.errors import PackError
from index.search import Searcher
from index.store import Store, generations, pieces
from sync.collections import read_document
from sync.device.generations.files import FileFolder
from sync.format import Canary, FileRef, Manifest, digest_of, encode_document

if TYPE_CHECKING:
    from index.embedding.base import Embedder

FIRST: Final = 5  # passages among which a canary must find its document
_NAMED: Final = 3


class CanariesMissed(PackError):
    """Test questions found nothing right.

    Attributes:
        asked: How many were asked.
        missed: How many of them found nothing right.
    """

    def __init__(self, message: str, remedy: str, asked: int, missed: int) -> None:
        super().__init__(message, remedy)
        self.asked = asked
        self.missed = missed


@dataclass(frozen=True, slots=True)
class Checked:
    """A generation that may be switched to.

    Attributes:
        generation_id: On this device.
        documents: How many were compared with what was published.
        canaries: How many questions were asked.
        untested: Questions that found nothing right, but by words alone, for want of the embedding model.
    """

    generation_id: int
    documents: int
    canaries: int
    untested: tuple[str, ...] = ()


def check(
    store: Store,
    files: FileFolder,
    generation_id: int,
    manifest: Manifest,
    canaries: Sequence[Canary],
    embedder: Embedder | None,
    *,
    thorough: bool = False,
) -> Checked:
    """Compare a generation with its manifest, document by document, and ask it the canary questions.

    Args:
        store: The device's index.
        files: Where files of collections of files lie.
        generation_id: Of the generation.
        manifest: What was published.
        canaries: Questions that came with it.
        embedder: For the questions; None asks them by words alone.
        thorough: Compare those documents, too, that another generation has and that were compared for it.

    Raises:
        PackError: It differs, or a question finds nothing right. What differs is taken out of it and fetched again
            when it is built again.
        StoreError: The index can't be read.
    """
    compared = _compare(store, files, generation_id, manifest, thorough)
    untested = _ask(store, generation_id, canaries, embedder)
    return Checked(generation_id, compared, len(canaries), untested)


def _compare(store: Store, files: FileFolder, generation_id: int, manifest: Manifest, thorough: bool) -> int:
    published = {entry.path: entry.digest for entry in manifest.documents}
    wrong: list[int] = []
    compared = 0
    with store.reader() as connection:
        there = list(generations.members(connection, generation_id))
        for document_id, path, name, alone in there:
            if published.pop(path, b"").hex() != name:
                wrong.append(document_id)
            elif alone or thorough:
                compared += 1
                document, _ = read_document(connection, document_id)
                have = pieces.stored(connection, (piece.hex() for file in document.files for piece in file.pieces))
                whole = all(_has(files, file, have, thorough) for file in document.files)
                if not whole or digest_of(encode_document(document)).hex() != name:
                    wrong.append(document_id)
    if wrong:
        with store.transaction(unseen=True) as connection:
            generations.reject(connection, generation_id, wrong)
    if wrong or published:
        raise PackError(
            f"Of generation {manifest.number} of “{manifest.collection}”, {len(wrong) + len(published)} documents are"
            " not as they were published.",
            "Sync again: they are fetched anew. What was there before goes on answering.",
        )
    return compared


def _has(files: FileFolder, file: FileRef, stored: set[str], thorough: bool) -> bool:
    """Whether a file is here, as pieces in the index or as a file."""
    if all(piece.hex() in stored for piece in file.pieces) and file.pieces:
        return True
    return file.size == 0 or (files.is_whole(file) if thorough else files.has(file))


def _ask(store: Store, generation_id: int, canaries: Sequence[Canary], embedder: Embedder | None) -> tuple[str, ...]:
    if not canaries:
        return ()
    with store.reader() as connection:
        within = frozenset(id_ for id_, *_ in generations.members(connection, generation_id))
    searcher = Searcher(store, embedder, within)
    missed: list[str] = []
    untested: list[str] = []
    for canary in canaries:
        result = searcher.search(canary.question, FIRST)
        if not any(passage.document in canary.documents for passage in result.passages):
            (missed if result.mode == "hybrid" else untested).append(canary.question)
    if missed:
        listed = ", ".join(f"“{question}”" for question in missed[:_NAMED])
        raise CanariesMissed(
            f"The new generation doesn't find what it should for {len(missed)} of {len(canaries)} test questions"
            f" ({listed}).",
            "What was there before goes on answering. Tell whoever keeps the hub.",
            asked=len(canaries) - len(untested),
            missed=len(missed),
        )
    return tuple(untested)
