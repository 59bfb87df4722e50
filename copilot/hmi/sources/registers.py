"""What the registers of Modbus mean: byte order, type, scale."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Final

from copilot.hmi.registry.file import ByteOrder, Register
from copilot.hmi.sources.payloads import scalar
from copilot.hmi.values import Scalar

_FORMATS: Final = {
    "int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I", "int64": ">q", "uint64": ">Q",
    "float32": ">f", "float64": ">d",
}  # fmt: skip
_DIGITS: Final = 12  # after scaling: 6412 × 0.1 is 641.2, not 641.2000000000001


def width(register: Register) -> int:
    """How many registers or bits a value takes."""
    if register.type == "string":
        return register.length
    kind = _kind(register)
    return struct.calcsize(_FORMATS[kind]) // 2 if kind in _FORMATS else 1


def decode_bit(bits: Sequence[bool], at: int) -> bool | None:
    """One bit; None where the answer is too short."""
    return bool(bits[at]) if 0 <= at < len(bits) else None


def decode_registers(registers: Sequence[int], at: int, register: Register) -> Scalar | None:
    """One value; None where the answer is too short, or the bytes are no such value."""
    size = width(register)
    words = list(registers[at : at + size]) if at >= 0 else []
    if len(words) < size or any(not 0 <= word <= 0xFFFF for word in words):
        return None
    if register.bit is not None:
        return bool(words[0] >> register.bit & 1)
    raw = in_order(words, register.order)
    if register.type == "string":
        return scalar(raw.split(b"\0")[0].decode("utf-8", "replace"))
    number: float | int = struct.unpack(_FORMATS[_kind(register)], raw)[0]
    if isinstance(number, float) and not math.isfinite(number):
        return None
    if isinstance(number, float) and register.type == "float32":
        number = float(f"{number:.7g}")
    if register.scale == 1 and register.offset == 0:
        return number
    scaled = number * register.scale + register.offset
    return scalar(float(f"{scaled:.{_DIGITS}g}"))


def in_order(words: Sequence[int], order: ByteOrder) -> bytes:
    """The bytes of some registers, the most significant first."""
    if order in ("cdab", "dcba"):
        words = words[::-1]
    byteorder = "little" if order in ("badc", "dcba") else "big"
    return b"".join(word.to_bytes(2, byteorder) for word in words)  # type: ignore[arg-type]


def _kind(register: Register) -> str:
    return register.type or "uint16"
