"""How old the knowledge is: which revision of its document a passage is from, and when a hub last confirmed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from index.passages import Passage
from index.store import Store, generations, reading
from sync.device.places import Places
from sync.device.state import SyncState

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Age:
    """Of a document that came from a hub.

    Attributes:
        synced_at: When a sync last found it to be what the hub has.
        revision: As its owner calls it; None where nobody said.
        reviewed_until: Up to when its owner stands for it; None where nobody said.
    """

    synced_at: datetime
    revision: str | None = None
    reviewed_until: date | None = None

    @property
    def iso(self) -> str:
        """``synced_at`` in UTC, ISO 8601."""
        return self.synced_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def text(self, now: datetime) -> str:
        """Say it: "rev. C, synced 3 days ago"."""
        parts = [f"rev. {self.revision}"] if self.revision else []
        parts.append(f"synced {ago(self.synced_at, now)}")
        if self.reviewed_until is not None and self.reviewed_until < now.astimezone().date():
            parts.append(f"review due since {self.reviewed_until}")
        return ", ".join(parts)


class Ages:
    """Looks up ages for passages.

    Args:
        store: The index that they were found in.
        data_dir: Where the state of sync lies.
        now: The time; default: now.
    """

    def __init__(self, store: Store, data_dir: Path, now: datetime | None = None) -> None:
        self._store = store
        self.now = now or datetime.now(UTC)
        self._confirmed: Mapping[str, datetime] = SyncState.read(Places.of(data_dir)).collection_synced_at
        self._found: dict[tuple[str, str], Age | None] = {}

    def of(self, passage: Passage) -> Age | None:
        """Return the age of a passage's document; None where it was ingested on this device.

        Raises:
            StoreError: The index can't be read.
        """
        key = (passage.document, passage.collection)
        if key not in self._found:
            self._found[key] = self._look_up(*key)
        return self._found[key]

    def text(self, passage: Passage) -> str:
        """Return the same in words; empty where there are none."""
        age = self.of(passage)
        return age.text(self.now) if age is not None else ""

    def _look_up(self, document: str, collection: str) -> Age | None:
        with self._store.reader() as connection:
            live = generations.live(connection, collection)
            if live is None or live.synced_at is None:
                return None
            found = reading.document_at(connection, document, collection)
        first = datetime.fromisoformat(live.synced_at)
        return Age(
            max(first, self._confirmed.get(collection, first)),
            found.revision if found else None,
            _date(found.reviewed_until) if found else None,
        )


def ago(then: datetime, now: datetime) -> str:
    """Say how long ago a time is, as people do."""
    seconds = (now - then).total_seconds()
    if seconds < -_HOUR:
        return f"on {then.astimezone():%Y-%m-%d}"  # the clock was set back: no span of time would be true
    if seconds < _MINUTE:
        return "just now"
    for size, one, many in (
        (_DAY, "{count} day ago", "{count} days ago"),
        (_HOUR, "{count} hour ago", "{count} hours ago"),
        (_MINUTE, "{count} minute ago", "{count} minutes ago"),
    ):
        if seconds >= size:
            count = int(seconds // size)
            return (many if count > 1 else one).format(count=count)
    raise AssertionError("less than a minute was answered above")


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
