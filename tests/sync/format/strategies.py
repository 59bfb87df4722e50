"""Anything that a hub could publish, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from sync.format import (
    ChunkObject,
    DocumentEntry,
    DocumentObject,
    FileRef,
    Manifest,
    PackEntry,
    SectionObject,
    SectionRef,
)
from sync.format.limits import PIECE

DIGESTS = st.binary(min_size=32, max_size=32)
SIZES = st.integers(0, (1 << 63) - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
PAGES = st.none() | st.integers(0, 9_999)
PATHS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(str.strip)
NAMES = st.from_regex(r"[a-z0-9_-]{1,8}(/[a-z0-9_-]{1,8}){0,2}", fullmatch=True)


@st.composite
def chunks(draw: st.DrawFn) -> ChunkObject:
    words = draw(st.integers(0, 4))
    return ChunkObject(
        draw(TEXTS),
        draw(TEXTS),
        draw(PAGES),
        draw(PAGES),
        tuple(draw(st.lists(st.tuples(st.integers(0, 9_999), st.integers(-5, 99)), max_size=3))),
        draw(st.binary(min_size=8 * words, max_size=8 * words)),
        draw(st.binary(min_size=words, max_size=words)),
        draw(st.binary(min_size=8 * words, max_size=8 * words)) * draw(st.integers(0, 3)),
    )


SECTIONS = st.builds(
    SectionObject, st.lists(TEXTS, max_size=4).map(tuple), st.lists(chunks(), min_size=1, max_size=4).map(tuple)
)  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> FileRef:
    size = draw(st.integers(0, 3 * PIECE))
    count = -(-size // PIECE)
    sha256 = draw(DIGESTS)
    pieces = (sha256,) if count == 1 else tuple(draw(st.lists(DIGESTS, min_size=count, max_size=count)))
    return FileRef(draw(NAMES), draw(TEXTS), size, sha256, pieces)


DOCUMENTS = st.builds(
    DocumentObject,
    title=TEXTS,
    media_type=TEXTS,
    language=st.none() | TEXTS,
    pages=PAGES,
    size=SIZES,
    sha256=DIGESTS,
    recipe=TEXTS,
    notices=st.lists(TEXTS, max_size=2).map(tuple),
    revision=st.none() | TEXTS,
    reviewed_until=st.none() | TEXTS,
    sections=st.lists(st.builds(SectionRef, DIGESTS, PAGES), max_size=5).map(tuple),
    files=st.lists(files(), max_size=2).map(tuple),
)

MANIFESTS = st.builds(
    Manifest,
    collection=TEXTS,
    number=st.integers(1, 1 << 40),
    documents=st.lists(
        st.builds(DocumentEntry, PATHS, DIGESTS, SIZES), max_size=12, unique_by=lambda entry: entry.path
    ).map(lambda entries: tuple(sorted(entries, key=lambda entry: entry.path))),
    packs=st.lists(
        st.builds(PackEntry, DIGESTS, SIZES, DIGESTS, SIZES), max_size=4, unique_by=lambda entry: entry.digest
    ).map(lambda entries: tuple(sorted(entries, key=lambda entry: entry.digest))),
    dictionary=st.none() | DIGESTS,
)
