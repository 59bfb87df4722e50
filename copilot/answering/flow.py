"""The one answer flow: question → search → Evidence → Route → reading → Token… → grounding → Answer.

Every face is a thin consumer of `Copilot.ask`. Evidence is yielded before a model is even asked for, so it is there
when the model is slow, wrong or absent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from copy import copy
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Final, Protocol

from copilot.answering.compose import Draft, abstain
from copilot.answering.confidence import Calibration, load_calibration
from copilot.answering.context import LiveContext, Offer, with_offers
from copilot.answering.conversation import for_reading, for_search, sources_of
from copilot.answering.conversations import Conversations, cited_of
from copilot.answering.escalating import (
    Escalating,
    Escalation,
    Explanation,
    Failed,
    Piece,
    Wish,
    Writer,
    here_or_elsewhere,
    read_first,
)
from copilot.answering.events import Answer, Event, Evidence, Route, Timings, Token
from copilot.answering.excerpts import Excerpt
from copilot.answering.present import (
    NOTHING,
    SETTLED,
    Now,
    Present,
    documents_of,
    headed,
    may_look,
    nothing_else,
    settled,
    with_now,
    without_now,
)
from copilot.answering.question import kind_of, validate
from copilot.answering.quoting import Similarity
from copilot.answering.revisions import contradictions, newest_first
from copilot.answering.turns import Turn
from copilot.answering.writing import Task, quote_only, write
from copilot.engines.base import ChatEngine, GenerationStats
from index.errors import EdgeCopilotError, EngineError, NetworkError, ResourceError, StoreError
from index.passages import Passage, SearchFilter, SearchResult

_WHOLE_SECTION: Final = ("procedure", "multi")
NOTHING_NEAR = "Nothing in the documents comes near the question."


class Search(Protocol):
    """What the flow needs of the index. Called off the event loop."""

    def search(self, query: str, k: int = ..., filter: SearchFilter = ...) -> SearchResult:  # noqa: A002
        """Passages for ``query``, best first."""
        ...


class ExcerptSource(Protocol):
    """Gives what the model reads of passages. Called off the event loop."""

    def of(self, passages: Sequence[Passage]) -> Sequence[Excerpt]:
        """One excerpt for each passage."""
        ...

    def whole_section(self, passage: Passage) -> Passage:
        """The passage grown to its section."""
        ...


EngineSource = Callable[[], Awaitable[ChatEngine]]
"""Gives the engine, loading it at the first call. Raises `EdgeCopilotError` where there is none."""


@dataclass(frozen=True, slots=True)
class AskOptions:
    """What a person may wish for one question.

    Attributes:
        k: Passages shown as evidence.
        filter: Where to look.
        use_model: False answers by quoting alone.
        conversation: Id of the conversation that the question belongs to, or None.
        detail: A longer answer.
        wish: Where the person wants it answered.
        deadline_s: In how many seconds the answer must begin; None: no matter. This device answers where a larger
            model would be late.
        queue: Whether it may wait for a network, to be answered better later.
        keep: Whether the exchange is kept in the conversation.
        question_id: Under which the question was sent before, without an answer; None where it is new.
        history: What was said before, oldest first, where whoever asks keeps it; goes before the conversation's.
        max_tokens: What the model may write at most, within the policy; None: by ``detail``. Quotes are not cut.
        rows_alone: A row of a table that fits is the answer, without a sentence of the model before it: whoever listens
            would wait for that sentence until it is checked, and hear the same twice.
    """

    k: int = 5
    filter: SearchFilter = field(default_factory=SearchFilter)
    use_model: bool = True
    conversation: str | None = None
    detail: bool = False
    wish: Wish = "auto"
    deadline_s: float | None = None
    queue: bool = True
    keep: bool = True
    question_id: str | None = None
    history: tuple[Turn, ...] | None = None
    max_tokens: int | None = None
    rows_alone: bool = False


@dataclass(frozen=True, slots=True)
class AnswerPolicy:
    """How much is read and written.

    Attributes:
        passages: How many of the passages found may be read.
        max_tokens: What the model may write at most.
        short_tokens: The same where no detail is asked for.
    """

    passages: int = 3
    max_tokens: int = 256
    short_tokens: int = 64


def _quoted_instead(error: EdgeCopilotError) -> str:
    return f"{error.message} The documents are quoted instead. {error.remedy}".strip()


class _Clock:
    """Times of one question, in milliseconds since it was asked."""

    def __init__(self) -> None:
        self._start = perf_counter()
        self._evidence_ms = 0.0
        self._token_ms: float | None = None

    def _now(self) -> float:
        return (perf_counter() - self._start) * 1000

    def evidence(self) -> None:
        self._evidence_ms = self._now()

    def token(self) -> None:
        if self._token_ms is None:
            self._token_ms = self._now()

    def timings(self, stats: GenerationStats | None) -> Timings:
        return Timings(
            round(self._evidence_ms, 1),
            round(self._token_ms, 1) if self._token_ms is not None else None,
            round(self._now(), 1),
            stats.prompt_tokens if stats else 0,
            stats.reply_tokens if stats else 0,
        )


class Copilot:
    """Answers questions from the index.

    Args:
        search: The index.
        excerpts: What of it is read.
        engine: Gives the language model; None where there is none by choice.
        similarity: Compares a question with pieces of text, for choosing quotes; None without an embedder.
        conversations: Keeps them; None forgets.
        policy: How much is read and written.
        calibration: Gives, for a tier or "none", what its confidence is worth.
        escalation: Says what may be answered elsewhere; None answers everything here.
        context: What is known beside the documents, such as notes of this machine and live signals.
        present: What is so right now, such as live signals and alarms; None where nothing is known of it.
        observer: Told of each answer, and whether the language model failed on the way to it. Called off the event
            loop.
    """

    def __init__(
        self,
        search: Search,
        excerpts: ExcerptSource,
        engine: EngineSource | None,
        *,
        similarity: Similarity | None = None,
        conversations: Conversations | None = None,
        policy: AnswerPolicy | None = None,
        calibration: Callable[[str], Calibration] = load_calibration,
        escalation: Escalation | None = None,
        context: Sequence[LiveContext] = (),
        present: Present | None = None,
        observer: Callable[[Answer, bool], None] | None = None,
    ) -> None:
        self._search = search
        self._excerpts = excerpts
        self._engine = engine
        self._similarity = similarity
        self._conversations = conversations
        self._policy = policy or AnswerPolicy()
        self._calibration = calibration
        self._escalation = escalation
        self._context = context
        self._present = present
        self._observer = observer

    def with_engine(self, engine: EngineSource | None) -> Copilot:
        """The same flow with a model that is given out otherwise, such as by turns where several ask at once."""
        other = copy(self)
        other._engine = engine
        return other

    async def ask(self, question: str, options: AskOptions | None = None) -> AsyncGenerator[Event, None]:
        """Answer ``question``: one `Evidence`, one `Route`, `Token`s, and last one `Answer`.

        A model that fails on the way costs nobody the answer: the documents are quoted then, which the answer's route
        and notices say. So do the notices where the conversation can't be kept. Closing the generator stops the model
        at once.

        Raises:
            QuestionError: The question can't be asked.
            StoreError: The index can't be read.
        """
        options = options or AskOptions()
        clock = _Clock()
        asked = validate(question)
        history, notices = await self._history(options)
        elsewhere = self._escalation.begin(asked, history, options) if self._escalation is not None else None
        meant, result, now = await asyncio.to_thread(self._find, asked, for_search(asked, history), options)
        clock.evidence()
        yield Evidence(result)

        failed, model, route = False, None, None
        if now.settles:
            draft, route = settled(now), Route("quotes", SETTLED)
            yield route
            clock.token()
            yield Token(now.shown, quoted=True)
        elif len(result.passages) > len(now.passages):
            draft = abstain(result, NOTHING_NEAR)
            task = await asyncio.to_thread(self._task, meant, for_reading(asked, history), result, now, options)
            async with aclosing(self._pieces(task, options, elsewhere)) as pieces:
                async for piece in pieces:
                    match piece:
                        case Token():
                            clock.token()
                            yield piece
                        case Route():
                            if route is None:
                                yield piece
                                if now.passages:
                                    clock.token()
                                    yield Token(f"{now.shown}\n\n", quoted=True)
                            route = piece
                        case Draft():
                            draft = headed(piece, now)
                        case Writer():
                            model = piece.model
                        case SearchResult():
                            result = piece
                        case Failed():
                            failed = failed or piece.here
                            notices.append(piece.reason)
            assert route is not None, "an answer in the making says where it is made"
        else:
            draft = nothing_else(now, result, NOTHING_NEAR)
            _, route = await self._route(without_now(result.passages, now), options)
            yield route
            clock.token()
            yield Token(draft.text)
        answer = Answer(
            draft.status,
            draft.text,
            draft.citations,
            result,
            draft.unverified,
            route,
            model,
            clock.timings(draft.stats),
            judgement=draft.judgement,
            sources=sources_of(asked, result.passages, history),
        )
        if options.keep:
            turn = Turn(asked, answer.text, answer.status, answer.sources, cited_of(answer.citations))
            notices += await self._remember(options.conversation, turn)
        if self._observer is not None:
            await asyncio.to_thread(self._observer, answer, failed)
        yield replace(answer, notices=tuple(notices))

    async def explain(self, question: str, options: AskOptions | None = None) -> Explanation:
        """Say where ``question`` would be answered, and what would be sent for it. Nothing is sent, nothing is kept.

        Raises:
            QuestionError: The question can't be asked.
            StoreError: The index can't be read.
        """
        options = options or AskOptions()
        asked = validate(question)
        history, _ = await self._history(options)
        elsewhere = self._escalation.begin(asked, history, options) if self._escalation is not None else None
        meant, result, now = await asyncio.to_thread(self._find, asked, for_search(asked, history), options)
        if elsewhere is None:
            return Explanation("local", "Answered on this device: no larger model is configured.", {}, None)
        if now.settles:
            return Explanation("quotes", SETTLED, {}, None)
        if len(result.passages) == len(now.passages):
            return await elsewhere.explain(None, None, "")
        task = await asyncio.to_thread(self._task, meant, for_reading(asked, history), result, now, options)
        async with aclosing(self._local(task, options)) as local:
            at_once = elsewhere.settled is not None or elsewhere.at_once
            _, judgement, tier = ([], None, "") if at_once else await read_first(local)
            return await elsewhere.explain(task, judgement, tier)

    def _task(self, question: str, before: str, result: SearchResult, now: Now, options: AskOptions) -> Task:
        max_tokens = self._policy.max_tokens if options.detail else self._policy.short_tokens
        if options.max_tokens is not None:
            max_tokens = min(options.max_tokens, self._policy.max_tokens)
        passages = without_now(result.passages, now)[: self._policy.passages]
        sources = passages
        if kind_of(question) in _WHOLE_SECTION:
            sources = tuple(self._excerpts.whole_section(passage) for passage in passages)
        return Task(
            question, before, result, tuple(self._excerpts.of(passages)), sources, max_tokens, now, options.rows_alone
        )

    def _find(self, asked: str, query: str, options: AskOptions) -> tuple[str, SearchResult, Now]:
        """The question with what it means of the moment, its evidence, and what is so now among that."""
        if self._present is None or not may_look(options.filter):
            return asked, self._found(query, options), NOTHING
        meant = self._present.meant(query)
        if meant:
            asked, query = f"{asked} ({meant})", f"{query} {meant}"
        found = self._found(query, options)
        now = self._present.now(query, found, options.filter)
        return asked, with_now(found, now), now

    def _found(self, query: str, options: AskOptions) -> SearchResult:
        where = documents_of(options.filter)
        if where is None:
            return SearchResult(query, 0.0, (), "lexical")
        result = self._search.search(query, options.k, where)
        passages = newest_first(result.passages)
        found = replace(result, passages=passages, notices=(*result.notices, *contradictions(passages)))
        offers: list[Offer] = []
        for one in self._context:
            try:
                offers += one.offers(query, found, options.filter)
            except (StoreError, ResourceError) as error:
                found = replace(found, notices=(*found.notices, f"Answered without what is known beside: {error}"))
        return with_offers(found, offers)

    def _pieces(self, task: Task, options: AskOptions, elsewhere: Escalating | None) -> AsyncGenerator[Piece, None]:
        local = self._local(task, options)
        return local if elsewhere is None else here_or_elsewhere(task, local, elsewhere)

    async def _local(self, task: Task, options: AskOptions) -> AsyncGenerator[Piece, None]:
        """The answer of this device: what writes and where, the judgement of a reading, tokens, the draft."""
        engine, route = await self._route(task.sources, options)
        yield Writer(engine.info.model, engine.info.tier) if engine is not None else Writer(None)
        yield route
        async with aclosing(self._write(task, engine)) as pieces:
            async for piece in pieces:
                yield piece

    async def _write(self, task: Task, engine: ChatEngine | None) -> AsyncGenerator[Piece, None]:
        if engine is not None:
            begun = False
            calibration = self._calibration(engine.info.tier or "remote")
            try:
                async with aclosing(write(task, engine, calibration, self._similarity)) as pieces:
                    async for piece in pieces:
                        begun = begun or isinstance(piece, Token)
                        yield piece
                return
            except (EngineError, NetworkError) as error:
                reason = _quoted_instead(error)
            yield Failed(reason)
            yield Writer(None)
            yield Route("quotes", reason)
            if begun:
                yield Token("\n\n")
        async with aclosing(quote_only(task, self._calibration("none"), self._similarity)) as pieces:
            async for piece in pieces:
                yield piece

    async def _history(self, options: AskOptions) -> tuple[Sequence[Turn], list[str]]:
        if options.history is not None:
            return options.history, []
        conversation = options.conversation
        if conversation is None or self._conversations is None:
            return (), []
        try:
            return await asyncio.to_thread(self._conversations.turns, conversation, 3), []
        except (StoreError, ResourceError) as error:
            return (), [f"What was said before is not at hand: {error}"]

    async def _remember(self, conversation: str | None, turn: Turn) -> list[str]:
        if conversation is None or self._conversations is None:
            return []
        try:
            await asyncio.to_thread(self._conversations.add, conversation, turn)
        except (StoreError, ResourceError) as error:
            return [f"This answer is not kept in the conversation: {error}"]
        return []

    async def _route(self, found: Sequence[Passage], options: AskOptions) -> tuple[ChatEngine | None, Route]:
        if not options.use_model:
            return None, Route("quotes", "You asked for the documents' own words.")
        if self._engine is None:
            return None, Route("quotes", "No language model is configured.")
        if not found:
            return None, Route("quotes", "Nothing was found that a model could read.")
        try:
            engine = await self._engine()
        except EdgeCopilotError as error:
            return None, Route("quotes", _quoted_instead(error))
        if engine.info.where == "device":
            return engine, Route("local", f"Answered on this device by {engine.info.model}.")
        return engine, Route("local", f"Answered by {engine.info.model} at {engine.info.where}, as configured.")
