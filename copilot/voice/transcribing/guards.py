"""What Whisper writes when nobody has said anything, and how it is told from speech.

Trained on subtitles, it fills silence, noise and music with what stands in subtitles: thanks for watching, credits,
notes in brackets; or it says one thing again and again; or it says back the words that it was told to expect.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

_STOCK: Final = (
    r"thank(s| you)( (so|very) much)?( for (watching|listening|your attention|joining us))?",
    r"(please )?(like( and)? |and )?subscribe.*",
    r"see you (next time|in the next (video|one)|later)",
    r"(bye[ -]?)+",
    r"you",
    r"(subtitles?|captions?|transcri(bed|ption)|translated?) (by|from) .*",
    r".*amara\.org.*",
    r"untertitel(ung)?( (der|von|im auftrag)| des)? .*",
    r"vielen dank( f(ü|u)rs? zu(schauen|h(ö|o)ren)| für ihre aufmerksamkeit)?",
    r"copyright .*",
    r"swr \d{4}|zdf.*|www\..*",
    r"(music|applause|laughter|silence|musik|applaus|beifall|gelächter)( playing)?",
    r"(oh|ah|uh|um|mm+|hm+|ha)( (oh|ah|uh|um|mm+|hm+|ha))*",
)
_STOCK_PHRASE: Final = re.compile("|".join(f"(?:{phrase})" for phrase in _STOCK), re.IGNORECASE)
# Said in earnest, too; taken for nothing only where the model itself doubts that anybody spoke.
_NOTES: Final = re.compile(r"[\[(*♪♫][^\])*♪♫]*[\])*♪♫]?")
_WORD: Final = re.compile(r"[^\W_]+")
_LETTER_REPEATED: Final = re.compile(r"([^\W\d])\1{6}")

SILENT: Final = 0.6  # probability of no speech from which little is believed
DOUBTFUL: Final = 0.35
UNSURE: Final = 0.33  # mean probability of tokens below which a text is mostly guessed
NOISE: Final = 0.22
_ROW: Final = 3  # words; fewer are said in earnest
_ORDERED: Final = 5
_REPEATED: Final = 2.4  # times that a text shrinks when compressed; ordinary sentences about 1.2


def without_notes(text: str) -> str:
    """Return the text without what describes sound instead of speech: "[Music]", "♪ … ♪", "(applause)"."""
    return " ".join(_NOTES.sub(" ", text).split())


def is_repetition(text: str) -> bool:
    """Tell whether a text says one thing again and again."""
    if _LETTER_REPEATED.search(text):
        return True
    data = text.encode()
    if len(data) >= 48 and len(data) / len(zlib.compress(data)) > _REPEATED:
        return True
    words = _WORD.findall(text.casefold())
    for size in range(1, min(16, len(words) // 2) + 1):
        tail = words[-size:]
        times = 1
        while words[-size * (times + 1) : -size * times] == tail:
            times += 1
        # Digits are said twice in earnest: "zero zero"; sentences are not.
        if times >= (2 if size >= 5 else 3 if size >= 3 else 6):
            return True
    return False


def objection(text: str, prompt: str, confidence: float, no_speech: float) -> str:
    """Return why a text can't be what somebody said; "" where it can.

    Args:
        text: Without notes.
        prompt: The words that the model was told to expect.
        confidence: Mean probability of its tokens.
        no_speech: Probability that nobody spoke.
    """
    words = _WORD.findall(text.casefold())
    if not words:
        return "silence"
    if no_speech > SILENT and confidence < 0.5:
        return "silence"
    if is_repetition(text):
        return "repetition"
    if _STOCK_PHRASE.fullmatch(text.strip(" .!?,…")) and (no_speech > DOUBTFUL / 4 or confidence < 0.6):
        return "stock phrase"
    if _said_back(words, prompt) and (no_speech > DOUBTFUL or confidence < 0.5):
        return "stock phrase"
    if confidence < NOISE:
        return "noise"
    if confidence < UNSURE:
        return "unsure"
    return ""


def _said_back(words: list[str], prompt: str) -> bool:
    """Whether ``words`` stand in the prompt: in a row, or, where there are more of them, in its order."""
    expected = _WORD.findall(prompt.casefold())
    if len(words) < _ROW or not expected:
        return False
    left = iter(expected)
    in_order = all(word in left for word in words)
    return f" {' '.join(words)} " in f" {' '.join(expected)} " or (len(words) >= _ORDERED and in_order)
