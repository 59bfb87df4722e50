"""Spans, and looking for them past the characters that nobody sees."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator

Span = tuple[int, int]
"""Start and end of a find, half open."""

Finder = Callable[[str], Iterable[Span]]


def seen(find: Finder, text: str) -> Iterator[Span]:
    """What ``find`` finds in ``text`` as a person sees it, as spans of ``text`` itself.

    Format characters (soft hyphen, zero-width space, marks of direction, tags) would cut a number in two unseen; a
    find that has some in it takes them along.
    """
    if text.isascii():
        yield from find(text)
        return
    places = [place for place, character in enumerate(text) if unicodedata.category(character) != "Cf"]
    if len(places) == len(text):
        yield from find(text)
        return
    for start, end in find("".join(text[place] for place in places)):
        if start < end:
            yield places[start], places[end - 1] + 1
