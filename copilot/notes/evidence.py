"""Past notes as evidence: "last time here: filter replaced in March".

A note comes up where it shares enough of the question's rarer words, and is about the machine that the question
names, or that the person stands at. Where the question asks for the past it is read before the documents; else it is
shown below them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from copilot.answering import overlap
from copilot.answering.context import Offer, Standing
from copilot.notes.schema import NOTE, machine_key, note_of
from copilot.notes.searching import words_of
from copilot.notes.store import Notes
from copilot.notes.values import Note
from index.documents import AccessLabel
from index.passages import Passage, SearchFilter, SearchResult

COLLECTION: Final = "notes"
MOST: Final = 3
ENOUGH: Final = 0.4
"""Share of the question's words, weighted by how rare they are among the notes, that a note must have."""
LONGEST: Final = 1_200
"""Characters of a note that are shown and read: the paragraphs around what fits best."""
_LOOKED_AT: Final = 60

_PAST: Final = re.compile(
    r"\b(?:last time|what (?:was|has been|had been|did)|when (?:was|were|did)|"
    r"who (?:has|had|did|was|\w+ed)|how (?:often|long ago)|"
    r"previous(?:ly)?|before|earlier|already|history|so far|in the past|since when|ever|recent(?:ly)?|"
    r"last (?:week|month|year|shift|night|repair|inspection|service|replaced|changed|done)|"
    r"did (?:we|you|they|anybody|anyone|somebody|someone)|have we|notes?|handover|logbook|"
    r"letzte[nrs]? (?:mal|woche|monat|schicht)|zuletzt|wann (?:wurde|haben|hat)|wer hat|schon (?:mal|einmal)|bisher|"
    r"früher|vorher|notiz(?:en)?|übergabe)\b",
    re.IGNORECASE,
)


def terms(text: str) -> frozenset[str]:
    """The content words of a text, stemmed."""
    return frozenset(overlap.terms(text))


_ASKING: Final = terms(
    "last time when was were did who has had replaced changed done before here this machine note notes we you "
    "previously already ever since history repaired serviced checked "
    "anybody anyone anything somebody someone work worked trouble recently handover logbook there about "
    "wann wurde wurden wer hat haben zuletzt hier maschine notiz der die das den dem ein eine einen ist am im an und "
    "getauscht gewechselt ersetzt repariert geprüft was wir schon mal letzte letzten"
)


@dataclass(frozen=True, slots=True)
class _Hit:
    number: int
    note: Note
    share: float
    here: bool


