"""The composition root: builds the parts from the settings, each at its first use, and closes what was built."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, partial
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from copilot.answering.confidence import load_calibration
from copilot.answering.context import LiveContext
from copilot.answering.conversations import Conversations
from copilot.answering.escalating import Escalation
from copilot.answering.events import Answer
from copilot.answering.excerpts import Excerpts
from copilot.answering.flow import AnswerPolicy, Copilot
from copilot.answering.writing import reading_prompt
from copilot.catalogue import Catalogue, ModelStore, open_catalogue, open_store
from copilot.engines.base import ChatEngine, ReadingEngine
from copilot.settings import Settings
from index.errors import EdgeCopilotError, ModelMissing
from index.search import Searcher
from index.store import Store
from prompts import use as prompts_of_owner

if TYPE_CHECKING:
    from copilot.answering.present import Present
    from copilot.engines.child.messages import PrefixesFile
    from copilot.hmi.parts import Live
    from copilot.notes import Notes
    from copilot.prefixes import DiskPrefixStore
    from copilot.prefixes.warming import IdleWarmer
    from copilot.procedures import Guide
    from copilot.routing.parts import Routing
    from copilot.syncing.age import Ages
    from copilot.syncing.parts import Syncing
    from copilot.uploading import Uploading
    from copilot.voice.parts import Voice
    from index.embedding.base import Embedder

log = logging.getLogger(__name__)


TRY_AGAIN_S: Final = 30.0
"""After loading failed: a model may have been fetched, or memory freed, meanwhile."""


class Assembly:
    """Everything that answers questions, built from one set of settings.

    Use it as an asynchronous context manager, or call `close`.

    Args:
        settings: Say what to build.
        stays_up: Whether it is meant to run for months: the language model then gets a process of its own unless
            engine.process says otherwise, and loading it is tried again after it failed.
    """

    def __init__(self, settings: Settings, *, stays_up: bool = False) -> None:
        self.settings = settings
        self._stays_up = stays_up
        self.notices: list[str] = []
        prompts = settings.data_dir / "prompts"
        prompts_of_owner(prompts if prompts.is_dir() else None)
        self._loader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="load engine")
        self._engine: Future[ChatEngine] | None = None
        self._loading_failed_at = 0.0
        self._warmer: IdleWarmer | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @cached_property
    def key(self) -> str | None:
        """Key of the index and of everything else that holds text."""
        return self.settings.index.read_key()

    @cached_property
    def catalogue(self) -> Catalogue:
        """Models that are known."""
        return open_catalogue(self.settings)

    @cached_property
    def models(self) -> ModelStore:
        """Models that are here."""
        return open_store(self.settings, self.catalogue)

    @cached_property
    def store(self) -> Store:
        """The index, for reading."""
        return Store.open(self.settings.index_file, key=self.key, read_only=True)

    @cached_property
    def embedder(self) -> Embedder | None:
        """What turns questions into vectors; None, with a notice, where its model isn't here."""
        from copilot.library.embedding import build_embedder

        try:
            return build_embedder(self.settings, self.catalogue, self.models)
        except ModelMissing as error:
            self.notices.append(f"{error.message} Searching by words alone. {error.remedy}")
            return None

    @cached_property
    def syncing(self) -> Syncing:
        """Sync with a hub."""
        from copilot.syncing.parts import Syncing

        return Syncing(self.settings, lambda: self.catalogue, lambda: self.models)

    @cached_property
    def uploading(self) -> Uploading:
        """What goes up to a hub."""
        from copilot.uploading import Uploading

        return Uploading(self.settings)

    @cached_property
    def routing(self) -> Routing:
        """Larger models elsewhere: what may be asked of them, what waits for them, what they cost."""
        from copilot.routing.parts import Routing

        return Routing(
            self.settings,
            lambda: self.store,
            lambda query, looked_at: self.searcher.search(query, filter=looked_at),
            lambda: self._similarity if self.embedder is not None else None,
        )

    @cached_property
    def searcher(self) -> Searcher:
        """Hybrid search over the index."""
        return Searcher(self.store, self.embedder)

    @cached_property
    def excerpts(self) -> Excerpts:
        """What the model reads of the index."""
        return Excerpts(self.store)

    @cached_property
    def conversations(self) -> Conversations:
        """Conversations kept on this device."""
        return Conversations(self.settings.conversations_file, self.key)

    @cached_property
    def notes(self) -> Notes:
        """What technicians wrote down on this device."""
        from copilot.notes.parts import open_notes

        return open_notes(self.settings, self.key, self.uploading)

    @cached_property
    def procedures(self) -> Guide:
        """Guided procedures: found in the index, kept as records in the notes."""
        from copilot.procedures.parts import open_guide

        return open_guide(lambda: self.store, lambda: self.searcher, self.notes)

    @cached_property
    def live(self) -> Live:
        """The machine's signals and alarms; nothing is connected to before it is started.

        Raises:
            UsageError, UnreadableFile: The file that names the signals can't be used.
        """
        from copilot.hmi.advice.library import IndexLibrary
        from copilot.hmi.parts import Live
        from copilot.hmi.past import PastNotes

        return Live(
            self.settings,
            lambda: IndexLibrary(self.searcher, self.excerpts, self.store),
            lambda: PastNotes(self.notes),
        )

    @cached_property
    def voice(self) -> Voice:
        """Listening, speaking and the conversation by voice."""
        from copilot.voice.abilities import abilities_of
        from copilot.voice.parts import Voice

        return Voice(
            self.settings,
            lambda: self.catalogue,
            lambda: self.models,
            lambda: self.store,
            self.copilot,
            lambda: abilities_of(
                self.notes, lambda: self.live, bool(self.settings.cloud.endpoints), guide=self.procedures
            ),
        )

    @cached_property
    def prefixes(self) -> DiskPrefixStore:
        """KV of passages that were read before."""
        from copilot.prefixes import DiskPrefixStore

        file = self._prefixes_file()
        return DiskPrefixStore(file.path, key=file.key, budget_bytes=file.budget_bytes)

    def _prefixes_file(self) -> PrefixesFile:
        from copilot.engines.child.messages import PrefixesFile

        return PrefixesFile(
            path=self.settings.data_dir / "cache" / "prefixes.db",
            key=self.key,
            budget_bytes=self.settings.engine.prefix_cache_mb << 20,
        )

    @property
    def loading(self) -> Future[ChatEngine] | None:
        """The language model, as far as it is loaded: for looking at without waiting; None before anybody asked."""
        return self._engine

    def begin_loading(self) -> None:
        """Start loading the language model beside whatever else is done. Failures are told by `engine`."""
        if self._engine is None or self._may_try_again():
            self._engine = self._loader.submit(self._load_engine)

    def _may_try_again(self) -> bool:
        failed = self._engine is not None and self._engine.done() and self._engine.exception() is not None
        return failed and self._stays_up and monotonic() - self._loading_failed_at > TRY_AGAIN_S

    async def engine(self) -> ChatEngine:
        """The language model.

        Raises:
            ModelMissing, ModelCorrupt: It is not here or must not be used.
            EngineError: It can't be loaded.
        """
        self.begin_loading()
        assert self._engine is not None
        return await asyncio.wrap_future(self._engine)

    def _load_engine(self) -> ChatEngine:
        from copilot.engines.building import load_engine

        apart = self.settings.engine.process == "child" or (self._stays_up and self.settings.engine.process == "auto")
        kept = self._prefixes_file() if apart else None
        try:
            loaded, warnings = load_engine(self.settings, self.catalogue, self.models, lambda: self.prefixes, kept)
        except EdgeCopilotError:
            self._loading_failed_at = monotonic()
            raise
        for warning in warnings:
            log.warning(warning)
            self.notices.append(warning)
        return loaded

    async def begin_warming(self, collections: Sequence[str] = ()) -> None:
        """Let the model read passages ahead while nobody asks, on mains power and within the budget."""
        from copilot.hardware.machine import detect_power
        from copilot.prefixes.warming import IdleWarmer

        engine = await self.engine()
        if self._warmer is None and isinstance(engine, ReadingEngine):
            family = engine.info.family
            self._warmer = IdleWarmer(
                engine,
                lambda: (reading_prompt(family, excerpt, "") for excerpt in self.excerpts.all(collections)),
                lambda: self.prefixes.has_room() and detect_power().on_mains,
            )

    def ages(self) -> Ages:
        """What is known of the age of passages, as of now."""
        from copilot.syncing.age import Ages

        return Ages(self.store, self.settings.data_dir)

    def copilot(self) -> Copilot:
        """The answer flow over these parts."""
        answer = self.settings.answer
        return Copilot(
            self.searcher,
            self.excerpts,
            self.engine,
            similarity=self._similarity if self.embedder is not None else None,
            conversations=self.conversations,
            policy=AnswerPolicy(passages=answer.passages, max_tokens=answer.max_tokens),
            calibration=partial(load_calibration, data_dir=self.settings.data_dir),
            escalation=self._escalation(),
            context=self._context(),
            present=self._present(),
            observer=self._observer(),
        )

    def _present(self) -> Present | None:
        """What is so right now; None where no signals are configured, or where they can't be used."""
        hmi = self.settings.hmi
        if not hmi.evidence or hmi.signals_file(self.settings.data_dir) is None:
            return None
        try:
            return self.live.present
        except EdgeCopilotError as error:
            self.notices.append(f"Answered without live signals: {error}")
            return None

    def _context(self) -> Sequence[LiveContext]:
        """What is known beside the documents."""
        if not self.settings.notes.in_answers:
            return ()
        from copilot.notes.evidence import NoteEvidence

        return (NoteEvidence(self.notes, self.settings.search.collections),)

    def _escalation(self) -> Escalation | None:
        """The router; None where no larger model is configured, or where none can be used."""
        if not self.settings.cloud.endpoints:
            return None
        try:
            return self.routing.router
        except EdgeCopilotError as error:
            self.notices.append(f"Every question is answered on this device: {error}")
            return None

    def _observer(self) -> Callable[[Answer, bool], None] | None:
        """What counts answers for the hub; None where nobody is to be told."""
        if self.settings.outbox.url is None:
            return None
        from copilot.uploading.hard import HardCases, told_each
        from copilot.uploading.health import live_generations
        from copilot.uploading.recorder import Recorder

        try:
            policy = self.uploading.policy
        except EdgeCopilotError as error:
            self.notices.append(error.message)
            return None
        recorder = Recorder(self.uploading.outbox, policy, lambda: live_generations(self.store))
        return told_each([recorder, HardCases(self.uploading.outbox, policy)])

    def _similarity(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        embedder = self.embedder
        assert embedder is not None
        similarities: list[float] = (embedder.embed(texts) @ embedder.embed_query(question)).tolist()
        return similarities

    async def close(self) -> None:
        """Close what was built; waits for a model that is being loaded."""
        if self._warmer is not None:
            self._warmer.stop()
        if self._engine is not None:
            try:
                engine = await asyncio.wrap_future(self._engine)
            except EdgeCopilotError:
                pass
            else:
                await engine.close()
        if self._warmer is not None:
            await asyncio.to_thread(self._warmer.join)
        self._loader.shutdown()
        if "routing" in self.__dict__:
            await self.routing.close()
        for part in ("voice", "live", "searcher", "conversations", "notes", "prefixes", "uploading", "store"):
            if part in self.__dict__ and hasattr(self.__dict__[part], "close"):
                self.__dict__[part].close()


def send_waiting(settings: Settings) -> str:
    """Send the questions that wait for a network, now that there is one, as far as that can be done. Raises nothing.

    Returns:
        A sentence for the person; empty where there is nothing to say.
    """

    async def send() -> int:
        async with Assembly(settings) as assembly:
            if not assembly.routing.configured or not assembly.routing.questions.path.exists():
                return 0
            done = await assembly.routing.sender(assembly.copilot(), assembly.conversations).send()
            return len(done.answered)

    try:
        answered = asyncio.run(send())
    except EdgeCopilotError as error:
        log.warning("questions that wait were not sent: %s", type(error).__name__)
        return f"Questions that wait were not sent: {error.message}"
    what = (
        "A question that waited has its answer" if answered == 1 else f"{answered} questions that waited have answers"
    )
    return f"{what}: edge-copilot route queue" if answered else ""
