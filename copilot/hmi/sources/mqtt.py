"""Values from an MQTT broker: plain and JSON payloads, and Sparkplug B. Subscribes, and publishes nothing, ever."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import aiomqtt

from copilot.hmi.registry.file import MqttSource, SignalEntry
from copilot.hmi.registry.reading import password_of
from copilot.hmi.sources.base import Intake, SourceLost
from copilot.hmi.sources.payloads import decode
from copilot.hmi.sources.sparkplug import Host, Unreadable, parse
from copilot.hmi.values import Quality, Reading, Signal
from index.errors import UnreadableFile

_TOUCH_S: Final = 2.0
_AT_ONCE: Final = 100  # topics in one subscription


class _Batches(asyncio.Queue[Any]):
    """Gives all that waits in one go: to await thousands of messages one by one costs more than to read them."""

    def _get(self) -> list[aiomqtt.Message]:
        waiting = list(self._queue)  # type: ignore[attr-defined] # documented for subclasses in asyncio's own source
        self._queue.clear()  # type: ignore[attr-defined]
        return waiting


class Mqtt:
    """A broker.

    Args:
        source: Where it is.
        signals: What of it is wanted.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        source: MqttSource,
        signals: Sequence[tuple[Signal, SignalEntry]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._clock = clock
        self._topics: dict[str, list[tuple[Signal, SignalEntry]]] = {}
        metrics: dict[tuple[str, str], list[str]] = {}
        for signal, entry in signals:
            if entry.topic is not None:
                self._topics.setdefault(entry.topic, []).append((signal, entry))
            elif entry.metric is not None and entry.device is not None:
                metrics.setdefault((entry.device, entry.metric), []).append(signal.name)
        self._host = Host(metrics)

    @property
    def name(self) -> str:
        """As in ``signals.toml``."""
        return self._source.name

    async def run(self, intake: Intake) -> None:
        """Deliver until the link breaks; see `Source.run`."""
        source = self._source
        password = password_of(source)
        tls = await asyncio.to_thread(_tls, source)
        self._host.forget()
        try:
            async with aiomqtt.Client(
                source.host,
                source.port,
                username=source.username,
                password=password,
                identifier=source.client_id,
                # A session that outlives the link: with a name of its own, what comes meanwhile waits at the broker.
                clean_session=source.client_id is None,
                keepalive=source.keepalive_s,
                tls_context=tls,
                timeout=10,
                queue_type=_Batches,
            ) as client:
                topics = [*self._topics, *self._host.topics]
                for at in range(0, len(topics), _AT_ONCE):
                    wanted: list[tuple[str, int]] = [(topic, source.qos) for topic in topics[at : at + _AT_ONCE]]
                    granted = await client.subscribe(wanted)
                    self._check(topics[at : at + _AT_ONCE], granted)
                intake.up()
                touching = asyncio.create_task(self._touch(intake))
                try:
                    async for batch in client.messages:
                        self._take(batch, intake)  # type: ignore[arg-type] # as `_Batches` gives them
                finally:
                    touching.cancel()
                    with suppress(asyncio.CancelledError):
                        await touching
        except aiomqtt.MqttError as error:
            raise SourceLost(
                f"The broker of {source.name} ({source.host}:{source.port}) can't be reached or broke off: {error}.",
                "It is tried again by itself; check the broker, the network, user and password.",
            ) from error
        except OSError as error:
            raise SourceLost(
                f"The broker of {source.name} ({source.host}:{source.port}) can't be reached: "
                f"{error.strerror or type(error).__name__}.",
                "It is tried again by itself; check the broker and the network.",
            ) from error

    def _check(self, topics: Sequence[str], granted: Sequence[Any]) -> None:
        refused = [
            topic for topic, code in zip(topics, granted, strict=False) if int(getattr(code, "value", code)) >= 128
        ]
        if refused:
            raise SourceLost(
                f"The broker of {self.name} refuses the topic {refused[0]}"
                + (f" and {len(refused) - 1} more." if len(refused) > 1 else "."),
                "Let this user read it, in the broker's access list.",
            )

    async def _touch(self, intake: Intake) -> None:
        while True:
            await asyncio.sleep(_TOUCH_S)
            if alive := self._host.alive():
                intake.touch(alive)

    def _take(self, batch: Sequence[aiomqtt.Message], intake: Intake) -> None:
        now = self._clock()
        readings: list[Reading] = []
        for message in batch:
            topic = message.topic.value
            payload = message.payload
            if not isinstance(payload, bytes | bytearray) or len(payload) > self._source.max_payload_kb << 10:
                intake.reject()
                continue
            if (wanted := self._topics.get(topic)) is not None:
                self._plain(wanted, bytes(payload), bool(message.retain), now, readings, intake)
            else:
                self._sparkplug(topic, bytes(payload), now, readings, intake)
        if readings:
            intake.take(readings)

    def _plain(
        self,
        wanted: Sequence[tuple[Signal, SignalEntry]],
        payload: bytes,
        retained: bool,
        now: float,
        readings: list[Reading],
        intake: Intake,
    ) -> None:
        for signal, entry in wanted:
            decoded = decode(payload, entry.field, entry.time_field)
            if decoded.value is None:
                intake.reject()
            at_s = decoded.at_s if decoded.at_s is not None else now
            after = signal.stale_after_s
            old = retained and (decoded.at_s is None or (after is not None and now - at_s > after))
            quality: Quality = "uncertain" if old and decoded.quality == "good" else decoded.quality
            readings.append(Reading(signal.name, decoded.value, at_s, quality))
            if old:
                # A retained message may be from last year: it tells what was, not what is, and raises no alarm.
                intake.take(readings)
                readings.clear()
                intake.silence([signal.name])

    def _sparkplug(self, topic: str, payload: bytes, now: float, readings: list[Reading], intake: Intake) -> None:
        try:
            seen = self._host.see(topic, parse(payload), now)
        except Unreadable:
            intake.reject()
            return
        if seen.silenced:
            intake.take(readings)
            readings.clear()
            intake.silence(seen.silenced)
        readings += seen.readings
        if seen.lost or seen.unknown:
            intake.reject(seen.lost + seen.unknown)


def _tls(source: MqttSource) -> ssl.SSLContext | None:
    if not source.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=str(source.ca_file) if source.ca_file else None)
        if source.client_cert is not None:
            context.load_cert_chain(source.client_cert, source.client_key)
    except OSError as error:
        raise UnreadableFile(
            f"A certificate of the source {source.name} can't be used ({error.strerror or type(error).__name__}).",
            "Check ca_file, client_cert and client_key.",
        ) from error
    return context
