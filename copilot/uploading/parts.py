"""Builds what handing in needs from the settings; the faces call this."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from filelock import FileLock, Timeout

from index.errors import EdgeCopilotError, StoreBusy, UsageError
from index.store import Store
from index.store.faults import files_translated
from sync.outbox import Draft, Outbox, OutboxPolicy, Preparer, Receipt, find_policy
from sync.outbox.batching import Batch, batches
from sync.outbox.channel import Credentials, HttpChannel
from sync.outbox.delivery import Delivery, Patience, Report, due
from sync.outbox.reporting import report_health

if TYPE_CHECKING:
    from copilot.settings import Settings

log = logging.getLogger(__name__)

_HURRIED: Final = Patience(attempts=3, longest_s=10.0, willing_s=10.0)  # somebody waits for the sync to end


class Uploading:
    """The outbox of this device, and what may become of it. Close it after use.

    Args:
        settings: Of the data directory.
        clock: The time, with a time zone.
    """

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.settings = settings
        self.clock = clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the outbox."""
        if "outbox" in self.__dict__:
            self.outbox.close()

    @cached_property
    def outbox(self) -> Outbox:
        """What waits; under the index's key."""
        settings = self.settings
        return Outbox(
            settings.outbox_file,
            settings.index.read_key(),
            max_bytes=settings.outbox.max_mb << 20,
            now=self.clock,
        )

    @cached_property
    def policy(self) -> OutboxPolicy:
        """What may leave.

        Raises:
            UsageError: It can't be read; then nothing leaves.
        """
        return OutboxPolicy.load(find_policy(self.settings.data_dir, self.settings.outbox.policy))

    @property
    def configured(self) -> bool:
        """Whether there is anybody to hand in to."""
        return self.settings.outbox.url is not None

    def put(self, draft: Draft, item_id: str | None = None) -> Receipt:
        """Keep an item until it is delivered; see `Outbox.put`."""
        return self.outbox.put(draft, item_id)

    def remove(self, ids: Sequence[str]) -> int:
        """Take items out that nobody has yet; see `Outbox.remove`."""
        return self.outbox.remove(ids)

    def preview(self) -> Iterator[Batch]:
        """The batches that a delivery would send now, with the exact bytes; nothing leaves.

        Raises:
            UsageError: The policy can't be read.
            StoreError: The outbox is there but can't be read.
        """
        self._gather_notes()
        if not self.outbox.path.exists():
            return
        prepare = Preparer(self.policy).prepare
        yield from batches(self.outbox.items(waiting_only=True), prepare, self.outbox.instance())

    def deliver(self, *, only_when_due: bool = False, patience: Patience | None = None) -> Report | None:
        """Hand in what waits and may leave.

        Args:
            only_when_due: Do nothing where the hub asked to be left alone for now, or where nobody is configured.

        Returns:
            What was done; None where it was not due, or nothing has ever been kept.

        Raises:
            UsageError: No receiver is configured, or the policy or a credential can't be read.
            NetworkError, SyncError, StoreError: As `Delivery.run`. What was delivered stays delivered.
        """
        if only_when_due and not self.configured:
            return None
        if self.settings.outbox.url is None:
            raise UsageError(
                "This device has nobody to hand in to.", "Name the hub's receiver in the settings: outbox.url."
            )
        self._gather_notes()
        if not self.outbox.path.exists() or (only_when_due and not due(self.outbox, self.clock())):
            return None
        preparer = Preparer(self.policy)
        with self._delivering_alone(), self.channel() as channel:
            return Delivery(self.outbox, channel, preparer, patience or Patience(), now=self.clock).run()

    def _gather_notes(self) -> None:
        """Take notes over that were kept before there was a hub, or while the outbox could not be written."""
        if not self.configured or not self.settings.notes_file.exists():
            return
        from copilot.notes.parts import open_notes

        try:
            with open_notes(self.settings, self.settings.index.read_key(), self) as notes:
                notes.hand_in_due()
        except EdgeCopilotError as error:
            log.warning("notes were not handed to the outbox: %s", type(error).__name__)

    def channel(self) -> HttpChannel:
        """The way to the receiver.

        Raises:
            UsageError, UnreadableFile: An address or a credential can't be used.
        """
        outbox = self.settings.outbox
        assert outbox.url is not None
        credentials = Credentials(outbox.token(), outbox.client_cert, outbox.client_key, outbox.ca_file)
        return HttpChannel(outbox.url, credentials, now=self.clock)

    @contextmanager
    def _delivering_alone(self) -> Iterator[None]:
        """Two processes that deliver at once would lose nothing, but mix up the order."""
        path = self.outbox.path
        lock = FileLock(path.with_name(path.name + ".delivery"), thread_local=False)
        try:
            with files_translated(path):
                lock.acquire(timeout=0)
        except Timeout as error:
            raise StoreBusy("Another process is delivering the outbox.", "Wait until it is done.") from error
        try:
            yield
        finally:
            lock.release()

    def after_sync(self) -> str:
        """Report this device's health and hand in what waits, as far as that can be done now. Raises nothing.

        Returns:
            A sentence for the person; empty where there is nothing to say.
        """
        if not self.configured:
            return ""
        try:
            if self.settings.index_file.exists():
                with Store.open(self.settings.index_file, key=self.settings.index.read_key(), read_only=True) as store:
                    self.report_health(store)
            report = self.deliver(only_when_due=True, patience=_HURRIED)
        except EdgeCopilotError as error:
            log.warning("the outbox was not delivered: %s", type(error).__name__)
            return f"What waits in the outbox was not handed in: {error.message}"
        if report is None or not report.delivered:
            return ""
        items = "item" if report.delivered == 1 else "items"
        return f"{report.delivered} {items} of the outbox handed in."

    def report_health(self, store: Store) -> Receipt | None:
        """Put a health report into the outbox: what this device runs, and how what came from the hub fares.

        Args:
            store: The index.

        Returns:
            None where nothing new is to be said, where the policy keeps it, or where there is nobody to say it to.

        Raises:
            StoreError, ResourceError: It could not be kept.
            UsageError: The policy can't be read.
        """
        if not self.configured:
            return None
        from copilot.uploading.health import collections_now

        collections, access = collections_now(self.settings, store)
        return report_health(self.outbox, self.policy, versions(), collections, access)


def versions() -> Mapping[str, str]:
    """Of the program and what it stands on."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"edge-copilot": version("edge-copilot"), "python": python, "system": sys.platform}
