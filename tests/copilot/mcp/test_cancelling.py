"""An assistant that no longer wants the answer stops the model, over every transport."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from copilot.answering.events import Event
from copilot.answering.flow import AskOptions
from copilot.assembly import Assembly
from copilot.mcp import Guest, LocalHost, build_server
from copilot.mcp.serving import over_http
from copilot.settings import Settings

WAIT_S = 60.0


class EndlessHost(LocalHost):
    """Begins an answer and never ends it."""

    def __init__(self, assembly: Assembly) -> None:
        super().__init__(assembly)
        self.begun = asyncio.Event()
        self.stopped = asyncio.Event()

    async def ask(self, guest: Guest, question: str, options: AskOptions) -> AsyncGenerator[Event, None]:
        self.begun.set()
        try:
            await asyncio.Event().wait()
            yield  # type: ignore[misc] - a generator all the same
        finally:
            self.stopped.set()


@asynccontextmanager
async def in_process(host: EndlessHost) -> AsyncIterator[Client]:
    async with Client(build_server(host)) as client:
        yield client


@asynccontextmanager
async def by_http(host: EndlessHost) -> AsyncIterator[Client]:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(over_http(build_server(host), "127.0.0.1", 0, address.set_result))
    url = await address
    async with (
        httpx2.AsyncClient(trust_env=False, timeout=WAIT_S) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


@pytest.mark.parametrize("connected", [in_process, by_http])
async def test_giving_up_a_call_stops_what_it_began(indexed: Path, connected: Callable[[EndlessHost], object]) -> None:
    async with Assembly(Settings.load(overrides={"embedding.kind": "none"})) as assembly:
        host = EndlessHost(assembly)
        async with connected(host) as client:  # type: ignore[attr-defined]
            async with anyio.create_task_group() as calls:
                calls.start_soon(client.call_tool, "ask", {"question": "What does F0012 mean?"})
                await asyncio.wait_for(host.begun.wait(), WAIT_S)
                calls.cancel_scope.cancel()

            await asyncio.wait_for(host.stopped.wait(), WAIT_S)
