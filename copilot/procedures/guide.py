"""The service behind every face: procedures found, walked, saved with every action, kept as records in the notes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from copilot.notes.searching import Wanted
from copilot.notes.store import Notes
from copilot.notes.values import Context, Kept, Note
from copilot.procedures import walking
from copilot.procedures.finding import Finder
from copilot.procedures.recording import TAG, as_markdown, as_record, origin_of, walk_of
from copilot.procedures.values import Procedure, Walk
from index.errors import NotThere, StoreCorrupt, UsageError
from index.passages import Passage, SearchFilter


class Walking:
    """One walk, saved with every action. Its actions return at once; the file follows within milliseconds.

    Attributes:
        walk: As it is now.
    """

    def __init__(self, notes: Notes, note: Note, walk: Walk, now: Callable[[], datetime], language: str | None) -> None:
        self.walk = walk
        self._notes = notes
        self._note = note
        self._now = now
        self._language = language

    @property
    def id(self) -> str:
        """Of the note that records it."""
        return self._note.id

    @property
    def note(self) -> Note:
        """The note that records it, as it is now."""
        return self._note

    def check_off(self) -> Walk:
        """See `walking.check_off`."""
        return self._save(walking.check_off(self.walk, self._now()))

    def skip(self, reason: str) -> Walk:
        """See `walking.skip`."""
        return self._save(walking.skip(self.walk, reason, self._now()))

    def reopen(self) -> Walk:
        """See `walking.reopen`."""
        return self._save(walking.reopen(self.walk, self._now()))

    def enter(self, text: str, limit: int | None = None) -> Walk:
        """See `walking.enter`."""
        return self._save(walking.enter(self.walk, text, self._now(), limit, self._language))

    def type_in(self, text: str, limit: int | None = None) -> Walk:
        """See `walking.type_in`; for every keystroke."""
        return self._save(walking.type_in(self.walk, text, self._now(), limit))

    def remark(self, text: str) -> Walk:
        """See `walking.remark`; for every keystroke."""
        return self._save(walking.remark(self.walk, text, self._now()))

    def go(self, index: int) -> Walk:
        """See `walking.go`."""
        return self._save(walking.go(self.walk, index, self._now()))

    def back(self) -> Walk:
        """See `walking.back`."""
        return self._save(walking.back(self.walk, self._now()))

    def forward(self) -> Walk:
        """See `walking.forward`."""
        return self._save(walking.forward(self.walk, self._now()))

    def pause(self) -> Walk:
        """See `walking.pause`."""
        return self._save(walking.pause(self.walk, self._now()))

    def resume(self) -> Walk:
        """See `walking.resume`."""
        return self._save(walking.resume(self.walk, self._now()))

    def early_s(self) -> float | None:
        """By how many seconds the step on the screen would be left too soon; None where it says nothing of waiting."""
        return walking.early(self.walk, self.walk.at, self._now())

    def finish(self) -> Kept:
        """End it, and keep the record; see `walking.finish`.

        Raises:
            UsageError: Steps are open still.
            StoreError, ResourceError: The record can't be written; it is still there to be finished.
        """
        return self._keep(walking.finish(self.walk, self._now()))

    def end_early(self, reason: str) -> Kept:
        """End it although steps are open, and keep the record; see `walking.end_early`.

        Raises:
            UsageError: There is no reason.
            StoreError, ResourceError: As `finish`.
        """
        return self._keep(walking.end_early(self.walk, reason, self._now()))

    def discard(self) -> None:
        """Throw the record away."""
        self._notes.discard(self._note)

    def _save(self, walk: Walk) -> Walk:
        self.walk = walk
        self._note = self._noted(walk)
        self._notes.autosave(self._note)
        return walk

    def _keep(self, walk: Walk) -> Kept:
        kept = self._notes.keep(self._noted(walk))
        self.walk, self._note = walk, kept.note
        return kept

    def _noted(self, walk: Walk) -> Note:
        return self._note.model_copy(update={"text": as_markdown(walk), "record": as_record(walk)})


class Guide:
    """Finds and walks procedures.

    Args:
        finder: Finds them; a call, so that walking needs no index.
        notes: Keeps the records.
        now: The clock, with a time zone.
    """

    def __init__(
        self, finder: Callable[[], Finder], notes: Notes, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._finder = finder
        self._notes = notes
        self._now = now

    def context(self) -> Context:
        """What is filled into records; see `Notes.context`."""
        return self._notes.context()

    def find(self, query: str, filter: SearchFilter | None = None, k: int = 5) -> list[Procedure]:  # noqa: A002 - as in the search
        """Procedures for ``query``, best first; see `Finder.find`."""
        return self._finder().find(query, filter, k)

    def of_passage(self, passage: Passage) -> list[Procedure]:
        """The procedures of the section in which a passage stands."""
        return self._finder().of_passage(passage)

    def of_chunk(self, chunk_id: int) -> list[Procedure]:
        """The procedures of the section in which a chunk stands; see `Finder.of_chunk`."""
        return self._finder().of_chunk(chunk_id)

    def begin(self, procedure: Procedure, context: Context | None = None, language: str | None = None) -> Walking:
        """Begin a walk; its record is a draft in the notes at once.

        Args:
            procedure: The procedure.
            context: Machine and work order; default: the current ones.
            language: Of the person, for what a comma in a number means.

        Raises:
            UsageError: It has no steps.
        """
        walk = walking.begin(procedure, self._now())
        note = self._notes.begin(
            context,
            text=as_markdown(walk),
            tags=(TAG,),
            origin=origin_of(procedure),
            kind="record",
            record=as_record(walk),
        )
        return Walking(self._notes, note, walk, self._now, language)

    def unfinished(self) -> list[Walking]:
        """Walks that were neither finished nor ended, the latest first. They are paused until somebody resumes them."""
        found = []
        for note in self._notes.drafts():
            if note.kind == "record":
                try:
                    found.append(Walking(self._notes, note, walk_of(note), self._now, None))
                except StoreCorrupt:
                    continue  # written by another version: still to be read among the notes
        return found

    def resume(self, walk_id: str, language: str | None = None) -> Walking:
        """Go on with a walk where it was left, also after a crash.

        Args:
            walk_id: Of its record, or a beginning of it.
            language: Of the person.

        Raises:
            NotThere: There is no such record.
            UsageError: It is over, or is no record.
            StoreCorrupt: Another version wrote it.
        """
        note = self._notes.get(walk_id)
        if note.kind != "record":
            raise UsageError(f"{note.id} is a note and not a procedure.", "See: edge-copilot procedure list")
        if note.state == "kept":
            raise UsageError(f"The procedure {note.id} is over.", "Begin it again to walk it once more.")
        walking_now = Walking(self._notes, note, walk_of(note), self._now, language)
        walking_now.resume()
        return walking_now

    def records(self, machine: str = "", limit: int = 100) -> list[Note]:
        """Records that were kept, the newest first."""
        return self._notes.listed(Wanted(machine=machine, kind="record", state="kept", limit=limit))

    def again(self, record_id: str) -> Procedure:
        """The procedure of a record, as it was then, to be walked once more.

        Raises:
            NotThere: There is no such record.
        """
        note = self._notes.get(record_id)
        if note.record is None:
            raise NotThere(f"{note.id} records no procedure.", "See: edge-copilot procedure list")
        return walk_of(note).procedure
