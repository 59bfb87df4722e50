"""Faults in settings, in words: which key, where it stands, what would be right."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from copilot.settings.sources import Origin, variable_for
from index.errors import UsageError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_CUTOFF: Final = 0.6  # difflib's own; a lower one suggests keys that have nothing to do with the typing error
_REMEDY: Final = "See every key with: edge-copilot config show"


def complain_about_unknown(
    file_keys: Mapping[str, Origin], variables: Mapping[str, str], keys: Mapping[str, type[BaseModel]]
) -> None:
    """Refuse keys that nothing reads.

    Args:
        file_keys: Unknown dotted keys of the settings file.
        variables: Unknown environment variables by the dotted key that their name stands for.
        keys: The known ones.

    Raises:
        UsageError: There is any; each is named with the nearest right one.
    """
    sections = {key.partition(".")[0] for key in keys if "." in key}
    faults = []
    for key, origin in file_keys.items():
        if key in sections:
            faults.append(f"“{key}” is a section: write [{key}] with its keys below ({origin}).")
        else:
            faults.append(f"There is no setting “{key}” ({origin}).{_hint(nearest_key(key, keys))}")
    for key, name in variables.items():
        near = nearest_key(key, keys)
        faults.append(f"No setting belongs to the environment variable {name}.{_hint(near and variable_for(near))}")
    if faults:
        raise UsageError("\n".join(faults), _REMEDY)


def complain_about_values(
    error: ValidationError, origins: Mapping[str, Origin], keys: Mapping[str, type[BaseModel]]
) -> UsageError:
    """Return the error that says of each wrong value what it must be and where it stands."""
    faults: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        location = [str(part) for part in detail["loc"]]
        key = next((dotted for dotted in (".".join(location[:n]) for n in (2, 1)) if dotted in keys), "")
        where = f" ({origins[key]})" if key in origins else ""
        if key and len(location) > 3 and (inside := nested(keys[key].model_fields[key.rpartition(".")[2]])):
            place, name = f"{key}[{int(location[2]) + 1}]", location[3]
            told = _inside(detail, inside, name, place)
            faults.setdefault(f"{place}.{name}", f"{told}{where}.")
        elif detail["type"] == "value_error":
            reason = str(detail["ctx"]["error"])
            faults.setdefault(key or reason, f"{key} {reason}{where}." if key else f"{reason}.")
        elif key:
            field = keys[key].model_fields[key.rpartition(".")[2]]
            given = _shown(detail["input"])
            faults.setdefault(key, f"{key} must be {allowed(field)}, not {given}{where}.")
        else:
            faults.setdefault(".".join(location), f"{'.'.join(location)}: {detail['msg']}.")
    return UsageError("\n".join(faults.values()), _REMEDY)


def nested(field: FieldInfo) -> type[BaseModel] | None:
    """The model of the tables in a list of tables; None for every other setting."""
    inside = typing.get_args(field.annotation)[:1]
    is_list = typing.get_origin(field.annotation) is tuple
    return inside[0] if is_list and isinstance(inside[0], type) and issubclass(inside[0], BaseModel) else None


def _inside(detail: ErrorDetails, model: type[BaseModel], name: str, place: str) -> str:
    """What is wrong with a key of one table of a list."""
    if detail["type"] == "extra_forbidden":
        near = nearest_key(name, model.model_fields)
        return f"There is no setting “{name}” in {place}{f', did you mean “{near}”?' if near else ''}"
    if detail["type"] == "missing":
        return f"{place} lacks {name}"
    if detail["type"] == "value_error":
        return f"{place}.{name} {detail['ctx']['error']}"
    return f"{place}.{name} must be {allowed(model.model_fields[name])}, not {_shown(detail['input'])}"


def nearest_key(key: str, keys: Iterable[str]) -> str | None:
    """Return the known key that was most probably meant, None where none is near.

    A right name in the wrong section goes first, then the whole dotted key is compared, then its last part alone.
    """
    known = list(keys)
    name = key.rpartition(".")[2]
    if same := get_close_matches(key, [one for one in known if one.rpartition(".")[2] == name], n=1, cutoff=0):
        return same[0]
    if near := get_close_matches(key, known, n=1, cutoff=_CUTOFF):
        return near[0]
    by_name = {dotted.rpartition(".")[2]: dotted for dotted in reversed(known)}
    near = get_close_matches(name, by_name, n=1, cutoff=_CUTOFF)
    return by_name[near[0]] if near else None


def allowed(field: FieldInfo) -> str:
    """Say in words what a setting may be."""
    return _in_words(field.annotation, field.metadata)


def _in_words(annotation: Any, metadata: Sequence[object]) -> str:  # noqa: ANN401 - a type expression
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        inner, *more = arguments
        return _in_words(inner, [part for extra in more for part in getattr(extra, "metadata", [extra])])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_in_words(part, metadata) for part in arguments if part is not type(None))
    if origin is Literal:
        quoted = [f"“{choice}”" for choice in arguments]
        return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
    if annotation is bool:
        return "true or false"
    if annotation in (int, float):
        low = next((part.ge for part in metadata if hasattr(part, "ge")), None)
        high = next((part.le for part in metadata if hasattr(part, "le")), None)
        return f"a {'whole ' if annotation is int else ''}number from {low} to {high}"
    if annotation is Path:
        return "a path"
    if origin is tuple:
        tables = isinstance(arguments[0], type) and issubclass(arguments[0], BaseModel)
        return "a list of tables" if tables else "a list of texts"
    return "a text"


def _shown(value: object) -> str:
    text = f"“{value}”" if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _hint(near: str | None) -> str:
    return f" Did you mean “{near}”?" if near else ""
