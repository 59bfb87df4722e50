"""The numbers that Word computes for list paragraphs and does not store with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from index.loaders.blocks import ordinal

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STYLES = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a paragraph stands in its list: its number as printed ("2.1"), its depth, or that it has a mark only."""

    label: str
    depth: int
    bullet: bool


@dataclass(frozen=True, slots=True)
class _Level:
    kind: str
    text: str
    start: int


class Numbering:
    """Counts the list paragraphs of one document in reading order."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}  # numId → abstractNumId: lists of one kind count on together
        self._starts: dict[tuple[str, int], int] = {}
        self._counts: dict[str, list[int]] = {}
        self._met: set[tuple[str, int]] = set()
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        for kind in root.iter(_W + "abstractNum"):
            levels = {int(level.get(_W + "ilvl") or 0): _level(level) for level in kind.iter(_W + "lvl")}
            self._levels[kind.get(_W + "abstractNumId")] = levels
        for number in root.iter(_W + "num"):
            base = number.find(_W + "abstractNumId")
            if base is None:
                continue
            identity = number.get(_W + "numId")
            self._lists[identity] = base.get(_W + "val")
            for override in number.iter(_W + "lvlOverride"):
                start = override.find(_W + "startOverride")
                if start is not None:
                    self._starts[identity, int(override.get(_W + "ilvl") or 0)] = int(start.get(_W + "val") or 1)

    def next(self, item: Any, style: Any) -> Place | None:
        """The place of paragraph ``item``, counting it; None where it is in no list."""
        properties = item.find(f"{_W}pPr/{_W}numPr")
        depth: int | None = None
        identity: str | None = None
        if properties is not None:
            identity, depth = _reference(properties)
        seen = 0
        while identity is None and style is not None and seen < 20:
            inherited = style.element.find(f"{_W}pPr/{_W}numPr")
            if inherited is not None:
                identity, of_style = _reference(inherited)
                depth = of_style if depth is None else depth
            style = style.base_style
            seen += 1
        if identity is None or identity == "0" or identity not in self._lists:
            return None
        depth = min(depth or 0, 8)
        base = self._lists[identity]
        levels = self._levels.get(base, {})
        level = levels.get(depth)
        if level is None or level.kind == "none":
            return None
        if level.kind == "bullet":
            return Place("", depth, True)
        counts = self._counts.setdefault(base, [0] * 9)
        restart = self._starts.get((identity, depth))
        if restart is not None and (identity, depth) not in self._met:
            counts[depth] = restart - 1
        self._met.add((identity, depth))
        counts[depth] = counts[depth] + 1 if counts[depth] or restart is not None else level.start
        for deeper in range(depth + 1, 9):
            counts[deeper] = 0
        return Place(_label(levels, level, counts), depth, False)


def _level(element: Any) -> _Level:
    def value(name: str, default: str) -> str:
        found = element.find(_W + name)
        return (found.get(_W + "val") if found is not None else None) or default

    start = value("start", "1")
    return _Level(value("numFmt", "decimal"), value("lvlText", "%1."), int(start) if start.isdigit() else 1)


def _reference(properties: Any) -> tuple[str | None, int | None]:
    identity = properties.find(_W + "numId")
    depth = properties.find(_W + "ilvl")
    return (
        identity.get(_W + "val") if identity is not None else None,
        int(depth.get(_W + "val") or 0) if depth is not None else None,
    )


def _label(levels: dict[int, _Level], level: _Level, counts: list[int]) -> str:
    """``level.text`` ("%1.%2") with the current numbers filled in."""
    text = level.text
    for position in range(9):
        if f"%{position + 1}" in text:
            kind = levels[position].kind if position in levels else "decimal"
            number = counts[position] or (levels[position].start if position in levels else 1)
            text = text.replace(f"%{position + 1}", ordinal(number, _STYLES.get(kind, "1")))
    return text.strip()
