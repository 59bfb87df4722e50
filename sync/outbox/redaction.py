"""Blanking personal data in what is about to leave: text, numbers that are really text, and the keys of tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from sync.personal import Finder, Names, cards, credentials, ibans, mails, phones, visible

BUILT_IN: Final[dict[str, Finder]] = {
    "secret": credentials,
    "mail": mails,
    "iban": ibans,
    "card": cards,
    "phone": phones,
}
"""In the order in which they are looked for: a card would pass for a telephone number."""

_LONG_NUMBER: Final = 10**9


@dataclass(frozen=True, slots=True)
class Redacted:
    """A value without personal data, and how much of which kind was blanked."""

    value: JsonValue
    found: Counter[str]


class Redactor:
    """Replaces what its finders find by the kind in brackets: ``[mail]``.

    Args:
        kinds: Names of `BUILT_IN`.
        names: Names of people, blanked as ``[name]``.
        patterns: More, by the word that stands in for what they match.
    """

    def __init__(
        self,
        kinds: Sequence[str] = tuple(BUILT_IN),
        names: Iterable[str] = (),
        patterns: Sequence[tuple[str, re.Pattern[str]]] = (),
    ) -> None:
        self._finders: list[tuple[str, Finder]] = [(kind, find) for kind, find in BUILT_IN.items() if kind in kinds]
        self._finders += [(name, _matches(pattern)) for name, pattern in patterns]
        known = Names(names)
        if known:
            self._finders.append(("name", known.find))

    def text(self, text: str) -> tuple[str, Counter[str]]:
        """``text`` with every find blanked, and how many of each kind there were."""
        found: Counter[str] = Counter()
        text = visible(text)
        for kind, find in self._finders:
            pieces, reached = [], 0
            for start, end in find(text):
                if start < reached or start == end:
                    continue
                pieces += [text[reached:start], f"[{kind}]"]
                reached = end
                found[kind] += 1
            if pieces:
                text = "".join([*pieces, text[reached:]])
        return text, found

    def value(self, value: JsonValue) -> Redacted:
        """The same for any JSON value; a number long enough to be an account or a card is read as text."""
        found: Counter[str] = Counter()
        return Redacted(self._walk(value, found), found)

    def _walk(self, value: JsonValue, found: Counter[str]) -> JsonValue:
        if isinstance(value, str):
            text, seen = self.text(value)
            found.update(seen)
            return text
        if isinstance(value, list):
            return [self._walk(one, found) for one in value]
        if isinstance(value, dict):
            return {str(self._walk(key, found)): self._walk(one, found) for key, one in value.items()}
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _LONG_NUMBER:
            text, seen = self.text(f"{value:d}" if isinstance(value, int) else f"{value:.0f}")
            found.update(seen)
            return text if seen else value
        return value


def _matches(pattern: re.Pattern[str]) -> Finder:
    return lambda text: (match.span() for match in pattern.finditer(text))
