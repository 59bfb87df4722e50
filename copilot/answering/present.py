"""The seam to what is so right now: the values and alarms of a machine that matter to a question.

They are evidence like passages of documents: shown, cited, checked against, and held back by their labels. Three things
differ. A question such as "why is it tripping?" means the alarm that stands, so it is looked up with its name. Their
text comes before the answer, word for word, because no model need be asked for it. And they change with every second,
so a model sees them behind the passage that it reads, where no KV is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from copilot.answering.compose import QUOTE_PREFIX, Draft, abstain
from copilot.answering.events import Citation
from index.passages import Passage, SearchFilter, SearchResult

COLLECTION: Final = "signals"
"""The collection that passages of the moment belong to."""
HEADING: Final = "Right now:"
SETTLED: Final = "The machine's own values answer this."


@dataclass(frozen=True, slots=True)
class Now:
    """What is so at this moment, as far as it matters to a question.

    Attributes:
        passages: Each says one thing, with its time and its quality. They are numbered before all others.
        settles: Whether the question asks for nothing else.
    """

    passages: tuple[Passage, ...] = ()
    settles: bool = False

    @property
    def shown(self) -> str:
        """The passages as they stand in an answer, each with its mark; "" for none."""
        if not self.passages:
            return ""
        lines = [f"{QUOTE_PREFIX}{passage.text} [{n}]" for n, passage in enumerate(self.passages, 1)]
        return "\n".join((HEADING, *lines))

    @property
    def said(self) -> str:
        """The same for a model; "" for none."""
        if not self.passages:
            return ""
        return "\n".join(("The machine says now:", *(f"- {passage.text}" for passage in self.passages))) + "\n\n"


NOTHING: Final = Now()


class Present(Protocol):
    """Knows what is so right now. Called off the event loop; the evidence waits for it, so it is quick."""

    def meant(self, question: str) -> str:
        """What ``question`` is about without saying it, in words that can be looked up: "F0012 Brake does not release".

        "" where it means nothing of the moment, or says itself what it is about.
        """
        ...

    def now(self, question: str, found: SearchResult, filter: SearchFilter) -> Now:  # noqa: A002 - as in the search
        """What matters to ``question`` at this moment.

        Args:
            question: As it is searched for.
            found: What the documents have.
            filter: Where the person may and wants to look.
        """
        ...


def may_look(wanted: SearchFilter) -> bool:
    """Whether the moment is among what is looked at: a question must not be read by what whoever asks may not see."""
    return not wanted.collections or COLLECTION in wanted.collections


def documents_of(wanted: SearchFilter) -> SearchFilter | None:
    """Where to look in the index for a filter that may name the moment too; None: nowhere."""
    if COLLECTION not in wanted.collections:
        return wanted
    others = tuple(name for name in wanted.collections if name != COLLECTION)
    return replace(wanted, collections=others) if others else None


def with_now(result: SearchResult, now: Now) -> SearchResult:
    """The evidence with what is so now behind it."""
    ranked = (replace(passage, rank=len(result.passages) + n) for n, passage in enumerate(now.passages, 1))
    return replace(result, passages=(*result.passages, *ranked))


def without_now(passages: Sequence[Passage], now: Now) -> tuple[Passage, ...]:
    """Of the evidence, what is from documents."""
    return tuple(passages[: len(passages) - len(now.passages)])


def settled(now: Now) -> Draft:
    """The answer that what is so now gives by itself."""
    return Draft("grounded", now.shown, _citations(now), (), ())


def headed(draft: Draft, now: Now) -> Draft:
    """``draft`` with what is so now before it, which has been shown already."""
    if not now.passages:
        return draft
    citations = tuple(one for one in draft.citations if one.n > len(now.passages))
    return replace(draft, text=f"{now.shown}\n\n{draft.text}", citations=(*_citations(now), *citations))


def nothing_else(now: Now, result: SearchResult, reason: str) -> Draft:
    """What is so now, where the documents have nothing to the question."""
    draft = abstain(replace(result, passages=without_now(result.passages, now)), reason)
    return headed(draft, now)


def _citations(now: Now) -> tuple[Citation, ...]:
    return tuple(Citation(n, passage, passage.text, None) for n, passage in enumerate(now.passages, 1))
