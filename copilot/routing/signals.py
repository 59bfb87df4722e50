"""What a decision stands on, as numbers by name: of the question, of what was found, of what the local model read.

All of it is computed from what is at hand; nothing here opens a file or asks the network.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from copilot.answering.confidence import Judgement, signals_of
from copilot.answering.overlap import terms
from copilot.answering.question import kind_of
from copilot.routing.surroundings import Surroundings
from index.documents import AccessLabel
from index.passages import SearchResult

_COMPARISON: Final = re.compile(
    r"\b(?:difference|differ|compare[ds]?|comparison|versus|vs|better|worse|rather than|instead of|advantages?)\b"
    r"|\b(?:more|less|larger|smaller|higher|lower|faster|slower) than\b",
    re.IGNORECASE,
)
_CALCULATION: Final = re.compile(
    r"\b(?:calculate|compute|convert|total|sum|average|percent(?:age)?|ratio)\b"
    r"|\bhow (?:many|much|long) .* (?:if|when|per)\b"
    r"|\d\s*[-+*/×÷]\s*\d",
    re.IGNORECASE,
)
_REASONING: Final = re.compile(
    r"\b(?:why|explain|reason|because|cause[sd]?|diagnose|consequences?|implications?|recommend|should (?:i|we)|"
    r"what happens (?:if|when)|in which case|under what|best way)\b",
    re.IGNORECASE,
)
_CONDITION: Final = re.compile(r"\b(?:if|when|unless|until|while|after|before|although)\b", re.IGNORECASE)
_IDENTIFIER: Final = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])[\w./-]{2,}\b|\b\w+_\w+\b")
_PART: Final = re.compile(r"[?;]|,? (?:and|then) (?=(?:what|which|how|where|when|who|why|does|do|is|are|can)\b)", re.I)
_ENGLISH: Final = re.compile(
    r"\b(?:the|an?|of|to|in|on|for|is|are|was|do|does|did|can|could|must|should|you|my|what|which|how|where|when|who|"
    r"why|and|or|with|from|by|have|not|there|this|that)\b",
    re.IGNORECASE,
)
_TOP: Final = 3


def of_question(question: str, *, follow_up: bool = False) -> dict[str, float]:
    """Signals of the question alone; takes well under a millisecond.

    Args:
        question: As asked.
        follow_up: Whether it leans on what was said before it.
    """
    words = question.split()
    kind = kind_of(question)
    return {
        "words": min(len(words), 60) / 10,
        "parts": float(sum(1 for part in _PART.split(question) if part.strip())),
        "procedure": float(kind == "procedure"),
        "table": float(kind == "table"),
        "multi": float(kind == "multi"),
        "comparison": float(_COMPARISON.search(question) is not None),
        "calculation": float(_CALCULATION.search(question) is not None),
        "reasoning": float(_REASONING.search(question) is not None),
        "condition": float(_CONDITION.search(question) is not None),
        "identifiers": float(min(3, len(_IDENTIFIER.findall(question)))),
        "foreign": float(len(words) >= 4 and _ENGLISH.search(question) is None),
        "follow_up": float(follow_up),
    }


def of_evidence(question: str, result: SearchResult) -> dict[str, float]:
    """Signals of what was found: how well the first passage fits, and how far it stands out."""
    passages = result.passages
    if not passages:
        return {"found": 0.0}
    first = passages[0]
    top = passages[:_TOP]
    wanted = set(terms(question))
    together = set(terms("\n".join("\n".join((one.title, *one.section, one.text)) for one in top)))
    signals = {
        "found": 1.0,
        "score": first.score,
        "margin": first.score - passages[1].score if len(passages) > 1 else first.score,
        "exact": float(first.exact),
        "coverage": signals_of(question, first, None)["coverage"],
        "coverage_together": len(wanted & together) / len(wanted) if wanted else 0.0,
        "one_document": float(len({one.document for one in top}) == 1),
        "one_section": float(len({(one.document, one.section) for one in top}) == 1),
    }
    similarities = [one.similarity for one in top if one.similarity is not None]
    if similarities:
        signals["similarity"] = similarities[0]
        signals["similarity_best"] = max(similarities)
    return signals


def of_reading(judgement: Judgement | None) -> dict[str, float]:
    """Signals of what the local model made of the passages; none where it read none."""
    if judgement is None:
        return {}
    signals = {"answerable": judgement.probability, "refuses": float(not judgement.answers)}
    if "yes_logit" in judgement.signals:
        signals["yes_logit"] = judgement.signals["yes_logit"]
    return signals


FOR_RULES_ALONE: Final = frozenset(
    (
        *(label.value for label in AccessLabel),
        *("link", "round_trip_s", "first_word_s", "metered", "on_mains", "battery_percent", "temperature_c"),
        *("hour", "left_s"),
    )
)
"""Signals that nothing is learned from: what a larger model is worth doesn't depend on them."""


def of_labels(result: SearchResult) -> dict[str, float]:
    """How many passages were found with which access label: the wall decides by them, nothing is learned from them."""
    counts = Counter(passage.access.value for passage in result.passages)
    return {label: float(count) for label, count in sorted(counts.items())}


def of_surroundings(around: Surroundings, left_s: float | None) -> dict[str, float]:
    """How things stand, as far as it is known. Rules decide by it; nothing is learned from it.

    Args:
        around: As of now.
        left_s: Until the answer must begin; None: no matter.
    """
    known: dict[str, float | None] = {
        "link": {"up": 1.0, "down": 0.0}.get(around.link),
        "round_trip_s": around.round_trip_s,
        "first_word_s": around.first_word_s,
        "metered": None if around.metered is None else float(around.metered),
        "on_mains": float(around.on_mains),
        "battery_percent": around.battery_percent,
        "temperature_c": around.temperature_c,
        "hour": around.now.hour + around.now.minute / 60,
        "left_s": left_s,
    }
    return {name: value for name, value in known.items() if value is not None}


def of_tier(tier: str) -> dict[str, float]:
    """Signals of the local model's size: a small one is helped more often."""
    return {f"tier_{tier}": 1.0} if tier in ("tiny", "small", "standard", "large") else {"tier_none": 1.0}


def rounded(signals: Mapping[str, float]) -> dict[str, float]:
    """For people and JSON: four places."""
    return {name: round(value, 4) for name, value in signals.items()}
