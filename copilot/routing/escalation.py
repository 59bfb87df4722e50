"""Puts the decision to work: gathers what it stands on, asks the wall, queues, and has the larger model answer.

The order of the last words: rules of the owner, the learned part, the wall. Whatever the first two say, nothing is sent
that the wall has not made.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Final

from copilot.answering.compose import Draft
from copilot.answering.confidence import Judgement
from copilot.answering.conversation import is_follow_up
from copilot.answering.escalating import Explanation
from copilot.answering.events import Route, Token
from copilot.answering.turns import Turn
from copilot.answering.writing import Task
from copilot.engines.base import GenerationOptions
from copilot.engines.cloud import Cloud, Endpoint
from copilot.engines.cloud.replies import estimated_tokens
from copilot.privacy.outgoing import Outgoing
from copilot.privacy.values import PriorTurn, Refused
from copilot.privacy.wall import Wall
from copilot.routing import router, signals
from copilot.routing.answering import LargerModel, Sent
from copilot.routing.learned import LearnedRouter
from copilot.routing.questions import QuestionQueue, Waiting
from copilot.routing.router import Decision
from copilot.routing.spending import OverBudget
from copilot.routing.surroundings import RoutePolicy, Surroundings
from copilot.routing.watching import ConditionsWatch
from index.errors import EdgeCopilotError, NetworkError, ResourceError, StoreError
from index.passages import Passage, SearchFilter, SearchResult
from sync.outbox.ids import new_id

if TYPE_CHECKING:
    from copilot.answering.flow import AskOptions

log = logging.getLogger(__name__)

CHECK_S: Final = 0.25
"""Waited at most for "is anybody there?" once the reading is done; the check began with the question."""
_OVERHEAD_TOKENS: Final = 400  # the prompt's own words


@dataclass(frozen=True, slots=True)
class Parts:
    """What escalation works with.

    Attributes:
        cloud: The endpoints.
        wall: Says what may leave.
        larger_model: Answers, given a search for more passages within what the question may look at.
        learned: Says what a larger model is worth.
        policy: What the owner allows.
        queue: Keeps questions; None keeps none.
        conditions: Network and power.
        over_budget: Why nothing more may be spent today; "" where it may. Called off the event loop.
        now: Local time.
        clock: Seconds that only go forward.
    """

    cloud: Cloud
    wall: Callable[[], Wall]
    larger_model: Callable[[Wall, SearchFilter], LargerModel]
    learned: LearnedRouter
    policy: RoutePolicy
    queue: QuestionQueue | None
    conditions: ConditionsWatch
    over_budget: Callable[[], str]
    now: Callable[[], datetime]
    clock: Callable[[], float] = monotonic


class Router:
    """See `copilot.answering.escalating.Escalation`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def begin(self, question: str, history: Sequence[Turn], options: AskOptions) -> OneQuestion:
        """Settle what can be settled, and begin to look whether anybody can be reached."""
        return OneQuestion(self._parts, question, history, options)


