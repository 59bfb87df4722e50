"""What of an answer and its places is the program's own, in the person's language; the documents' words stay theirs."""

from __future__ import annotations

from collections.abc import Sequence

from copilot.answering.events import Citation
from copilot.answering.excerpts import place
from copilot.answering.present import COLLECTION, HEADING
from copilot.tui.words import said, tr
from index.passages import Passage

_QUOTED = ("> ", "- ")


def said_place(passage: Passage, page: int | None) -> str:
    """Document, section and page in one line."""
    title = said(passage.title) if passage.collection == COLLECTION else passage.title
    where = place(title, passage.section, None)
    return where + tr(", page {page}", page=page) if page is not None else where


def said_place_of(passage: Passage) -> str:
    """Where a passage begins, in one line."""
    return said_place(passage, passage.page)


def said_passage(passage: Passage) -> str:
    """A passage's text: what the plant says at this moment is put into words by the program."""
    return said(passage.text) if passage.collection == COLLECTION else passage.text


def said_answer(text: str, status: str, citations: Sequence[Citation] = ()) -> str:
    """An answer as it is shown: why there is none, the headings, and what the plant says now."""
    now = {f"> {one.passage.text} [{one.n}]": one for one in citations if one.passage.collection == COLLECTION}
    lines = []
    for line in text.split("\n"):
        if line in now:
            lines.append(f"> {said_passage(now[line].passage)} [{now[line].n}]")
        elif line == HEADING or (status == "abstained" and line and not line.startswith(_QUOTED)):
            lines.append(_paged(said(line)))
        elif status == "abstained" and line.startswith("- "):
            lines.append(_paged(line))
        else:
            lines.append(line)
    return "\n".join(lines)


def said_beginning(text: str) -> str:
    """The first piece of an answer in the making, where it is a whole sentence of the program."""
    first = text.partition("\n")[0]
    if len(first) > len(HEADING) and first.endswith(".") and said(first) != first:
        return said_answer(text, "abstained")
    return said_answer(text, "")


def _paged(line: str) -> str:
    """A place in a sentence, with its page as the language says it."""
    stop = ":" if line.endswith(":") else ""
    where, divided, page = line.removesuffix(":").rpartition(", page ")
    return where + tr(", page {page}", page=page) + stop if divided and page.isdigit() else line
