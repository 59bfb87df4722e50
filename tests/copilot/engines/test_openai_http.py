"""The engine over HTTP: against a real server with the tiny model, and against one that does everything wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from copilot.engines.base import ChatEngine, GenerationOptions, Prompt, ReadingEngine
from copilot.engines.openai_http import OpenAIEngine
from index.errors import EdgeCopilotError, EngineError, NetworkError, UsageError

KEY = "sk-very-secret"
PROMPT = Prompt("You help a technician.", "F0012: the brake did not release.\n\n", "What does F0012 mean?")
SHORT = GenerationOptions(max_tokens=5)
START_S = 120.0

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def reply(engine: OpenAIEngine, options: GenerationOptions = SHORT) -> str:
    async with aclosing(engine.stream(PROMPT, options)) as pieces:
        return "".join([piece async for piece in pieces])


class FaultyServer:
    """Serves one answer, byte for byte, to every request.

    Attributes:
        url: Where it listens.
        requests: What it was sent.
        gone: Set when a client has hung up.
    """

    def __init__(self, answer: list[bytes], *, hangs: bool) -> None:
        self._answer = answer
        self._hangs = hangs
        self.url = ""
        self.requests: list[tuple[str, dict[str, object]]] = []
        self.gone = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")
        )
        self.requests.append((head, json.loads(await reader.readexactly(length))))
        for piece in self._answer:
            writer.write(piece)
            with suppress(ConnectionError):
                await writer.drain()
        if self._hangs:
            await reader.read()
            self.gone.set()
        writer.close()


@asynccontextmanager
async def serving(*answer: bytes, hangs: bool = False) -> AsyncIterator[FaultyServer]:
    faulty = FaultyServer(list(answer), hangs=hangs)
    server = await asyncio.start_server(faulty.serve, "127.0.0.1", 0)
    faulty.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield faulty
    finally:
        server.close()


def http(status: str, content_type: str = "text/event-stream", body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nConnection: close\r\n\r\n".encode() + body


def event(text: str, finish: str | None = None) -> bytes:
    return (
        b"data: " + json.dumps({"choices": [{"delta": {"content": text}, "finish_reason": finish}]}).encode() + b"\n\n"
    )


WHOLE = http("200 OK", body=event("Yes") + event(", it does.") + event("", "stop") + b"data: [DONE]\n\n")


async def test_pieces_are_joined_and_the_request_is_the_protocol_s() -> None:
    async with serving(WHOLE) as server:
        engine = OpenAIEngine(server.url + "/", "tiny", api_key=KEY)
        assert await reply(engine, GenerationOptions(7, ("\n\n",))) == "Yes, it does."
        await engine.close()

    ((head, body),) = server.requests
    assert head.startswith("POST /v1/chat/completions HTTP/1.1")
    assert f"authorization: bearer {KEY}" in head.lower()
    assert body["model"] == "tiny"
    assert body["messages"] == [
        {"role": "system", "content": PROMPT.system},
        {"role": "user", "content": PROMPT.context + PROMPT.question},
    ]
    assert (body["max_tokens"], body["stop"], body["temperature"], body["stream"]) == (7, ["\n\n"], 0, True)


async def test_counts_come_from_the_server_or_from_the_pieces() -> None:
    usage = {"prompt_tokens": 40, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 30}}
    told = (
        event("Yes", "stop")
        + b"data: "
        + json.dumps({"choices": [], "usage": usage}).encode()
        + b"\n\ndata: [DONE]\n\n"
    )
    async with serving(http("200 OK", body=told)) as server:
        engine = OpenAIEngine(server.url, "tiny")
        assert await reply(engine) == "Yes"
        assert engine.last_stats is not None
        assert (engine.last_stats.prompt_tokens, engine.last_stats.reused_tokens) == (40, 30)
        assert engine.last_stats.reply_tokens == 9
        await engine.close()
    async with serving(WHOLE) as server:
        engine = OpenAIEngine(server.url, "tiny")
        await reply(engine)
        assert engine.last_stats is not None
        assert engine.last_stats.reply_tokens == 2
        await engine.close()


FAULTS: dict[str, tuple[bytes, type[EdgeCopilotError], str]] = {
    "the key is refused": (http("401 Unauthorized", body=KEY.encode()), EngineError, "refused the key"),
    "the key may not": (http("403 Forbidden"), EngineError, "refused the key"),
    "no such model": (http("404 Not Found"), EngineError, "knows no model tiny"),
    "the server fails": (http("500 Internal Server Error"), EngineError, "status 500"),
    "overloaded": (http("429 Too Many Requests"), EngineError, "status 429"),
    "a redirect": (http("302 Found\r\nLocation: /elsewhere"), EngineError, "status 302"),
    "a page of a captive portal": (
        http("200 OK", "text/html", b"<html>Welcome to our network</html>"), EngineError, "does not stream",
    ),
    "an answer without streaming": (http("200 OK", "application/json", b"{}"), EngineError, "does not stream"),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n", NetworkError, "can't be reached"),
    "nothing at all": (b"", NetworkError, "can't be reached"),
    "cut off in mid-stream": (http("200 OK", body=event("Tighten to")), NetworkError, "broke off"),
    "cut off in a chunk": (
        http("200 OK\r\nTransfer-Encoding: chunked").replace(b"Connection: close\r\n", b"")
        + b"%x\r\n" % len(event("Tighten")) + event("Tighten") + b"\r\nff\r\ndata: {",
        NetworkError, "broke off",
    ),
    "cut off in an event": (http("200 OK", body=event("a") + b'data: {"choices": [{"del'), NetworkError, "broke off"),
    "no JSON": (http("200 OK", body=b"data: {oops\n\n"), EngineError, "no chat completion"),
    "JSON of another kind": (http("200 OK", body=b"data: [1, 2]\n\n"), EngineError, "no chat completion"),
    "null": (http("200 OK", body=b"data: null\n\n"), EngineError, "no chat completion"),
    "choices of another kind": (
        http("200 OK", body=b'data: {"choices": {"a": 1}}\n\n'), EngineError, "no chat completion",
    ),
    "an error in the stream": (
        http("200 OK", body=b'data: {"error": {"message": "out of memory"}}\n\n'), EngineError, "reported an error",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "error", "words"), FAULTS.values(), ids=FAULTS)
async def test_every_fault_is_told_in_words_and_never_with_the_key(
    answer: bytes, error: type[EdgeCopilotError], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(answer) as server:
        engine = OpenAIEngine(server.url, "tiny", api_key=KEY)
        with pytest.raises(error, match=words) as told:
            await reply(engine)
        await engine.close()

    assert told.value.remedy
    chain: BaseException | None = told.value
    while chain is not None:
        assert KEY not in f"{chain} {chain!r}"
        chain = chain.__cause__ or chain.__context__
    assert KEY not in caplog.text


async def test_a_counting_of_another_kind_costs_only_the_counts() -> None:
    odd = event("Yes", "stop").rstrip().removesuffix(b"}") + b', "usage": {"prompt_tokens": "many"}}\n\n'
    async with serving(http("200 OK", body=odd + b"data: [DONE]\n\n")) as server:
        engine = OpenAIEngine(server.url, "tiny")
        assert await reply(engine) == "Yes"
        await engine.close()


async def test_a_server_that_says_nothing_is_given_up() -> None:
    async with serving(http("200 OK"), hangs=True) as server:
        engine = OpenAIEngine(server.url, "tiny", timeout_s=0.2)
        with pytest.raises(NetworkError, match="did not answer in time"):
            await reply(engine)
        await engine.close()


async def test_closing_the_generator_hangs_up() -> None:
    async with serving(http("200 OK", body=event("Once upon")), hangs=True) as server:
        engine = OpenAIEngine(server.url, "tiny")
        stream = engine.stream(PROMPT, SHORT)
        assert await anext(stream) == "Once upon"

        await stream.aclose()

        await asyncio.wait_for(server.gone.wait(), 20)
        await engine.close()


async def test_nobody_listening_is_told_in_words() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        engine = OpenAIEngine(f"http://127.0.0.1:{free.getsockname()[1]}/v1", "tiny")
    with pytest.raises(NetworkError, match="can't be reached"):
        await reply(engine)
    await engine.close()


@pytest.mark.parametrize("url", ["", "localhost:8080", "ftp://host/v1", "http://", "http://[::1", "file:///etc/passwd"])
def test_what_is_no_web_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(UsageError, match="no web address"):
        OpenAIEngine(url, "tiny")


@pytest.mark.parametrize("key", ["sk-secret\n", "sk-größe"])
def test_a_key_that_can_be_none_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(UsageError) as told:
        OpenAIEngine("http://127.0.0.1/v1", "tiny", api_key=key)

    assert key not in str(told.value)


def test_where_it_is_says_nothing_of_the_user() -> None:
    engine = OpenAIEngine("http://user:password@[::1]:8080/v1", "tiny")

    assert engine.info.where == "http://[::1]:8080"
    assert not isinstance(engine, ReadingEngine)
    typed: ChatEngine = engine
    assert typed.last_stats is None


@pytest.fixture(scope="module")
def real_server(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`llama_cpp.server` with the tiny model on a port of its own."""
    pytest.importorskip("starlette_context", reason="what llama_cpp.server needs is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    command = [
        sys.executable, "-m", "llama_cpp.server", "--model", str(tiny_model), "--model_alias", "tiny",
        "--host", "127.0.0.1", "--port", str(port), "--n_ctx", "1024", "--n_threads", "1", "--api_key", KEY,
    ]  # fmt: skip
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output, env=os.environ) as server:
        try:
            url = f"http://127.0.0.1:{port}/v1"
            deadline = time.monotonic() + START_S
            while True:
                with suppress(httpx.HTTPError):
                    if httpx.get(f"{url}/models", headers={"Authorization": f"Bearer {KEY}"}).status_code == 200:
                        break
                assert server.poll() is None, log.read_text("utf-8", "replace")[-2000:]
                assert time.monotonic() < deadline
                time.sleep(0.2)
            yield url
        finally:
            server.terminate()


@pytest.mark.model
async def test_a_real_server_writes(real_server: str) -> None:
    engine = OpenAIEngine(real_server, "tiny", api_key=KEY)

    first, second = await reply(engine), await reply(engine)

    assert first
    assert first == second
    assert engine.last_stats is not None
    assert 0 < engine.last_stats.reply_tokens <= SHORT.max_tokens
    await engine.close()


@pytest.mark.model
async def test_a_real_server_answers_again_after_a_reply_was_given_up(real_server: str) -> None:
    engine = OpenAIEngine(real_server, "tiny", api_key=KEY)
    stream = engine.stream(PROMPT, GenerationOptions(max_tokens=400))
    await anext(stream)
    await stream.aclose()

    assert await reply(engine)
    await engine.close()


@pytest.mark.model
async def test_a_real_server_refuses_a_wrong_key(real_server: str) -> None:
    engine = OpenAIEngine(real_server, "tiny", api_key="sk-wrong")

    with pytest.raises(EngineError, match="refused the key"):
        await reply(engine)
    await engine.close()
