"""Placeholders such as ``⟦MAIL_1⟧``: how they look, and every form in which a model may give them back.

A model mostly copies a placeholder as it stands. Sometimes it changes the brackets or the case, inflects it, or drops
the brackets. All of that is read as the placeholder, so none of it may stand for itself in what is sent: a number
whose placeholder could be read out of a text that goes along is not given out (`mentioned`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

_OPEN, _CLOSE = "⟦", "⟧"
_PAIRS: Final = (
    (_OPEN, _CLOSE),
    ("[[", "]]"),
    ("[", "]"),
    ("〚", "〛"),
    ("⟨", "⟩"),
    ("<", ">"),
    ("{{", "}}"),
    ("{", "}"),
)
_OPENINGS: Final = tuple(sorted((opening for opening, _ in _PAIRS), key=len, reverse=True))
_SEPARATOR: Final = r"(?:\\?[_ -])?"  # Markdown writes the underscore as \_
_NUMBER: Final = r"0{0,3}([1-9]\d{0,5})"
_INFLECTION: Final = r"((?:['’]?[A-Za-zÀ-ÿ]{1,3})?)"
_TAIL: Final = re.compile(r"\\?[_ -]?0{0,3}\d{0,6}(?:['’]?[A-Za-zÀ-ÿ]{0,3} ?[\]}]?)?")
_LONGEST: Final = 64


def write(kind: str, number: int) -> str:
    """The placeholder as it is sent."""
    return f"{_OPEN}{kind}_{number}{_CLOSE}"


def kind_of(name: str) -> str:
    """A name as a kind: capitals and underscores, ending in a letter."""
    return re.sub(r"[^A-Z]+", "_", name.upper()).strip("_") or "OTHER"


@dataclass(frozen=True, slots=True)
class Found:
    """A placeholder in a text.

    Attributes:
        start, end: Where it stands, half open.
        inflection: What was added to it within its brackets.
    """

    start: int
    end: int
    kind: str
    number: int
    inflection: str


class Reader:
    """Reads placeholders of some kinds in all of their forms.

    Args:
        kinds: As `kind_of` makes them.
    """

    def __init__(self, kinds: Collection[str]) -> None:
        self._kinds = sorted(kinds, key=len, reverse=True)
        names = "|".join(map(re.escape, self._kinds)) or r"(?!)"
        bracketed = [
            rf"{re.escape(opening)} ?(?:{names}){_SEPARATOR}{_NUMBER}{_INFLECTION} ?{re.escape(closing)}"
            for opening, closing in _PAIRS
        ]
        bare = rf"(?:{_OPEN} ?|(?<!\w))(?:{names})\\?_{_NUMBER}(?!\d)(?: ?{_CLOSE})?"
        self._form = re.compile("|".join([*bracketed, bare]), re.IGNORECASE)
        self._inner = re.compile(rf"({names}){_SEPARATOR}{_NUMBER}{_INFLECTION}", re.IGNORECASE)
        letters = "".join(sorted({kind[0] for kind in self._kinds}))
        self._begin = re.compile(
            rf"[{re.escape(''.join({one[0] for one in _OPENINGS}))}]|(?<!\w)[{letters or ' '}]", re.IGNORECASE
        )
        self._mention = re.compile(rf"({names}){_SEPARATOR}0*([1-9]\d{{0,5}})", re.IGNORECASE)

    def find(self, text: str) -> Iterable[Found]:
        """Every placeholder in ``text``, in order."""
        for match in self._form.finditer(text):
            inner = self._inner.search(match[0])
            assert inner is not None
            closed = match[0][-1] in "⟧]〛⟩>}"
            yield Found(match.start(), match.end(), inner[1].upper(), int(inner[2]), inner[3] if closed else "")

    def mentioned(self, text: str) -> set[tuple[str, int]]:
        """Kinds with numbers that could be read as placeholders in ``text``, however it is cut or continued."""
        return {(match[1].upper(), int(match[2])) for match in self._mention.finditer(text)}

    def settled(self, text: str, start: int = 0) -> int:
        """How much of ``text`` says the same however it goes on: where a placeholder may begin at its end."""
        for match in self._begin.finditer(text, max(start, len(text) - _LONGEST)):
            if self._may_begin(text[match.start() :]):
                return match.start()
        return len(text)

    def _may_begin(self, rest: str) -> bool:
        opening = next((one for one in _OPENINGS if rest.startswith(one)), "")
        if opening:
            rest = rest[len(opening) :].removeprefix(" ")
            if not rest:
                return True
        rest = rest.upper()
        for kind in self._kinds:
            if kind.startswith(rest) or (rest.startswith(kind) and _TAIL.fullmatch(rest[len(kind) :])):
                return True
        return False
        rest = rest[len(opening) :]
        if opening:
            rest = rest.removeprefix(" ")
            if not rest:
                return True
        rest = rest.upper()
        for kind in self._kinds:
            if kind.startswith(rest) or (rest.startswith(kind) and _TAIL.fullmatch(rest[len(kind) :])):
                return True
        return False
