"""Values that don't leave, the placeholders that go in their place, and the way back.

``restore(replace(text)) == text`` for every text, also where it looks like a placeholder itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from copilot.privacy.placeholders import Reader, write
from copilot.privacy.recurring import repetitions
from sync.personal import Finder, Seen

ESCAPED: Final = "TEXT"
"""Kind of a piece of text that looks like a placeholder given out before."""

_PASSES: Final = 8


@dataclass(frozen=True, slots=True)
class Kind:
    """What is replaced.

    Attributes:
        name: Of the placeholder, as `placeholders.kind_of` makes it.
        find: Where it stands in a text.
        unless_known: True leaves it where it is an identifier of the evidence that goes along.
    """

    name: str
    find: Finder
    unless_known: bool = False


@dataclass(frozen=True, slots=True)
class _Placeholder:
    kind: str
    number: int

    def __str__(self) -> str:
        return write(self.kind, self.number)


_Piece = str | _Placeholder
_Find = tuple[int, int, str]


class NotClean(Exception):
    """A text still holds what was to be replaced."""


class Pseudonyms:
    """Replaces values by placeholders, the same value by the same one, and puts them back.

    Args:
        kinds: What to replace; where finds overlap, the first kind gives the name.
        known: Tells whether a value is an identifier that the evidence needs.
    """

    def __init__(self, kinds: Sequence[Kind], known: Callable[[str], bool] = lambda _: False) -> None:
        self._kinds = tuple(kinds)
        self._known = known
        self._reader = Reader({kind.name for kind in kinds} | {ESCAPED})
        self._values: dict[_Placeholder, str] = {}
        self._numbered: dict[str, _Placeholder] = {}
        self._taken: set[tuple[str, int]] = set()
        self._last: Counter[str] = Counter()

    def __repr__(self) -> str:
        return f"Pseudonyms({dict(self.counts)})"

    def copy(self) -> Pseudonyms:
        """One that goes on from here; this one stays as it is."""
        other = Pseudonyms(self._kinds, self._known)
        other._values, other._numbered = dict(self._values), dict(self._numbered)
        other._taken, other._last = set(self._taken), Counter(self._last)
        return other

    @property
    def counts(self) -> Mapping[str, int]:
        """How many values were replaced, by kind."""
        return Counter(placeholder.kind for placeholder in self._values)

    def replace(self, texts: Sequence[str]) -> list[str]:
        """``texts``, which go out together, with every find replaced.

        A value found in one of them is replaced in all, also where nothing around it would give it away.

        Raises:
            NotClean: There was no end to it.
        """
        issued = set(self._values)
        for text in texts:
            self._taken |= self._reader.mentioned(text)
        cut: list[list[_Piece]] = [self._cut(text, self._escapes(text, issued)) for text in texts]
        for _ in range(_PASSES):
            before = cut
            cut = [self._each(pieces, self._finds) for pieces in cut]
            repeated = self._repetitions()
            cut = [self._each(pieces, repeated) for pieces in cut]
            if cut == before:
                return ["".join(map(str, pieces)) for pieces in cut]
        raise NotClean

    def remaining(self, text: str) -> bool:
        """Whether anything in ``text``, the placeholders aside, should have been replaced."""
        pieces, reached = [], 0
        for found in self._reader.find(text):
            if _Placeholder(found.kind, found.number) in self._values:
                pieces.append(text[reached : found.start])
                reached = found.end
        pieces.append(text[reached:])
        repeated = self._repetitions()
        return any(self._finds(piece) or repeated(piece) for piece in pieces)

    def restore(self, text: str) -> str:
        """``text`` with the values put back; what looks like a placeholder but was never given out stays."""
        return self._restore(text, 0, len(text))[0]

    def restorer(self) -> Restorer:
        """The same for a text that comes in pieces."""
        return Restorer(self._reader, self._restore)

    def _restore(self, text: str, start: int, end: int) -> tuple[str, int]:
        """Restore ``text`` from ``start`` to ``end``, or to the placeholder that lies across ``end``."""
        pieces, reached = [], start
        for found in self._reader.find(text):
            if found.start < start:
                continue
            if found.end > end:
                end = min(end, found.start)
                break
            value = self._values.get(_Placeholder(found.kind, found.number))
            if value is not None:
                pieces += [text[reached : found.start], value, found.inflection]
                reached = found.end
        return "".join([*pieces, text[reached:end]]), end

    def _finds(self, text: str) -> list[_Find]:
        """What is to be replaced in ``text``; finds that overlap become one, so that no end of one stays behind."""
        seen = Seen(text)
        finds = [
            (*seen.original((start, end)), rank)
            for rank, kind in enumerate(self._kinds)
            for start, end in kind.find(seen.text)
            if start < end and not (kind.unless_known and self._known(seen.text[start:end]))
        ]
        merged: list[tuple[int, int, int]] = []
        for start, end, rank in sorted(finds):
            if merged and start < merged[-1][1]:
                before = merged.pop()
                start, end, rank = before[0], max(end, before[1]), min(rank, before[2])
            merged.append((start, end, rank))
        return [(start, end, self._kinds[rank].name) for start, end, rank in merged]

    def _repetitions(self) -> Callable[[str], list[_Find]]:
        """Finds values that were recognised in one place wherever else they stand."""
        if not self._values:
            return lambda _: []
        pattern = repetitions((placeholder.kind, value) for placeholder, value in self._values.items())
        return lambda text: [(*match.span(), str(match.lastgroup)) for match in pattern.finditer(text)]

    def _escapes(self, text: str, issued: Collection[_Placeholder]) -> list[_Find]:
        """What in ``text`` would be read as a placeholder that was given out before it came."""
        if not issued:
            return []
        return [
            (found.start, found.end, ESCAPED)
            for found in self._reader.find(text)
            if _Placeholder(found.kind, found.number) in issued
        ]

    def _each(self, pieces: Iterable[_Piece], find: Callable[[str], list[_Find]]) -> list[_Piece]:
        done: list[_Piece] = []
        for piece in pieces:
            done += self._cut(piece, find(piece)) if isinstance(piece, str) else [piece]
        return done

    def _cut(self, text: str, finds: Sequence[_Find]) -> list[_Piece]:
        pieces: list[_Piece] = []
        reached = 0
        for start, end, kind in finds:
            pieces += [text[reached:start], self._placeholder(kind, text[start:end])]
            reached = end
        return [piece for piece in (*pieces, text[reached:]) if piece != ""]

    def _placeholder(self, kind: str, value: str) -> _Placeholder:
        known = self._numbered.get(value)
        if known is not None:
            return known
        number = self._last[kind] + 1
        while (kind, number) in self._taken:
            number += 1
        self._last[kind] = number
        placeholder = _Placeholder(kind, number)
        self._values[placeholder] = value
        self._numbered[value] = placeholder
        return placeholder


class Restorer:
    """Puts values back in a text that comes in pieces: the same however it is cut.

    Text is held back only while it could be the beginning of a placeholder.
    """

    def __init__(self, reader: Reader, restore: Callable[[str, int, int], tuple[str, int]]) -> None:
        self._reader = reader
        self._restore = restore
        self._text = ""
        self._given = 0  # characters of the text that were given out; one of them is kept, as what stands before

    def feed(self, piece: str) -> str:
        """Take the next piece and return what can be shown."""
        self._text += piece
        return self._give(self._reader.settled(self._text, self._given))

    def finish(self) -> str:
        """The rest, once the text has ended."""
        return self._give(len(self._text))

    def _give(self, end: int) -> str:
        text, reached = self._restore(self._text, self._given, end)
        kept = max(0, reached - 1)
        self._text, self._given = self._text[kept:], reached - kept
        return text
