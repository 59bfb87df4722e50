"""Faults in a ``models.toml``, in words: which file, line and key, and what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from copilot.catalogue.schema import (
    CatalogueFile,
    FileSource,
    HubSource,
    Member,
    ModelEntry,
    ModelFile,
    Package,
    PackageSource,
    UrlSource,
)
from index.errors import UsageError

Location = tuple[str | int, ...]
Origin = tuple[Path, str, Location]

_SOURCES: Final[dict[str, type[BaseModel]]] = {
    "package": PackageSource,
    "hub": HubSource,
    "url": UrlSource,
    "file": FileSource,
}
_TABLES: Final[dict[str, type[BaseModel]]] = {
    "model": ModelEntry,
    "files": ModelFile,
    "packages": Package,
    "members": Member,
}
_HEADER = re.compile(r"^\s*\[(\[?)\s*([\w.\s\"'-]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([\w-]+|\"[^\"]*\")\s*=")
_REMEDY: Final = "What may stand there is described in docs/models.md."


def complain(error: ValidationError, origin_of: Callable[[Location], Origin]) -> UsageError:
    """Return the error that names each fault with its file and line.

    Args:
        error: What pydantic found in the merged catalogue.
        origin_of: For a place in the merged catalogue: the file it comes from, that file's text, the place there.
    """
    faults: list[str] = []
    details = error.errors(include_url=False)
    for detail in details:
        if detail["type"] == "too_short" and any(
            other["loc"][: len(detail["loc"])] == detail["loc"] and other is not detail for other in details
        ):
            continue  # pydantic counts only the valid items; what is wrong with the others is told
        location, schema = _plain(detail["loc"])
        path, text, place = origin_of(location)
        line = line_of(text, place)
        fault = f"{path}, line {line}: {_in_words(detail, location, schema)}"
        if fault not in faults:
            faults.append(fault)
    return UsageError("\n".join(faults), _REMEDY)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return “ Did you mean …?” for the known name that was most probably meant, or nothing."""
    near = get_close_matches(name, list(known), n=1)
    return f" Did you mean “{near[0]}”?" if near else ""


def line_of(text: str, location: Sequence[str | int]) -> int:
    """Return the line (from 1) of a TOML text where a place stands, or the nearest table around it.

    Args:
        text: The whole file; it need not be valid.
        location: Keys and indexes, such as ``("model", 2, "files", 0, "sha256")``.
    """
    best_line, best_length = 1, 0
    counts: dict[tuple[str, ...], int] = {}
    table: Location = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            names = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            if header[1]:
                counts[names] = counts.get(names, -1) + 1
                counts = {key: n for key, n in counts.items() if key == names or key[: len(names)] != names}
            table = tuple(
                part
                for depth, name in enumerate(names, 1)
                for part in ((name, counts[names[:depth]]) if names[:depth] in counts else (name,))
            )
            here = table
        elif key := _KEY.match(line):
            here = (*table, key[1].strip('"'))
        else:
            continue
        if len(here) > best_length and tuple(location[: len(here)]) == here:
            best_line, best_length = number, len(here)
    return best_line


def _plain(location: Iterable[str | int]) -> tuple[Location, type[BaseModel]]:
    """Drop the tags that pydantic puts between a source's index and its keys; name the table that the place is in."""
    plain: list[str | int] = []
    schema: type[BaseModel] = CatalogueFile
    parts = list(location)
    for position, part in enumerate(parts):
        before = parts[position - 2] if position >= 2 else None
        if before == "sources" and isinstance(part, str) and part in _SOURCES:
            schema = _SOURCES[part]
            continue
        plain.append(part)
        if isinstance(part, int) and plain[-2] in _TABLES:
            schema = _TABLES[str(plain[-2])]
    return tuple(plain), schema


def _in_words(detail: Any, location: Location, schema: type[BaseModel]) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    key = str(location[-1]) if location else ""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        known = [field.alias or name for name, field in schema.model_fields.items()]
        return f"there is no key “{key}”.{nearest(key, known)}"
    if kind == "missing":
        return f"the key “{key}” is missing."
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        given = str(context.get("tag", ""))
        return f"kind must be “package”, “hub”, “url” or “file”.{nearest(given, _SOURCES)}"
    if kind == "value_error":
        reason = str(context["error"])
        return f"{reason}." if isinstance(location[-1] if location else 0, int) else f"“{key}” {reason}."
    given = str(detail["input"])
    shown = given if len(given) <= 80 else given[:79] + "…"
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context["expected"]))
        wanted = ", ".join(f"“{choice}”" for choice in choices) or context["expected"]
        return f"“{key}” must be one of {wanted}, not “{shown}”.{nearest(given, choices)}"
    if kind == "string_pattern_mismatch":
        wanted = "64 digits of 0-9 and a-f" if key == "sha256" else f"like {context['pattern']}"
        return f"“{key}” must be {wanted}, not “{shown}”."
    return f"“{key}”: {detail['msg']}, not “{shown}”."
