"""Reads ``signals.toml`` and says of everything that is wrong in it where it stands and what would be right."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from copilot.hmi.registry.file import (
    AdviceEntry,
    CodeEntry,
    Defaults,
    ModbusSource,
    MqttSource,
    OpcUaSource,
    Register,
    RuleEntry,
    SignalEntry,
    SignalsFile,
)
from copilot.hmi.registry.registry import Registry
from copilot.hmi.values import Limits, Signal
from index.errors import UnreadableFile, UsageError

_LARGEST: Final = 8 << 20  # bytes
_MOST_COMPLAINTS: Final = 12
_SOURCES: Final[dict[str, type[BaseModel]]] = {"opcua": OpcUaSource, "mqtt": MqttSource, "modbus": ModbusSource}
_TABLES: Final[dict[str, type[BaseModel]]] = {
    "signal": SignalEntry,
    "alarm": RuleEntry,
    "code": CodeEntry,
    "defaults": Defaults,
    "advice": AdviceEntry,
}
_PLACES: Final = {
    "opcua": ("node",),
    "mqtt": ("topic", "field", "time_field", "metric", "device"),
    "modbus": ("register",),
}


def read_registry(path: Path) -> Registry:
    """Read and check the file; relative paths in it are meant from where it stands.

    Raises:
        UnreadableFile: It is not there, or can't be read.
        UsageError: It is no TOML, or says something that can't be. All faults are told at once.
    """
    raw = _read(path)
    try:
        file = SignalsFile.model_validate(raw)
    except ValidationError as error:
        raise _complaint(path, [_told(one, raw) for one in error.errors(include_url=False)]) from error
    if faults := list(_inconsistencies(file)):
        raise _complaint(path, faults)
    defaults = file.defaults
    return Registry(
        path,
        {source.name: _placed(source, path.parent) for source in file.source},
        {entry.name: _signal(entry, defaults) for entry in file.signal},
        {entry.name: entry for entry in file.signal},
        file.alarm,
        {entry.code: entry for entry in file.code},
        file.advice,
    )


def password_of(source: OpcUaSource | MqttSource) -> str | None:
    """The password of a source's user; None where it has none.

    Raises:
        UsageError: The variable that holds it is not set.
        UnreadableFile: The file that holds it can't be read.
    """
    if source.password_env is not None:
        password = os.environ.get(source.password_env, "")
        if not password:
            raise UsageError(
                f"The source {source.name} needs a password in {source.password_env}, which is not set.",
                f"Set {source.password_env}, then try again.",
            )
        return password
    if source.password_file is None:
        return None
    try:
        return source.password_file.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"The password file of the source {source.name} can't be read: {source.password_file}.",
            "Check password_file and the file's permissions.",
        ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise UsageError(f"{path} is larger than 8 MiB.", "A file of signals is never that large.")
        return tomllib.loads(content.decode("utf-8"))
    except FileNotFoundError as error:
        raise UnreadableFile(
            f"There is no file {path}.", "Check hmi.signals; docs/hmi.md shows how to write one."
        ) from error
    except OSError as error:
        raise UnreadableFile(
            f"{path} can't be read ({error.strerror}).", "Check the file and its permissions."
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not written in UTF-8.", "Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is no TOML: {error}.", "Mend the line that it names.") from error


def _complaint(path: Path, faults: Sequence[str]) -> UsageError:
    shown = list(dict.fromkeys(faults))
    more = len(shown) - _MOST_COMPLAINTS
    lines = "\n".join(f"  {fault}" for fault in shown[:_MOST_COMPLAINTS])
    rest = f"\n  … and {more} more" if more > 0 else ""
    return UsageError(f"{path} can't be used:\n{lines}{rest}", "Mend it, then: edge-copilot signals check")


def _told(error: ErrorDetails, raw: dict[str, Any]) -> str:
    where = [part for part in error["loc"] if part not in _SOURCES or part == error["loc"][-1]]
    place, table = _place(where, raw)
    key = str(where[-1]) if where else ""
    kind, message = error["type"], error["msg"]
    if kind == "extra_forbidden":
        near = get_close_matches(key, _keys(table, where, raw), n=1)
        return f"{place}: there is no key “{key}”" + (f"; is “{near[0]}” meant?" if near else "")
    if kind == "missing":
        return f"{place}: “{key}” is missing"
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return f"{place}: kind must be opcua, mqtt or modbus"
    said = message.removeprefix("Value error, ").removeprefix("Input ")
    said = said[:1].lower() + said[1:]
    return f"{place}: {said}" if kind == "value_error" and not _is_field(table, key) else f"{place}: {key}: {said}"


def _place(where: Sequence[int | str], raw: dict[str, Any]) -> tuple[str, str]:
    """What an error is about, for people ("signal dc_bus"), and the name of its table."""
    table = str(where[0]) if where else ""
    if len(where) > 1 and isinstance(where[1], int):
        name = f"number {where[1] + 1}"
        try:
            named = raw[table][where[1]]
            name = str(named.get("name") or named.get("code") or named.get("title") or name)
        except (KeyError, IndexError, AttributeError, TypeError):
            pass
        return f"{table} {name}", table
    return table or "the file", table


def _keys(table: str, where: Sequence[int | str], raw: dict[str, Any]) -> list[str]:
    if len(where) <= 1:
        return list(SignalsFile.model_fields)
    if "register" in where[:-1]:
        return list(Register.model_fields)
    if table == "source":
        try:
            return list(_SOURCES[raw["source"][where[1]]["kind"]].model_fields)
        except (KeyError, IndexError, TypeError):
            return []
    model = _TABLES.get(table)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _is_field(table: str, key: str) -> bool:
    models: list[type[BaseModel]] = [*_SOURCES.values(), *_TABLES.values(), Register]
    fields = {name for model in models for name in model.model_fields}
    return key in fields and bool(table)


def _inconsistencies(file: SignalsFile) -> Iterator[str]:
    """What is wrong between the tables."""
    yield from _twice("source", (one.name for one in file.source))
    yield from _twice("signal", (one.name for one in file.signal))
    yield from _twice("code", (one.code for one in file.code))
    kinds = {source.name: source.kind for source in file.source}
    for entry in file.signal:
        where = f"signal {entry.name}"
        kind = kinds.get(entry.source)
        if kind is None:
            yield f"{where}: there is no source “{entry.source}”{_meant(entry.source, kinds)}"
            continue
        given = {name for name in sum(_PLACES.values(), ()) if _value(entry, name) is not None}
        if strange := sorted(given - set(_PLACES[kind])):
            yield f"{where}: {' and '.join(strange)} say nothing to {entry.source}, which is {kind}"
        yield from (f"{where}: {fault}" for fault in _place_faults(entry, kind))
        if entry.codes and entry.states:
            yield f"{where}: codes and states can't both name its values"
    names = [entry.name for entry in file.signal]
    for rule in file.alarm:
        if rule.signal not in names:
            yield f"alarm {rule.code or rule.title}: there is no signal “{rule.signal}”{_meant(rule.signal, names)}"


def _place_faults(entry: SignalEntry, kind: str) -> Iterator[str]:
    if kind == "opcua":
        if not entry.node:
            yield 'node is missing, such as node = "ns=2;s=A1.DcBus"'
        elif not _NODE.fullmatch(entry.node):
            yield f'node = {entry.node!r} is no node id, such as "ns=2;s=A1.DcBus" or "i=2258"'
    elif kind == "mqtt":
        if (entry.topic is None) == (entry.metric is None):
            yield "give topic (plain or JSON payloads) or metric with device (Sparkplug B), one of them"
        elif entry.metric is not None and not _DEVICE.fullmatch(entry.device or ""):
            yield 'metric needs device, as "group/edge node" or "group/edge node/device"'
        elif entry.topic is not None and not _is_topic(entry.topic):
            yield f"topic = {entry.topic!r} is no topic: + and # can't stand in it, nor can it be empty"
    elif entry.register_ is None:
        yield 'register is missing, such as register = { table = "holding", address = 100, type = "uint16" }'


_NODE: Final = re.compile(
    r"(?:ns=\d{1,5};|nsu=[^;]+;)?(?:i=\d{1,10}|s=.+|g=[0-9A-Fa-f-]{36}|b=[A-Za-z0-9+/=]+)", re.DOTALL
)
_DEVICE: Final = re.compile(r"[^/+#]+/[^/+#]+(?:/[^/+#]+)?")


def _is_topic(topic: str) -> bool:
    return 0 < len(topic.encode()) <= 65_535 and not any(one in topic for one in "+#\0")


def _value(entry: SignalEntry, name: str) -> object:
    return entry.register_ if name == "register" else getattr(entry, name)


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{what} {name}: there are two of this name"
        seen.add(name)


def _meant(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; is “{near[0]}” meant?" if near else ""


def _signal(entry: SignalEntry, defaults: Defaults) -> Signal:
    return Signal(
        name=entry.name,
        title=entry.title or entry.name.replace("_", " "),
        source=entry.source,
        unit=entry.unit,
        limits=Limits(entry.low, entry.high),
        machine=defaults.machine if entry.machine is None else entry.machine,
        component=entry.component,
        meaning=entry.meaning,
        identifiers=entry.identifiers,
        states=tuple((float(number), name) for number, name in entry.states.items()),
        codes=entry.codes,
        access=entry.access or defaults.access,
        stale_after_s=entry.stale_after_s or defaults.stale_after_s,
    )


_PATHS: Final = (
    "certificate", "private_key", "server_certificate", "ca_file", "client_cert", "client_key", "password_file"
)  # fmt: skip


def _placed(source: OpcUaSource | MqttSource | ModbusSource, folder: Path) -> OpcUaSource | MqttSource | ModbusSource:
    named = {name: value for name in _PATHS if isinstance(value := getattr(source, name, None), Path)}
    return source.model_copy(update={name: folder / path.expanduser() for name, path in named.items()})
