"""Builds the router from the settings; the composition root calls this, and nobody else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from copilot.answering.quoting import Similarity
from copilot.engines.cloud import Cloud, Endpoint, Patience, Phases
from copilot.engines.cloud.client import EndpointClient
from copilot.engines.cloud.keys import key_source
from copilot.privacy.audit import FILE_NAME as AUDIT_FILE
from copilot.privacy.audit import AuditLog
from copilot.privacy.library import IndexLibrary
from copilot.privacy.policy import PrivacyPolicy, find_policy
from copilot.privacy.wall import Wall
from copilot.routing.answering import LargerModel
from copilot.routing.escalation import Parts, Router
from copilot.routing.exchange import Account
from copilot.routing.learned import LearnedRouter, load_router
from copilot.routing.questions import FILE_NAME as QUESTIONS_FILE
from copilot.routing.questions import QuestionQueue
from copilot.routing.sending import Sender
from copilot.routing.spending import FILE_NAME as USAGE_FILE
from copilot.routing.spending import Budget, Spending
from copilot.routing.surroundings import RoutePolicy
from copilot.routing.watching import ConditionsWatch
from index.errors import UsageError
from index.passages import SearchFilter, SearchResult
from index.store import Store
from sync.device.rules import QuietHours

if TYPE_CHECKING:
    from copilot.answering.conversations import Conversations
    from copilot.answering.flow import AskOptions, Copilot
    from copilot.evaluation.questions import Question
    from copilot.routing.training import Trained
    from copilot.settings import Settings
    from copilot.settings.cloud import EndpointSettings

Search = Callable[[str, SearchFilter], SearchResult]


class Routing:
    """The router of this device with everything that it keeps. Close it after use.

    Args:
        settings: Of the data directory.
        store: Gives the index.
        search: Looks for passages.
        similarity: Compares texts; None without an embedder.
        now: Local time.
    """

    def __init__(
        self,
        settings: Settings,
        store: Callable[[], Store],
        search: Search,
        similarity: Callable[[], Similarity | None],
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self._settings = settings
        self._store = store
        self._search = search
        self._similarity = similarity
        self._now = now
        self._wall: tuple[tuple[PrivacyPolicy, tuple[str, ...]], Wall] | None = None

    @property
    def configured(self) -> bool:
        """Whether there is any larger model to ask."""
        return bool(self._settings.cloud.endpoints)

    @cached_property
    def cloud(self) -> Cloud:
        """The endpoints.

        Raises:
            UsageError: An address or a certificate can't be used.
        """
        cloud = self._settings.cloud
        phases = Phases(cloud.connect_s, cloud.first_word_s, cloud.next_word_s, cloud.whole_s)
        clients = [EndpointClient(endpoint_of(one), phases) for one in cloud.endpoints]
        return Cloud(clients, Patience(attempts=cloud.attempts, hedge_after_s=cloud.hedge_after_s))

    @cached_property
    def questions(self) -> QuestionQueue:
        """What waits for a network."""
        route = self._settings.route
        return QuestionQueue(
            self._settings.data_dir / QUESTIONS_FILE,
            self._settings.index.read_key(),
            days=route.queue_days,
            most=route.queue_most,
            now=self._now,
        )

    @cached_property
    def spending(self) -> Spending:
        """What was spent, and what may be."""
        route = self._settings.route
        budget = Budget(route.tokens_per_day, route.money_per_day)
        path = self._settings.data_dir / USAGE_FILE
        return Spending(path, self._settings.index.read_key(), budget, now=self._now)

    @cached_property
    def learned(self) -> LearnedRouter:
        """What the signals are worth.

        Raises:
            UsageError: The owner's file is malformed.
        """
        return load_router(self._settings.data_dir)

    @property
    def wall(self) -> Wall:
        """What may leave, by the policy as it stands now: a change holds from the next question on.

        Raises:
            UsageError: The privacy policy can't be read; then nothing leaves.
        """
        policy = PrivacyPolicy.load(find_policy(self._settings.data_dir))
        stands = policy, tuple(policy.names())
        if self._wall is None or self._wall[0] != stands:
            self._wall = stands, Wall(policy, IndexLibrary(self._store()))
        return self._wall[1]

    @cached_property
    def router(self) -> Router:
        """The router itself.

        Raises:
            UsageError: An address, a certificate or the learned part can't be used.
        """
        return Router(self.parts)

    @cached_property
    def parts(self) -> Parts:
        """What the router works with.

        Raises:
            UsageError: As `router`.
        """
        from copilot.syncing.conditions import conditions_now

        return Parts(
            cloud=self.cloud,
            wall=lambda: self.wall,
            larger_model=self._larger_model,
            learned=self.learned,
            policy=policy_of(self._settings),
            queue=self.questions if self._settings.route.queue else None,
            conditions=ConditionsWatch(lambda: conditions_now(self._settings.sync)),
            over_budget=lambda: self.spending.left(),
            now=self._now,
        )

    def sender(self, copilot: Copilot, conversations: Conversations) -> Sender:
        """What sends the questions that wait.

        Args:
            copilot: The answer flow with this router.
            conversations: Where answers are filed.
        """
        return Sender(self.questions, copilot.ask, conversations)

    async def train(
        self,
        copilot: Copilot,
        questions: Sequence[Question],
        options: AskOptions,
        name: str,
        advance: Callable[[], None] = lambda: None,
    ) -> Trained:
        """Ask every question here and of the larger models, learn when these help, and keep that.

        Args:
            copilot: The answer flow with this router.
            questions: With known answers.
            options: How they are asked.
            name: What they are, for people.
            advance: Told after each question.

        Raises:
            UsageError: There is too little to learn from.
        """
        from copilot.routing.training import Example, Trained, compare, train, write_router

        examples, missed = [], dict[str, int]()
        async for found in compare(copilot, questions, options):
            advance()
            if (example := Example.of(found)) is not None:
                examples.append(example)
            elif found.larger is None:
                missed[found.why_not] = missed.get(found.why_not, 0) + 1
        notices = tuple(f"{count} questions could not be compared: {reason}" for reason, count in missed.items())
        if not examples:
            raise UsageError("No question could be compared.", " ".join(notices) or "Their answers must be known.")
        learned = train(examples, name)
        return Trained(learned, write_router(learned, self._settings.data_dir), notices)

    def _larger_model(self, wall: Wall, filter_: SearchFilter) -> LargerModel:
        account = Account(
            AuditLog(self._settings.data_dir / AUDIT_FILE), self.spending, self._settings.route.person or ""
        )
        return LargerModel(
            self.cloud,
            wall,
            account,
            lambda query: self._search(query, filter_),
            rounds=self._settings.cloud.rounds,
            similarity=self._similarity(),
        )

    async def close(self) -> None:
        """Close what was opened."""
        if "cloud" in self.__dict__:
            await self.cloud.close()
        for part in ("questions", "spending"):
            if part in self.__dict__:
                self.__dict__[part].close()


def endpoint_of(settings: EndpointSettings) -> Endpoint:
    """An endpoint as it is configured."""
    return Endpoint(
        name=settings.name,
        base_url=settings.base_url,
        model=settings.model,
        trusted=settings.trusted,
        key=key_source(settings.name, settings.api_key_env, settings.api_key_keyring),
        ca_file=settings.ca_file,
        pins=settings.pins,
        tools=settings.tools,
        context_tokens=settings.context_tokens,
        max_tokens=settings.max_tokens,
        price_in=settings.price_in,
        price_out=settings.price_out,
    )


def policy_of(settings: Settings) -> RoutePolicy:
    """What the owner of this device allows."""
    route = settings.route
    thresholds = {"never": 2.0, "always": 0.0}
    threshold = thresholds[route.threshold] if isinstance(route.threshold, str) else _held(route.threshold)
    return RoutePolicy(
        threshold,
        route.on_metered,
        route.least_battery_percent,
        QuietHours.parse(route.hours) if route.hours else None,
        route.queue,
        route.slowest_link_s,
        route.hot_c,
    )


def _held(threshold: float) -> float:
    """1 is never: no probability is higher than that."""
    return 2.0 if threshold >= 1 else threshold
