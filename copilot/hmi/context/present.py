"""The live side as the answer flow sees it; see `copilot.answering.present`."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Sequence
from datetime import tzinfo
from typing import Final

from copilot.answering.present import COLLECTION, NOTHING, Now
from copilot.hmi.board import Board
from copilot.hmi.context.choosing import Asked, alarms_for, meant_alarms, signals_for
from copilot.hmi.context.telling import tell_alarm, tell_signal
from copilot.hmi.registry import Registry
from copilot.hmi.values import Alarm, SignalState
from index.documents import AccessLabel
from index.passages import Passage, SearchFilter, SearchResult
from index.search.identifiers import extract, squeeze

_FIRST_ID: Final = -(2**40) - 1
"""Chunk ids of the moment are below those of everything else that is no chunk; see `copilot.answering.context`."""
_ALARM_IDS: Final = 1 << 34
TITLE: Final = "Live signals"
_MOST_TOLD: Final = 8


class LivePresent:
    """Chooses and tells what is so now.

    Args:
        registry: Which signals there are.
        board: Their values.
        standing: Gives the standing alarms.
        clock: Seconds since 1970.
        watching: Whether the plant is watched; while it isn't, nothing is said of it.
        zone: For times of day; default: this device's.
    """

    def __init__(
        self,
        registry: Registry,
        board: Board,
        standing: Callable[[], Sequence[Alarm]],
        clock: Callable[[], float],
        watching: Callable[[], bool] = lambda: True,
        zone: tzinfo | None = None,
    ) -> None:
        self._registry = registry
        self._board = board
        self._standing = standing
        self._clock = clock
        self._watching = watching
        self._zone = zone
        self._numbers = {name: number for number, name in enumerate(registry.signals)}

    def meant(self, question: str) -> str:
        """The codes and names of the alarms that a question is about without naming them."""
        if not self._watching():
            return ""
        current = [alarm for alarm in self._standing() if self._holds(alarm)]
        alarms = meant_alarms(question, Asked.of(question), current)
        return ", ".join(dict.fromkeys(_named(alarm) for alarm in alarms))

    def now(self, question: str, found: SearchResult, filter: SearchFilter) -> Now:  # noqa: A002 - as in the search
        """The alarms and signals that matter to ``question``."""
        if not self._watching() or not _may_look(filter):
            return NOTHING
        asked = Asked.of(question)
        standing = self._standing()
        alarms = alarms_for(question, asked, standing)
        states = signals_for(asked, self._registry, self._board.states, alarms, found.passages)
        passages = [self._alarm(alarm) for alarm in alarms][:_MOST_TOLD]
        if asked.alarms and not alarms:
            passages.append(self._no_alarm())
        read = found.passages[:3] if asked.trouble else ()
        near = _identifiers(question, read) - {squeeze(alarm.code) for alarm in alarms}
        passages += [self._signal(state, near) for state in states]
        named = [state for state in states if state.signal.title.casefold() in question.casefold()]
        settles = bool(passages) and (asked.alarms or (asked.moment and bool(named))) and not asked.identifiers
        return Now(tuple(passages[:_MOST_TOLD]), settles and "why" not in question.casefold())

    def states_for(self, alarm: Alarm, found: Sequence[Passage]) -> list[SignalState]:
        """The signals that matter to an alarm."""
        asked = Asked.of(f"why {alarm.code} {alarm.title} {alarm.component}")
        return signals_for(asked, self._registry, self._board.states, [alarm], found)

    def _holds(self, alarm: Alarm) -> bool:
        return self._board.source_holds(alarm.source)

    def _signal(self, state: SignalState, near: Collection[str]) -> Passage:
        signal = state.signal
        told = [one for one in signal.identifiers if squeeze(one) in near and one not in self._registry.codes]
        reason = next(
            (one.reason for one in self._board.sources() if one.name == signal.source and one.condition == "down"), ""
        )
        return _passage(
            _FIRST_ID - self._numbers[signal.name],
            f"signals/{signal.name}",
            signal.title,
            signal.machine or signal.component,
            tell_signal(state, reason, self._zone, told),
            signal.access,
        )

    def _alarm(self, alarm: Alarm) -> Passage:
        return _passage(
            _FIRST_ID - _ALARM_IDS - zlib.crc32(alarm.id.encode()),
            f"signals/alarms/{alarm.id}",
            alarm.code or alarm.title,
            alarm.machine or alarm.component,
            tell_alarm(alarm, self._clock(), self._holds(alarm), self._zone),
            alarm.access,
        )

    def _no_alarm(self) -> Passage:
        down = [one.name for one in self._board.sources() if one.condition != "up"]
        text = "No alarm is known to stand."
        if down:
            text += f" Nothing is known of what {', '.join(down)} would tell: no link."
        strictest = AccessLabel.RESTRICTED
        return _passage(_FIRST_ID - 2 * _ALARM_IDS, "signals/alarms", "Alarms", "", text, strictest)


def _named(alarm: Alarm) -> str:
    return alarm.title if not alarm.code or alarm.code in alarm.title else f"{alarm.code} {alarm.title}"


def _identifiers(question: str, found: Sequence[Passage]) -> set[str]:
    texts = [question, *("\n".join((passage.title, *passage.section[-1:], passage.text)) for passage in found)]
    return {squeeze(form) for text in texts for form in extract(text)}


def _may_look(wanted: SearchFilter) -> bool:
    if wanted.documents or wanted.languages:
        return any(one.startswith("signals/") for one in wanted.documents)
    return not wanted.collections or COLLECTION in wanted.collections


def _passage(chunk_id: int, document: str, title: str, section: str, text: str, access: AccessLabel) -> Passage:
    return Passage(
        rank=1,
        score=1.0,
        document=document,
        title=title,
        section=(TITLE, section) if section else (TITLE,),
        page=None,
        text=text,
        chunk_id=chunk_id,
        chunk_ids=(chunk_id,),
        collection=COLLECTION,
        access=access,
        language="en",
        start=0,
        end=len(text),
    )
