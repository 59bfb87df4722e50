"""Spans, and looking for them past the characters that nobody sees."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

Span = tuple[int, int]
"""Start and end of a find, half open."""

Finder = Callable[[str], Iterable[Span]]

# Unicode's format characters, then what it calls default ignorable beside them: joiners, fillers, variation selectors;
# and a letter that is blank.
_UNSEEN: Final = re.compile(
    "[\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001"
    "\U000e0020-\U000e007f"
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def visible(text: str) -> str:
    """``text`` without the characters that nobody sees."""
    return text if text.isascii() else _UNSEEN.sub("", text)


class Seen:
    """A text as a person sees it.

    Characters that nobody sees (soft hyphen, zero-width space, marks of direction, tags) would cut a number in two
    unseen, so finders look at the text without them. What is found takes those within it along.

    Attributes:
        text: Without them.
    """

    def __init__(self, text: str) -> None:
        self._places: list[int] | None = None
        self.text = text
        if not text.isascii() and _UNSEEN.search(text):
            self._places = [at for at, character in enumerate(text) if not _UNSEEN.match(character)]
            self.text = "".join(text[at] for at in self._places)

    def original(self, span: Span) -> Span:
        """The same span in the text as it was given."""
        if self._places is None or span[0] >= span[1]:
            return span
        return self._places[span[0]], self._places[span[1] - 1] + 1
