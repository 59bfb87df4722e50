"""Hard cases that devices handed in, as lines of a question file: for evaluation, and for training the router.

A question that was escalated or waited for a network, and one whose answer was rated bad, comes as often as it was
asked; here it comes once, the most frequent first. What the right answer is, people say: a line gets its ``must`` by
hand, with a correction, where somebody left one, as the reference to begin with.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from sync.receiver.storage import Storage
from sync.receiver.storage.base import StoredItem

BAD: Final = frozenset({"bad", "wrong", "down", "-1"})
_PAGE: Final = 1000
_REDACTED: Final = re.compile(r"\[(?:mail|phone|iban|card|name)\]")


@dataclass(slots=True)
class HardQuestion:
    """A question that devices could not answer well by themselves.

    Attributes:
        question: As it was asked first.
        times: How often.
        devices: Where.
        reasons: Why it came, by count: escalated, queued, bad.
        correction: What somebody wrote to a bad answer; "" for nothing.
    """

    question: str
    times: int = 0
    devices: set[str] = field(default_factory=set)
    reasons: dict[str, int] = field(default_factory=dict)
    correction: str = ""

    @property
    def id(self) -> str:
        """The same for the same question, whenever it is written out."""
        return "hard-" + hashlib.sha256(_folded(self.question).encode()).hexdigest()[:12]

    def as_line(self) -> dict[str, str]:
        """As a line of a question file (docs/evaluation.md)."""
        line = {"id": self.id, "question": self.question}
        return line | {"answer": self.correction} if self.correction else line


def hard_questions(items: Iterable[StoredItem]) -> list[HardQuestion]:
    """The hard cases among ``items``, the most frequent first.

    Questions of which personal data was blanked are left out: without it they can't be asked.
    """
    found: dict[str, HardQuestion] = {}
    for stored in items:
        fields = stored.item.fields
        question, rating = fields.get("question"), str(fields.get("rating", "")).casefold()
        if not isinstance(question, str) or not question.strip() or _REDACTED.search(question):
            continue
        if stored.item.kind == "feedback":
            if rating not in BAD:
                continue
            reason = "bad"
        elif stored.item.kind == "question":
            reason = str(fields.get("reason") or "hard")
        else:
            continue
        text = " ".join(question.split())
        one = found.setdefault(_folded(text), HardQuestion(text))
        one.times += 1
        one.devices.add(stored.device)
        one.reasons[reason] = one.reasons.get(reason, 0) + 1
        comment = fields.get("comment")
        if stored.item.kind == "feedback" and isinstance(comment, str) and comment.strip():
            one.correction = comment.strip()  # the latest goes before earlier ones
    return sorted(found.values(), key=lambda one: (-one.times, one.question))


def from_storage(storage: Storage) -> list[HardQuestion]:
    """The same of everything that a hub has."""
    return hard_questions(item for kind in ("question", "feedback") for item in _all(storage, kind))


def _all(storage: Storage, kind: str) -> Iterator[StoredItem]:
    after = 0
    while items := storage.items(None, after, _PAGE, kind):
        yield from items
        after = items[-1].number


def _folded(text: str) -> str:
    return re.sub(r"[\s?!.]+", " ", text.casefold()).strip()
