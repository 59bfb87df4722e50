"""What plain MQTT payloads mean: a number, a word, or JSON with the value somewhere inside. Never raises."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from copilot.hmi.values import Quality, Scalar

_LONGEST_TEXT: Final = 400
_WORDS: Final = {"true": True, "false": False, "on": True, "off": False}
_TIME_KEYS: Final = ("timestamp", "ts", "time", "t")
_VALUE_KEYS: Final = ("value", "v", "val")
_QUALITY_KEYS: Final = ("quality", "q", "status")
_BAD_WORDS: Final = frozenset({"bad", "error", "invalid", "stale", "false"})
_DEEPEST: Final = 100
_OPC_GOOD: Final = 192  # quality byte of OPC DA: 192 to 255 good, 64 to 127 uncertain, else bad
_OPC_UNCERTAIN: Final = 64


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a payload says.

    Attributes:
        value: None where it holds none that can be read.
        at_s: Its own time; None where it has none.
    """

    value: Scalar | None
    at_s: float | None = None
    quality: Quality = "good"


UNREADABLE: Final = Decoded(None, None, "bad")


def decode(payload: bytes, field: str | None = None, time_field: str | None = None) -> Decoded:
    """Read a payload.

    Args:
        payload: As it came.
        field: Path to the value in JSON, its parts joined by dots; numbers count in lists. None: the payload is the
            value, or an object with a key such as ``value``.
        time_field: The same for the time; None: a key such as ``timestamp``, where there is one.
    """
    try:
        text = payload.decode("utf-8").strip()
    except UnicodeDecodeError:
        return UNREADABLE
    if not text:
        return UNREADABLE
    if text[0] not in "{[":
        if field is not None:
            return UNREADABLE
        value = _plain(text)
        return Decoded(value) if value is not None else UNREADABLE
    if text.count("{") + text.count("[") > _DEEPEST * 20:
        return UNREADABLE
    try:
        document = json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError):
        return UNREADABLE
    found = _at(document, field) if field is not None else _first(document, _VALUE_KEYS)
    value = scalar(found)
    at_s = seconds(_at(document, time_field) if time_field is not None else _first(document, _TIME_KEYS))
    if value is None:
        return Decoded(None, at_s, "bad")
    return Decoded(value, at_s, _quality(_first(document, _QUALITY_KEYS)))


def scalar(found: object) -> Scalar | None:
    """A value that a signal can have; None for anything else."""
    if isinstance(found, bool):
        return found
    if isinstance(found, int):
        return found if abs(found) < 1 << 63 else float(found) if abs(found) < 1 << 1000 else None
    if isinstance(found, float):
        return found if math.isfinite(found) else None
    if isinstance(found, str):
        cleaned = "".join(one for one in found if one.isprintable()).strip()
        return cleaned[:_LONGEST_TEXT]
    return None


def seconds(found: object) -> float | None:
    """A time in any of the usual forms, as seconds since 1970: seconds, milli-, micro-, nanoseconds, ISO 8601."""
    if isinstance(found, bool) or found is None:
        return None
    if isinstance(found, int | float):
        try:
            number = float(found)
        except OverflowError:
            return None
        if not math.isfinite(number) or number <= 0:
            return None
        for scale in (1e9, 1e6, 1e3):
            if number > 1e10 * scale / 10:
                return number / scale
        return number
    if isinstance(found, str):
        try:
            at = datetime.fromisoformat(found.strip())
            return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    return None


def _whole(text: str) -> int | float:
    """JSON's whole numbers have no end; reading one of a million digits would take minutes."""
    return int(text) if len(text) < 40 else float(text[:400])


def _plain(text: str) -> Scalar | None:
    if (word := _WORDS.get(text.casefold())) is not None:
        return word
    if len(text) < 40:
        try:
            return int(text)
        except ValueError:
            pass
        try:
            number = float(text)
        except ValueError:
            pass
        else:
            return number if math.isfinite(number) else None
    return scalar(text)


def _at(document: object, path: str) -> object:
    for part in path.split("."):
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and part.isdecimal() and len(part) < 6 and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


def _first(document: object, keys: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(document, dict):
        return None
    return next((document[key] for key in keys if key in document), None)


def _quality(found: object) -> Quality:
    if isinstance(found, bool):
        return "good" if found else "bad"
    if isinstance(found, int | float):
        if found >= _OPC_GOOD:
            return "good"
        return "uncertain" if found >= _OPC_UNCERTAIN else "bad"
    if isinstance(found, str):
        word = found.strip().casefold()
        if word.startswith("uncertain"):
            return "uncertain"
        return "bad" if word.split(" ")[0] in _BAD_WORDS else "good"
    return "good"
