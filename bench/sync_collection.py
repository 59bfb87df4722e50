"""A large collection for the benchmarks of sync, and a device that has it; no model is needed.

Sections are put together from the sentences of real documents, words and numbers changed here and there, so that no two
are equal and none is far from how manuals are written. Vectors are random, with the spread that int8 components of unit
vectors have: they compress as badly as real ones.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from index.chunking import chunk
from index.documents import AccessLabel
from index.loaders import LoadLimits, load
from index.store import Store
from sync.device.generations import Checked, Generations
from sync.format import (
    ChunkObject,
    Codec,
    DocumentEntry,
    DocumentObject,
    Frame,
    Manifest,
    ManifestRef,
    PackBuilder,
    PackEntry,
    Publication,
    Release,
    Rollout,
    SectionObject,
    SectionRef,
    digest_of,
    encode_document,
    encode_manifest,
    encode_section,
    pack_manifest,
    train,
    unpack_object,
)

COLLECTION: Final = "presses"
DIMENSIONS: Final = 384
EMBEDDER: Final = "hashing"  # tests/index/hashing_embedder.py: a real one, for the questions
SECTIONS: Final = 10  # of a document, of one chunk each
PACK_BYTES: Final = 16 << 20
_SENTENCES: Final = (4, 8)
_WINDOWS: Final = 3
_SPREAD: Final = 127 / DIMENSIONS**0.5
_REPLACED: Final = 0.12  # of words and digits
_WORD: Final = re.compile(r"[A-Za-z]{4,}")
_DIGIT: Final = re.compile(r"\d")

Edition = Callable[[int, int], int]  # of a section, given the numbers of its document and its own


class Writer:
    """Writes sections.

    Args:
        folder: Documents whose sentences are used.
    """

    def __init__(self, folder: Path) -> None:
        text = "\n".join(
            piece.text for path in sorted(folder.iterdir()) for piece in chunk(load(path, LoadLimits()).blocks)
        )
        found = re.split(r"(?<=[.!?])\s+|\n+", text)
        self._sentences = sorted({one.strip() for one in found if len(one.split()) > 5})
        self._words = sorted(set(_WORD.findall(text)))

    def section(self, document: int, number: int, edition: int) -> bytes:
        """Return a section object."""
        dice = random.Random(f"{document} {number} {edition}")
        sentences = dice.choices(self._sentences, k=dice.randint(*_SENTENCES))
        body = " ".join(self._varied(sentence, dice) for sentence in sentences)
        body += f" Order number MX-{document:05}-{number}, edition{edition}.\n"
        noise = np.random.default_rng([document, number, edition])
        vectors = np.rint(noise.normal(0, _SPREAD, (1 + _WINDOWS, DIMENSIONS))).clip(-127, 127).astype(np.int8)
        one = ChunkObject(
            "",
            body,
            page=0,
            page_end=0,
            whole=vectors[0].tobytes(),
            bits=np.packbits(vectors[0] > 0, bitorder="little").tobytes(),
            windows=vectors[1:].tobytes(),
        )
        path = (f"Chapter {number // 3 + 1}", f"{number % 3 + 1} {dice.choice(self._words)}")
        return encode_section(SectionObject(path, (one,)))

    def _varied(self, sentence: str, dice: random.Random) -> str:
        sentence = _WORD.sub(lambda m: dice.choice(self._words) if dice.random() < _REPLACED else m[0], sentence)
        return _DIGIT.sub(lambda m: str(dice.randrange(10)) if dice.random() < _REPLACED else m[0], sentence)


@dataclass
class Packs:
    """Packs in memory; an object source that counts what is fetched of them.

    Attributes:
        fetched_bytes: Of frames.
        new_bytes: Of packs and indexes since `begin`.
    """

    codec: Codec
    places: dict[bytes, tuple[bytes, Frame]] = field(default_factory=dict)
    entries: list[PackEntry] = field(default_factory=list)
    fetched_bytes: int = 0
    new_bytes: int = 0
    _builder: PackBuilder | None = None

    def add(self, data: bytes) -> bytes:
        digest = digest_of(data)
        if digest in self.places:
            return digest
        if self._builder is None:
            self._builder = PackBuilder(self.codec)
        self._builder.add(data)
        if self._builder.size > PACK_BYTES:
            self.close()
        return digest

    def close(self) -> None:
        if self._builder is None:
            return
        pack, index = self._builder.finish()
        packed = index.encode()
        self.entries.append(PackEntry(digest_of(pack), len(pack), digest_of(packed), len(packed)))
        self.places.update({digest: (pack, frame) for digest, frame in index.frames.items()})
        self.new_bytes += len(pack) + len(packed)
        self._builder = None

    def get(self, digests: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        for digest in digests:
            pack, frame = self.places[digest]
            self.fetched_bytes += frame.length
            yield digest, unpack_object(self.codec, frame, pack[frame.offset : frame.offset + frame.length])


@dataclass(frozen=True)
class Edited:
    """A generation, and what it changed.

    Attributes:
        changed: Bytes of the section objects that the generation before lacked.
    """

    publication: Publication
    manifest: Manifest
    manifest_bytes: bytes
    changed: list[bytes]


class Publisher:
    """Publishes editions of the collection.

    Args:
        writer: Writes its sections.
        documents: How many documents it has.
    """

    def __init__(self, writer: Writer, documents: int) -> None:
        self._writer = writer
        self._documents = documents
        dice = random.Random(1)
        samples = [writer.section(dice.randrange(documents), dice.randrange(SECTIONS), 0) for _ in range(2_000)]
        self.dictionary = train(samples)
        self.packs = Packs(Codec(self.dictionary))
        self._sections: dict[tuple[int, int, int], bytes] = {}
        self._number = 0

    def publish(self, edition: Edition) -> Edited:
        self._number += 1
        self.packs.new_bytes = 0
        changed, entries = [], []
        for document in range(self._documents):
            refs = []
            for number in range(SECTIONS):
                key = (document, number, edition(document, number))
                if key not in self._sections:
                    data = self._writer.section(*key)
                    changed.append(data) if self._number > 1 else None
                    self._sections[key] = self.packs.add(data)
                refs.append(SectionRef(self._sections[key], number + 1))
            size = 100_000 + document
            seal = digest_of(repr([ref.digest for ref in refs]).encode())
            data = encode_document(
                DocumentObject(f"Manual MX-{document:05}", "application/pdf", "en", SECTIONS, size, seal, "1",
                               revision="C", sections=tuple(refs))
            )  # fmt: skip
            entries.append(DocumentEntry(f"line {document % 40:02}/MX-{document:05}.pdf", self.packs.add(data), size))
        self.packs.close()
        return self._published(entries, changed)

    def _published(self, entries: list[DocumentEntry], changed: list[bytes]) -> Edited:
        dictionary = digest_of(self.dictionary) if self.dictionary else None
        manifest = Manifest(
            COLLECTION,
            self._number,
            tuple(sorted(entries, key=lambda entry: entry.path)),
            tuple(sorted(self.packs.entries, key=lambda entry: entry.digest)),
            dictionary,
        )
        data = encode_manifest(manifest)
        release = Release(
            number=self._number,
            published_at=datetime(2026, 5, 1, tzinfo=UTC) + timedelta(days=self._number),
            manifest=ManifestRef(sha256=digest_of(data).hex(), bytes=len(pack_manifest(data))),
            documents=len(entries),
        )
        publication = Publication(
            collection=COLLECTION,
            access=AccessLabel.INTERNAL,
            embedder=EMBEDDER,
            dimensions=DIMENSIONS,
            releases=(release,),
            rollout=Rollout(stable=self._number),
        )
        return Edited(publication, manifest, data, changed)


def chosen(share: float, documents: int) -> list[tuple[int, int]]:
    """Choose a share of all sections, anywhere: the numbers of their documents and their own."""
    count = round(share * documents * SECTIONS)
    return [divmod(one, SECTIONS) for one in random.Random(2).sample(range(documents * SECTIONS), count)]


def some(share: float, documents: int) -> Edition:
    """An edition in which a share of all sections is another."""
    changed = set(chosen(share, documents))
    return lambda document, number: int((document, number) in changed)


def update(generations: Generations, edited: Edited, packs: Packs) -> Checked:
    """Build and check a generation."""
    total = len(edited.manifest.documents)

    def tell(building: object) -> None:
        done = building.documents_done  # type: ignore[attr-defined]
        if done % 1_000 == 0:
            print(f"\r{done} of {total} documents", end="", file=sys.stderr, flush=True)

    generation_id = generations.stage(
        edited.publication, edited.publication.releases[-1], edited.manifest, packs, tell
    )  # fmt: skip
    print(file=sys.stderr)
    return generations.check(generation_id, edited.manifest)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table, the first one its head."""
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *body])


def device(folder: Path) -> Store:
    """Open the device's index."""
    return Store.open(folder / "index.db")
