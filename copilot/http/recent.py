"""The answers given lately, so that what a person thinks of one can be tied to what it was made from."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from copilot.answering.events import Answer

_MOST: Final = 256
_Key = tuple[str | None, str]


class RecentAnswers:
    """Remembers the last answers of everybody, in memory only. Belongs to the event loop."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._answers: OrderedDict[_Key, Answer] = OrderedDict()

    def add(self, key: str | None, answer: Answer) -> None:
        """Remember an answer that was given to whoever holds ``key``."""
        at = (key, answer.text.strip())
        self._answers[at] = answer
        self._answers.move_to_end(at)
        if len(self._answers) > self._most:
            self._answers.popitem(last=False)

    def find(self, key: str | None, text: str) -> Answer | None:
        """The answer with these words; None where it is too long ago, or never was."""
        return self._answers.get((key, text.strip()))
