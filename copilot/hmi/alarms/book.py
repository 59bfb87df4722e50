"""The alarms that stand, each under a key that stays the same whenever it comes again."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from copilot.hmi.values import Alarm, AlarmKind, Severity
from index.documents import AccessLabel

log = logging.getLogger(__name__)

_MOST_STANDING: Final = 2000
"""A plant in trouble has hundreds; a source gone mad must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What makes an alarm stand; fields as of `Alarm`."""

    key: str
    kind: AlarmKind
    title: str
    text: str = ""
    code: str = ""
    severity: Severity = "medium"
    source: str = ""
    signal: str = ""
    machine: str = ""
    component: str = ""
    access: AccessLabel = AccessLabel.RESTRICTED
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """Something happened to an alarm.

    Attributes:
        key: Under which it stands.
        what: ``raised``, ``changed`` while it stood, or ``ended``.
        heard_s: When it came in, on a clock that only goes forward (`time.monotonic`).
    """

    key: str
    alarm: Alarm
    what: Literal["raised", "changed", "ended"]
    heard_s: float


class AlarmBook:
    """The standing alarms. Thread-safe; listeners are called in the thread that brings the news, and must be quick.

    Args:
        monotonic: A clock that only goes forward, in seconds.
        new_id: Gives a new alarm its id.
    """

    def __init__(
        self, monotonic: Callable[[], float], new_id: Callable[[], str] = lambda: secrets.token_hex(6)
    ) -> None:
        self._monotonic = monotonic
        self._new_id = new_id
        self._lock = threading.Lock()
        self._standing: dict[str, Alarm] = {}
        self._listeners: list[Callable[[Happening], None]] = []

    def listen(self, listener: Callable[[Happening], None]) -> None:
        """Call ``listener`` for everything that happens from now on."""
        self._listeners.append(listener)

    def restore(self, standing: Mapping[str, Alarm]) -> None:
        """Take back what stood when the program last ran; nobody is told."""
        with self._lock:
            self._standing = {**standing, **self._standing}

    def stand(self, occurrence: Occurrence, at_s: float) -> Alarm | None:
        """Note that an alarm stands; one that stands already may have changed its text or been acknowledged.

        Returns:
            The alarm; None where far too many stand.
        """
        heard = self._monotonic()
        with self._lock:
            before = self._standing.get(occurrence.key)
            if before is None and len(self._standing) >= _MOST_STANDING:
                return None
            alarm = _alarm(occurrence, before.id if before else self._new_id(), before.began_s if before else at_s)
            if alarm == before:
                return alarm
            self._standing[occurrence.key] = alarm
        self._tell(Happening(occurrence.key, alarm, "changed" if before else "raised", heard))
        return alarm

    def end(self, key: str, at_s: float) -> Alarm | None:
        """Note that an alarm is over; None where it didn't stand."""
        heard = self._monotonic()
        with self._lock:
            before = self._standing.pop(key, None)
        if before is None:
            return None
        alarm = replace(before, ended_s=max(at_s, before.began_s))
        self._tell(Happening(key, alarm, "ended", heard))
        return alarm

    def end_others(self, prefix: str, kept: Iterable[str], at_s: float) -> None:
        """End all alarms whose key begins with ``prefix`` but those in ``kept``."""
        keep = set(kept)
        for key in self.keys(prefix):
            if key not in keep:
                self.end(key, at_s)

    def keys(self, prefix: str = "") -> list[str]:
        """Keys of the standing alarms that begin with ``prefix``."""
        with self._lock:
            return [key for key in self._standing if key.startswith(prefix)]

    def standing(self) -> list[Alarm]:
        """What stands, the newest first."""
        with self._lock:
            return sorted(self._standing.values(), key=lambda alarm: (-alarm.began_s, alarm.id))

    def _tell(self, happening: Happening) -> None:
        for listener in self._listeners:
            try:
                listener(happening)
            except Exception:
                log.exception("a listener to alarms failed")


def _alarm(occurrence: Occurrence, id_: str, began_s: float) -> Alarm:
    return Alarm(
        id=id_,
        code=occurrence.code,
        title=occurrence.title,
        text=occurrence.text or occurrence.title,
        kind=occurrence.kind,
        severity=occurrence.severity,
        began_s=began_s,
        acknowledged=occurrence.acknowledged,
        source=occurrence.source,
        signal=occurrence.signal,
        machine=occurrence.machine,
        component=occurrence.component,
        access=occurrence.access,
    )
