"""Connections and streams that would stay for ever."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from copilot.http import connections, streaming
from copilot.http.streaming import EventStream, sse
from copilot.http.wire import TokenJson
from index.errors import StoreCorrupt


def _connect(server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


@pytest.mark.parametrize(
    "begun", [b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"], ids=["nothing", "half a head"]
)
def test_a_connection_on_which_no_request_begins_is_closed(serve, monkeypatch, begun: bytes) -> None:
    monkeypatch.setattr(connections, "_LOOK_EVERY_S", 0.05)
    server = serve()
    with _connect(server) as raw:
        raw.sendall(begun)
        assert raw.recv(100) == b""


def test_a_connection_on_which_an_answer_takes_its_time_is_left_alone(serve, monkeypatch) -> None:
    monkeypatch.setattr(connections, "_LOOK_EVERY_S", 0.05)
    server = serve()
    before = _slow_searches(server)

    with server.client() as client:
        for _ in range(3):
            assert client.post("/v1/search", json={"query": "F0012"}).status_code == 200
    assert before["calls"] == 3


def _slow_searches(server) -> dict[str, int]:
    """Make each search wait for longer than a connection may be idle."""
    from time import sleep

    searcher = server.app.state.services.assembly.searcher
    search, counted = searcher.search, {"calls": 0}

    def slow(*arguments, **named):
        counted["calls"] += 1
        sleep(0.3)
        return search(*arguments, **named)

    searcher.search = slow
    return counted


async def _stream(events: AsyncIterator[bytes], send) -> list[str]:
    """Send a stream; returns what was told at its end."""
    told: list[str] = []

    async def closed() -> None:
        told.append("closed")

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {"type": "http", "asgi": {"spec_version": "2.3"}, "method": "POST", "path": "/"}
    await EventStream(events, closed)(scope, receive, send)
    return told


async def test_a_client_that_stops_reading_is_given_up_and_what_was_made_for_it_is_closed(monkeypatch) -> None:
    monkeypatch.setattr(streaming, "_PATIENCE_S", 0.05)
    ended: list[str] = []

    async def events() -> AsyncIterator[bytes]:
        try:
            while True:
                yield sse("token", TokenJson(text="x", quoted=False))
        finally:
            ended.append("ended")

    async def stuck(message: dict) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    assert await _stream(events(), stuck) == ["closed"]
    assert ended == ["ended"]


async def test_a_silent_stream_shows_that_it_is_alive(monkeypatch) -> None:
    monkeypatch.setattr(streaming, "PING_S", 0.02)
    alive = asyncio.Event()
    sent: list[bytes] = []

    async def events() -> AsyncIterator[bytes]:
        await alive.wait()
        yield sse("token", TokenJson(text="at last", quoted=False))

    async def send(message: dict) -> None:
        sent.append(message.get("body", b""))
        if sent.count(b": alive\n\n") == 3:
            alive.set()

    await _stream(events(), send)

    assert any(b"at last" in piece for piece in sent)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StoreCorrupt("The index file is damaged.", "Rebuild it."), b"Rebuild it."),
        (ValueError("secret text"), b"ValueError"),
    ],
)
async def test_an_error_on_the_way_is_the_last_event(error: Exception, told: bytes) -> None:
    sent: list[bytes] = []

    async def events() -> AsyncIterator[bytes]:
        yield sse("token", TokenJson(text="so far", quoted=False))
        raise error

    async def send(message: dict) -> None:
        sent.append(message.get("body", b""))

    await _stream(events(), send)

    last = [piece for piece in sent if piece][-1]
    assert last.startswith(b"event: error")
    assert told in last
    assert b"secret text" not in last
