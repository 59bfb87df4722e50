"""A collection's objects: which there are, in which pack each lies, and new ones into new packs.

What is in a pack is published by naming the pack in a manifest; a pack that is written before the publication is
killed is known to the next one and used by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import apsw

from index.errors import SyncError
from sync.format import (
    Codec,
    DocumentEntry,
    DocumentObject,
    Frame,
    PackBuilder,
    PackEntry,
    PackIndex,
    decode_document,
    digest_of,
    encode_document,
    unpack_object,
)
from sync.hub.files import write_object
from sync.hub.state import HubState


@dataclass(frozen=True, slots=True)
class PackUse:
    """How much of a pack a generation uses.

    Attributes:
        id: In the hub's state.
        entry: As manifests name it.
        used: Bytes of frames in use.
    """

    id: int
    entry: PackEntry
    used: int


class Objects:
    """The objects of one collection.

    Args:
        folder: ``public/objects``.
        state: What the hub remembers.
        collection: Its name.
        dictionary: That all of its packs take; None for none.
        pack_bytes: A pack is closed once it is this large.
    """

    def __init__(
        self, folder: Path, state: HubState, collection: str, dictionary: bytes | None, pack_bytes: int
    ) -> None:
        self._packs = folder / "packs"
        self._state = state
        self._collection = collection
        self._codec = Codec(dictionary)
        self._pack_bytes = pack_bytes
        self._builder = PackBuilder(self._codec)
        self._waiting: list[tuple[str, str, bytes, int, frozenset[bytes]]] = []
        self.written: list[PackEntry] = []

    def __contains__(self, digest: object) -> bool:
        return digest in self._builder or self._frame(digest) is not None

    def add(self, data: bytes) -> bytes:
        """Put an object into a pack unless it is in one; return its digest.

        Raises:
            PackError: It is larger than devices accept.
            DiskFull, ReadOnlyData: The disk can't take it.
        """
        digest = digest_of(data)
        if digest not in self:
            if len(self._builder) and self._builder.size + len(data) // 2 > self._pack_bytes:
                self.flush()
            self._builder.add(data)
            if self._builder.size >= self._pack_bytes:
                self.flush()
        return digest

    def add_document(self, path: str, fingerprint: str, document: DocumentObject) -> DocumentEntry:
        """Put a document object into a pack, once its sections and pieces are added.

        Args:
            path: In the collection.
            fingerprint: By which it is known again, see `known`.
            document: The object.
        """
        data = encode_document(document)
        members = frozenset(section.digest for section in document.sections) | frozenset(
            piece for file in document.files for piece in file.pieces
        )
        digest = self.add(data)
        self._waiting.append((path, fingerprint, digest, document.size, members))
        return DocumentEntry(path, digest, document.size)

    def known(self) -> dict[str, tuple[str, DocumentEntry]]:
        """Return the documents that were encoded before, by path, each with its fingerprint."""
        rows = self._state.connection.execute(
            "SELECT path, fingerprint, digest, bytes FROM encoded WHERE collection = ?", (self._collection,)
        )
        return {path: (fingerprint, DocumentEntry(path, digest, size)) for path, fingerprint, digest, size in rows}

    def flush(self) -> None:
        """Write the pack that is being filled, and note what lies in it.

        Raises:
            DiskFull, ReadOnlyData: What was added since the last one is not there; add it again.
        """
        pack, index = self._builder.finish()
        self._builder = PackBuilder(self._codec)
        waiting, self._waiting = self._waiting, []
        entry = None
        if index.frames:
            encoded = index.encode()
            entry = PackEntry(digest_of(pack), len(pack), digest_of(encoded), len(encoded))
            write_object(self._packs, f"{entry.digest.hex()}.pack", pack)
            write_object(self._packs, f"{entry.digest.hex()}.idx", encoded)
        with self._state.transaction() as connection:
            if entry is not None:
                self._note_pack(connection, entry, index, replace=True)
            for path, fingerprint, digest, size, members in waiting:
                connection.execute(
                    "INSERT OR REPLACE INTO encoded VALUES (?, ?, ?, ?, ?)",
                    (self._collection, path, fingerprint, digest, size),
                )
                self._note_members(connection, digest, members)
        if entry is not None:
            self.written.append(entry)

    def packs_of(self, documents: Iterable[DocumentEntry]) -> list[PackUse]:
        """Return the packs that hold all that these documents consist of.

        Raises:
            SyncError: Something of them is in no pack.
        """
        connection = self._state.connection
        with self._live(documents):
            lost = connection.execute(
                "SELECT count(*) FROM live WHERE digest NOT IN (SELECT digest FROM objects WHERE collection = ?)",
                (self._collection,),
            ).get
            if lost:
                raise SyncError(
                    f"{lost} objects of the collection “{self._collection}” are in no pack.",
                    "Publish again; if that doesn't help, delete state.db in the hub's folder and publish again.",
                )
            rows = connection.execute(
                "SELECT p.id, p.digest, p.bytes, p.index_digest, p.index_bytes, sum(o.frame_bytes)"
                " FROM live l JOIN objects o ON o.collection = ? AND o.digest = l.digest JOIN packs p ON p.id = o.pack"
                " GROUP BY p.id ORDER BY p.digest",
                (self._collection,),
            ).fetchall()
        uses = cast("list[tuple[int, bytes, int, bytes, int, int]]", rows)
        return [PackUse(row[0], PackEntry(row[1], row[2], row[3], row[4]), row[5]) for row in uses]

    def move(self, documents: Iterable[DocumentEntry], packs: Iterable[int]) -> None:
        """Write what these documents use of some packs into new ones; the old packs stay for older generations."""
        connection = self._state.connection
        self.flush()
        moving: list[bytes] = []
        with self._live(documents):
            for pack in packs:
                rows = connection.execute(
                    "SELECT o.digest FROM objects o JOIN live l ON l.digest = o.digest"
                    " WHERE o.collection = ? AND o.pack = ? ORDER BY o.frame_start",
                    (self._collection, pack),
                )
                moving += [row[0] for row in rows]
        for digest in moving:
            data = self.read(digest)
            if self._builder.size + len(data) // 2 > self._pack_bytes:
                self.flush()
            self._builder.add(data)
        self.flush()

    def read(self, digest: bytes) -> bytes:
        """Return an object out of its pack.

        Raises:
            SyncError: It is in no pack.
            PackError: The pack is damaged.
        """
        frame = self._frame(digest)
        if frame is None:
            raise SyncError("An object is in no pack.", "Publish again.")
        pack, where = frame
        with (self._packs / f"{pack.hex()}.pack").open("rb") as file:
            file.seek(where.offset)
            return unpack_object(self._codec, where, file.read(where.length))

    def adopt(self, packs: Iterable[PackEntry], documents: Iterable[DocumentEntry] = ()) -> None:
        """Learn from their indexes what lies in packs, and from the documents what they consist of.

        For packs and documents of an older generation, and where the hub's memory was lost.

        Raises:
            SyncError: A pack or its index is not there.
            PackError: It is damaged.
        """
        for entry in packs:
            known = self._state.connection.execute(
                "SELECT count(*) FROM packs p WHERE collection = ? AND digest = ?", (self._collection, entry.digest)
            ).get
            path = self._packs / f"{entry.digest.hex()}.idx"
            try:
                index = PackIndex.decode(path.read_bytes(), entry.size)
            except OSError as error:
                raise SyncError(f"{path} is missing.", "Bring public/objects back from a copy.") from error
            with self._state.transaction() as connection:
                self._note_pack(connection, entry, index, replace=False, known=bool(known))
        for document in documents:
            object_ = decode_document(self.read(document.digest))
            members = {section.digest for section in object_.sections}
            members |= {piece for file in object_.files for piece in file.pieces}
            with self._state.transaction() as connection:
                self._note_members(connection, document.digest, members)

    def _note_pack(
        self,
        connection: apsw.Connection,
        entry: PackEntry,
        index: PackIndex,
        *,
        replace: bool,
        known: bool = False,
    ) -> None:
        if not known:
            connection.execute(
                "INSERT OR IGNORE INTO packs (collection, digest, bytes, index_digest, index_bytes)"
                " VALUES (?, ?, ?, ?, ?)",
                (self._collection, entry.digest, entry.size, entry.index_digest, entry.index_size),
            )
        pack = connection.execute(
            "SELECT id FROM packs WHERE collection = ? AND digest = ?", (self._collection, entry.digest)
        ).get
        verb = "REPLACE" if replace else "IGNORE"
        connection.executemany(
            f"INSERT OR {verb} INTO objects VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
            [
                (self._collection, frame.digest, pack, frame.offset, frame.length, frame.size)
                for frame in index.frames.values()
            ],
        )

    def _note_members(self, connection: apsw.Connection, document: bytes, members: Iterable[bytes]) -> None:
        connection.executemany(
            "INSERT OR IGNORE INTO members VALUES (?, ?, ?)",
            [(self._collection, document, member) for member in members],
        )

    def _frame(self, digest: object) -> tuple[bytes, Frame] | None:
        row = self._state.connection.execute(
            "SELECT p.digest, o.frame_start, o.frame_bytes, o.bytes FROM objects o JOIN packs p ON p.id = o.pack"
            " WHERE o.collection = ? AND o.digest = ?",
            (self._collection, digest),
        ).fetchone()
        return (row[0], Frame(digest, *row[1:])) if row and isinstance(digest, bytes) else None

    def _live(self, documents: Iterable[DocumentEntry]) -> _Live:
        return _Live(self._state, self._collection, (entry.digest for entry in documents))


class _Live:
    """A temporary table ``live`` with the digests of documents and of all that they consist of."""

    def __init__(self, state: HubState, collection: str, digests: Iterator[bytes]) -> None:
        self._connection = state.connection
        self._collection, self._digests = collection, digests

    def __enter__(self) -> None:
        self._connection.execute("CREATE TEMP TABLE live (digest BLOB PRIMARY KEY) WITHOUT ROWID")
        self._connection.executemany("INSERT OR IGNORE INTO live VALUES (?)", ((digest,) for digest in self._digests))
        self._connection.execute(
            "INSERT OR IGNORE INTO live SELECT m.object FROM live l JOIN members m"
            " ON m.collection = ? AND m.document = l.digest",
            (self._collection,),
        )

    def __exit__(self, *_: object) -> None:
        self._connection.execute("DROP TABLE live")
