"""Who may see a piece of text: by its label, and by what the policy names. What isn't known to be allowed stays."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from typing import Final

from copilot.privacy.policy import Never
from copilot.privacy.values import PriorTurn, Recipient, Source
from index.documents import AccessLabel
from index.passages import Passage

UNKNOWN_TURN: Final = "it isn't known which documents that answer was made from"


class Clearance:
    """Decides by labels and by the policy. Pure: it opens nothing.

    Args:
        never: What the policy names.
    """

    def __init__(self, never: Never) -> None:
        self._collections = frozenset(name.casefold() for name in never.collections)
        self._documents = [re.compile(fnmatch.translate(_path(one)), re.IGNORECASE) for one in never.documents]
        words = [rf"(?<!\w){_words(one)}(?!\w)" for one in never.keywords]
        self._named = [re.compile("|".join(words), re.IGNORECASE)] if words else []
        self._named += [re.compile(one) for one in never.patterns]

    def source(self, source: Source, recipient: Recipient) -> str | None:
        """Why nothing of ``source`` may go to ``recipient``; None where it may."""
        if source.access is AccessLabel.INTERNAL:
            if recipient.trusted is not True:
                return f"it is internal, and {recipient.name} is not marked as trusted"
        elif source.access is not AccessLabel.PUBLIC:
            return "it is restricted" if source.access is AccessLabel.RESTRICTED else "its access label is not known"
        if source.collection.casefold() in self._collections:
            return "the privacy policy names its collection"
        path = _path(source.document)
        name = path.rpartition("/")[2]
        if any(pattern.match(path) or pattern.match(name) for pattern in self._documents):
            return "the privacy policy names its document"
        return None

    def text(self, *texts: str) -> str | None:
        """Why a text may go nowhere; None where it may."""
        if any(pattern.search(text) for pattern in self._named for text in texts):
            return "it holds a word that the privacy policy names"
        return None

    def passage(self, passage: Passage, recipient: Recipient) -> str | None:
        """Why a passage may not go to ``recipient``; None where it may."""
        return self.source(Source.of(passage), recipient) or self.text(passage.title, *passage.section, passage.text)

    def turn(self, turn: PriorTurn, recipient: Recipient) -> str | None:
        """Why a turn may not go to ``recipient``; None where it may."""
        if turn.sources is None:
            return UNKNOWN_TURN
        return _first(self.source(source, recipient) for source in turn.sources) or self.text(
            turn.question, turn.answer
        )


def _first(reasons: Iterable[str | None]) -> str | None:
    return next((reason for reason in reasons if reason is not None), None)


def _path(text: str) -> str:
    return text.replace("\\", "/")


def _words(phrase: str) -> str:
    return r"[\W_]+".join(map(re.escape, phrase.split()))
