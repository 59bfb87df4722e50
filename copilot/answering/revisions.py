"""Two revisions of one manual in the evidence: told apart, the newest first, and what they say differently is said.

Nothing but the documents' own titles and file names tells that one replaces another. So two documents count as
revisions of one manual where their names are the same but for a revision mark, and two of their passages as the same
place where headings or most of the words are the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

from rapidfuzz import fuzz

from copilot.answering.claims import claims_of
from index.passages import Passage

_SAME_NAME: Final = 90
_SAME_WORDS: Final = 75
_MARK: Final = re.compile(
    r"(?:\b|_)(?:rev(?:ision)?|issue|edition|version|ver|v|ausgabe|stand)[\s._-]*(\d+(?:[._]\d+)*|[a-z])(?![a-z])"
    r"|(?<!\d)((?:19|20)\d\d(?:[-_.](?:0[1-9]|1[0-2])(?:[-_.][0-3]\d)?)?)(?!\d)"
    r"|(?<![\d.])(\d+(?:\.\d+)+)(?![\d.])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Edition:
    """Which manual a document is, and which revision of it.

    Attributes:
        manual: Its name without the revision mark, folded.
        mark: The mark as written, "" for none.
        order: Sorts revisions of one manual from old to new.
    """

    manual: str
    mark: str
    order: tuple[int, ...]


def edition_of(passage: Passage) -> Edition:
    """Read the edition from the document's title, else from its file name."""
    stem = PurePath(passage.document).stem
    for name in (passage.title, stem):
        if match := _MARK.search(name):
            manual = _folded(name[: match.start()] + " " + name[match.end() :])
            return Edition(manual, match[0].strip(" _"), _order(next(group for group in match.groups() if group)))
    return Edition(_folded(passage.title), "", ())


def _folded(name: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split())


def _order(mark: str) -> tuple[int, ...]:
    if mark.isalpha():
        return (ord(mark.casefold()) - ord("a") + 1,)
    return tuple(int(part) for part in re.findall(r"\d+", mark))


def newest_first(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """``passages`` with those of one place put in order of revision, newest first; all else stays where it is."""
    ordered = list(passages)
    for later in range(1, len(ordered)):
        at = later
        while at > 0:
            earlier = next((i for i in range(at) if _replaces(ordered[at], ordered[i])), None)
            if earlier is None:
                break
            ordered.insert(earlier, ordered.pop(at))
            at = earlier
    return tuple(replace(passage, rank=rank) for rank, passage in enumerate(ordered, start=1))


def _replaces(newer: Passage, older: Passage) -> bool:
    if newer.document == older.document:
        return False
    one, other = edition_of(newer), edition_of(older)
    return bool(one.order and other.order) and one.order > other.order and _same_place(newer, older, one, other)


def _same_place(first: Passage, second: Passage, one: Edition, other: Edition) -> bool:
    if fuzz.ratio(one.manual, other.manual) < _SAME_NAME:
        return False
    same_heading = bool(first.section) and _folded(first.section[-1]) == _folded(
        second.section[-1] if second.section else ""
    )
    return same_heading or fuzz.token_set_ratio(first.text, second.text) >= _SAME_WORDS


def contradictions(passages: Sequence[Passage]) -> list[str]:
    """Sentences about passages of one place whose numbers or identifiers differ between revisions.

    Args:
        passages: As `newest_first` gives them.
    """
    found: list[str] = []
    for at, newer in enumerate(passages):
        for older in passages[at + 1 :]:
            if not _replaces(newer, older):
                continue
            now, before = _claims(newer), _claims(older)
            added, gone = (
                [now[key] for key in now.keys() - before.keys()],
                [before[key] for key in before.keys() - now.keys()],
            )
            if added or gone:
                one, other = edition_of(newer), edition_of(older)
                found.append(
                    f"Revisions differ: {one.mark} says {_listed(added)} where {other.mark} says {_listed(gone)} "
                    f"({newer.title})."
                )
    return found


def _claims(passage: Passage) -> dict[tuple[str, str], str]:
    return {(claim.value, claim.unit): claim.text for claim in claims_of(passage.text)}


def _listed(claims: list[str]) -> str:
    return ", ".join(sorted(claims)[:4]) + (" …" if len(claims) > 4 else "") if claims else "nothing"
