"""Whether a text names a fault code: by the index's own idea of an identifier, looked at where its digits stand."""

from __future__ import annotations

import re
from typing import Final

from index.search.identifiers import extract, normalise

_AROUND: Final = 40  # characters on both sides; a longer word is no code
_DIGITS: Final = re.compile(r"\d+")


def names(text: str, code: str) -> bool:
    """Whether ``code`` stands in ``text``, however it is written ("F0012", "f 0012", "F-0012").

    Reading all identifiers of a fault table costs many milliseconds, and an alarm has no time for that.
    """
    wanted = normalise(code)
    digits = _DIGITS.findall(code)
    if not digits:
        return wanted in extract(text)
    longest = max(digits, key=len)
    at = text.find(longest)
    while at >= 0:
        if wanted in extract(text[max(0, at - _AROUND) : at + len(longest) + _AROUND]):
            return True
        at = text.find(longest, at + 1)
    return False
