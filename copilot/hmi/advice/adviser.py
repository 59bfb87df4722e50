"""Makes an advice for an alarm: what it means, the first steps, and what happened before, all quoted with its place."""

from __future__ import annotations

import fnmatch
import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

from copilot.hmi.advice.naming import names
from copilot.hmi.advice.quoting import meaning_of, steps_of
from copilot.hmi.past import Past, shortened
from copilot.hmi.saying import clock_text, span_text
from copilot.hmi.values import Advice, Alarm, Incident, SignalState, Step
from index.errors import EdgeCopilotError
from index.passages import Passage, SearchFilter, SearchResult

log = logging.getLogger(__name__)

T = TypeVar("T")

_PASSAGES: Final = 5
_INCIDENTS: Final = 4
_NOTHING: Final = SearchResult("", 0.0, (), "lexical")


class Library(Protocol):
    """The documents, as far as advice looks into them. Called off the event loop."""

    def search(self, query: str, k: int = ..., filter: SearchFilter = ...) -> SearchResult:  # noqa: A002 - as in the index
        """Passages for ``query``, best first."""
        ...

    def whole_section(self, passage: Passage) -> Passage:
        """The passage grown to its section."""
        ...

    def documents(self) -> Sequence[tuple[str, str]]:
        """Path and title of every document."""
        ...


class PastAlarms(Protocol):
    """Alarms that are over."""

    def same_before(self, alarm: Alarm, limit: int = ...) -> Sequence[Alarm]:
        """When this alarm came before, the newest first."""
        ...


