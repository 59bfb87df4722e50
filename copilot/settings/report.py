"""Settings shown and written: each value with its origin, and a commented file to begin with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel

from copilot.settings.complaints import allowed, nested
from copilot.settings.settings import Settings, known_keys
from copilot.settings.sources import Origin

_MASK: Final = "***"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it stands.

    Attributes:
        key: Dotted.
        value: As JSON can hold it; passwords inside addresses masked.
        origin: Where it comes from.
        description: What it is for.
    """

    key: str
    value: object
    origin: Origin
    description: str


def describe(settings: Settings) -> list[Setting]:
    """Return every setting, in the order of the sections."""
    return [
        Setting(key, _shown(_value(settings, key)), settings.origin(key), _description(model, key))
        for key, model in known_keys().items()
    ]


def commented_file() -> str:
    """Return a settings file in which every key stands with its description and default, commented out."""
    lines = [
        "# Settings of Edge Copilot. Remove the # before a key to change it.",
        "# Each can also be set by the environment: search.k is EDGE_COPILOT_SEARCH__K.",
    ]
    section = ""
    for key, model in known_keys().items():
        table, _, name = key.rpartition(".")
        if table != section:
            section = table
            lines += ["", f"# {(model.__doc__ or '').partition(chr(10))[0]}", f"[{table}]"]
        field = model.model_fields[name]
        lines += ["", f"# {field.description}", f"# Must be {allowed(field)}."]
        lines.append(f"# {name} = {_toml(_default(model, name))}")
        if inside := nested(field):
            lines += [f"# Each is a table of its own, headed [[{key}]], with these keys:"]
            lines += [
                f"#   {one}: {about.description} Must be {allowed(about)}."
                for one, about in inside.model_fields.items()
            ]
    return "\n".join(lines) + "\n"


def _value(settings: Settings, key: str) -> object:
    value: object = settings
    for part in key.split("."):
        value = getattr(value, part)
    return value


def _description(model: type[BaseModel], key: str) -> str:
    return model.model_fields[key.rpartition(".")[2]].description or ""


def _default(model: type[BaseModel], name: str) -> object:
    return model.model_fields[name].get_default(call_default_factory=True)


def _shown(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [_shown(one) for one in value]
    if isinstance(value, BaseModel):
        return {name: _shown(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, str) and "://" in value:
        return _without_password(value)
    return value


def _without_password(address: str) -> str:
    parts = urlsplit(address)
    if "@" not in parts.netloc:
        return address
    return urlunsplit(parts._replace(netloc=f"{_MASK}@{parts.netloc.rpartition('@')[2]}"))


def _toml(value: object) -> str:
    if value is None:
        return '""'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(part) for part in value)}]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
