"""What this device can do by voice beside answering: its notes and its alarms behind the session's seams."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from copilot.hmi.context.telling import tell_alarm
from copilot.hmi.values import SEVERITIES
from copilot.notes import Origin
from copilot.voice.guiding import SpokenGuide
from copilot.voice.session import Abilities
from index.errors import EdgeCopilotError

if TYPE_CHECKING:
    from copilot.hmi.parts import Live
    from copilot.notes import Notes
    from copilot.procedures import Guide

log = logging.getLogger(__name__)

TAG = "voice"
"""Notes that were spoken carry it: a name in them may have been heard wrongly."""


class SpokenNotes:
    """Keeps what was said as a note.

    Args:
        notes: The device's.
        conversation: That it belongs to; None for none.
    """

    def __init__(self, notes: Notes, conversation: str | None = None) -> None:
        self._notes = notes
        self._conversation = conversation

    def keep(self, text: str, question: str) -> str:
        """See `seams.NoteKeeper`."""
        origin = Origin(conversation=self._conversation, question=question) if question else None
        return self._notes.add(text[:1].upper() + text[1:], tags=(TAG,), origin=origin).notice

    def machine(self) -> str:
        """See `seams.NoteKeeper`."""
        return self._notes.context().machine


class LiveAlarms:
    """Tells the alarms that stand.

    Args:
        live: The machine's signals and alarms.
    """

    def __init__(self, live: Live) -> None:
        self._live = live

    def alarms(self) -> Sequence[str] | None:
        """See `seams.AlarmReader`."""
        if not self._live.configured:
            return None
        standing = sorted(
            self._live.book.standing(),
            key=lambda alarm: (SEVERITIES.index(alarm.severity), alarm.began_s),
            reverse=True,
        )
        now_s = self._live.clock()
        up = {source.name for source in self._live.sources() if source.condition == "up"}
        return [tell_alarm(alarm, now_s, alarm.source in up or not alarm.source) for alarm in standing]


def abilities_of(
    notes: Notes | None,
    live: Callable[[], Live] | None,
    expert: bool,
    conversation: str | None = None,
    guide: Guide | None = None,
) -> Abilities:
    """All that a device can do by voice.

    Args:
        notes: Its notes; None where whoever talks may keep none.
        live: Gives its live side; None where whoever talks may not see it. Where it can't be used, alarms are not
            known.
        expert: Whether a larger model elsewhere may be asked.
        conversation: That notes belong to; None for none.
        guide: Its procedures; None where whoever talks may keep no records.
    """
    try:
        alarms = LiveAlarms(live()) if live is not None else None
    except EdgeCopilotError as error:
        log.warning("alarms are not known: %s", type(error).__name__)
        alarms = None
    return Abilities(
        notes=SpokenNotes(notes, conversation) if notes is not None else None,
        guide=SpokenGuide(guide) if guide is not None else None,
        alarms=alarms,
        expert=expert,
    )
