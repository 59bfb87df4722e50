"""From chunks to the vectors by which they are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.chunking.windows import windows_of
from index.documents import Chunk
from index.embedding.base import Embedder
from index.embedding.quantize import to_bits, to_int8
from index.store.writing import ChunkVectors


@dataclass(frozen=True, slots=True)
class Embeddable:
    """What of a chunk is embedded.

    Attributes:
        whole: The text of its one vector: "title > headings", then the chunk.
        windows: Texts of its windows of sentences, each after the last heading; a short chunk is one window.
    """

    whole: str
    windows: tuple[str, ...]


def embeddable(title: str, section: Sequence[str], text: str) -> Embeddable:
    """Put together what is embedded of a chunk."""
    path = list(section)
    if not path or path[0] != title:
        path.insert(0, title)
    # A window means little without its heading: with it hit@1 rose from 0.69 to 0.75 (windows alone) and from 0.81 to
    # 0.87 (with BM25) over the questions of the development manuals. Short chunks need one too, lest their whole path
    # of headings make them look less alike than windows of longer ones (0.86 to 0.88).
    windows = windows_of(text) or (text,)
    return Embeddable(f"{' > '.join(path)}\n{text}", tuple(f"{path[-1]}: {window}" for window in windows))


def embed(embedder: Embedder, chunks: Sequence[Embeddable]) -> list[ChunkVectors]:
    """Embed chunks, all of their texts in one call, so that texts of like length can share a batch.

    Raises:
        ModelError: The embedder failed.
    """
    texts = [chunk.whole for chunk in chunks]
    texts += [window for chunk in chunks for window in chunk.windows]
    vectors = embedder.embed(texts)
    bits = to_bits(vectors[: len(chunks)])
    found, position = [], len(chunks)
    for row, chunk in enumerate(chunks):
        end = position + len(chunk.windows)
        found.append(ChunkVectors(to_int8(vectors[row]), bits[row].tobytes(), to_int8(vectors[position:end])))
        position = end
    return found


def text_of(chunk: Chunk) -> str:
    """Return what of a chunk is searched for identifiers: its headings belong to it, its document's title not."""
    return "\n".join((*chunk.section.path, chunk.text))
