"""Looking at what was ingested, and taking it out again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from copilot.settings import Settings
from index.documents import AccessLabel
from index.errors import UsageError
from index.store import Store, reading, writing
from index.store.reading import CollectionInfo, DocumentInfo


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """A document, the heading paths of its sections in order, and all of its text."""

    document: DocumentInfo
    sections: tuple[tuple[str, ...], ...]
    text: str


class Shelf:
    """The documents and collections of the index of these settings; an index that isn't there yet holds none.

    Every method raises what `Store.open` raises for an index that can't be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._path = settings.index_file
        self._key = settings.index.read_key()

    def documents(self, collection: str | None = None) -> list[DocumentInfo]:
        """Return the documents, or those of one collection, by path.

        Raises:
            UsageError: There is no such collection.
        """
        if not self._path.exists():
            return []
        with self._reading() as store, store.reader() as connection:
            if collection is not None and collection not in (one.name for one in reading.collections(connection)):
                raise writing.no_collection(collection)
            return reading.documents(connection, collection)

    def collections(self) -> list[CollectionInfo]:
        """Return the collections, by name."""
        if not self._path.exists():
            return []
        with self._reading() as store, store.reader() as connection:
            return reading.collections(connection)

    def content(self, given: str, collection: str | None = None) -> DocumentContent:
        """Return one document with its text.

        Args:
            given: Its path, or so much of its end that only one document is meant.
            collection: Where several collections hold it.

        Raises:
            UsageError: There is none, or more than one.
        """
        with self._reading() as store, store.reader() as connection:
            found = self._meant(reading.find_documents(connection, given, collection), given)
            if len(found) > 1:
                names = ", ".join(document.collection for document in found)
                raise UsageError(f"{given} is in several collections: {names}.", "Choose one with --collection.")
            document = found[0]
            return DocumentContent(
                document,
                tuple(reading.sections(connection, document.id)),
                "".join(reading.text(connection, document.id)),
            )

    def remove(self, given: Sequence[str], collection: str | None = None) -> list[DocumentInfo]:
        """Take documents out of the index; their files stay.

        Args:
            given: Paths, ends of paths, or folders, meaning all documents below.
            collection: From this one only; else from every one.

        Returns:
            What was removed: all that was asked for, or nothing where this raises.

        Raises:
            UsageError: One of them is not there, or could be several.
            StoreBusy, ReadOnlyData, DiskFull: The index can't be written to.
        """
        with self._writing() as store, store.writing("removing documents"):
            with store.reader() as connection:
                meant: dict[int, DocumentInfo] = {}
                for one in given:
                    found = reading.find_documents(connection, one, collection)
                    below = [] if found else _below(reading.documents(connection, collection), one)
                    meant |= {document.id: document for document in below or self._meant(found, one)}
            sources = store.sources()
            with store.transaction() as connection:
                writing.remove_documents(connection, meant)
                writing.forget_removed_words(connection)
            for name in {document.collection for document in meant.values()}:
                paths = [document.path for document in meant.values() if document.collection == name]
                folders = [str(_absolute(one)) for one in given if Path(one).exists() or Path(one).is_absolute()]
                sources = sources.with_removed([*paths, *folders], name)
            store.write_sources(sources)
            store.checkpoint()
        return list(meant.values())

    def set_access(self, name: str, access: AccessLabel) -> None:
        """Label a collection, and with it all of its documents, anew.

        Raises:
            UsageError: There is no such collection.
        """
        with self._writing() as store, store.writing("labelling a collection"):
            with store.transaction() as connection:
                writing.set_access(connection, name, access)
            store.write_sources(store.sources().with_access(name, access))

    def remove_collection(self, name: str) -> int:
        """Take a collection with all of its documents out of the index; their files stay.

        Returns:
            How many documents it held.

        Raises:
            UsageError: There is no such collection.
        """
        with self._writing() as store, store.writing("removing a collection"):
            with store.transaction() as connection:
                removed = writing.remove_collection(connection, name)
                writing.forget_removed_words(connection)
            store.write_sources(store.sources().with_access(name, None))
            store.checkpoint()
        return removed

    @contextmanager
    def _reading(self) -> Iterator[Store]:
        with Store.open(self._path, key=self._key, read_only=True) as store:
            yield store

    @contextmanager
    def _writing(self) -> Iterator[Store]:
        if not self._path.exists():
            raise UsageError("There is no index yet.", "Put documents in first: edge-copilot ingest PATH")
        with Store.open(self._path, key=self._key) as store:
            yield store

    @staticmethod
    def _meant(found: Sequence[DocumentInfo], given: str) -> list[DocumentInfo]:
        if not found:
            raise UsageError(
                f"There is no document “{given}”.", "See which there are with: edge-copilot documents list"
            )
        paths = sorted({document.path for document in found})
        if len(paths) > 1:
            listed = "\n  ".join(paths[:10])
            raise UsageError(f"“{given}” could be several documents:\n  {listed}", "Give more of the path.")
        return list(found)


def _below(documents: Sequence[DocumentInfo], given: str) -> list[DocumentInfo]:
    folders = {Path(given).absolute(), _absolute(given)}
    return [document for document in documents if any(Path(document.path).is_relative_to(f) for f in folders)]


def _absolute(given: str) -> Path:
    try:
        return Path(given).resolve()
    except (OSError, RuntimeError):  # a loop of links
        return Path(given).absolute()