class OneQuestion:
    """See `copilot.answering.escalating.Escalating`. One use, in one event loop."""

    def __init__(self, parts: Parts, question: str, history: Sequence[Turn], options: AskOptions) -> None:
        self._parts = parts
        self._question = question
        self._history = history if history and is_follow_up(question) else ()
        self._options = options
        self.id = options.question_id or new_id()
        self._begun = parts.clock()
        self._sent = Sent()
        self._decision = Decision("local", "")
        self._task: Task | None = None
        self._judgement: Judgement | None = None
        self._prepared: dict[str, Outgoing] = {}
        self.foreseen: asyncio.Future[str | None] | None = None
        policy = parts.policy if options.queue and parts.queue is not None else replace(parts.policy, queue=False)
        self._policy = policy
        self.signals: dict[str, float] = signals.of_question(question, follow_up=bool(self._history))
        leaning, reason = router.before(options.wish, options.deadline_s, policy, self._around(""))
        if not options.use_model and leaning != "local":
            leaning, reason = "local", "Answered on this device: you asked for the documents' own words."
        self._leaning = leaning
        self.settled = Route("local", reason) if leaning == "local" else None
        if leaning != "local":
            parts.cloud.begin_check()
            parts.conditions.begin()

    @property
    def at_once(self) -> bool:
        """Whether the local model need not read before it is decided."""
        return self._leaning == "cloud"

    @property
    def model(self) -> str | None:
        """What wrote the answer."""
        endpoint = self._sent.endpoint
        return f"{endpoint.model} at {endpoint.name}" if endpoint is not None else None

    def _around(self, over_budget: str) -> Surroundings:
        conditions, quality = self._parts.conditions.known, self._parts.cloud.quality
        return Surroundings(
            self._parts.now(),
            self._parts.cloud.link,
            conditions.metered,
            conditions.on_mains,
            conditions.battery_percent,
            over_budget,
            conditions.temperature_c,
            quality.round_trip_s,
            quality.first_word_s,
        )

    def _left_s(self) -> float | None:
        """Seconds until the answer must begin; None: no matter."""
        deadline = self._options.deadline_s
        return None if deadline is None else max(0.0, deadline - (self._parts.clock() - self._begun))

    def foresee(self, task: Task) -> None:
        """Have the wall make what may leave while the local model reads: it takes longer than a decision may."""
        self.foreseen = asyncio.ensure_future(asyncio.to_thread(self._prepare, task))

    async def decide(self, task: Task, judgement: Judgement | None, tier: str) -> Route:
        """Decide, prepare what may leave, and queue where that is the decision."""
        decision = await self._decided(task, judgement, tier)
        if decision.target == "queue":
            decision = await asyncio.to_thread(self._queued, decision)
        self._decision = decision
        return Route(decision.target, decision.reason)

    async def _decided(self, task: Task, judgement: Judgement | None, tier: str) -> Decision:
        self._task, self._judgement = task, judgement
        self.signals |= signals.of_evidence(self._question, task.result)
        self.signals |= signals.of_reading(judgement) | signals.of_tier(tier)
        over_budget = await asyncio.to_thread(self._over_budget)
        if not self._policy.on_metered or self._policy.least_battery_percent or self._policy.hot_c is not None:
            await asyncio.to_thread(self._parts.conditions.measured)
        decision = self._weighed(over_budget)
        if decision.target == "cloud" and await self._parts.cloud.checked(CHECK_S) == "down":
            decision = self._weighed(over_budget)
        if decision.target != "local":
            barred = await (self.foreseen or asyncio.to_thread(self._prepare, task))
            if barred is not None:
                decision = Decision("local", f"Answered on this device: {_lowered(barred)}", decision.probability)
        return decision

    def _weighed(self, over_budget: str) -> Decision:
        around = self._around(over_budget)
        learned, wish = self._parts.learned, self._options.wish
        return router.after(wish, self.signals, learned, self._policy, around, self._left_s())

    def _over_budget(self) -> str:
        try:
            return self._parts.over_budget()
        except EdgeCopilotError as error:
            return _lowered(error.message)

    def _prepare(self, task: Task) -> str | None:
        """Have the wall make what may go to each endpoint; where that is nothing, say why."""
        reason = "no larger model may be asked."
        try:
            wall = self._parts.wall()
        except EdgeCopilotError as error:
            return error.message
        before = [PriorTurn(turn.question, turn.answer, turn.sources) for turn in self._history]
        for endpoint in self._parts.cloud.endpoints:
            options = GenerationOptions(endpoint.max_tokens)
            made = wall.outgoing(
                self._question,
                before,
                _fitting(wall, task.sources, endpoint),
                endpoint,
                options=options,
                may_ask=endpoint.tools,
            )
            if isinstance(made, Refused):
                reason = made.reason
            else:
                self._prepared[endpoint.name] = made
        return None if self._prepared else reason

    def _queued(self, decision: Decision) -> Decision:
        if self._put() is None:
            reason = "No larger model can be reached, and the question could not be kept for later."
            return Decision("local", reason, decision.probability)
        return decision

    def _put(self) -> str | None:
        queue, options = self._parts.queue, self._options
        assert queue is not None, "without a queue nothing is queued"
        waiting = Waiting(
            self._question, options.conversation, options.filter, options.k, options.detail, self._decision.reason
        )
        try:
            return queue.put(waiting, self.id)
        except (StoreError, ResourceError) as error:
            log.warning("a question was not queued: %s", type(error).__name__)
            return None

    async def write(self) -> AsyncGenerator[Token | Draft | SearchResult, None]:
        """Answer elsewhere; by the deadline, where there is one, it must have begun.

        Raises:
            NetworkError: It did not begin in time.
            EdgeCopilotError: See `LargerModel.write`.
        """
        assert self._task is not None, "it was decided"
        larger = self._parts.larger_model(self._parts.wall(), self._options.filter)
        pieces = larger.write(self.id, self._task, self._prepared, self._judgement, self._sent)
        async with aclosing(pieces):
            try:
                async with asyncio.timeout(self._left_s()):
                    first = await anext(pieces)
            except TimeoutError as error:
                raise NetworkError("The larger model did not begin in time.", "Give it a later deadline.") from error
            yield first
            async for piece in pieces:
                yield piece

    async def failed(self, error: EdgeCopilotError) -> Route:
        """Answered here; where it was the network that failed, later elsewhere too."""
        told = f"{error.message} This device answers."
        self._sent.endpoint = None
        self._decision = Decision("local", told, self._decision.probability)
        if isinstance(error, NetworkError) and self._policy.queue:
            name = await asyncio.to_thread(self._put)
            if name is not None:
                return Route("queue", f"{error.message} This device answers, and the question waits for a network.")
        if isinstance(error, OverBudget):
            told = f"Answered on this device: {error.message}"
        return Route("local", told)

    async def explain(self, task: Task | None, judgement: Judgement | None, tier: str) -> Explanation:
        """The decision and what would be sent; nothing is sent or kept."""
        if task is None:
            reason = "Nothing was found that a model could read."
            return Explanation("quotes", reason, self._told(None), None)
        if self.settled is not None:
            self.signals |= signals.of_evidence(self._question, task.result)
            return Explanation("local", self.settled.reason, self._told(task), None)
        decision = await self._decided(task, judgement, tier)
        told = self._told(task)
        if decision.probability is not None:
            told["probability"] = round(decision.probability, 4)
        payload, goes_to = None, None
        if decision.target != "local":
            names = [endpoint.name for endpoint in self._parts.cloud.endpoints]
            outgoing = next(self._prepared[name] for name in names if name in self._prepared)
            payload, goes_to = json.loads(outgoing.as_request()), outgoing.endpoint
        return Explanation(decision.target, decision.reason, told, payload, goes_to)

    def _told(self, task: Task | None) -> dict[str, float]:
        """Every signal, for people and JSON: also those that rules weigh and nobody learns from."""
        labels = signals.of_labels(task.result) if task is not None else {}
        around = signals.of_surroundings(self._around(""), self._left_s())
        return signals.rounded(self.signals | labels | around)


def _fitting(wall: Wall, passages: Sequence[Passage], endpoint: Endpoint) -> list[Passage]:
    """The passages, without the last of those that may go where the endpoint's model can't take them all.

    What stays here takes no room, and the wall holds the question against it.
    """
    room = endpoint.context_tokens - endpoint.max_tokens - _OVERHEAD_TOKENS
    kept, begun = [], False
    for passage in passages:
        if wall.stays(passage, endpoint) is None:
            room -= estimated_tokens(len(passage.text.encode("utf-8", "replace")))
            if room < 0 and begun:
                continue
            begun = True
        kept.append(passage)
    return kept


def _lowered(sentence: str) -> str:
    """A sentence as the second half of another."""
    return sentence[:1].lower() + sentence[1:] if sentence[:2].istitle() or sentence[:2] == "A " else sentence
