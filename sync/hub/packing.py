"""One collection, from what it should hold to a generation on the disk: objects, packs, manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from index.errors import PackError, SyncError
from sync.format import DocumentEntry, PackEntry, Publication, decode_document, digest_of, train
from sync.format.limits import DICTIONARY
from sync.hub.contents import Changed, Item
from sync.hub.files import write_object
from sync.hub.folder import HubFolder
from sync.hub.objects import Objects, PackUse
from sync.hub.releases import read_manifest
from sync.hub.report import HubProgress, Left, Tell
from sync.hub.state import HubState

_SAMPLED: Final = 400  # documents that a dictionary is trained on
_SAMPLE_BYTES: Final = 12 << 20
_SAMPLE_LONGEST: Final = 128 << 10  # of one object: a long one says no more than its beginning
_USED_AT_LEAST: Final = 0.5  # of a pack; what less is used of is written anew without the rest
_SMALL: Final = 0.25  # of a full pack…
_SMALL_PACKS: Final = 32  # …and how many such a collection may have, each costing a request
_TOLD_EVERY: Final = 50


@dataclass(frozen=True, slots=True)
class Packed:
    """A generation's content in packs.

    Attributes:
        documents: By path.
        packs: That hold them.
        dictionary: Digest of what the packs take; None for none.
        dictionary_bytes: Its length; 0 for none.
        new_bytes: Of packs and indexes that no generation has named yet, and of the dictionary with the first one.
    """

    documents: tuple[DocumentEntry, ...]
    packs: tuple[PackUse, ...]
    dictionary: bytes | None
    dictionary_bytes: int
    new_bytes: int


class Packer:
    """Packs one collection.

    Args:
        hub: The hub.
        state: What it remembers.
        collection: The name.
        served: What is served of it; None for nothing yet.
        pack_bytes: A pack is closed once it is this large.
    """

    def __init__(
        self, hub: HubFolder, state: HubState, collection: str, served: Publication | None, pack_bytes: int
    ) -> None:
        self._hub, self._state, self._collection = hub, state, collection
        self._pack_bytes = pack_bytes
        self._latest = read_manifest(hub, served.releases[-1]) if served else None
        self._dictionary: bytes | None = None
        self._dictionary_bytes = 0

    @property
    def latest(self) -> Mapping[str, DocumentEntry]:
        """The documents of the newest generation that is served, by path."""
        return {entry.path: entry for entry in self._latest.documents} if self._latest else {}

    def pack(self, items: Sequence[Item], left: list[Left], tell: Tell) -> Packed:
        """Make objects of what changed and put them into packs.

        Args:
            items: What the generation is to hold, by path.
            left: Gets documents that can't be published; their last good state stays.
            tell: Told how far it is.

        Raises:
            DiskFull, ReadOnlyData: What is served is as it was.
        """
        objects = self._open(items)
        known, latest = objects.known(), self.latest
        entries: list[DocumentEntry] = []
        for done, item in enumerate(items):
            if done % _TOLD_EVERY == 0:
                tell(HubProgress("packing", self._collection, done, len(items), item.path))
            fingerprint, entry = known.get(item.path, ("", None))
            if entry is None or fingerprint != item.fingerprint:
                entry = self._encode(objects, item, latest.get(item.path), left)
            if entry is not None:
                entries.append(entry)
        objects.flush()
        return self._packed(objects, entries)

    def again(self, documents: Sequence[DocumentEntry], packs: Sequence[PackEntry]) -> Packed:
        """Pack an older generation again, of which everything is in packs still."""
        objects = self._open(())
        objects.adopt(packs, documents)
        return self._packed(objects, list(documents))

    def origins(self, documents: Sequence[DocumentEntry]) -> list[tuple[str, str]]:
        """Return path and SHA-256 (hex) of the files that documents in packs were made of."""
        objects = self._open(())
        return [(entry.path, decode_document(objects.read(entry.digest)).sha256.hex()) for entry in documents]

    def _encode(
        self, objects: Objects, item: Item, before: DocumentEntry | None, left: list[Left]
    ) -> DocumentEntry | None:
        try:
            return objects.add_document(item.path, item.fingerprint, item.encode(objects))
        except Changed:
            left.append(Left(self._collection, item.path, "Its file can't be read as the index knows it."))
        except PackError as error:
            left.append(Left(self._collection, item.path, f"It can't be published: {error}"))
        return before

    def _packed(self, objects: Objects, entries: list[DocumentEntry]) -> Packed:
        uses = objects.packs_of(entries)
        if wasteful := [use.id for use in uses if self._is_wasteful(use, uses)]:
            objects.move(entries, wasteful)
            uses = objects.packs_of(entries)
        named = {entry.digest for entry in self._latest.packs} if self._latest else set()
        new_bytes = sum(use.entry.size + use.entry.index_size for use in uses if use.entry.digest not in named)
        size = self._dictionary_bytes
        new_bytes += 0 if self._latest else size
        return Packed(tuple(entries), tuple(uses), self._dictionary, size, new_bytes)

    def _is_wasteful(self, use: PackUse, uses: Sequence[PackUse]) -> bool:
        if use.used < use.entry.size * _USED_AT_LEAST:
            return True
        small = self._pack_bytes * _SMALL
        return use.entry.size < small and sum(other.entry.size < small for other in uses) > _SMALL_PACKS

    def _open(self, items: Sequence[Item]) -> Objects:
        dictionary = self._find_dictionary(items)
        self._dictionary = digest_of(dictionary) if dictionary else None
        self._dictionary_bytes = len(dictionary or b"")
        objects = Objects(self._hub.objects, self._state, self._collection, dictionary, self._pack_bytes)
        forgotten = not self._state.connection.execute(
            "SELECT count(*) FROM packs WHERE collection = ?", (self._collection,)
        ).get
        if self._latest is not None and forgotten:
            objects.adopt(self._latest.packs, self._latest.documents)
        return objects

    def _find_dictionary(self, items: Sequence[Item]) -> bytes | None:
        folder = self._hub.objects / "dicts"
        noted = self._state.note(self._collection, "dictionary")
        if noted is None and self._latest is not None:
            noted = self._latest.dictionary.hex() if self._latest.dictionary else ""
        if noted is None:
            dictionary = _trained(items)
            noted = digest_of(dictionary).hex() if dictionary else ""
            if dictionary:
                write_object(folder, noted, dictionary)
            self._state.write_note(self._collection, "dictionary", noted)
        if not noted:
            return None
        try:
            content = (folder / noted).read_bytes()
        except OSError as error:
            raise SyncError(f"{folder / noted} is missing.", "Bring public/objects back from a copy.") from error
        if digest_of(content).hex() != noted:
            raise SyncError(f"{folder / noted} is damaged.", "Bring public/objects back from a copy.")
        return content


def _trained(items: Sequence[Item]) -> bytes | None:
    samples: list[bytes] = []
    size = 0
    step = max(1, len(items) // _SAMPLED)
    for item in items[::step]:
        for data in item.sample():
            samples.append(data[:_SAMPLE_LONGEST])
            size += len(samples[-1])
        if size > _SAMPLE_BYTES:
            break
    # A dictionary larger than a tenth of what it was trained on says those samples by heart, and every device pays.
    dictionary = train(samples, min(112_640, max(4_096, size // 10)))
    return dictionary if dictionary is not None and len(dictionary) <= DICTIONARY else None
