"""Both transports, with the SDK's own client against the real commands; and mounted in the endpoint."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import httpx2
import pytest
from click.testing import CliRunner
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from copilot.cli.app import App
from copilot.cli.mcp import command
from copilot.cli.mounting import mounts_of
from copilot.http.app import build_app
from copilot.http.security.keys import KeyFile
from copilot.http.serving import listen, server
from copilot.settings import Settings

COMMAND = (sys.executable, "-m", "copilot.cli.main", "mcp", "--no-llm")
ROOT = Path(__file__).parents[3]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "EDGE_COPILOT_EMBEDDING__KIND": "none"}


@asynccontextmanager
async def by_http(url: str, key: str = "") -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


async def use(client: Client) -> None:
    names = {tool.name for tool in (await client.list_tools()).tools}
    assert names == {"search", "read_passage", "ask", "add_note"}
    found = (await client.call_tool("search", {"query": "F0012"})).structured_content
    assert "400 ms" in found["passages"][0]["text"]
    chunk = found["passages"][0]["chunk_id"]
    opened = (await client.call_tool("read_passage", {"chunk_id": chunk})).structured_content
    assert opened["chunk_id"] == chunk
    answer = (await client.call_tool("ask", {"question": "What does F0012 mean?"})).structured_content
    assert "did not release" in answer["text"]
    kept = (await client.call_tool("add_note", {"text": "Seen on line 3."})).structured_content
    assert kept["id"]


async def test_over_standard_input_as_an_assistant_starts_it(indexed: Path) -> None:
    start = StdioServerParameters(command=COMMAND[0], args=list(COMMAND[1:]), env=environment())

    async with Client(stdio_client(start)) as client:
        await use(client)


@pytest.fixture
def listening(indexed: Path) -> Iterator[str]:
    """Address of ``edge-copilot mcp --http``."""
    process = subprocess.Popen(
        [*COMMAND, "--http", "--port", "0"],
        env=environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    try:
        yield process.stderr.readline().split()[2].rstrip(".")
    finally:
        process.terminate()
        assert process.wait(30) in (0, -15)
        process.stderr.close()


async def test_over_streamable_http_on_this_machine(listening: str) -> None:
    async with by_http(listening) as client:
        await use(client)


@pytest.mark.parametrize(
    ("headers", "status"), [({"Host": "evil.example"}, 421), ({"Origin": "https://evil.example"}, 403)]
)
def test_pages_of_others_and_other_names_are_refused(listening: str, headers: dict[str, str], status: int) -> None:
    answer = httpx.post(
        listening,
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        headers={"Accept": "application/json, text/event-stream", **headers},
        trust_env=False,
    )

    assert answer.status_code == status


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "hmi.example.com"])
def test_other_machines_are_sent_to_the_endpoint_with_keys(indexed: Path, host: str) -> None:
    result = CliRunner().invoke(command, ["--http", "--host", host], obj=App())

    assert "serve" in str(result.exception)


class Endpoint:
    """``serve`` in a thread, with the tools mounted."""

    def __init__(self, settings: Settings) -> None:
        self._server = server(build_app(settings, use_model=False, mounts=mounts_of(settings)), settings)
        self._socket = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> Endpoint:
        self._thread.start()
        until = monotonic() + 60
        while not self._server.started:
            assert self._thread.is_alive()
            assert monotonic() < until
            sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(60)
        self._socket.close()
        assert not self._thread.is_alive()


def settings(**overrides: object) -> Settings:
    return Settings.load(overrides={"embedding.kind": "none", **overrides})


async def test_the_endpoint_offers_the_same_tools(indexed: Path) -> None:
    with Endpoint(settings()) as endpoint:
        async with by_http(f"{endpoint.url}/mcp") as client:
            await use(client)


async def test_behind_the_endpoints_keys_each_sees_and_does_what_it_may(indexed: Path) -> None:
    keys = KeyFile.of(indexed)
    _, reads = keys.add("reader", ("read",), ("halden",))
    _, nothing = keys.add("nothing", ("ask",), ("prices",))
    with Endpoint(settings(**{"serve.keys": "always"})) as endpoint:
        url = f"{endpoint.url}/mcp"
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        for wrong in ({}, {"Authorization": "Bearer wrong"}):
            told = await asyncio.to_thread(httpx.post, url, json=body, headers=wrong, trust_env=False)
            assert told.status_code == 401
            assert told.headers["content-type"] == "application/problem+json"
        async with by_http(url, reads) as client:
            found = (await client.call_tool("search", {"query": "F0012"})).structured_content
            assert {one["collection"] for one in found["passages"]} == {"halden"}
            for tool, arguments in (("ask", {"question": "What is F0012?"}), ("add_note", {"text": "x"})):
                result = await client.call_tool(tool, arguments)
                assert result.is_error
                assert "lacks the role" in result.content[0].text
        async with by_http(url, nothing) as client:
            result = await client.call_tool("ask", {"question": "What is the margin?"})
            assert result.is_error
            assert "nothing here" in result.content[0].text


def test_it_can_be_left_out(indexed: Path) -> None:
    with Endpoint(settings(**{"mcp.serve": False})) as endpoint:
        assert httpx.post(f"{endpoint.url}/mcp", json={}, trust_env=False).status_code == 404
