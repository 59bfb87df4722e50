"""What of an answer is said, and when: sentence by sentence while it is written, and never what it takes back.

A sentence of the model is said early only where the check at the end can't come to another judgement: it makes no
claim at all, or every number, unit and identifier in it stands in the one passage that was read, outside of tables
(of which the check may look at one row only). Everything else waits for the checked answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from copilot.answering.claims import claims_of, unsupported
from copilot.answering.compose import QUOTE_PREFIX
from copilot.answering.events import Answer, Event, Token
from copilot.answering.quotables import quotables
from copilot.voice.speaking.sentences import SentenceStream
from index.chunking.sentences import split
from index.passages import Passage

SHORT_CHARACTERS: Final = 160
SHORT_SENTENCES: Final = 2
_MARK: Final = re.compile(r"[ \t]*\[\d{1,3}\](?!\()")
_CELLS: Final = " | "
_STEP: Final = re.compile(r"\s*(?:>\s*)?(?:step\s+|schritt\s+)?\d{1,2}[.):]\s+\S", re.IGNORECASE)


def safe_to_say(sentence: str, read: Passage | None) -> bool:
    """Whether a sentence can be said before the whole answer is checked.

    Args:
        sentence: Of the model, as it came.
        read: The only passage that it was written from; None where that isn't known.
    """
    if not claims_of(sentence):
        return True
    if read is None:
        return False
    plain = [piece.text for piece in quotables(read.text) if piece.kind not in ("row", "header")]
    return not unsupported(sentence, "\n".join((read.title, *read.section, *plain)))


@dataclass(slots=True)
class Narration:
    """Turns the events of one answer into sentences to say.

    Attributes:
        rest: What is said when the person wants more.
        taken_back: Sentences that were said and do not stand in the answer: the model failed in its midst.
    """

    rest: list[str] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    _stream: SentenceStream = field(default_factory=SentenceStream)
    _said: list[str] = field(default_factory=list)
    _waits: bool = False

    def take(self, event: Event) -> list[str]:
        """The sentences that can be said now."""
        if isinstance(event, Answer):
            return self._finish(event)
        now: list[str] = []
        if isinstance(event, Token) and not event.quoted and not self._waits:
            for sentence in self._stream.feed(event.text):
                self._waits = self._waits or self._enough() or not safe_to_say(sentence, event.read)
                if not self._waits:
                    self._said.append(sentence)
                    now.append(sentence)
        return now

    def _finish(self, answer: Answer) -> list[str]:
        whole = sentences_of(answer.text)
        self.taken_back = [said for said in self._said if _bare(said) not in _bare(answer.text)]
        if self.taken_back:
            self._said.clear()
        said = {_bare(sentence) for sentence in self._said}
        waiting = [sentence for sentence in whole if _bare(sentence) not in said]
        now: list[str] = []
        while waiting and not self._enough():
            if now and answer.status == "abstained":
                break  # that the documents don't tell; the places nearest to it are long to listen to
            if now and _STEP.match(now[-1]) and _STEP.match(waiting[0]):
                break  # one step at a time
            self._said.append(waiting[0])
            now.append(waiting.pop(0))
        self.rest = waiting
        return now

    def _enough(self) -> bool:
        return len(self._said) >= SHORT_SENTENCES or sum(map(len, self._said)) >= SHORT_CHARACTERS

    @property
    def said(self) -> tuple[str, ...]:
        """What was given out to be said, as written."""
        return tuple(self._said)


def sentences_of(text: str) -> list[str]:
    """The sentences of an answer without the marks of its citations; a quoted line or a step is one.

    A row of a table is told cell by cell, each with its column's name: the first two make the short answer.
    """
    found: list[str] = []
    prose: list[str] = []
    header: list[str] = []
    for line in _MARK.sub("", text).splitlines():
        quoted = line.removeprefix(QUOTE_PREFIX) if line.startswith(QUOTE_PREFIX) else ""
        cells = [cell.strip() for cell in quoted.split(_CELLS)] if _CELLS in quoted else []
        if cells:
            found += [sentence.text for sentence in split("\n".join(prose))]
            prose = []
        if cells and not header:
            header = cells
        elif cells:
            found += _row(header, cells)
            header = header if not header[-1] else [*header, ""]  # longer than any row: it has been told
        elif line.startswith((QUOTE_PREFIX, "- ")):
            found += [*(sentence.text for sentence in split("\n".join(prose))), *_alone(header)]
            prose, header = [], []
            if quoted.strip() or line.startswith("- "):
                found.append(line)
        else:
            found += _alone(header)
            header = []
            prose.append(line)
    return found + [sentence.text for sentence in split("\n".join(prose))] + _alone(header)


def _alone(header: list[str]) -> list[str]:
    """A row that has no other under it is no header."""
    return [QUOTE_PREFIX + _CELLS.join(header)] if header and header[-1] else []


def _row(header: list[str], cells: list[str]) -> list[str]:
    if len(cells) < 2 or len(cells) not in (len(header), len(header) - 1):
        return [QUOTE_PREFIX + _CELLS.join(cells)]
    rest = [f"{name}: {cell}" if name else cell for name, cell in zip(header[2:], cells[2:], strict=False) if cell]
    return [one if one.endswith((".", "!", "?")) else f"{one}." for one in (f"{cells[0]}: {cells[1]}", *rest)]


def _bare(text: str) -> str:
    """Without marks of citations, for comparing what was written with what stands in the answer."""
    return " ".join(_MARK.sub("", text).split())
