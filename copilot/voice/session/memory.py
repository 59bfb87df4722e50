"""What a conversation remembers for "repeat", "more", "sources" and "next step"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from copilot.answering.compose import QUOTE_PREFIX
from copilot.answering.events import Answer
from copilot.voice.session.phrases import Phrases
from copilot.voice.session.seams import Step

_STEP: Final = re.compile(r"^(?:>\s*)?(?:step\s+|schritt\s+)?(\d{1,2})[.):]\s+(\S.*)$", re.IGNORECASE | re.MULTILINE)
_MARK: Final = re.compile(r"\s*\[\d{1,3}\]\s*$")
_MORE_SENTENCES: Final = 3
_RECENT: Final = 12


@dataclass(slots=True)
class Memory:
    """Of one session.

    Attributes:
        question: The last one; "" before.
        answer: Its answer.
        said: The sentences that were said last, as written.
        rest: What "more" goes on with.
        recent: Identifiers that were said or answered, the latest last.
    """

    question: str = ""
    answer: Answer | None = None
    said: list[str] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    recent: list[str] = field(default_factory=list)
    _step: int = -1

    def answered(self, question: str, answer: Answer) -> None:
        """Remember an answer."""
        self.question, self.answer, self._step = question, answer, -1

    def noticed(self) -> None:
        """The answer has been told: its first step may have been among what was said."""
        steps = self.steps()
        if steps and any(steps[0].text in said for said in self.said):
            self._step = 0

    def mention(self, *identifiers: str) -> None:
        """Remember identifiers, for what is heard next."""
        for name in identifiers:
            if name in self.recent:
                self.recent.remove(name)
            self.recent.append(name)
        del self.recent[:-_RECENT]

    def more(self) -> list[str]:
        """The next sentences of the answer; empty where everything was said."""
        now, self.rest = self.rest[:_MORE_SENTENCES], self.rest[_MORE_SENTENCES:]
        return now

    def sources(self, phrases: Phrases) -> list[str]:
        """The places that the last answer stands on, each once."""
        told: dict[str, None] = {}
        for citation in self.answer.citations if self.answer is not None else ():
            title = citation.passage.title
            if citation.page is not None:
                told[phrases.source.format(title=title, page=citation.page)] = None
            elif citation.passage.section:
                told[phrases.source_section.format(title=title, section=citation.passage.section[-1])] = None
            else:
                told[f"{title}."] = None
        return list(told)

    def steps(self) -> list[Step]:
        """The steps that the last answer quotes."""
        if self.answer is None:
            return []
        quoted = "\n".join(line for line in self.answer.text.splitlines() if line.startswith(QUOTE_PREFIX))
        return [Step(number, _MARK.sub("", text)) for number, text in _STEP.findall(quoted)]

    def current(self) -> Step | None:
        """The step of the last answer that was told last; the first one before; None where it has none."""
        steps = self.steps()
        return steps[max(0, self._step)] if steps else None

    def go(self, by: int) -> Step | None:
        """The next or previous step; None at either end."""
        steps = self.steps()
        wanted = self._step + by
        if not 0 <= wanted < len(steps):
            return None
        self._step = wanted
        return steps[wanted]