class NoteEvidence:
    """Offers notes to the answer flow.

    Args:
        notes: The notes.
        usual: Collections that a person means who names none; a filter of exactly these doesn't shut the notes out.
    """

    def __init__(self, notes: Notes, usual: Sequence[str] = ()) -> None:
        self._notes = notes
        self._usual = tuple(usual)

    def offers(self, question: str, found: SearchResult, filter: SearchFilter) -> Sequence[Offer]:  # noqa: A002 - as in the seam
        """Notes for ``question``, best first; see `copilot.answering.context.LiveContext`."""
        named = filter.collections and COLLECTION not in filter.collections
        if filter.documents or (named and (filter.strict or filter.collections != self._usual)):
            return ()
        past = _PAST.search(question) is not None
        hits = self._hits(question, past)
        standing: Standing = "first" if past else "last"
        return [Offer(self.passage(hit.number, hit.note, question, hit.share), standing) for hit in hits[:MOST]]

    def passage(self, number: int, note: Note, question: str = "", score: float = 0.0) -> Passage:
        """A note as a passage.

        Args:
            number: Its own, which names the passage.
            note: The note.
            question: What of a long note is shown depends on it.
            score: How well it fits.
        """
        text = _part(note.text, question)
        return Passage(
            rank=1,
            score=round(score, 4),
            document=f"note:{note.id}",
            title=f"Note of {note.written_at.astimezone():%Y-%m-%d}",
            section=(note.machine,) if note.machine else (),
            page=None,
            text=text,
            chunk_id=-number,
            chunk_ids=(-number,),
            collection=COLLECTION,
            access=self._notes.label_of(note),
            language=None,
            start=0,
            end=len(text),
        )

    def of_chunk(self, chunk_id: int) -> tuple[Passage, Note] | None:
        """The note that a passage named ``chunk_id`` was made of, as one of its whole text; None where it is gone."""
        rows = self._notes.file.read(f"SELECT {NOTE} FROM notes WHERE number = ? AND state = 'kept'", (-chunk_id,))  # noqa: S608 - names of columns
        if not rows:
            return None
        note = note_of(rows[0])
        label = self._notes.label_of(note)
        return _whole(self.passage(-chunk_id, note), note, label), note

    def _hits(self, question: str, past: bool) -> list[_Hit]:
        wanted = terms(question) - _ASKING
        machine = self._machine(question)
        wanted = frozenset(term for term in wanted if machine_key(term) not in machine_key(machine))
        rows = self._rows(question, wanted, machine, past)
        candidates = [(row[0], note_of(tuple(row[1:]))) for row in rows]
        holding = [terms(f"{note.text} {' '.join(note.tags)} {note.work_order}") for _, note in candidates]
        hits = []
        for (number, note), held in zip(candidates, holding, strict=True):
            here = bool(machine) and machine_key(note.machine) == machine_key(machine)
            if machine and note.machine and not here:
                continue
            share = _share(wanted, held, holding)
            # "What was done here last?" has no word of its own: the newest notes of the machine are the answer.
            if share >= ENOUGH or (past and here and not wanted):
                hits.append(_Hit(number, note, share, here))
        return sorted(hits, key=lambda hit: (-round(hit.share, 1), not hit.here, -hit.note.written_at.timestamp()))

    def _machine(self, question: str) -> str:
        """The machine that the question names, else the one at which the person stands."""
        flat = machine_key(question)
        named = [one.name for one in self._notes.machines() if len(key := machine_key(one.name)) > 2 and key in flat]
        return max(named, key=len, default="") or self._notes.context().machine

    def _rows(self, question: str, wanted: frozenset[str], machine: str, past: bool) -> list[tuple[Any, ...]]:
        words = [word for word in words_of(question) if terms(word) & wanted]
        if words:
            # Four letters of a word stand for its forms: the notes' index knows no stems, as it is searched as typed.
            match = " OR ".join(f'"{word[: max(4, len(word) - 3)]}"*' for word in words)
            return self._notes.file.read(
                f"SELECT notes.number, {NOTE} FROM notes_fts JOIN notes ON notes.number = notes_fts.rowid"  # noqa: S608 - values are bound
                " WHERE notes_fts MATCH ? AND notes.state = 'kept' AND (? = '' OR notes.machine_key IN ('', ?))"
                " ORDER BY bm25(notes_fts) LIMIT ?",
                (match, machine_key(machine), machine_key(machine), _LOOKED_AT),
            )
        if not (machine and past):
            return []
        return self._notes.file.read(
            f"SELECT notes.number, {NOTE} FROM notes WHERE machine_key = ? AND state = 'kept'"  # noqa: S608 - values are bound
            " ORDER BY written_at DESC LIMIT ?",
            (machine_key(machine), MOST),
        )


def _share(wanted: frozenset[str], held: frozenset[str], all_held: Sequence[frozenset[str]]) -> float:
    if not wanted:
        return 0.0
    weights = {
        # An identifier says more than a word: "X22" is about X22, whatever else is asked.
        term: (2.0 if any(letter.isdigit() for letter in term) else 1.0)
        * math.log(1 + len(all_held) / (0.5 + sum(term in one for one in all_held)))
        for term in wanted
    }
    return sum(weight for term, weight in weights.items() if term in held) / sum(weights.values())


def _part(text: str, question: str) -> str:
    """The paragraphs of a long note around the one that shares most words with the question."""
    text = text.strip()
    if len(text) <= LONGEST:
        return text
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    wanted = terms(question)
    best = max(range(len(paragraphs)), key=lambda at: (len(wanted & terms(paragraphs[at])), -at))
    chosen = paragraphs[best][:LONGEST]
    for part in paragraphs[best + 1 :]:
        if len(chosen) + len(part) + 2 > LONGEST:
            break
        chosen += f"\n\n{part}"
    return chosen


def _whole(passage: Passage, note: Note, label: AccessLabel) -> Passage:
    return replace(passage, text=note.text, end=len(note.text), access=label)
