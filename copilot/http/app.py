"""The application as ASGI: built from the settings, opened and closed with the server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from copilot.assembly import Assembly
from copilot.http.describing import describe
from copilot.http.finding import Finder
from copilot.http.metrics import Counted, Metrics
from copilot.http.mounting import Mount
from copilot.http.problems import answer_with_problems
from copilot.http.queueing.desk import Desk
from copilot.http.queueing.fair import FairQueue
from copilot.http.queueing.pool import Pool
from copilot.http.recent import RecentAnswers
from copilot.http.routes import Part, parts
from copilot.http.security.bodies import BoundedBodies
from copilot.http.security.gate import Gate
from copilot.http.security.headers import CarefulHeaders
from copilot.http.security.keys import KeyFile
from copilot.http.security.pages import OwnPagesOnly
from copilot.http.services import Services
from copilot.http.status import gauges_of
from copilot.settings import Settings
from copilot.settings.serve import keys_needed

log = logging.getLogger(__name__)

_MOST_KEPT = 256  # reads and writes of conversations and notes that wait
_MOST_PICTURES = 64  # that wait to be drawn


def build_app(settings: Settings, *, use_model: bool = True, mounts: Sequence[Mount] = ()) -> FastAPI:
    """The endpoint for these settings. The parts are opened when a server starts it, and closed when it ends.

    Args:
        settings: Of the data directory.
        use_model: False answers by quoting alone, and loads no model.
        mounts: Other protocols under paths of their own.
    """
    serve = settings.serve
    included = list(parts())
    app = FastAPI(
        title="Edge Copilot",
        version=version("edge-copilot"),
        summary="Answers from your own documents, on this device.",
        docs_url=None,  # the usual pages fetch their scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan(settings, included, mounts, use_model),
    )
    app.state.stopping = asyncio.Event()
    for part in included:
        app.include_router(part.router)
    app.router.routes.extend(mount.route() for mount in mounts)
    answer_with_problems(app)
    describe(app)
    # The last one added sees a request first.
    app.add_middleware(BoundedBodies, most_bytes=serve.max_body_kb << 10)
    if serve.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=serve.allowed_origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
            expose_headers=["Highlight", "Retry-After"],
        )
    app.add_middleware(OwnPagesOnly, hosts=(serve.host, *serve.allowed_hosts), origins=serve.allowed_origins)
    app.add_middleware(CarefulHeaders)
    app.add_middleware(Counted)
    return app


def _lifespan(
    settings: Settings, included: Iterable[Part], mounts: Sequence[Mount], use_model: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            assembly = await stack.enter_async_context(Assembly(settings, stays_up=True))
            services = app.state.services = _services(settings, assembly, app.state.stopping, use_model)
            stack.callback(services.desk.queue.close)
            for pool in (services.finder.pool, services.keeping, services.drawing):
                stack.callback(pool.close)
            for part in included:
                if part.running is not None:
                    await stack.enter_async_context(part.running(services))
            for mount in mounts:
                await stack.enter_async_context(mount.running(app, services))
            if use_model:
                assembly.begin_loading()
            warming = asyncio.create_task(_warm(services))
            yield
            warming.cancel()
            with suppress(asyncio.CancelledError):
                await warming

    return lifespan


async def _warm(services: Services) -> None:
    """Let the first question wait for nothing that can be done before it."""
    try:
        await services.finder.warm()
        await services.desk.copilot()
    except Exception as error:  # whoever asks is told; the server may well be started before there is an index
        log.info("not warmed: %s", type(error).__name__)


def _services(settings: Settings, assembly: Assembly, stopping: asyncio.Event, use_model: bool) -> Services:
    serve = settings.serve
    queue = FairQueue(1, serve.most_questions, serve.most_questions_each)
    metrics = Metrics(lambda: gauges_of(services))
    services = Services(
        settings=settings,
        assembly=assembly,
        desk=Desk(
            assembly.copilot, assembly.engine if use_model else None, queue, metrics.answered, metrics.broken_off
        ),
        finder=Finder(assembly, Pool("search", serve.search_threads, serve.most_searches)),
        keeping=Pool("keep", 2, _MOST_KEPT),
        drawing=Pool("draw pages", 1, _MOST_PICTURES),
        recent=RecentAnswers(),
        metrics=metrics,
        gate=Gate(
            KeyFile.of(settings.data_dir),
            required=keys_needed(serve),
            requests_per_minute=serve.requests_per_minute,
        ),
        stopping=stopping,
        started_at=datetime.now(UTC),
        use_model=use_model,
    )
    return services
