"""What of a passage an alarm means, and which of it are first steps: always the document's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from copilot.answering.quotables import Quotable, quotables, step_run
from copilot.answering.quoting import score_pieces
from copilot.hmi.advice.naming import names
from copilot.hmi.values import Alarm
from index.chunking.sentences import split
from index.passages import Passage

MOST_STEPS: Final = 8
_LONGEST: Final = 600
_CELL: Final = " | "
# Columns of fault tables that say what to do, as manuals head them; the others say what it is.
_REMEDY: Final = re.compile(
    r"remed|action|measure|what to do|look (?:at )?first|check|correct|elimination|solution|abhilfe|maßnahme|massnahme|"
    r"behebung|beseitigung",
    re.IGNORECASE,
)
_IMPERATIVE: Final = re.compile(
    r"^(?:\W*)(?:check|measure|replace|set|clean|adjust|tighten|turn|remove|open|close|insert|lengthen|read|find|"
    r"top up|load|stop|let|weigh|compare|put|look|bleed|wait|switch|press|unplug|plug|loosen|fit|lower|raise|reset|"
    r"drain|fill|tension|track|clear|unlock|leave|restart|inspect|do not|never|at once|make sure|"
    r"pr(?:ü|ue)fen|messen|ersetzen)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quoted:
    """A first step and the passage that it stands in."""

    text: str
    citation: int


def meaning_of(alarm: Alarm, passages: Sequence[Passage]) -> tuple[str, int | None]:
    """What the alarm means, and in which passage that stands; ("", None) where none says."""
    for at, passage in enumerate(passages):
        pieces = quotables(passage.text)
        chosen = _best(alarm, pieces)
        if chosen is None:
            if _about(alarm, passage):  # the whole section is: its heading says what it is about
                return _cut((passage.title, *passage.section)[-1]), at
            continue
        if pieces[chosen].kind == "row":
            text = _cells(pieces[chosen], remedy=False)
        else:
            sentences = [
                piece.text for piece in pieces[chosen : chosen + 2] if piece.kind == "sentence" and piece.text
            ] or [pieces[chosen].text]
            text = " ".join(sentences)
        if text:
            return _cut(text), at
    return "", None


def steps_of(alarm: Alarm, passages: Sequence[Passage]) -> list[Quoted]:
    """The first steps: a procedure about the alarm, else the remedy of its row, else sentences that order something."""
    found: list[Quoted] = []
    for at, passage in enumerate(passages):
        pieces = quotables(passage.text)
        chosen = _best(alarm, pieces)
        if chosen is None and pieces and _about(alarm, passage):
            chosen = 0
        if chosen is None:
            continue
        if pieces[chosen].kind == "row":
            remedy = _cells(pieces[chosen], remedy=True)
            found += [Quoted(_cut(one.text.strip()), at) for one in split(remedy) if one.text.strip()]
        else:
            found += [Quoted(text, at) for text in _orders(pieces, chosen, passage, alarm)]
        if len(found) >= MOST_STEPS:
            break
    unique = {quoted.text.casefold(): quoted for quoted in reversed(found)}
    return [quoted for quoted in found if unique.get(quoted.text.casefold()) is quoted][:MOST_STEPS]


def _best(alarm: Alarm, pieces: Sequence[Quotable]) -> int | None:
    """The piece that speaks of the alarm: the one with its code, else the one that its words fit best."""
    fit = [at for at, piece in enumerate(pieces) if piece.kind != "header"]
    if alarm.code:
        fit = [at for at in fit if names(pieces[at].text, alarm.code)]
    if not fit:
        return None
    scores = score_pieces(f"{alarm.code} {alarm.title} {alarm.component}", [pieces[at] for at in fit])
    rows = [1.0 if pieces[at].kind == "row" and _REMEDY.search(pieces[at].header) else 0.0 for at in fit]
    best = max(range(len(fit)), key=lambda one: (scores[one] + rows[one], -one))
    return fit[best] if scores[best] > 0 else None


def _about(alarm: Alarm, passage: Passage) -> bool:
    """Whether the passage's heading names the alarm's code."""
    return bool(alarm.code) and names("\n".join((passage.title, *passage.section[-1:])), alarm.code)


def _cells(row: Quotable, *, remedy: bool) -> str:
    """The cells of a fault table's row that say what to do, or all others."""
    cells = [cell.strip() for cell in row.text.split(_CELL)]
    names = [name.strip() for name in row.header.split(_CELL)] if row.header else []
    if len(names) != len(cells) or not any(_REMEDY.search(name) for name in names):
        return "" if remedy else _CELL.join(cells)
    chosen = [cell for name, cell in zip(names, cells, strict=True) if bool(_REMEDY.search(name)) is remedy and cell]
    return " ".join(chosen) if remedy else _sentence(chosen)


def _sentence(cells: Sequence[str]) -> str:
    """Cells side by side: the code, its name, then the cause, each as it stands."""
    return cells[0] if len(cells) == 1 else f"{' '.join(cells[:2])}{f': {cells[2]}' if len(cells) > 2 else ''}"


def _orders(pieces: Sequence[Quotable], chosen: int, passage: Passage, alarm: Alarm) -> list[str]:
    about = _about(alarm, passage)
    first, last = step_run(pieces, chosen)
    if last - first == 1 and about:
        listed = next((at for at, piece in enumerate(pieces) if piece.kind == "step"), None)
        if listed is not None:
            first, last = step_run(pieces, listed)
    if last - first > 1:
        return [_cut(piece.text) for piece in pieces[first:last] if piece.kind in ("step", "item")]
    near = pieces[chosen : chosen + 4]
    return [_cut(piece.text) for piece in near if piece.kind == "sentence" and _IMPERATIVE.match(piece.text)]


def _cut(text: str) -> str:
    text = text.lstrip("•◦▪‣*–- ")
    return text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0] + " …"
