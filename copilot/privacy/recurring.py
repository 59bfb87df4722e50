"""Where a value that was recognised once stands again, without the words around it that gave it away."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

NAME: Final = "NAME"
"""The kind of people's names."""
CREDENTIAL: Final = "SECRET"
"""The kind of passwords, keys and tokens."""

_LEAST_CHARACTERS: Final = 4  # shorter ones are replaced where they were recognised, not wherever their letters stand
_ANYWHERE_CHARACTERS: Final = 8  # such a value is found within longer words too


def repetitions(values: Iterable[tuple[str, str]]) -> re.Pattern[str]:
    """A pattern whose named groups are the kinds of the values that it finds, the longest first.

    Args:
        values: Kinds and values.
    """
    found: dict[str, tuple[str, str]] = {}
    for kind, value in values:
        for text, pattern in _forms(kind, value):
            found.setdefault(text, (kind, pattern))
    pieces: dict[str, list[str]] = {}
    order = sorted(found, key=len, reverse=True)
    for text in order:
        kind, pattern = found[text]
        pieces.setdefault(kind, []).append(pattern)
    return re.compile("|".join(rf"(?P<{kind}>{'|'.join(patterns)})" for kind, patterns in pieces.items()) or r"(?!)")


def _forms(kind: str, value: str) -> Iterable[tuple[str, str]]:
    if len(value) < _LEAST_CHARACTERS or (kind == CREDENTIAL and not _random(value)):
        return
    if kind == NAME:
        yield value, rf"(?<!\w)(?i:{_spaced(value)})(?=(?:['’]?s)?(?!\w))"
        for part in value.split():
            if len(part) >= _LEAST_CHARACTERS and part != value:
                yield part, rf"(?<!\w){re.escape(part)}(?=(?:['’]?s)?(?!\w))"
    elif len(value) >= _ANYWHERE_CHARACTERS:
        yield value, rf"(?i:{re.escape(value)})"
    else:
        before = r"(?<!\w)" if value[0].isalnum() else ""
        after = r"(?!\w)" if value[-1].isalnum() else ""
        yield value, rf"{before}(?i:{re.escape(value)}){after}"


def _spaced(value: str) -> str:
    return r"\s+".join(map(re.escape, value.split()))


def _random(value: str) -> bool:
    """Whether a password is no word that stands in any text."""
    return not value.isalpha() or (any(c.isupper() for c in value[1:]) and any(c.islower() for c in value))
