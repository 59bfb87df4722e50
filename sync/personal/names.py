"""Names of people, from a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from sync.personal.spans import Span, visible

_WORD: Final = re.compile(r"\w+(?:['’-]\w+)*")


class Names:
    """Names of a list, found whole and whatever their case; a name may be several words.

    Args:
        names: One name each.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for name in names:
            words = tuple(_folded(match[0]) for match in _WORD.finditer(visible(name)))
            if words:
                self._by_first.setdefault(words[0], []).append(words)
        for known in self._by_first.values():
            known.sort(key=len, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._by_first)

    def find(self, text: str) -> Iterator[Span]:
        """Spans of the names that stand in ``text``."""
        found = list(_WORD.finditer(text))
        words = [_folded(match[0]) for match in found]
        number = 0
        while number < len(words):
            length = next(
                (
                    len(name)
                    for name in self._by_first.get(words[number], ())
                    if tuple(words[number : number + len(name)]) == name
                ),
                0,
            )
            if length:
                yield found[number].start(), found[number + length - 1].end()
            number += length or 1


def _folded(word: str) -> str:
    return word.casefold().replace("’", "'")
