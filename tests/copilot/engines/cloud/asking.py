"""Questions as the wall lets them out, and an exchange that notes what happens to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from copilot.engines.base import GenerationOptions
from copilot.engines.cloud import Begun, Cloud, Ended, Endpoint, Spent, Word
from copilot.privacy.outgoing import Outgoing
from copilot.privacy.policy import PrivacyPolicy
from copilot.privacy.wall import Wall
from index.documents import AccessLabel
from index.passages import Passage

TEXT = "The screws of the brake are tightened to 9.5 Nm. The gearbox holds 0.8 l of oil."
QUESTION = "To what torque are the screws of the brake tightened?"


def passage(text: str = TEXT, access: AccessLabel = AccessLabel.PUBLIC, number: int = 1, rank: int = 1) -> Passage:
    return Passage(
        rank, 1.0, f"manual{number}.md", "Halden H40", ("Brake",), None, text, number, (number,), "default", access,
        "en", 0, len(text),
    )  # fmt: skip


def outgoing(endpoint: Endpoint, question: str = QUESTION, *, may_ask: bool = False) -> Outgoing:
    made = Wall(PrivacyPolicy()).outgoing(
        question, (), [passage()], endpoint, options=GenerationOptions(endpoint.max_tokens), may_ask=may_ask
    )
    assert isinstance(made, Outgoing)
    return made


@dataclass
class Noting:
    """An `Exchange` that keeps account in a list."""

    question: str = QUESTION
    id: str = "0192-question"
    sent: list[str] = field(default_factory=list)
    ended: list[tuple[str, str]] = field(default_factory=list)
    forbidden: tuple[str, ...] = ()

    def outgoing(self, endpoint: Endpoint) -> Outgoing | None:
        return None if endpoint.name in self.forbidden else outgoing(endpoint, self.question)

    async def sending(self, endpoint: Endpoint, outgoing: Outgoing) -> Callable[[Ended], None]:
        self.sent.append(endpoint.name)
        return lambda how: self.ended.append((endpoint.name, how.outcome))


async def reply(cloud: Cloud, exchange: Noting) -> tuple[str, str, Spent]:
    """Who answered, what, and what it cost."""
    who, text, spent = "", "", None
    async for piece in cloud.ask(exchange):
        match piece:
            case Begun():
                who = piece.endpoint.name
            case Word():
                text += piece.text
            case Spent():
                spent = piece
    assert spent is not None
    return who, text, spent
