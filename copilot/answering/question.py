"""What a question is: fit to be asked, and of which kind."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

from index.errors import QuestionError

QuestionKind = Literal["lookup", "procedure", "table", "multi"]

MAX_CHARACTERS: Final = 4000

_PROCEDURE = re.compile(
    r"\bhow (?:do|can|to|should|would|does one)\b|\bhow(?:'s| is)? (?:it|this) done\b|\bsteps?\b|\bprocedure\b"
    r"|\bwalk (?:me|us)\b|\btalk (?:me|us)\b|\binstructions?\b|\bwhat (?:do|to|must|should) (?:i|we)? ?do\b"
    r"|^(?:set ?up|install|replace|change|swap|remove|mount|adjust|configure|update|upgrade|put|make|clean|reset)\b",
    re.IGNORECASE,
)
_HOW_MUCH = re.compile(r"\bhow (?:do|can) (?:i|we) (?:know|tell|see)\b", re.IGNORECASE)
_MULTI = re.compile(
    r"\bdifference between\b|\bcompare[ds]?\b|\bversus\b|\bvs\.?\s"
    r"|(?:,| and| then) (?:what|which|how|where|when|who|does|do|is|are|can)\b",
    re.IGNORECASE,
)
_TABLE = re.compile(
    r"\bhow (?:many|much|long|often|big|high|tight)\b|\bwhat (?:torque|value|size|type|part number|interval)\b"
    r"|\b(?:torque|default|range|limits?|rating|timing|interval|spare part|part number|pin|register)\b",
    re.IGNORECASE,
)


def validate(question: str) -> str:
    """The question without control characters and surplus blanks.

    Raises:
        QuestionError: It is empty, holds no letter or digit, or is far longer than a question.
    """
    cleaned = "".join(
        " " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character
        for character in unicodedata.normalize("NFC", question)
        if unicodedata.category(character) not in ("Cf", "Cs", "Co", "Cn")
    )
    cleaned = " ".join(cleaned.split())
    if not any(character.isalnum() for character in cleaned):
        raise QuestionError("The question is empty.", "Type what you want to know, for example: what does F0012 mean?")
    if len(cleaned) > MAX_CHARACTERS:
        raise QuestionError(
            f"The question is {len(cleaned):,} characters long; at most {MAX_CHARACTERS:,} can be asked.",
            "Put long text into a file and `edge-copilot ingest` it, then ask about it in a sentence.",
        )
    return cleaned


def kind_of(question: str) -> QuestionKind:
    """Guess what kind of answer is wanted, by its wording alone (English patterns; else ``lookup``).

    ``multi`` needs several facts, perhaps of several passages; ``table`` one value.
    """
    if _MULTI.search(question):
        return "multi"
    if _PROCEDURE.search(question) and not _HOW_MUCH.search(question):
        return "procedure"
    if _TABLE.search(question):
        return "table"
    return "lookup"
