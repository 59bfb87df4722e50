"""How the server is: models, index, age of knowledge, queue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Literal

from copilot.engines.base import WatchedEngine
from copilot.http.security.callers import Caller
from copilot.http.services import Services
from copilot.http.wire import Wire
from index.errors import EdgeCopilotError
from index.store import reading
from sync.device.state import SyncState

EngineState = Literal["off", "idle", "loading", "ready", "restarting", "failed"]


class EngineJson(Wire):
    """The language model. ``idle``: it is loaded with the first question that needs it."""

    state: EngineState
    model: str | None
    where: str | None
    restarts: int
    message: str


class CollectionJson(Wire):
    """A collection that the caller may see."""

    name: str
    access: str
    documents: int
    chunks: int
    synced_at: str | None


class IndexJson(Wire):
    """What can be searched."""

    state: Literal["ready", "unusable"]
    message: str
    collections: tuple[CollectionJson, ...]
    embedder: str | None


class SyncJson(Wire):
    """The hub, and when this device last heard of it."""

    enrolled: bool
    last_success_at: str | None
    age_s: float | None


class LineJson(Wire):
    """Who waits for the model."""

    running: int
    waiting: int
    expected_wait_s: float


class StatusJson(Wire):
    """``GET /v1/status``."""

    version: str
    started_at: str
    stopping: bool
    offline: bool
    engine: EngineJson
    index: IndexJson
    sync: SyncJson
    queue: LineJson
    notices: tuple[str, ...]


async def status_of(services: Services, caller: Caller) -> StatusJson:
    """Look at everything. Raises nothing."""
    index, sync = await services.finder.pool.run(lambda: (_index(services, caller), _sync(services)), caller.client)
    queue = services.desk.queue
    return StatusJson(
        version=version("edge-copilot"),
        started_at=iso(services.started_at),
        stopping=services.stopping.is_set(),
        offline=is_offline(),
        engine=engine_of(services),
        index=index,
        sync=sync,
        queue=LineJson(
            running=queue.running,
            waiting=queue.waiting,
            expected_wait_s=queue.expected_wait_s(queue.waiting + queue.running),
        ),
        notices=tuple(dict.fromkeys(services.assembly.notices)),
    )


def iso(at: datetime) -> str:
    """In UTC, ISO 8601, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def engine_of(services: Services) -> EngineJson:
    """How the language model is, as far as that is known without waiting."""
    if not services.use_model:
        return EngineJson(state="off", model=None, where=None, restarts=0, message="Answers are quotes.")
    loading = services.assembly.loading
    if loading is None:
        return EngineJson(state="idle", model=None, where=None, restarts=0, message="")
    if not loading.done():
        return EngineJson(state="loading", model=None, where=None, restarts=0, message="")
    if (error := loading.exception()) is not None:
        message = str(error) if isinstance(error, EdgeCopilotError) else type(error).__name__
        return EngineJson(state="failed", model=None, where=None, restarts=0, message=message)
    engine = loading.result()
    info = engine.info
    state: EngineState = "ready"
    restarts, message = 0, ""
    if isinstance(engine, WatchedEngine):
        health = engine.health
        restarts, message = health.restarts, health.last_end
        state = "ready" if health.state == "ready" else "restarting"
    return EngineJson(state=state, model=info.model, where=info.where, restarts=restarts, message=message)


def gauges_of(services: Services) -> Iterator[tuple[str, str, float]]:
    """What is measured at the moment, for the metrics."""
    queue, searches = services.desk.queue, services.finder.pool.queue
    yield "questions_running", "Questions that have their turn at the model.", queue.running
    yield "questions_waiting", "Questions in line for the model.", queue.waiting
    yield "questions_seated", "Questions that are being answered or wait.", queue.seated
    yield "searches_running", "Searches and other looks into the index that run.", searches.running
    yield "searches_waiting", "Searches that wait.", searches.waiting
    engine = engine_of(services)
    yield "engine_ready", "Whether the language model is loaded.", engine.state == "ready"
    yield "engine_restarts", "How often the language model's process was started again.", engine.restarts
    synced_at = SyncState.read(services.assembly.syncing.places).synced_at
    if synced_at is not None:
        yield "sync_age_seconds", "Since the last sync that succeeded.", (datetime.now(UTC) - synced_at).total_seconds()


def is_offline() -> bool:
    """Whether no network but this machine's own is up."""
    import psutil

    return not any(stats.isup for name, stats in psutil.net_if_stats().items() if not _is_loopback(name, stats))


def _is_loopback(name: str, stats: object) -> bool:
    flags = getattr(stats, "flags", "")
    return "loopback" in flags or name.lower().startswith("lo")


def _index(services: Services, caller: Caller) -> IndexJson:
    assembly = services.assembly
    try:
        with assembly.store.reader() as connection:
            found = [one for one in reading.collections(connection) if caller.sees(one.name)]
            embedder = reading.embedder(connection)
    except EdgeCopilotError as error:
        return IndexJson(state="unusable", message=str(error), collections=(), embedder=None)
    synced = SyncState.read(assembly.syncing.places).collection_synced_at
    return IndexJson(
        state="ready",
        message="",
        collections=tuple(
            CollectionJson(
                name=one.name,
                access=one.access.value,
                documents=one.documents,
                chunks=one.chunks,
                synced_at=iso(synced[one.name]) if one.name in synced else None,
            )
            for one in found
        ),
        embedder=embedder[0] if embedder else None,
    )


def _sync(services: Services) -> SyncJson:
    places = services.assembly.syncing.places
    at = SyncState.read(places).synced_at
    age_s = round((datetime.now(UTC) - at).total_seconds(), 1) if at is not None else None
    return SyncJson(
        enrolled=places.enrolment.exists(), last_success_at=iso(at) if at is not None else None, age_s=age_s
    )
