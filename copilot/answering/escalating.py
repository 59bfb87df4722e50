"""The seam between the answer flow and whatever may answer a question elsewhere, or later; and how the two take turns.

The local answer in the making is held at its judgement while it is decided, so that it goes on from there, without
reading again, where nobody else answers or the link dies in the middle.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from copilot.answering.compose import Draft
from copilot.answering.confidence import Judgement
from copilot.answering.events import Route, RouteTarget, Token
from copilot.answering.turns import Turn
from copilot.answering.writing import Task
from index.errors import EdgeCopilotError
from index.passages import SearchResult

if TYPE_CHECKING:
    from copilot.answering.flow import AskOptions

Wish = Literal["auto", "local", "cloud"]
"""What the person wants: ``cloud`` prefers a larger model elsewhere, as far as it may be asked."""

TAKEN_OVER = "\n\n[The link broke off. This device answers:]\n\n"


@dataclass(frozen=True, slots=True)
class Writer:
    """What writes from here on.

    Attributes:
        model: Its name; None where the documents are quoted.
        tier: Of a local model; "" elsewhere.
    """

    model: str | None
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """Something failed on the way; what follows comes from somewhere else.

    Attributes:
        reason: For the person.
        here: Whether it was this device's own model.
    """

    reason: str
    here: bool = True


Piece = Writer | Route | Judgement | Token | Draft | SearchResult | Failed
"""What an answer in the making consists of. A `SearchResult` is evidence that grew on the way."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a question would go, and why; nothing was sent.

    Attributes:
        signals: What the decision stands on, by name.
        payload: The exact request that would be sent, as JSON; None for none.
        endpoint: Name of the endpoint that it would be sent to first; None for none.
    """

    target: RouteTarget
    reason: str
    signals: Mapping[str, float]
    payload: object | None
    endpoint: str | None = None


class Escalating(Protocol):
    """What may be done about one question."""

    @property
    def settled(self) -> Route | None:
        """A route where the question is answered on this device, whatever is found."""
        ...

    @property
    def at_once(self) -> bool:
        """Whether the local model need not read before it is decided."""
        ...

    @property
    def model(self) -> str | None:
        """What wrote the answer; None before anything did."""
        ...

    def foresee(self, task: Task) -> None:
        """Begin what takes a while, so that it is done beside the local reading."""
        ...

    async def decide(self, task: Task, judgement: Judgement | None, tier: str) -> Route:
        """Decide after the local reading. A route to the queue has been taken when this returns.

        Args:
            task: What is asked, with its evidence.
            judgement: Of the local reading; None where nothing read.
            tier: Of the local model; "" for none.
        """
        ...

    def write(self) -> AsyncGenerator[Token | Draft | SearchResult, None]:
        """Answer elsewhere, after a decision for ``cloud``. Yields tokens as they come, then the draft.

        Raises:
            EdgeCopilotError: Nobody answers, or the link died in the middle: the question is still to be answered.
        """
        ...

    async def failed(self, error: EdgeCopilotError) -> Route:
        """Decide what becomes of the question after `write` raised ``error``: answered here, perhaps also later."""
        ...

    async def explain(self, task: Task | None, judgement: Judgement | None, tier: str) -> Explanation:
        """The same decision, without doing anything about it. ``task`` is None where nothing was found."""
        ...


class Escalation(Protocol):
    """Says of each question whether it may be answered elsewhere."""

    def begin(self, question: str, history: Sequence[Turn], options: AskOptions) -> Escalating:
        """Settle what can be settled before anything is looked up; in well under a millisecond."""
        ...


async def read_first(local: AsyncGenerator[Piece, None]) -> tuple[list[Piece], Judgement | None, str]:
    """Let the local model read.

    Returns:
        What it brought on the way, the judgement (None where nothing reads before it writes), and the model's tier.
    """
    kept: list[Piece] = []
    tier = ""
    async for piece in local:
        if isinstance(piece, Judgement):
            return kept, piece, tier
        if isinstance(piece, Writer):
            tier = piece.tier
        kept.append(piece)
        if isinstance(piece, Token | Draft):
            break
    return kept, None, tier


async def here_or_elsewhere(
    task: Task, local: AsyncGenerator[Piece, None], elsewhere: Escalating
) -> AsyncGenerator[Piece, None]:
    """Answer where it is decided; on this device too where that fails. ``local`` is closed at the end."""
    async with aclosing(local):
        kept: list[Piece] = []
        judgement, tier = None, ""
        route = elsewhere.settled
        if route is None:
            if not elsewhere.at_once:
                elsewhere.foresee(task)
                kept, judgement, tier = await read_first(local)
            route = await elsewhere.decide(task, judgement, tier)
            if route.target == "cloud":
                yield route
                begun = False
                try:
                    async with aclosing(elsewhere.write()) as pieces:
                        async for answered in pieces:
                            begun = begun or isinstance(answered, Token)
                            yield answered
                    yield Writer(elsewhere.model)
                    return
                except EdgeCopilotError as error:
                    route = await elsewhere.failed(error)
                yield Failed(route.reason, here=False)
                if begun:
                    yield Token(TAKEN_OVER)
        for piece in kept:
            if (shown := _under(route, piece)) is not None:
                yield shown
        async for piece in local:
            if (shown := _under(route, piece)) is not None:
                yield shown


def _under(route: Route, piece: Piece) -> Piece | None:
    """A piece of the local answer under the route that was decided."""
    if isinstance(piece, Judgement):
        return None
    if isinstance(piece, Route):
        return piece if piece.target == "quotes" and route.target == "local" else route
    if isinstance(piece, Draft) and route.target == "queue":
        return replace(piece, status="queued")
    return piece
