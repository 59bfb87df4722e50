"""Alarms and conditions of OPC UA (Part 9) as far as an operator needs them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from copilot.hmi.alarms.book import AlarmBook, Occurrence
from copilot.hmi.registry.file import CodeEntry
from copilot.hmi.values import Severity
from index.documents import AccessLabel

_CODE: Final = re.compile(r"(?<![\w-])[A-Z]{1,4}[-_ ]?\d{2,6}(?![\w-])")
_LONGEST: Final = 300  # characters of a message


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of a condition as its event tells it.

    Attributes:
        id: Node id of the condition with its branch: the same whenever it comes again.
        name: ConditionName, else SourceName.
        origin: SourceName: what in the plant it is about.
        message: For the operator.
        severity: 1 to 1000.
        active: Whether the alarm stands.
        acknowledged: Whether somebody has acknowledged it; None where the server doesn't say.
        at_s: When it was so.
    """

    id: str
    name: str
    origin: str
    message: str
    severity: int
    active: bool
    acknowledged: bool | None
    at_s: float


def severity_of(number: int) -> Severity:
    """The OPC UA range of a severity: 1 to 333 low, to 666 medium, to 899 high, above critical."""
    if number <= 333:
        return "low"
    if number <= 666:
        return "medium"
    return "high" if number < 900 else "critical"


def code_in(*texts: str) -> str:
    """The first fault code that stands in the texts, "" for none."""
    for text in texts:
        if match := _CODE.search(text):
            return match[0]
    return ""


def condition_key(source: str, condition: str) -> str:
    """Under which key a condition's alarm stands."""
    return f"condition:{source}:{condition}"


def note_condition(
    book: AlarmBook,
    source: str,
    condition: Condition,
    *,
    codes: Mapping[str, CodeEntry],
    access: AccessLabel,
    machine: str = "",
) -> None:
    """Put a condition into the book, or take it out."""
    key = condition_key(source, condition.id)
    if not condition.active:
        book.end(key, condition.at_s)
        return
    message = condition.message[:_LONGEST]
    code = code_in(condition.name, message, condition.origin)
    entry = codes.get(code)
    title = entry.title if entry else condition.name or message or condition.origin or "Alarm"
    book.stand(
        Occurrence(
            key=key,
            kind="condition",
            title=title[:_LONGEST],
            text=message or title,
            code=code,
            severity=(entry.severity if entry else None) or severity_of(condition.severity),
            source=source,
            machine=machine,
            component=(entry.component if entry else "") or condition.origin[:_LONGEST],
            access=access,
            acknowledged=bool(condition.acknowledged),
        ),
        condition.at_s,
    )