class Adviser:
    """Makes advice. Every part that can't be read is left out: half an advice is better than none.

    Args:
        library: The documents.
        past: The notes; None where none are kept.
        alarms: Earlier alarms; None where none are kept.
        signals: Gives the signals that matter to an alarm, by the passages found for it.
        clock, monotonic: Seconds since 1970, and seconds that only go forward.
        collections: Where to look; empty: everywhere.
        logbooks: Patterns of the names of documents that tell of what happened before.
    """

    def __init__(
        self,
        library: Library,
        past: Past | None,
        alarms: PastAlarms | None,
        signals: Callable[[Alarm, Sequence[Passage]], Sequence[SignalState]],
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        collections: Sequence[str] = (),
        logbooks: Sequence[str] = (),
    ) -> None:
        self._library = library
        self._past = past
        self._alarms = alarms
        self._signals = signals
        self._clock = clock
        self._monotonic = monotonic
        self._collections = tuple(collections)
        self._logbooks = tuple(pattern.casefold() for pattern in logbooks)

    def warm(self) -> None:
        """Look something up, so that the first alarm doesn't wait for what is loaded at the first search."""
        self._attempt(lambda: self._search("alarm", ()), _NOTHING)

    def advise(self, alarm: Alarm, heard_s: float | None = None) -> Advice:
        """Make the advice for ``alarm``.

        Args:
            alarm: As it came in.
            heard_s: When it came in, on the clock that only goes forward; None: now.
        """
        heard_s = self._monotonic() if heard_s is None else heard_s
        none: tuple[str, ...] = ()
        books = self._attempt(self._logbook_documents, none)
        found = self._attempt(lambda: self._search(_query(alarm), ()), _NOTHING)
        telling = _telling(alarm, [one for one in found.passages if one.document not in books])
        passages = [self._whole(passage) for passage in telling]
        meaning, meaning_at = meaning_of(alarm, passages)
        steps = steps_of(alarm, passages)
        kept = sorted({step.citation for step in steps} | ({meaning_at} if meaning_at is not None else set()))
        kept = kept or list(range(min(1, len(passages))))
        numbers = {at: number for number, at in enumerate(kept)}
        return Advice(
            alarm=alarm,
            meaning=meaning,
            meaning_citation=numbers[meaning_at] if meaning_at is not None else None,
            steps=tuple(Step(step.text, numbers[step.citation]) for step in steps),
            passages=tuple(telling[at] for at in kept),
            incidents=tuple(self._incidents(alarm, books)),
            signals=tuple(self._attempt(lambda: self._signals(alarm, telling), ())),
            prepared_s=self._clock(),
            took_ms=(self._monotonic() - heard_s) * 1000,
        )

    def _incidents(self, alarm: Alarm, books: tuple[str, ...]) -> list[Incident]:
        noted: Sequence[Incident] = ()
        if self._past is not None:
            past = self._past
            noted = self._attempt(lambda: past.about(alarm, _INCIDENTS), ())
        logged: Sequence[Incident] = ()
        if books and alarm.code:
            logged = self._attempt(lambda: self._from_logbooks(alarm, books), ())
        before: Sequence[Alarm] = ()
        if self._alarms is not None:
            alarms = self._alarms
            before = self._attempt(lambda: alarms.same_before(alarm, _INCIDENTS), ())
        return [*noted, *logged, *([_of_alarms(before, self._clock())] if before else [])]

    def _from_logbooks(self, alarm: Alarm, books: tuple[str, ...]) -> list[Incident]:
        incidents = []
        for passage in self._search(alarm.code, books).passages:
            if not names(passage.text, alarm.code):
                continue
            incidents.append(
                Incident(
                    kind="logbook",
                    when=passage.section[-1] if passage.section else passage.title,
                    text=shortened(_body(passage)),
                    reference=" › ".join((passage.title, *passage.section[-1:])),
                    chunk_id=passage.chunk_id,
                    collection=passage.collection,
                )
            )
        return incidents[:_INCIDENTS]

    def _search(self, query: str, documents: tuple[str, ...]) -> SearchResult:
        return self._library.search(query, _PASSAGES, SearchFilter(self._collections, documents))

    def _whole(self, passage: Passage) -> Passage:
        return self._attempt(lambda: self._library.whole_section(passage), passage)

    def _logbook_documents(self) -> tuple[str, ...]:
        found = self._library.documents()
        return tuple(path for path, title in found if self._is_logbook(path) or self._is_logbook(title))

    def _is_logbook(self, name: str) -> bool:
        return any(fnmatch.fnmatch(name.casefold(), pattern) for pattern in self._logbooks)

    def _attempt(self, part: Callable[[], T], otherwise: T) -> T:
        try:
            return part()
        except EdgeCopilotError as error:
            log.warning("a part of an advice is missing: %s", type(error).__name__)
            return otherwise


def _query(alarm: Alarm) -> str:
    title = alarm.title if alarm.kind != "limit" else f"{alarm.title} {alarm.component}"
    return " ".join(dict.fromkeys(filter(None, (alarm.code, title, alarm.component if not alarm.code else ""))))


def _telling(alarm: Alarm, found: Sequence[Passage]) -> list[Passage]:
    """Passages that speak of this alarm: those that hold its code, as a neighbour's misleads; without one, the best."""
    if not alarm.code:
        return list(found[:1])
    return [one for one in found if names("\n".join((one.title, *one.section, one.text)), alarm.code)]


def _of_alarms(before: Sequence[Alarm], now_s: float) -> Incident:
    """The same alarm's earlier comings as one incident."""
    last = before[0]
    lasted = f", for {span_text(last.ended_s - last.began_s)}" if last.ended_s is not None else ""
    times = "once" if len(before) == 1 else f"at least {len(before)} times"
    return Incident(
        kind="alarm",
        when=clock_text(last.began_s, now_s),
        text=f"Came {times} before, last at {clock_text(last.began_s, now_s)}{lasted}.",
        reference=last.id,
    )


def _body(passage: Passage) -> str:
    """A passage without the headings that it repeats."""
    lines = passage.text.splitlines()
    while lines and lines[0].lstrip("# ").strip() in (passage.title, *passage.section):
        lines.pop(0)
    return "\n".join(lines)
