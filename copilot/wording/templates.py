"""One text with its places, and whether a finished text was made from it.

Nothing here is a regular expression: the fixed parts are looked for one after the other, from the left, so that the
time is at most the text's length for each part, whatever a title or a path in it holds.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from copilot.wording.places import SAID

_JOINING: Final = frozenset("._-=/[")


@dataclass(frozen=True, slots=True)
class Template:
    """``The file {path} is {size} long.``

    Attributes:
        fixed: The fixed parts, one more than there are places; the first and the last may be empty.
        places: The names between them.
    """

    fixed: tuple[str, ...]
    places: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Template:
        """Take a text of a catalogue apart.

        Raises:
            ValueError: A brace without its partner, a place without a name, or one with more than a name.
        """
        fixed, places = [""], []
        for part, name, form, conversion in string.Formatter().parse(text):
            fixed[-1] += part
            if name is None:
                continue
            if not name.isidentifier() or form or conversion:
                raise ValueError(f"a place is a name in braces, not “{name}”")
            places.append(name)
            fixed.append("")
        return cls(tuple(fixed), tuple(places))

    @property
    def weight(self) -> int:
        """How many characters are fixed: of two templates that fit, the heavier one was meant."""
        return sum(map(len, self.fixed))

    @property
    def words(self) -> int:
        """How many letters are fixed."""
        return sum(map(str.isalpha, "".join(self.fixed)))

    def said(self, position: int, value: str) -> bool:
        """Whether what stands at a place are words of the program. ``voice.{kind}`` is a setting's name: it isn't."""
        before, name = self.fixed[position][-1:], self.places[position]
        named = name in SAID or name.rstrip("0123456789") in SAID
        return named and not (value[:1].isalnum() and (before.isalnum() or before in _JOINING))

    def fit(self, text: str) -> tuple[str, ...] | None:
        """What stands at the places where ``text`` was made from this; None where it wasn't."""
        first, last = self.fixed[0], self.fixed[-1]
        if not self.places:
            return () if text == first else None
        at, end = len(first), len(text) - len(last)
        if at > end or not text.startswith(first) or not text.endswith(last):
            return None
        values: list[str] = []
        for part in self.fixed[1:-1]:
            found = text.find(part, at, end)
            if found < 0:
                return None
            values.append(text[at:found])
            at = found + len(part)
        values.append(text[at:end])
        return None if any(map(_wrong, self.places, values)) else tuple(values)

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with its places filled in; a place that ``values`` lacks raises KeyError."""
        parts = [self.fixed[0]]
        for name, part in zip(self.places, self.fixed[1:], strict=True):
            parts += (values[name], part)
        return "".join(parts)


def _wrong(name: str, value: str) -> bool:
    """Whether a place can't hold this: a count begins with a figure."""
    return name == "count" and not value[:1].isdigit()
