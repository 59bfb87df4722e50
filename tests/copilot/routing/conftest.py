"""A small real index with all access labels, endpoints on loopback, and the answer flow with the router over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copilot.answering.conversations import Conversations
from copilot.answering.excerpts import Excerpts
from copilot.answering.flow import AskOptions, Copilot
from copilot.engines.base import ChatEngine
from copilot.engines.cloud import Cloud, Endpoint, Patience, Phases
from copilot.engines.cloud.client import EndpointClient
from copilot.privacy.audit import AuditLog
from copilot.privacy.library import IndexLibrary
from copilot.privacy.policy import PrivacyPolicy
from copilot.privacy.wall import Wall
from copilot.routing.answering import LargerModel
from copilot.routing.escalation import Parts, Router
from copilot.routing.exchange import Account
from copilot.routing.learned import LearnedRouter
from copilot.routing.questions import QuestionQueue
from copilot.routing.sending import Sender
from copilot.routing.spending import Budget, Spending
from copilot.routing.surroundings import RoutePolicy
from copilot.routing.watching import ConditionsWatch
from index.documents import AccessLabel
from index.ingest import Ingestor
from index.passages import SearchFilter
from index.search import Searcher
from index.store import Store
from sync.device.rules import Conditions
from tests.copilot.answering.conftest import MANUAL, by_the_reader
from tests.copilot.answering.scripted import ScriptedReader, Source
from tests.copilot.engines.cloud.servers import Answerer, answering

SECRET = """# Ventra acquisition plan

## Price

The takeover of Ventra is agreed at 41 million for the spring. The code word of the project is Nightjar.
"""

INTERNAL = """# Workshop notes

## Grease

The hoist winch is greased with Kluber GLY 32 every 700 hours.
"""

HARD: LearnedRouter = LearnedRouter(bias=5.0)
EASY: LearnedRouter = LearnedRouter(bias=-5.0)
TORQUE = "To what torque are the screws of the brake tightened?"


class Clock:
    """Local time that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("labelled")
    with Store.open(folder / "index.db") as store:
        for name, text, access in (
            ("halden", MANUAL, AccessLabel.PUBLIC),
            ("workshop", INTERNAL, AccessLabel.INTERNAL),
            ("ventra", SECRET, AccessLabel.RESTRICTED),
        ):
            (folder / f"{name}.md").write_text(text, "utf-8")
            Ingestor(store, None).run([folder / f"{name}.md"], collection=name, access=access)
        yield store


@pytest.fixture(scope="session")
def server() -> Iterator[Answerer]:
    with answering(Answerer()) as server:
        yield server


@pytest.fixture(autouse=True)
def _forget(server: Answerer) -> None:
    server.bodies.clear()
    server.headers.clear()
    server.asks = 0


@dataclass
class Bench:
    """The flow with all that stands behind it."""

    copilot: Copilot
    parts: Parts
    queue: QuestionQueue
    spending: Spending
    audit: AuditLog
    conversations: Conversations
    reader: ScriptedReader

    def sender(self) -> Sender:
        return Sender(self.queue, self.copilot.ask, self.conversations)


Build = Callable[..., "object"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def build(store: Store, tmp_path: Path, clock: Clock) -> Callable[..., object]:
    """Opens a `Bench`: with endpoints by their address, a policy, a budget, a learned part."""

    @asynccontextmanager
    async def build(
        *urls: str,
        learned: LearnedRouter = HARD,
        policy: RoutePolicy | None = None,
        budget: Budget | None = None,
        privacy: PrivacyPolicy | None = None,
        conditions: Conditions | None = None,
        trusted: bool = False,
        key: str | None = None,
        says: tuple[str | Exception, ...] = (" They are tightened", " to 9.5 Nm."),
        engine: ChatEngine | None = None,
        rounds: int = 2,
    ) -> AsyncIterator[Bench]:
        phases = Phases(connect_s=2, first_word_s=2, next_word_s=0.5, whole_s=20, health_s=2)
        endpoints = [
            Endpoint(f"hq{n}", url, "big", trusted=trusted, price_in=10.0, price_out=30.0) for n, url in enumerate(urls)
        ]
        patience = Patience(attempts=1, first_s=0.0, longest_s=0.0, jitter_s=0.0)
        cloud = Cloud([EndpointClient(one, phases) for one in endpoints], patience)
        queue = QuestionQueue(tmp_path / "questions.db", key, now=clock)
        spending = Spending(tmp_path / "usage.db", key, budget, now=clock)
        audit = AuditLog(tmp_path / "audit.jsonl")
        searcher = Searcher(store, None)
        wall = Wall(privacy or PrivacyPolicy(), IndexLibrary(store))

        def larger(wall: Wall, looked_at: SearchFilter) -> LargerModel:
            account = Account(audit, spending, "ada")
            return LargerModel(
                cloud, wall, account, lambda query: searcher.search(query, filter=looked_at), rounds=rounds
            )

        parts = Parts(
            cloud=cloud,
            wall=lambda: wall,
            larger_model=larger,
            learned=learned,
            policy=policy or RoutePolicy(),
            queue=queue,
            conditions=ConditionsWatch(lambda: conditions or Conditions()),
            over_budget=spending.left,
            now=clock,
        )
        reader = ScriptedReader(list(says), lambda prompt: 5.0)
        conversations = Conversations(tmp_path / "conversations.db", key)
        copilot = Copilot(
            searcher,
            Excerpts(store),
            Source(engine or reader),
            conversations=conversations,
            calibration=by_the_reader,
            escalation=Router(parts),
        )
        try:
            yield Bench(copilot, parts, queue, spending, audit, conversations, reader)
        finally:
            await cloud.close()
            for part in (queue, spending, conversations):
                part.close()

    return build


def wishing(wish: str, **more: object) -> AskOptions:
    return replace(AskOptions(), wish=wish, **more)  # type: ignore[arg-type]
