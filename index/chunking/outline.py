"""Which section each block lies in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from index.documents import Block, Section

_LONGEST_HEADING: Final = 300  # characters; a longer one is a paragraph that looked like a heading


def located(blocks: Iterable[Block]) -> Iterator[tuple[Section, Block]]:
    """Each block that holds text with its section, lazily.

    A heading comes out itself only where nothing stands under it (no text, no deeper heading), so that no word is lost:
    elsewhere its words are in the paths of the sections under it.
    """
    path: list[Block] = []
    section: Section | None = None
    bare: Block | None = None
    ordinal = 0

    def here() -> Section:
        return Section(ordinal, tuple(heading.text for heading in path))

    for block in blocks:
        text = block.text.strip()
        if not text:
            continue
        if block.kind != "heading" or len(text) > _LONGEST_HEADING:
            bare = None
            if section is None:
                section = here()
                ordinal += 1
            yield section, replace(block, kind="paragraph") if block.kind == "heading" else block
            continue
        if bare is not None and block.level <= bare.level:
            yield here(), bare
            ordinal += 1
        while path and path[-1].level >= block.level:
            path.pop()
        bare = replace(block, text=" ".join(text.split()))
        path.append(bare)
        section = None
    if bare is not None:
        yield here(), bare
