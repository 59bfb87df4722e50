"""Runs the sources in a thread with a loop of its own: a burst of values never holds up whoever shows them."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

from copilot.hmi.alarms import AlarmBook, Condition, Journal, Rules
from copilot.hmi.alarms.conditions import condition_key, note_condition
from copilot.hmi.board import Board
from copilot.hmi.feed import Feed
from copilot.hmi.registry import Registry
from copilot.hmi.registry.file import ModbusSource, MqttSource, OpcUaSource
from copilot.hmi.sources import Backoff, Source, keep_running
from copilot.hmi.values import Reading
from index.documents import AccessLabel
from index.errors import ResourceError

log = logging.getLogger(__name__)

_TICK_S: Final = 0.5
_STOPPING_S: Final = 15.0
_STRICTNESS: Final = (AccessLabel.PUBLIC, AccessLabel.INTERNAL, AccessLabel.RESTRICTED)


class Monitor:
    """Watches the plant.

    Args:
        registry: What there is.
        board: Where values go.
        book: Where alarms go.
        journal: Where minutes are kept; None keeps none.
        feed: Told of changes.
        clock: Seconds since 1970.
        backoff: Of sources that can't be reached.
        build: Makes a source; default: by its kind.
    """

    def __init__(
        self,
        registry: Registry,
        board: Board,
        book: AlarmBook,
        journal: Journal | None,
        feed: Feed,
        clock: Callable[[], float],
        *,
        backoff: Backoff | None = None,
        build: Callable[[Registry, str, Callable[[], float]], Source] | None = None,
    ) -> None:
        self._registry = registry
        self._board = board
        self._book = book
        self._journal = journal
        self._feed = feed
        self._clock = clock
        self._backoff = backoff
        self._build = build or build_source
        self._rules = Rules(registry, book)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @property
    def running(self) -> bool:
        """Whether it watches."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin to watch; returns at once. Nothing happens where it watches already.

        Raises:
            ResourceError: The hmi extra is not installed.
        """
        if self.running:
            return
        sources = [self._made(name) for name in self._registry.sources]
        begun = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(sources, begun)), name="live signals", daemon=True
        )
        self._thread.start()
        begun.wait()

    def stop(self) -> None:
        """Hang up, and wait until everything is closed."""
        thread, loop, stop = self._thread, self._loop, self._stop
        if thread is None or loop is None or stop is None:
            return
        with suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(stop.set)
        thread.join(_STOPPING_S)
        self._thread = None

    def _made(self, name: str) -> Source:
        try:
            return self._build(self._registry, name, self._clock)
        except ModuleNotFoundError as error:
            raise ResourceError(
                f"Live signals can't be read: the Python module “{error.name}” is not installed.",
                "Install the extra: pip install 'edge-copilot[hmi]'",
            ) from error

    async def _run(self, sources: Sequence[Source], begun: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_note_fault)
        self._stop = asyncio.Event()
        begun.set()
        tasks = [asyncio.create_task(self._keep(source)) for source in sources]
        tasks.append(asyncio.create_task(self._tick()))
        await self._stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._journal is not None:
            self._journal.note_minutes(self._board.ended_minutes())

    async def _keep(self, source: Source) -> None:
        intake = _Intake(self, source.name)
        await keep_running(
            source,
            intake,
            intake.down,
            was_up=intake.was_up,
            backoff=self._backoff,
            rng=random.Random(),  # noqa: S311
        )

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            try:
                self._rules.tick(self._clock())
                self._feed.changed(self._board.grown_old())
                if self._journal is not None:
                    self._journal.note_minutes(self._board.ended_minutes())
            except Exception:
                log.exception("live signals: the periodic look failed")

    def take(self, readings: Sequence[Reading]) -> None:
        """Values of any source."""
        noted = self._board.take(readings)
        self._rules.look_at(noted)
        self._feed.changed({reading.signal for reading in noted})

    def silence(self, signals: Sequence[str]) -> None:
        """Nothing is known of these signals any more."""
        self._board.silence(signals)
        self._feed.changed(signals)

    def up(self, source: str) -> None:
        """A source is connected."""
        self._board.source_up(source)

    def down(self, source: str, reason: str) -> None:
        """A source is lost."""
        self._board.source_down(source, reason)
        self._feed.changed(signal.name for signal, _ in self._registry.of_source(source))

    def touch(self, signals: Iterable[str]) -> None:
        """The source stands for the last values of these signals."""
        self._board.touch(signals)

    def reject(self, source: str, count: int) -> None:
        """Something came that can't be read."""
        self._board.source_rejected(source, count)

    def condition(self, source: str, condition: Condition) -> None:
        """The state of an alarm condition."""
        signals = [signal for signal, _ in self._registry.of_source(source)]
        # An alarm may tell what any of the source's signals tells: it is as private as the most private of them.
        access = max((signal.access for signal in signals), key=_STRICTNESS.index, default=AccessLabel.RESTRICTED)
        machine = next((signal.machine for signal in signals if signal.machine), "")
        note_condition(self._book, source, condition, codes=self._registry.codes, access=access, machine=machine)

    def conditions_are(self, source: str, ids: Iterable[str]) -> None:
        """Of all conditions of a source exactly these stand."""
        kept = [condition_key(source, one) for one in ids]
        self._book.end_others(condition_key(source, ""), kept, self._clock())


def _note_fault(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a library leaves behind in the loop, such as the error of a link that nobody waited for any more."""
    error = context.get("exception")
    log.info("live signals: %s", type(error).__name__ if error is not None else "a fault in the loop")


class _Intake:
    """What one source talks to."""

    def __init__(self, monitor: Monitor, source: str) -> None:
        self._monitor = monitor
        self._source = source
        self._up = False

    def was_up(self) -> bool:
        return self._up

    def up(self) -> None:
        if not self._up:
            self._up = True
            self._monitor.up(self._source)

    def down(self, reason: str) -> None:
        self._up = False
        self._monitor.down(self._source, reason)

    def take(self, readings: Sequence[Reading]) -> None:
        self._monitor.take(readings)

    def touch(self, signals: Iterable[str]) -> None:
        self._monitor.touch(signals)

    def silence(self, signals: Iterable[str]) -> None:
        self._monitor.silence(list(signals))

    def reject(self, count: int = 1) -> None:
        self._monitor.reject(self._source, count)

    def condition(self, condition: Condition) -> None:
        self._monitor.condition(self._source, condition)

    def conditions_are(self, ids: Iterable[str]) -> None:
        self._monitor.conditions_are(self._source, ids)


def build_source(registry: Registry, name: str, clock: Callable[[], float]) -> Source:
    """The source of this name; its protocol's library is imported only now.

    Raises:
        ModuleNotFoundError: That library is not installed.
    """
    source = registry.sources[name]
    signals = registry.of_source(name)
    match source:
        case OpcUaSource():
            from copilot.hmi.sources.opcua import OpcUa

            return OpcUa(source, signals, clock)
        case MqttSource():
            from copilot.hmi.sources.mqtt import Mqtt

            return Mqtt(source, signals, clock)
        case ModbusSource():
            from copilot.hmi.sources.modbus import Modbus

            return Modbus(source, signals, clock)
