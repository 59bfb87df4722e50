"""The application as ASGI: built from the settings, opened and closed with the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import FastAPI

from copilot.assembly import Assembly
from copilot.http.finding import Finder
from copilot.http.problems import answer_with_problems
from copilot.http.queueing.desk import Desk
from copilot.http.queueing.fair import FairQueue
from copilot.http.routes import parts
from copilot.http.security.gate import Gate
from copilot.http.services import Services
from copilot.settings import Settings


def build_app(settings: Settings, *, use_model: bool = True) -> FastAPI:
    """The endpoint for these settings. The parts are opened when a server starts it, and closed when it ends.

    Args:
        settings: Of the data directory.
        use_model: False answers by quoting alone, and loads no model.
    """
    app = FastAPI(
        title="Edge Copilot",
        version=version("edge-copilot"),
        summary="Answers from your own documents, on this device.",
        docs_url=None,  # the usual pages fetch their scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan(settings, use_model),
    )
    app.state.stopping = asyncio.Event()
    for part in parts():
        app.include_router(part.router)
    answer_with_problems(app)
    return app


def _lifespan(settings: Settings, use_model: bool) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            assembly = await stack.enter_async_context(Assembly(settings, stays_up=True))
            services = _services(settings, assembly, app.state.stopping, use_model)
            stack.callback(services.finder.close)
            app.state.services = services
            for part in parts():
                if part.running is not None:
                    await stack.enter_async_context(part.running(services))
            if use_model:
                assembly.begin_loading()
            yield

    return lifespan


def _services(settings: Settings, assembly: Assembly, stopping: asyncio.Event, use_model: bool) -> Services:
    serve = settings.serve
    queue = FairQueue(1, serve.most_questions, serve.most_questions_each)
    return Services(
        settings=settings,
        assembly=assembly,
        desk=Desk(assembly.copilot, assembly.engine if use_model else None, queue),
        finder=Finder(assembly, serve.search_threads, serve.most_searches),
        gate=Gate(),
        stopping=stopping,
        started_at=datetime.now(UTC),
        use_model=use_model,
    )
