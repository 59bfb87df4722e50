"""Where settings come from: the file, the environment, the flags; read raw, each value with its origin."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from index.errors import UsageError

PREFIX: Final = "EDGE_COPILOT_"
CONFIG_VARIABLE: Final = "EDGE_COPILOT_CONFIG"

_HEADER: Final = re.compile(r"^\s*\[\s*([^\[\]]+?)\s*\]")
_ASSIGNMENT: Final = re.compile(r"""^\s*((?:[\w.\-\s]|"[^"]*"|'[^']*')+?)\s*=""")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from.

    Attributes:
        kind: Later kinds go before earlier ones: default, file, environment, flag.
        name: The file's path, the environment variable's name or the flag; empty for a default.
        line: 1-based line in the file, where it could be found.
    """

    kind: Literal["default", "file", "environment", "flag"]
    name: str = ""
    line: int | None = None

    def __str__(self) -> str:
        if self.line is not None:
            return f"{self.name}, line {self.line}"
        return self.name or self.kind


@dataclass(frozen=True, slots=True)
class RawValue:
    """A value as its source gives it, not yet checked."""

    value: object
    origin: Origin


def variable_for(key: str) -> str:
    """Return the environment variable for a dotted key: ``search.k`` is ``EDGE_COPILOT_SEARCH__K``."""
    return PREFIX + key.upper().replace(".", "__")


def read_file(path: Path, required: bool) -> dict[str, RawValue]:
    """Read a settings file.

    Args:
        path: A TOML file in UTF-8.
        required: Whether the user named it; a file that may be absent counts as empty then.

    Returns:
        Dotted keys with their values.

    Raises:
        UsageError: It is missing though required, can't be read, or is not TOML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError) as error:
        if not required:
            return {}
        raise UsageError(
            f"The settings file {path} does not exist.", "Check --config, or write one: edge-copilot config init"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        why = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "can't be read"
        raise UsageError(
            f"The settings file {path} {why}.", "Check the file, or name another with --config."
        ) from error
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"The settings file {path} is not valid TOML: {error}.", "Mend that line.") from error
    lines = _lines_of_keys(text)
    return {key: RawValue(value, Origin("file", str(path), lines.get(key))) for key, value in flatten(tree)}


def read_environment(values: Mapping[str, object]) -> dict[str, RawValue]:
    """Give each value that pydantic-settings found in the environment its variable's name."""
    return {key: RawValue(value, Origin("environment", variable_for(key))) for key, value in flatten(values)}


def environment_names() -> dict[str, str]:
    """Return the ``EDGE_COPILOT_`` variables that are set, dotted key → variable's name as it was written."""
    return {
        name[len(PREFIX) :].lower().replace("__", "."): name
        for name, value in os.environ.items()
        if name.upper().startswith(PREFIX) and name.upper() != CONFIG_VARIABLE and value
    }


def flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield the leaves of nested tables under their dotted keys; an empty table is no leaf."""
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from flatten(value, key + ".")
        else:
            yield key, value


def unflatten(flat: Mapping[str, object]) -> dict[str, Any]:
    """Turn dotted keys into nested tables again."""
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        *tables, name = key.split(".")
        node = tree
        for table in tables:
            node = node.setdefault(table, {})
        node[name] = value
    return tree


def _lines_of_keys(text: str) -> dict[str, int]:
    """Find the line of each key by its form alone; tomllib keeps no positions.

    Good for what people write; a key inside an inline table is not found and simply has no line.
    """
    lines: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _plain(header[1]) + "."
        elif assignment := _ASSIGNMENT.match(line):
            lines.setdefault(table + _plain(assignment[1]), number)
    return lines


def _plain(key: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in key.split("."))
