"""Which paths below a source are wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from sync.format import safe_name

_LITTER: Final = frozenset({"thumbs.db", "desktop.ini"})


class PathRules:
    """Include and exclude patterns, as a person writes them.

    ``*`` and ``?`` stop at a slash, ``**`` doesn't; a pattern without a slash is meant at any depth; one that ends with
    a slash means all below. Letter case doesn't count. Hidden files and what an editor leaves behind are never wanted.

    Args:
        include: Where any are given, one of them must fit.
        exclude: None of them may.
    """

    def __init__(self, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        self._include = _compiled(include)
        self._exclude = _compiled(exclude)

    def wanted(self, path: str) -> bool:
        """Whether a file is, by its path with forward slashes."""
        parts = path.split("/")
        if any(part.startswith((".", "~$")) for part in parts) or parts[-1].lower() in _LITTER:
            return False
        if self._include and not any(pattern.fullmatch(path) for pattern in self._include):
            return False
        return not any(pattern.fullmatch(path) for pattern in self._exclude)

    @staticmethod
    def complaint(path: str) -> str:
        """Say why no device could keep a file of this name; empty where one can."""
        return "" if safe_name(path) else "Its name can't be kept on every system. Rename the file."


def _compiled(patterns: Iterable[str]) -> list[re.Pattern[str]]:
    return [re.compile(_regex(pattern), re.IGNORECASE) for pattern in patterns]


def _regex(pattern: str) -> str:
    if pattern.endswith("/"):
        pattern += "**"
    anchored = "/" in pattern.rstrip("*").rstrip("/") or pattern.startswith("/")
    pattern = pattern.lstrip("/")
    parts = [] if anchored else ["(?:.*/)?"]
    wildcards = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts += [wildcards.get(part, re.escape(part)) for part in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern)]
    return "".join(parts)
