"""Gathers the events of one exchange into what it was."""

from __future__ import annotations

from dataclasses import dataclass, field

from copilot.answering.events import Answer
from copilot.voice.session.events import (
    Answering,
    Expecting,
    Said,
    SessionEvent,
    Told,
    Trouble,
    TurnEnded,
    Understood,
)
from copilot.voice.values import ListeningProblem


@dataclass(slots=True)
class Exchange:
    """What was understood, answered, said and told, as far as it has come.

    Attributes:
        understood: None before.
        answer: None where no question was answered.
        told: What the copilot said by itself.
        said: Every sentence that was spoken.
        troubles: What did not work.
        ended: None while it goes on.
    """

    understood: Understood | None = None
    answer: Answer | None = None
    told: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    expecting: Expecting = ""
    ended: TurnEnded | None = None

    def take(self, event: SessionEvent) -> None:
        """Add what an event tells."""
        match event:
            case Understood():
                self.understood = event
            case Answering(event=Answer() as answer):
                self.answer = answer
            case Told(text, expecting):
                self.told.append(text)
                self.expecting = expecting
            case Said(text):
                self.said.append(text)
            case Trouble():
                self.troubles.append(event)
            case ListeningProblem(message=message, remedy=remedy):
                self.troubles.append(Trouble(message, remedy))
            case TurnEnded():
                self.ended = event
