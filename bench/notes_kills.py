"""Kill the program while somebody writes notes and walks procedures; then look for what was on the screen.

    .venv/bin/python -m bench.notes_kills [--kills 100] [--seed 8]

A real process types notes, attaches files, keeps notes, edits kept ones, and walks a procedure with values; it is
killed with SIGKILL at random moments, a hundred times over one encrypted file, and goes on each time with what it
finds there. What it was about to show is told over a pipe with its time before it is saved. Of everything that had
been on the screen for more than 200 ms nothing may be missing; a note that was said to be kept must be kept; each
revision that was kept must lie in the outbox once; the file must be whole.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path

from copilot.notes import Context, Note, Notes
from copilot.notes.attaching import received
from copilot.procedures.finding import Finder
from copilot.procedures.guide import Guide
from copilot.procedures.parsing import parse
from index.documents import AccessLabel
from index.store.connection import connect_writer
from sync.outbox import Outbox
from sync.outbox.items import Draft, Receipt

KEY = "the key of this bench"
GRACE_S = 0.2
WORDS = ("filter", "oil", "pressure", "brake", "noise", "replaced", "Lüfter", "40", "Nm", "5 bar", "F0012", "leak")
PROCEDURE = """WARNING Lock out before you begin.
1. Open valve V5 and wait until the gauge reads below 5 bar.
2. Loosen the four screws.
3. Replace the seal.
CAUTION Never reuse the screws.
4. Tighten the screws to 40 ± 2 Nm.
5. Wait 1 minute.
6. Fill at least 16 l of oil, at most 60 °C.
"""


class Box:
    """An outbox that somebody is to empty."""

    configured = True

    def __init__(self, path: Path) -> None:
        self.outbox = Outbox(path, KEY)

    def put(self, draft: Draft, item_id: str | None = None) -> Receipt:
        return self.outbox.put(draft, item_id)

    def remove(self, ids: Sequence[str]) -> int:
        return self.outbox.remove(ids)


def opened(folder: Path) -> tuple[Notes, Box]:
    box = Box(folder / "outbox.db")
    return Notes(folder / "notes.db", KEY, access=AccessLabel.INTERNAL, outbox=box), box


def state_of(note: Note) -> str:
    """What of a note is on the screen, in short."""
    shown = json.dumps([note.text, note.machine, note.tags, note.record], sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()


def person(folder: str, seed: int, pipe: Connection) -> None:
    """Types and walks until it is killed."""
    chance = random.Random(seed)
    notes, _ = opened(Path(folder))
    guide = Guide(_no_index, notes)

    def show(note: Note) -> None:
        pipe.send(("shown", time.monotonic(), note.id, state_of(note)))

    def wait() -> None:
        time.sleep(chance.uniform(0.003, 0.04))

    def write() -> None:
        drafts = [one for one in notes.drafts() if one.kind == "note"]
        kept = notes.listed()
        if drafts and chance.random() < 0.7:
            note = drafts[0]
        elif chance.random() < 0.3 and (
            finished := [one for one in kept if one.state == "kept" and one.kind == "note"]
        ):
            note = notes.revise(chance.choice(finished).id)
        else:
            note = notes.begin(Context(machine=f"Press {chance.randint(1, 5)}"), text=f"{chance.random()} ")
            show(note)
        for _ in range(chance.randint(3, 60)):
            if chance.random() < 0.1:
                note = note.model_copy(update={"text": note.text[:-1]})
            else:
                word = chance.choice(WORDS)
                note = note.model_copy(update={"text": note.text + chance.choice([word[:1], " ", f"{word} "])})
            show(note)
            notes.autosave(note)
            wait()
        if chance.random() < 0.2:
            note = notes.attach_bytes(note, received("photo.jpg", chance.randbytes(200_000)))
            show(note)
        if chance.random() < 0.5 and note.text.strip():
            done = notes.keep(note).note
            pipe.send(("kept", time.monotonic(), note.id, done.id, state_of(done), done.revision))

    def walk() -> None:
        under_way = guide.unfinished()
        walking = guide.resume(under_way[0].id) if under_way else guide.begin(parse(PROCEDURE, "Changing the seal")[0])
        show(walking.note)
        for _ in range(chance.randint(2, 12)):
            if not walking.walk.open_steps:
                done = walking.finish().note
                pipe.send(("kept", time.monotonic(), walking.id, done.id, state_of(done), done.revision))
                return
            action = chance.random()
            if action < 0.35:
                typed = ""
                for (
                    letter
                ) in f"{chance.randint(1, 60)}.{chance.randint(0, 9)} {chance.choice(['Nm', 'bar', '°C', ''])}":
                    typed += letter
                    walking.type_in(typed)
                    show(walking.note)
                    wait()
                walking.enter(typed)
            elif action < 0.7:
                walking.check_off()
            elif action < 0.8:
                walking.skip("no tool at hand")
            elif action < 0.9:
                walking.back()
            else:
                walking.remark(walking.walk.state.remark + " looks worn")
            show(walking.note)
            wait()

    while True:
        write() if chance.random() < 0.6 else walk()


def _no_index() -> Finder:
    raise AssertionError("nothing is looked for here")


@dataclass
class Seen:
    """What was on screens.

    Attributes:
        states: Of each note, every state with the time at which it came up.
        kept: Revisions that were said to be kept: by note and number.
        lost: What was there and isn't.
    """

    states: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    kept: dict[tuple[str, int], str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    shown: int = 0
    lost: list[str] = field(default_factory=list)
    oldest_lost_s: float = 0.0

    def listen(self, pipe: Connection) -> None:
        with contextlib.suppress(EOFError, OSError):
            while pipe.poll():
                said = pipe.recv()
                if said[0] == "shown":
                    self.shown += 1
                    self.states.setdefault(said[2], []).append((said[1], said[3]))
                else:
                    _, _, draft, note, state, revision = said
                    self.kept[note, revision] = state
                    self.ended.add(draft)
                    self.states.pop(draft, None)

    def compare(self, notes: Notes, killed_at: float) -> None:
        there = {note.id: note for note in (*notes.drafts(), *notes.every())}
        for note_id, states in self.states.items():
            due = [at for at, (time_s, _) in enumerate(states) if time_s <= killed_at - GRACE_S]
            note = there.get(note_id)
            found = -1 if note is None else self._index(states, state_of(note))
            if note is not None and found < 0 and note.state == "kept":
                continue  # kept, and killed before it could be said
            if note is None and self._became_kept(states, there):
                continue
            if due and found < due[-1]:
                self.lost.append(f"{note_id}: state {found} of {len(states)} is there, {due[-1]} was shown")
            if found < len(states) - 1:
                self.oldest_lost_s = max(
                    self.oldest_lost_s, killed_at - states[max(found, 0) + 1 if found >= 0 else 0][0]
                )
        for (note_id, revision), state in self.kept.items():
            kept = there.get(note_id)
            if kept is None or kept.revision < revision or (kept.revision == revision and state_of(kept) != state):
                self.lost.append(f"{note_id}: revision {revision} was kept and isn't there")
        self.states = {note_id: [(0.0, state_of(note))] for note_id, note in there.items() if note.state == "draft"}

    @staticmethod
    def _index(states: list[tuple[float, str]], state: str) -> int:
        return next((at for at in range(len(states) - 1, -1, -1) if states[at][1] == state), -1)

    @staticmethod
    def _became_kept(states: list[tuple[float, str]], there: dict[str, Note]) -> bool:
        """A draft that revised a note takes its place; killed before that was said."""
        return states[-1][1] in {state_of(note) for note in there.values() if note.state == "kept"}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=8)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    spawn = get_context("spawn")
    seen = Seen()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kill in range(given.kills):
            ours, theirs = Pipe(duplex=False)
            process = spawn.Process(target=person, args=(name, given.seed * 1000 + kill, theirs), daemon=True)
            process.start()
            theirs.close()
            ours.poll(30)  # it has begun
            end = time.monotonic() + chance.uniform(0.0, 1.5)
            while time.monotonic() < end:
                seen.listen(ours)  # else the pipe fills up, and the person waits
                time.sleep(0.002)
            process.kill()
            killed_at = time.monotonic()
            process.join()
            seen.listen(ours)
            notes, box = opened(folder)
            seen.compare(notes, killed_at)
            notes.close()
            box.outbox.close()
        notes, box = opened(folder)
        notes.hand_in_due()
        handed = Counter(
            (item.draft.fields["note"], item.draft.fields["revision"])
            for item in box.outbox.items()
            if "text" in item.draft.fields
        )
        doubled = [one for one, count in handed.items() if count > 1]
        newest = {(note.id, note.revision) for note in notes.every() if note.state == "kept"}
        missing = newest - set(handed)
        stale = set(handed) - newest
        notes.close()
        box.outbox.close()
        connection = connect_writer(folder / "notes.db", KEY)
        whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.execute("INSERT INTO notes_fts (notes_fts) VALUES ('integrity-check')")
        connection.close()
    print(f"{given.kills} kills; {seen.shown} states shown, {len(seen.kept)} revisions kept, {len(newest)} notes left")
    print(f"lost of what was on the screen for more than {GRACE_S * 1000:.0f} ms: {len(seen.lost)}")
    print(f"oldest state that was lost: on the screen for {seen.oldest_lost_s * 1000:.1f} ms")
    print(
        f"outbox: {len(handed)} revisions, {len(doubled)} twice, {len(missing)} missing, {len(stale)} outdated; "
        f"file whole: {whole}"
    )
    for one in seen.lost[:10]:
        print(f"  {one}")
    return 0 if not (seen.lost or doubled or missing or stale) and whole else 1


if __name__ == "__main__":
    sys.exit(main())
