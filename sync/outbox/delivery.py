"""Delivering the outbox: at least once, in order, patient with the hub and the network.

An item is taken out only once the hub has said that it has it, so that a device that dies at any moment sends it
again; the hub knows it by its id. An item that the hub will never take is set aside, so that the rest gets through.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import ValidationError

from index.errors import NetworkError, SyncError
from sync.outbox.batching import BATCH_BYTES, Batch, batches
from sync.outbox.channel import Answer, Channel
from sync.outbox.preparing import HeldBack, Preparer
from sync.outbox.store import Outbox
from sync.outbox.wire import OUTBOX_PATH, Problem, Reply

log = logging.getLogger(__name__)

NOT_BEFORE: Final = "not_before"
_DELIVERED_AT: Final = "delivered_at"
_BATCH_AT_FAULT: Final = frozenset({400, 413, 422})
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Patience:
    """How a busy hub or a bad network is borne.

    Attributes:
        attempts: For one batch, in all.
        first_s, longest_s: The wait after a failure is drawn between 0 and ``first_s``, doubled each time, at most
            ``longest_s`` ("full jitter"): https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        willing_s: A hub that asks for a longer wait is asked again at another time.
    """

    attempts: int = 5
    first_s: float = 1.0
    longest_s: float = 60.0
    willing_s: float = 60.0


@dataclass(slots=True)
class Report:
    """What a delivery did.

    Attributes:
        delivered: Items that the hub has now, also those that it had already.
        duplicates: How many of them it had already.
        set_aside: What the hub refused for good, with its reason, by id.
        held: What the policy kept on the device.
    """

    delivered: int = 0
    duplicates: int = 0
    set_aside: dict[str, str] = field(default_factory=dict)
    held: list[HeldBack] = field(default_factory=list)
    bytes_sent: int = 0


class Delivery:
    """Sends what waits.

    Args:
        outbox: What waits.
        channel: The way to the hub.
        preparer: What of it may leave.
        now, sleep, chance: The clock, how to wait (seconds), a number drawn between 0 and 1.
    """

    def __init__(
        self,
        outbox: Outbox,
        channel: Channel,
        preparer: Preparer,
        patience: Patience = Patience(),
        *,
        batch_bytes: int = BATCH_BYTES,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._outbox = outbox
        self._channel = channel
        self._preparer = preparer
        self._patience = patience
        self._batch_bytes = batch_bytes
        self._now = now
        self._sleep = sleep or time.sleep
        self._chance = chance

    def run(self) -> Report:
        """Send everything that waits and may leave. What has been delivered stays delivered, whatever follows.

        Raises:
            NetworkError: The hub can't be reached, is busy, or what answers is no hub.
            SyncError: The hub does not know this device, or another one uses its identity.
            StoreError, ResourceError: The outbox can't be read or written.
        """
        report = Report()
        waiting = self._outbox.items(waiting_only=True)
        instance = self._outbox.instance()
        for batch in batches(waiting, self._preparer.prepare, instance, self._batch_bytes):
            report.held += batch.held
            if batch.ids:
                self._deliver(batch, report)
        self._outbox.remember({NOT_BEFORE: "", _DELIVERED_AT: self._now().isoformat(timespec="seconds")})
        log.info("delivered %d items, %d set aside, %d held", report.delivered, len(report.set_aside), len(report.held))
        return report

    def _deliver(self, batch: Batch, report: Report) -> None:
        attempt = 1
        while batch.ids:
            answer = self._post(batch, report, attempt)
            if answer is not None and answer.status in _BATCH_AT_FAULT:
                self._find_the_poison(batch, answer, report)
                return
            rest = batch if answer is None else self._settle(batch, self._understood(answer, batch), report)
            if answer is not None and rest.ids:
                if len(rest.ids) == len(batch.ids) and attempt >= self._patience.attempts:
                    self._put_off(None)
                    raise NetworkError("The hub takes nothing of what is sent.", "It stays in the outbox; try later.")
                self._wait(attempt, None)
            attempt = attempt + 1 if len(rest.ids) == len(batch.ids) else 1
            batch = rest

    def _post(self, batch: Batch, report: Report, attempt: int) -> Answer | None:
        """The hub's answer; None where it is worth asking again, after a wait."""
        body = batch.compressed()
        try:
            answer = self._channel.post(OUTBOX_PATH, body)
        except NetworkError:
            if attempt == self._patience.attempts:
                self._put_off(None)
                raise
            self._wait(attempt, None)
            return None
        report.bytes_sent += len(body)
        if answer.status in _BUSY:
            asked_s = answer.retry_after_s
            if attempt == self._patience.attempts or (asked_s or 0) > self._patience.willing_s:
                self._put_off(asked_s)
                raise NetworkError(
                    f"The hub is busy (it says {answer.status}).", "What is in the outbox stays there; try later."
                )
            self._wait(attempt, asked_s)
            return None
        return answer

    def _understood(self, answer: Answer, batch: Batch) -> Reply:
        if answer.status in (401, 403, 409):
            raise SyncError(_detail(answer) or _NOT_KNOWN, "The items stay in the outbox. Ask whoever keeps the hub.")
        if 300 <= answer.status < 400:
            raise NetworkError(
                "The hub's address leads elsewhere, and what is in the outbox is not sent after it.",
                "Give the final address in outbox.url; a network that wants a log-in first answers like this too.",
            )
        try:
            if answer.status != 200 or answer.media_type != "application/json":
                raise ValueError
            reply = Reply.model_validate_json(answer.body)
        except (ValidationError, ValueError) as error:
            raise NetworkError(
                f"What answers is no hub (status {answer.status}, {answer.media_type or 'no type'}).",
                "Check outbox.url; a network that wants a log-in first answers like this too.",
            ) from error
        known = set(batch.ids)
        if not known.issuperset([*reply.accepted, *reply.duplicates, *(one.id for one in reply.refused)]):
            raise NetworkError("The hub answers for items that were not sent.", "Check outbox.url.")
        return reply

    def _settle(self, batch: Batch, reply: Reply, report: Report) -> Batch:
        """Take out what the hub has, set aside what it refuses, and return the rest."""
        done = [*reply.accepted, *reply.duplicates]
        self._outbox.remove(done)
        report.delivered += len(done)
        report.duplicates += len(reply.duplicates)
        self._set_aside({one.id: one.reason for one in reply.refused}, report)
        return batch.without({*done, *(one.id for one in reply.refused)})

    def _find_the_poison(self, batch: Batch, answer: Answer, report: Report) -> None:
        if len(batch.ids) == 1:
            reason = _detail(answer) or f"The hub says {answer.status}."
            self._set_aside({batch.ids[0]: reason}, report)
            return
        for half in batch.halves():
            self._deliver(half, report)

    def _set_aside(self, refused: dict[str, str], report: Report) -> None:
        if refused:
            self._outbox.set_aside(refused)
            report.set_aside.update(refused)
            log.warning("the hub refused %d items for good", len(refused))

    def _wait(self, attempt: int, asked_s: float | None) -> None:
        """Wait as long as the hub asked for, or as long as chance says; a little of chance on top of either."""
        backoff_s = min(self._patience.longest_s, self._patience.first_s * 2 ** (attempt - 1)) * self._chance()
        self._sleep(backoff_s if asked_s is None else asked_s + min(backoff_s, 0.1 * asked_s + 1))

    def _put_off(self, asked_s: float | None) -> None:
        wait_s = self._patience.longest_s if asked_s is None else asked_s
        later = self._now() + timedelta(seconds=wait_s * (1 + 0.25 * self._chance()))
        self._outbox.remember({NOT_BEFORE: later.isoformat(timespec="seconds")})


def due(outbox: Outbox, now: datetime) -> bool:
    """Whether the hub may be asked again: for deliveries that nobody waits for.

    A clock that was set back makes no device wait longer than a day.
    """
    said = outbox.remembered(NOT_BEFORE)
    if not said:
        return True
    wait = datetime.fromisoformat(said) - now
    return not timedelta(0) < wait <= timedelta(days=1)


_NOT_KNOWN: Final = "The hub does not know this device, or no longer."


def _detail(answer: Answer) -> str:
    if answer.media_type != "application/problem+json":
        return ""
    try:
        problem = Problem.model_validate_json(answer.body)
    except ValidationError:
        return ""
    return (problem.detail or problem.title)[:1000]
