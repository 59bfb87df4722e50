"""Is this sentence over? Words after which somebody who pauses is only thinking."""

from __future__ import annotations

import re
from typing import Final

_ENGLISH: Final = """
a an and are as at because but by for from how if in into is it's of on or our that the their then there these this to
was were what what's when where which while who whose why with without your my fault number uh um er erm hmm so
"""
_GERMAN: Final = """
ab am an auf aus bei bis das dass dem den der des die dieser ein eine einem einen einer es für im in ist mit nach nicht
oder ohne sind so über um und unter vom von vor war was wegen weil welche welcher wenn wie wo zu zum zur äh ähm hm
störung nummer
"""
_DANGLING: Final = {"en": frozenset(_ENGLISH.split()), "de": frozenset(_GERMAN.split())}
_CLOSED: Final = re.compile(r"[?!]\s*$")
_OPEN: Final = re.compile(r"(\.\.\.|…|[,;:–-])\s*$")
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def is_unfinished(text: str, language: str = "en") -> bool:
    """Tell whether what was heard so far plainly wants to go on: "the torque of", "uh,", "what is the …"."""
    text = text.strip()
    if not text or _CLOSED.search(text):
        return False
    if _OPEN.search(text):
        return True
    words = _WORD.findall(text.casefold())
    if not words or text.rstrip(".")[-1:].isdigit():
        return False
    return words[-1] in _DANGLING.get(language, _DANGLING["en"])
