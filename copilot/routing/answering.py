"""The answer of a larger model: streamed with what was replaced put back, then grounded like every other answer.

The model may ask for more passages instead of answering. They are looked for on this device and pass the same wall;
what may not go is as if it had not been found.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from copilot.answering.compose import Draft, abstain
from copilot.answering.confidence import Judgement
from copilot.answering.events import Token
from copilot.answering.grounding import align
from copilot.answering.quoting import Similarity
from copilot.answering.writing import NOT_TOLD, Task, ground, says_none, tidied
from copilot.engines.base import GenerationStats
from copilot.engines.cloud import Asked, Begun, Cloud, Endpoint, Spent, Word
from copilot.privacy.outgoing import Outgoing
from copilot.privacy.values import Refused, ToolCall
from copilot.privacy.wall import Wall
from copilot.routing.exchange import Account, QuestionExchange
from index.errors import EngineError
from index.passages import Passage, SearchResult

MORE_PASSAGES: Final = 4
"""Given to a model that asks for more, each time."""

_MARKS: Final = re.compile(r"[ \t]?\[\d{1,2}(?:[,\s]+\d{1,2})*\]")
_OPEN_MARK: Final = re.compile(r"[ \t]?(?:\[[\d,\s]{0,12})?$")


@dataclass
class Sent:
    """What became of a question that was sent.

    Attributes:
        endpoint: Who answered; None before anybody did.
        passages: Found on this device because the model asked for more.
    """

    endpoint: Endpoint | None = None
    passages: tuple[Passage, ...] = ()


class LargerModel:
    """Answers one question after another by a larger model.

    Args:
        cloud: The endpoints.
        wall: Says what may leave.
        account: Where it is written down.
        search: Looks for more passages on this device; called off the event loop.
        rounds: How often a model may ask for more.
        similarity: For choosing quotes.
    """

    def __init__(
        self,
        cloud: Cloud,
        wall: Wall,
        account: Account,
        search: Callable[[str], SearchResult],
        *,
        rounds: int = 2,
        similarity: Similarity | None = None,
    ) -> None:
        self._cloud = cloud
        self._wall = wall
        self._account = account
        self._search = search
        self._rounds = rounds
        self._similarity = similarity

    async def write(
        self, id_: str, task: Task, prepared: dict[str, Outgoing], judgement: Judgement | None, sent: Sent
    ) -> AsyncGenerator[Token | Draft | SearchResult, None]:
        """Yield tokens as they come, the evidence where it grew, then the draft.

        Args:
            id_: Names the question to the endpoints.
            task: What is asked.
            prepared: What may go to which endpoint.
            judgement: Of the local reading; passed through.
            sent: Filled in on the way.

        Raises:
            EdgeCopilotError: Nobody answers, or the link died in the middle.
        """
        reply = _Reply()
        written = ""
        # Each is closed by itself, so that whoever stops listening hangs up at once.
        async with (
            aclosing(self._texts(id_, prepared, sent, reply)) as texts,
            aclosing(_without_marks(texts)) as unmarked,
            aclosing(tidied(unmarked)) as words,
        ):
            async for text in words:
                written += text
                if not says_none(written):
                    yield Token(text)
        passages = _together(task.sources, sent.passages)
        result = task.result
        if len(passages) > len(task.sources):
            known = {passage.chunk_id for passage in result.passages}
            more = [passage for passage in sent.passages if passage.chunk_id not in known]
            grown = (*result.passages, *(replace(p, rank=n) for n, p in enumerate(more, len(result.passages) + 1)))
            result = replace(result, passages=grown)
            yield result
        if says_none(written) or not written.strip():
            draft = abstain(result, NOT_TOLD, judgement)
        else:
            read = await asyncio.to_thread(_most_said_first, written, passages)
            draft = await asyncio.to_thread(ground, task, written.rstrip(), read, self._similarity, judgement)
            if draft.status == "grounded":
                draft = replace(draft, status="escalated")
        for token in draft.tokens:
            yield token
        yield replace(draft, stats=GenerationStats(reply.prompt_tokens, 0, reply.reply_tokens))

    async def _texts(
        self, id_: str, prepared: dict[str, Outgoing], sent: Sent, reply: _Reply
    ) -> AsyncGenerator[str, None]:
        """The reply's text with what was replaced put back, over all rounds."""
        exchange = QuestionExchange(id_, prepared, self._account)
        for left in range(self._rounds, -1, -1):
            asked: Asked | None = None
            begun: Begun | None = None
            async with aclosing(self._cloud.ask(exchange)) as pieces:
                async for piece in pieces:
                    match piece:
                        case Begun():
                            begun, sent.endpoint = piece, piece.endpoint
                            restorer = piece.outgoing.restorer()
                        case Word():
                            if text := restorer.feed(piece.text):
                                yield text
                        case Asked():
                            asked = piece
                        case Spent():
                            reply.add(piece)
            assert begun is not None, "an endpoint that answers has begun"
            if asked is None:
                if text := restorer.finish():
                    yield text
                return
            if left == 0:
                break
            following = await asyncio.to_thread(self._more, begun, asked, sent, left == 1)
            goes = {begun.endpoint.name: following}
            exchange = QuestionExchange(f"{id_}.{self._rounds - left + 1}", goes, self._account)
        raise EngineError("The larger model asked for passages again and again instead of answering.", "Ask again.")

    def _more(self, begun: Begun, asked: Asked, sent: Sent, last: bool) -> Outgoing:
        """The next request, with what was found for a model that asked for more."""
        outgoing, call = begun.outgoing, ToolCall(asked.id, asked.query)
        found = self._search(outgoing.restore(asked.query)).passages[:MORE_PASSAGES]
        following = self._wall.more(outgoing, call, found, begun.endpoint, last=last)
        if isinstance(following, Refused):
            following = self._wall.more(outgoing, call, (), begun.endpoint, last=last)
        if isinstance(following, Refused):
            raise EngineError(following.reason, "The question is answered on this device.")
        # What of it may not go was not read either.
        sent.passages = following.passages
        return following


@dataclass
class _Reply:
    """Counts over all rounds."""

    prompt_tokens: int = 0
    reply_tokens: int = 0

    def add(self, spent: Spent) -> None:
        self.prompt_tokens += spent.prompt_tokens
        self.reply_tokens += spent.reply_tokens


async def _without_marks(pieces: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """Leave out citation marks of the model's own: the program cites, and its numbers are others."""
    held = ""
    async for piece in pieces:
        held = _MARKS.sub("", held + piece)
        opened = _OPEN_MARK.search(held)
        at = opened.start() if opened is not None else len(held)
        if at:
            yield held[:at]
        held = held[at:]
    if held:
        yield held


def _together(sources: Sequence[Passage], more: Sequence[Passage]) -> tuple[Passage, ...]:
    """What may be cited: the local evidence, then what was found besides."""
    known = {chunk for source in sources for chunk in source.chunk_ids}
    return (*sources, *(passage for passage in more if passage.chunk_id not in known))


def _most_said_first(written: str, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """The passage that bears out most of what was written first: that is the one to be quoted."""
    worth = [0.0] * len(passages)
    for alignment in align(written, passages):
        if alignment.passage is not None:
            worth[alignment.passage] += alignment.coverage
    order = sorted(range(len(passages)), key=lambda at: (-worth[at], at))
    return tuple(passages[at] for at in order)
