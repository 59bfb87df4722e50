"""What is compared with a peer: one row for each answer, the rule for a refusal, and the table over all rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from copilot.evaluation.metrics import estimate, percentiles

OURS: Final = "Edge Copilot"
AGAIN: Final = "Edge Copilot, passages read before"
PEER: Final = "LlamaIndex"

# The rule leans towards the peer: any of these anywhere in its answer counts as saying that it does not know.
_THING: Final = r"(?:information|details?|context|text|document\w*|passages?|manual\w*|excerpt\w*)"
_SAID: Final = (
    r"(?:mention|provid|contain|specif|includ|stat|giv|list|describ|discuss|address|answer|cover|indicat|"
    r"explain|detail|clarif|say|tell|availab|found|present|defin)"
)
_REFUSALS: Final = re.compile(
    rf"""
      \b(?:does|do|did|is|are|was|were)(?:\s+not|n['’]t)\s+(?:(?:\w+ly|seem\s+to|appear\s+to|be)\s+)?{_SAID}
    | \bnot\s+(?:explicitly|directly|specifically|clearly)\s+{_SAID}
    | \b(?:there\s+is|there['’]s|contains?|provides?|has|gives?)\s+no\s+(?:\w+\s+){{0,3}}?(?:{_THING}|mention)
    | \bno\s+(?:\w+\s+){{0,2}}?{_THING}\s+(?:is|are|was|were|about|on|regarding)\b
    | \b(?:i|we)\s+(?:do\s+not|don['’]t|cannot|can['’]t|could\s+not|am\s+unable|are\s+unable)\b
    | \b(?:cannot|can['’]t|can\s+not|could\s+not|impossible\s+to|unable\s+to)\s+(?:be\s+)?
      (?:determin|answer|provid|find|found|say|tell|give)
    | \b(?:insufficient|not\s+enough)\s+(?:information|context|detail)
    | \bunknown\b\W*$
    """,
    re.IGNORECASE | re.VERBOSE,
)


def says_unknown(text: str) -> bool:
    """Whether an answer says that it does not know."""
    return not text.strip() or _REFUSALS.search(text) is not None


@dataclass(frozen=True, slots=True)
class Row:
    """One answer of one side.

    Attributes:
        side: OURS, AGAIN or PEER.
        questions: Name of the set.
        right: All facts said; of an unanswerable question: refused. None where nobody can tell.
        refused: Said that the documents don't tell.
        source_right: What it cites (ours) or its best node (peer) stands where the answer does; None where unknown.
        facts_retrieved: All facts stand in the best two passages or nodes; None without facts.
        words: Of the answer: who writes more meets more facts.
        first_evidence_ms, first_token_ms, total_ms: None where there was none, such as where the peer failed.
        chunks: What ours may have read for it.
        never_read: None of those was read for a question before; None for a peer.
    """

    side: str
    questions: str
    id: str
    kind: str | None
    answerable: bool
    right: bool | None
    refused: bool
    source_right: bool | None
    facts_retrieved: bool | None
    first_evidence_ms: float | None
    first_token_ms: float | None
    total_ms: float | None
    words: int
    text: str
    chunks: tuple[int, ...] = ()
    never_read: bool | None = None


Measure = tuple[str, Callable[[Row], float | bool | None]]
SHARES: Final[tuple[Measure, ...]] = (
    ("answerable: all facts said", lambda row: row.right if row.answerable else None),
    ("answerable: wrongly refused", lambda row: row.refused and not row.right if row.answerable else None),
    ("unanswerable: refused", lambda row: row.refused if not row.answerable else None),
    ("cited / best node in the right place", lambda row: row.source_right),
    ("all facts in the best two passages / nodes", lambda row: row.facts_retrieved),
)
TIMES: Final[tuple[Measure, ...]] = (
    ("first evidence, ms", lambda row: row.first_evidence_ms),
    ("first word, ms", lambda row: row.first_token_ms),
    ("first word, passages never read, ms", lambda row: row.first_token_ms if row.never_read else None),
    ("whole answer, ms", lambda row: row.total_ms),
    ("words in an answer", lambda row: row.words),
)


def as_markdown(rows: Sequence[Row]) -> str:
    """Shares with 95% bootstrap intervals, times as p50 / p90 / p95, by side; then right answers by kind."""
    sides = list(dict.fromkeys(row.side for row in rows))
    of = {side: [row for row in rows if row.side == side] for side in sides}
    lines = ["| | " + " | ".join(sides) + " |", "| --- " * (len(sides) + 1) + "|"]
    lines += [_line(label, (_share(_known(of[side], value)) for side in sides)) for label, value in SHARES]
    lines += [_line(label, (_times(_known(of[side], value)) for side in sides)) for label, value in TIMES]
    for kind in dict.fromkeys(row.kind for row in rows if row.kind):
        lines.append(_line(f"right: {kind}", (_share(_of_kind(of[side], kind)) for side in sides)))
    speedups = [
        f"First word of {side}: {median(ratios):.1f} times before {PEER}'s at the median of {len(ratios)} questions "
        f"(95% interval {_interval_of_median(ratios)})."
        for side in sides
        if side != PEER and (ratios := _ratios(of[side], of.get(PEER, [])))
    ]
    return "\n".join([*lines, *([""] if speedups else []), *speedups])


def _line(label: str, cells: Iterable[str]) -> str:
    return f"| {label} | " + " | ".join(cells) + " |"


def _known(rows: Sequence[Row], value: Callable[[Row], float | bool | None]) -> list[float]:
    return [float(found) for row in rows if (found := value(row)) is not None]


def _of_kind(rows: Sequence[Row], kind: str) -> list[float]:
    return _known([row for row in rows if row.kind == kind], lambda row: row.right)


def _share(values: Sequence[float]) -> str:
    if not values:
        return "–"
    found = estimate(values)
    return f"{found.value:.2f} ({found.low:.2f}–{found.high:.2f}, n={found.n})"


def _times(values: Sequence[float]) -> str:
    if not values:
        return "–"
    return " / ".join(f"{value:.0f}" for value in percentiles(values, (50, 90, 95))) + f" (n={len(values)})"


def _ratios(rows: Sequence[Row], peer: Sequence[Row]) -> list[float]:
    """How many times later the peer's first word comes, question by question."""
    theirs = {(row.questions, row.id): row.first_token_ms for row in peer}
    return [
        later / row.first_token_ms
        for row in rows
        if (later := theirs.get((row.questions, row.id))) is not None and row.first_token_ms
    ]


def _interval_of_median(values: Sequence[float]) -> str:
    found = estimate(values, statistic="median")
    return f"{found.low:.1f}–{found.high:.1f}"
