"""A Sparkplug B payload, from bytes to values.

The schema is the part of ``sparkplug_b.proto`` (Eclipse Tahu) that carries single values. It is built here instead of
being generated: generated code is bound to the version of protobuf that generated it. Data sets, templates and
extensions are skipped as unknown fields.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from copilot.hmi.sources.payloads import scalar
from copilot.hmi.values import Scalar

_TYPES: Final = {
    "uint32": 13, "uint64": 4, "float": 2, "double": 1, "bool": 8, "string": 9, "bytes": 12, "message": 11
}  # fmt: skip
_SIGNED: Final = {1: 8, 2: 16, 3: 32, 4: 64}
"""Bits of Int8, Int16, Int32 and Int64: they come as unsigned numbers, in two's complement."""
_DATE_TIME: Final = 13
_BAD: Final = 0
_STALE: Final = 500
_QUALITY: Final = "Quality"
_MOST_METRICS: Final = 50_000


class Unreadable(ValueError):
    """These bytes are no Sparkplug B payload."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: "" where only the alias is given, as in data after a birth.
        alias: None where there is none.
        at_s: Its own time; None where it has none.
        value: None where it is null, or no single value.
        quality: Of its property "Quality": 0 bad, 192 good, 500 stale; None where nothing is said.
        historical: Whether it tells of the past: it was kept while the link was down.
    """

    name: str
    alias: int | None
    at_s: float | None
    value: Scalar | None
    quality: int | None = None
    historical: bool = False

    @property
    def is_bad(self) -> bool:
        """Whether its own quality says that it can't be relied on."""
        return self.quality in (_BAD, _STALE)


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload: its time, its number in the sequence (0 to 255, None where it has none), its metrics."""

    at_s: float | None
    seq: int | None
    metrics: tuple[Metric, ...]


@cache
def message_class() -> Any:  # noqa: ANN401 - made at run time
    """The class of the message ``Payload``."""
    file = descriptor_pb2.FileDescriptorProto(
        name="edge_copilot/sparkplug_b.proto", package="org.eclipse.tahu.protobuf", syntax="proto2"
    )
    payload = file.message_type.add(name="Payload")
    value = payload.nested_type.add(name="PropertyValue")
    _fields(value, (1, "type", "uint32"), (2, "is_null", "bool"), (3, "int_value", "uint32"))
    _fields(value, (4, "long_value", "uint64"), (5, "float_value", "float"), (6, "double_value", "double"))
    _fields(value, (7, "boolean_value", "bool"), (8, "string_value", "string"))
    properties = payload.nested_type.add(name="PropertySet")
    _fields(properties, (1, "keys", "string"), repeated=True)
    _fields(properties, (2, "values", ".org.eclipse.tahu.protobuf.Payload.PropertyValue"), repeated=True)
    metric = payload.nested_type.add(name="Metric")
    _fields(
        metric, (1, "name", "string"), (2, "alias", "uint64"), (3, "timestamp", "uint64"), (4, "datatype", "uint32")
    )
    _fields(metric, (5, "is_historical", "bool"), (6, "is_transient", "bool"), (7, "is_null", "bool"))
    _fields(metric, (9, "properties", ".org.eclipse.tahu.protobuf.Payload.PropertySet"))
    _fields(metric, (10, "int_value", "uint32"), (11, "long_value", "uint64"), (12, "float_value", "float"))
    _fields(metric, (13, "double_value", "double"), (14, "boolean_value", "bool"), (15, "string_value", "string"))
    _fields(metric, (16, "bytes_value", "bytes"))
    _fields(payload, (1, "timestamp", "uint64"), (3, "seq", "uint64"), (4, "uuid", "string"), (5, "body", "bytes"))
    _fields(payload, (2, "metrics", ".org.eclipse.tahu.protobuf.Payload.Metric"), repeated=True)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("org.eclipse.tahu.protobuf.Payload"))


def _fields(message: descriptor_pb2.DescriptorProto, *fields: tuple[int, str, str], repeated: bool = False) -> None:
    for number, name, kind in fields:
        field = message.field.add(name=name, number=number, label=3 if repeated else 1)
        if kind.startswith("."):
            field.type, field.type_name = _TYPES["message"], kind
        else:
            field.type = _TYPES[kind]


def parse(payload: bytes) -> Payload:
    """Read a payload.

    Raises:
        Unreadable: It is none.
    """
    message = message_class()()
    try:
        message.ParseFromString(payload)
    except (DecodeError, ValueError) as error:
        raise Unreadable("no Sparkplug B payload") from error
    if len(message.metrics) > _MOST_METRICS:
        raise Unreadable("far too many metrics")
    return Payload(
        _seconds(message.timestamp) if message.HasField("timestamp") else None,
        int(message.seq) if message.HasField("seq") else None,
        tuple(_metric(metric) for metric in message.metrics),
    )


def _metric(metric: Any) -> Metric:  # noqa: ANN401 - made at run time
    return Metric(
        metric.name,
        int(metric.alias) if metric.HasField("alias") else None,
        _seconds(metric.timestamp) if metric.HasField("timestamp") else None,
        None if metric.is_null else _value(metric),
        _quality(metric.properties) if metric.HasField("properties") else None,
        bool(metric.is_historical),
    )


def _value(metric: Any) -> Scalar | None:  # noqa: ANN401 - made at run time
    datatype = metric.datatype
    for field in ("int_value", "long_value"):
        if metric.HasField(field):
            number = int(getattr(metric, field))
            return _signed(number, _SIGNED[datatype]) if datatype in _SIGNED else number
    for field in ("float_value", "double_value"):
        if metric.HasField(field):
            real = float(getattr(metric, field))
            # A float of 32 bits read as one of 64 grows digits that nobody measured: 0.1 becomes 0.10000000149.
            real = float(f"{real:.7g}") if field == "float_value" and math.isfinite(real) else real
            return scalar(real)
    if metric.HasField("boolean_value"):
        return bool(metric.boolean_value)
    return scalar(metric.string_value) if metric.HasField("string_value") else None


def _signed(number: int, bits: int) -> int:
    number &= (1 << bits) - 1
    return number - (1 << bits) if number >> (bits - 1) else number


def _quality(properties: Any) -> int | None:  # noqa: ANN401 - made at run time
    for key, value in zip(properties.keys, properties.values, strict=False):
        if key == _QUALITY and value.HasField("int_value"):
            return int(value.int_value)
    return None


def _seconds(milliseconds: int) -> float | None:
    return milliseconds / 1000 if 0 < milliseconds < 1 << 52 else None
