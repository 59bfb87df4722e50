"""Builds the live side from the settings, and gives every face what it shows of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from copilot.hmi.advice import Adviser, Library
from copilot.hmi.alarms import AlarmBook, Happening, Journal
from copilot.hmi.board import Board
from copilot.hmi.context import LivePresent
from copilot.hmi.feed import AdviceReady, AlarmChanged, Feed, FeedEvent
from copilot.hmi.history.history import movement
from copilot.hmi.monitor import Monitor
from copilot.hmi.past import Past
from copilot.hmi.registry import Registry, read_registry
from copilot.hmi.summary import make_summary
from copilot.hmi.values import Advice, Alarm, Movement, Remark, Scalar, SignalState, SourceState, Summary
from copilot.hmi.wire import PointJson, iso
from copilot.settings.hmi import FILE_NAME
from index.errors import EdgeCopilotError, NotThere
from index.passages import Passage, SearchFilter, SearchResult

if TYPE_CHECKING:
    from copilot.settings import Settings

log = logging.getLogger(__name__)

JOURNAL_NAME: Final = "alarms.db"
_ADVICES_KEPT: Final = 500
_REMARKS: Final = 200
_POINTS: Final = 2000
_LOOK_S: Final = 0.05


class Live:
    """The live side of the machine. Nothing is connected to before `start`. Close it after use.

    Args:
        settings: Of the data directory.
        library: Gives the documents, for advice; None: no advice from documents.
        past: Gives the notes; None: none are kept.
        clock, monotonic: Seconds since 1970, and seconds that only go forward.

    Raises:
        UsageError, UnreadableFile: ``signals.toml`` can't be used.
    """

    def __init__(
        self,
        settings: Settings,
        library: Callable[[], Library] | None = None,
        past: Callable[[], Past] | None = None,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self._monotonic = monotonic
        self._library = library
        self._past = past
        path = settings.hmi.signals_file(settings.data_dir)
        self.registry = read_registry(path) if path is not None else Registry(settings.data_dir / FILE_NAME)
        hmi = settings.hmi
        self.board = Board(self.registry, clock, values=hmi.history_values, minutes=hmi.history_hours * 60)
        self.book = AlarmBook(monotonic)
        self.feed = Feed(self.board.states)
        self.journal = Journal(
            settings.data_dir / JOURNAL_NAME,
            settings.index.read_key(),
            clock,
            keep_days=hmi.keep_days,
            keep_minutes_hours=hmi.history_hours,
        )
        self._advisers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="advice")
        self._advices: dict[str, Advice] = {}
        self._lock = threading.Lock()
        self._monitor: Monitor | None = None

    @property
    def configured(self) -> bool:
        """Whether there are any signals or sources."""
        return bool(self.registry.sources)

    @property
    def running(self) -> bool:
        """Whether the plant is watched now."""
        return self._monitor is not None and self._monitor.running

    @cached_property
    def present(self) -> LivePresent:
        """What of it belongs to a question; for the answer flow."""
        return LivePresent(self.registry, self.board, self.book.standing, self.clock, lambda: self.running)

    @cached_property
    def adviser(self) -> Adviser:
        """Makes advice."""
        return Adviser(
            _Documents(self._library) if self._library is not None else _NoDocuments(),
            self._past() if self._past is not None else None,
            self.journal,
            self.present.states_for,
            clock=self.clock,
            monotonic=self._monotonic,
            collections=self.registry.advice.collections,
            logbooks=self.registry.advice.logbooks,
        )

    def start(self) -> None:
        """Begin to watch the plant; returns at once, and connects in the background.

        Raises:
            ResourceError: The hmi extra is not installed.
            StoreError: The journal of alarms can't be read.
        """
        if self.running or not self.configured:
            return
        if self._monitor is None:
            self.book.restore(self.journal.standing())
            for name, minutes in self.journal.minutes(self.clock() - self.settings.hmi.history_hours * 3600).items():
                self.board.restore(name, minutes)
            self.book.listen(self._on_alarm)
            self._monitor = Monitor(self.registry, self.board, self.book, self.journal, self.feed, self.clock)
        self._monitor.start()
        self._advisers.submit(self.adviser.warm)
        for alarm in self.book.standing():
            self._prepare(alarm, None)

    def look(self, wait_s: float) -> None:
        """Begin to watch, and wait until every signal was heard, but no longer than that. Call it off the event loop.

        Raises:
            ResourceError, StoreError: As `start`.
        """
        self.start()
        end = self._monotonic() + wait_s
        while self._monotonic() < end and any(state.quality == "unknown" for state in self.board.states()):
            time.sleep(_LOOK_S)

    def stop(self) -> None:
        """Hang up; what is known stays, and grows stale."""
        if self._monitor is not None:
            self._monitor.stop()

    def close(self) -> None:
        """Hang up, and write what waits. It can't be started again."""
        self.stop()
        self._advisers.shutdown(wait=True, cancel_futures=True)
        self.journal.close()

    def sources(self) -> list[SourceState]:
        """How each source fares."""
        return self.board.sources()

    def signals(self, names: Sequence[str] | None = None) -> list[SignalState]:
        """Signals as of now; all, or those named.

        Raises:
            NotThere: There is no signal of a name.
        """
        for name in names or ():
            if name not in self.registry.signals:
                raise NotThere(f"There is no signal “{name}”.", "See which there are: edge-copilot signals list")
        return self.board.states(names)

    def history(self, name: str, since_s: float = 0.0, points: int = 500) -> list[PointJson]:
        """A signal's history, oldest first: the last values one by one, what is older by the minute.

        Raises:
            NotThere: There is no such signal.
        """
        self.signals([name])
        points = max(1, min(points, _POINTS))
        values = self.board.values(name, since_s)
        begun = values[0][0] if values else float("inf")
        minutes = [one for one in self.board.minutes(name, since_s) if one.start_s + 60 <= begun]
        found = [
            PointJson(at=iso(one.start_s), value=one.total / one.count, least=one.least, most=one.most)
            for one in minutes
        ]
        found += [PointJson(at=iso(at), value=value) for at, value in _thinned(values, points)]
        return found[-points:]

    def alarms(self, since_s: float | None = None, limit: int = 500) -> list[Alarm]:
        """The standing alarms; with ``since_s`` those too that are over and stood after it, the newest first.

        Raises:
            StoreError, ResourceError: The journal can't be read.
        """
        standing = self.book.standing()
        if since_s is None:
            return standing[:limit]
        self.journal.flush(1.0)
        known = {alarm.id for alarm in standing}
        over = [alarm for alarm in self.journal.alarms(since_s, limit=limit) if alarm.id not in known]
        if not self.running:
            return sorted((*standing, *over), key=lambda alarm: -alarm.began_s)[:limit]
        # What the journal has as standing and the book hasn't, ended while its entry was being written.
        over = [alarm for alarm in over if alarm.ended_s is not None]
        return (standing + over)[:limit]

    def advices(self) -> list[Advice]:
        """The advice for each standing alarm that is ready, the newest alarm first."""
        with self._lock:
            ready = dict(self._advices)
        found = [replace(ready[alarm.id], alarm=alarm) for alarm in self.book.standing() if alarm.id in ready]
        return sorted(found, key=lambda advice: -advice.alarm.began_s)

    def advice(self, alarm_id: str) -> Advice:
        """The advice for an alarm, made now where it isn't ready. Takes a search; call it off the event loop.

        Raises:
            NotThere: There is no such alarm.
        """
        with self._lock:
            ready = self._advices.get(alarm_id)
        if ready is not None:
            return ready
        for alarm in self.alarms(0.0):
            if alarm.id == alarm_id:
                return self.adviser.advise(alarm)
        raise NotThere(f"There is no alarm “{alarm_id}”.", "See which there are: edge-copilot signals summary")

    def advise_code(self, code: str) -> Advice:
        """What would be advised for a fault code, whether it stands or not. Takes a search."""
        entry = self.registry.codes.get(code)
        title = entry.title if entry is not None else code
        severity = (entry.severity if entry is not None else None) or "medium"
        now = self.clock()
        standing = next((alarm for alarm in self.book.standing() if alarm.code == code), None)
        return self.adviser.advise(standing or Alarm(f"code-{code}", code, title, title, "code", severity, now, now))

    def summary(self, since_s: float) -> Summary:
        """What happened since then. Reads files; call it off the event loop."""
        now = self.clock()
        notices: list[str] = []
        alarms: list[Alarm] = []
        movements: list[Movement] = []
        remarks: Sequence[Remark] = ()
        try:
            alarms = self.alarms(since_s, 10_000)
        except EdgeCopilotError as error:
            notices.append(f"Earlier alarms are left out: {error.message}")
        if self.journal.failed:
            notices.append(self.journal.failed)
        try:
            movements = self._movements(since_s, now)
        except EdgeCopilotError as error:
            notices.append(f"How the signals went is left out: {error.message}")
        if self._past is not None:
            try:
                remarks = self._past().between(since_s, now, _REMARKS)
            except EdgeCopilotError as error:
                notices.append(f"Notes are left out: {error.message}")
        notices += [
            f"{source.name} has had no link since {iso(source.since_s)}: {source.reason}"
            for source in self.sources()
            if self.running and source.condition == "down"
        ]
        return make_summary(since_s, now, alarms, movements, remarks, notices=notices)

    async def follow(self) -> AsyncGenerator[FeedEvent, None]:
        """Changed signals, alarms and advice as they come, until the generator is closed."""
        async for event in self.feed.follow():
            yield event

    def _movements(self, since_s: float, now: float) -> list[Movement]:
        kept = {} if self.running else self.journal.minutes(since_s)
        found = []
        for name, signal in self.registry.signals.items():
            minutes = self.board.minutes(name, since_s, now) or kept.get(name, [])
            if (one := movement(signal, minutes)) is not None:
                found.append(one)
        return found

    def _on_alarm(self, happening: Happening) -> None:
        self.journal.note(happening)
        self.feed.happened(AlarmChanged(happening.alarm))
        if happening.what == "raised":
            self._prepare(happening.alarm, happening.heard_s)

    def _prepare(self, alarm: Alarm, heard_s: float | None) -> None:
        try:
            done: Future[Advice] = self._advisers.submit(self.adviser.advise, alarm, heard_s)
        except RuntimeError:  # it is being closed
            return
        done.add_done_callback(self._ready)

    def _ready(self, done: Future[Advice]) -> None:
        if done.cancelled():
            return
        if (error := done.exception()) is not None:
            log.warning("an advice could not be made: %s", type(error).__name__)
            return
        advice = done.result()
        with self._lock:
            self._advices[advice.alarm.id] = advice
            while len(self._advices) > _ADVICES_KEPT:
                del self._advices[next(iter(self._advices))]
        self.feed.happened(AdviceReady(advice))


class _Documents:
    """The documents, opened when they are first looked into: signals are watched also where there is no index yet."""

    def __init__(self, library: Callable[[], Library]) -> None:
        self._open = library

    def search(self, query: str, k: int = 5, filter: SearchFilter = SearchFilter()) -> SearchResult:  # noqa: A002, B008
        return self._open().search(query, k, filter)

    def whole_section(self, passage: Passage) -> Passage:
        return self._open().whole_section(passage)

    def documents(self) -> Sequence[tuple[str, str]]:
        return self._open().documents()


class _NoDocuments:
    """A library where there is none: advice then comes from notes and earlier alarms alone."""

    def search(self, query: str, k: int = 5, filter: object = None) -> SearchResult:  # noqa: A002
        return SearchResult(query, 0.0, (), "lexical")

    def whole_section(self, passage: Passage) -> Passage:
        return passage

    def documents(self) -> Sequence[tuple[str, str]]:
        return ()


def _thinned(values: Sequence[tuple[float, Scalar]], most: int) -> list[tuple[float, Scalar]]:
    """At most ``most`` values, spread evenly, the last one among them."""
    if len(values) <= most:
        return list(values)
    step = (len(values) - 1) / max(1, most - 1)
    return [values[round(at * step)] for at in range(most)]
