"""Tables of steps: "Step | Action | Value", or rows that are numbered in their first cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from copilot.procedures.lines import Line
from copilot.procedures.values import Step

_CELLS: Final = " | "
_STEP_COLUMN: Final = re.compile(r"(?:step|no\.?|nr\.?|#|pos\.?|schritt)s?", re.IGNORECASE)
_ACTION_COLUMN: Final = re.compile(
    r"\b(?:action|activity|work|instruction|procedure|what to do|task|operation|do|check|inspection|test|"
    r"tätigkeit|arbeit|maßnahme|handlung|prüfung|vorgehen)\b",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"(?:step\s*)?(\d{1,3})[.):]?", re.IGNORECASE)


def steps_of_table(lines: Sequence[Line], page_at: Callable[[int], int | None]) -> list[list[Step]]:
    """The steps of each table of steps; limits are not read yet."""
    found: list[list[Step]] = []
    table: list[Line] = []
    for line in [*lines, Line("blank", "", 0, 0)]:
        if line.kind == "row":
            table.append(line)
        elif table:
            found.append(_steps(table, page_at))
            table = []
    return [steps for steps in found if steps]


def _steps(table: Sequence[Line], page_at: Callable[[int], int | None]) -> list[Step]:
    rows = [[cell.strip() for cell in line.text.split(_CELLS)] for line in table]
    header = rows[0]
    numbered = _STEP_COLUMN.fullmatch(header[0]) is not None
    acting = next((index for index, name in enumerate(header) if _ACTION_COLUMN.search(name)), None)
    if _counted(rows):
        header, acting = [], 1
    elif _counted(rows[1:]):
        acting = acting or 1
    elif acting is None or not numbered:
        return []
    body = list(zip(table, rows, strict=True))[1 if header else 0 :]
    steps = []
    for line, cells in body:
        number = match[1] if (match := _NUMBER.fullmatch(cells[0])) else ""
        if acting >= len(cells) or not cells[acting]:
            continue
        others = [
            f"{header[index]}: {cell}" if index < len(header) and header[index] else cell
            for index, cell in enumerate(cells)
            if cell and index != acting and not (index == 0 and (number or numbered))
        ]
        text = ". ".join(part.rstrip(".") for part in [cells[acting], *others]) + "."
        steps.append(Step(number=number, text=text, page=page_at(line.start), quote=line.text))
    return steps


def _counted(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first cells count from 1."""
    numbers = [match[1] if (match := _NUMBER.fullmatch(cells[0])) else "" for cells in rows]
    return len(numbers) >= 2 and numbers == [str(count) for count in range(1, len(numbers) + 1)]
