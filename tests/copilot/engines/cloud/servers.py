"""An endpoint on loopback that really answers, by the words of what it is sent; and a proxy before it that fails."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

_START_S = 20.0
_WORD = re.compile(r"[\w.]+")


@dataclass
class Answerer:
    """Answers with the sentence of the excerpts that has most of the question's words.

    Attributes:
        url: Up to and with ``/v1``.
        key: Asked for, where it is not empty.
        asks: How often it asks for more passages before it answers, where it may.
        slow_s: Between two words.
        bodies, headers: What it was sent, in order.
    """

    key: str = ""
    asks: int = 0
    slow_s: float = 0.0
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/v1/models", self._models), Route("/v1/chat/completions", self._chat, methods=["POST"])]
        )

    def _refused(self, request: Request) -> Response | None:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return JSONResponse({"error": {"message": "wrong key"}}, 401)
        return None

    async def _models(self, request: Request) -> Response:
        return self._refused(request) or JSONResponse({"data": [{"id": "big"}]})

    async def _chat(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        self.bodies.append(await request.body())
        self.headers.append(dict(request.headers))
        body = json.loads(self.bodies[-1])
        messages = body["messages"]
        asked = sum(1 for message in messages if message["role"] == "tool")
        return StreamingResponse(self._events(body, messages, asked), media_type="text/event-stream")

    async def _events(self, body: dict[str, Any], messages: list[dict[str, Any]], asked: int) -> AsyncIterator[bytes]:
        question = question_in(messages)
        if body.get("tools") and asked < self.asks:
            arguments = json.dumps({"query": f"{question} {asked}"})
            for part in (
                {"id": f"call_{asked}", "function": {"name": "search", "arguments": ""}},
                *({"function": {"arguments": arguments[at : at + 7]}} for at in range(0, len(arguments), 7)),
            ):
                yield event({"tool_calls": [{"index": 0, **part}]})
            yield event({}, "tool_calls")
        else:
            for word in re.findall(r"\S+\s*", answer_to(question, messages)):
                yield event({"content": word})
                if self.slow_s:
                    await asyncio.sleep(self.slow_s)
            yield event({}, "stop")
        usage = {"prompt_tokens": len(json.dumps(messages)) // 4, "completion_tokens": 12}
        yield b"data: " + json.dumps({"choices": [], "usage": usage}).encode() + b"\n\n"
        yield b"data: [DONE]\n\n"


def question_in(messages: list[dict[str, Any]]) -> str:
    asked = next(message["content"] for message in reversed(messages) if message["role"] == "user")
    return str(asked.rpartition("Question: ")[2].partition("\n")[0])


def answer_to(question: str, messages: list[dict[str, Any]]) -> str:
    """The sentence that has most of the question's words; NONE where none has two of them."""
    given = "\n".join(
        message["content"].rpartition("Question: ")[0] if message["role"] == "user" else message["content"]
        for message in messages
        if message["role"] in ("user", "tool")
    )
    wanted = {word.casefold() for word in _WORD.findall(question) if len(word) > 2}
    sentences = [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n", given) if part.strip()]
    best = max(sentences, key=lambda one: len(wanted & {w.casefold() for w in _WORD.findall(one)}), default="")
    overlap = len(wanted & {w.casefold() for w in _WORD.findall(best)})
    return best if overlap >= 2 else "NONE"


def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": delta, "finish_reason": finish}]}).encode() + b"\n\n"


@contextmanager
def answering(answerer: Answerer | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Answerer]:
    """Serve it on a port of its own."""
    answerer = answerer or Answerer()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        config = uvicorn.Config(answerer.app(), log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        config.load()
        config.ssl = tls
        server = uvicorn.Server(config)
        scheme = "https" if tls is not None else "http"
        answerer.url = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}/v1"
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
        thread.start()
        deadline = time.monotonic() + _START_S
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        try:
            yield answerer
        finally:
            server.should_exit = True
            thread.join(_START_S)


@dataclass(frozen=True)
class Fault:
    """What a request meets.

    Attributes:
        latency_s: Before the first byte of the answer.
        cut_after: Bytes of the answer that get through before the connection is cut; None: all.
        hang_after: The same, but the connection stays open, silent.
        instead: Bytes that come in place of the real server's answer.
        drip_s: The answer comes byte by byte, with so long a pause.
        refused: The connection is cut before anything is read.
    """

    latency_s: float = 0.0
    cut_after: int | None = None
    hang_after: int | None = None
    instead: bytes | None = None
    drip_s: float = 0.0
    refused: bool = False


class Proxy:
    """Stands before a real server; each request meets the fault that ``faults`` gives for it.

    Args:
        target: The real server.
        faults: By the number of the request.
        every: Whether a look at whether anybody is there counts as a request.

    Attributes:
        requests: How many there were.
        received: Every byte that clients sent, by connection.
    """

    def __init__(self, target: str, faults: Callable[[int], Fault], *, every: bool = False) -> None:
        host, _, port = target.removeprefix("http://").partition("/")[0].partition(":")
        self._target = (host, int(port))
        self._faults = faults
        self._every = every
        self.requests = 0
        self.received: list[bytes] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            behind, before = await asyncio.open_connection(*self._target)
            connection = _Connection(self, reader, writer, behind, before)
            self.received.append(b"")
            try:
                await connection.run(len(self.received) - 1)
            finally:
                before.close()
        except (ConnectionError, asyncio.CancelledError):
            pass  # whoever hung up, or the end of the test
        finally:
            writer.close()

    def fault_for(self, data: bytes) -> Fault | None:
        """The fault that a new request meets; None where ``data`` begins none."""
        counts = data.startswith(b"POST ") or (self._every and data.startswith(b"GET "))
        if not counts:
            return Fault() if data.startswith(b"GET ") else None
        self.requests += 1
        return self._faults(self.requests - 1)


@dataclass
class _Connection:
    proxy: Proxy
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    behind: asyncio.StreamReader
    before: asyncio.StreamWriter
    fault: Fault = Fault()
    sent: int = 0

    async def run(self, number: int) -> None:
        down = asyncio.ensure_future(self._down())
        up = asyncio.ensure_future(self._up(number))
        try:
            await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    async def _up(self, number: int) -> None:
        while data := await self.reader.read(65536):
            self.proxy.received[number] += data
            fault = self.proxy.fault_for(data)
            if fault is not None:
                self.fault, self.sent = fault, 0
                if fault.refused:
                    self.writer.transport.abort()
                    return
            self.before.write(data)
            await self.before.drain()

    async def _down(self) -> None:
        while data := await self.behind.read(65536):
            fault = self.fault
            if fault.latency_s and not self.sent:
                await asyncio.sleep(fault.latency_s)
            if fault.instead is not None:
                data = fault.instead
            limit = fault.cut_after if fault.cut_after is not None else fault.hang_after
            if limit is not None:
                data = data[: max(0, limit - self.sent)]
            for piece in [data] if not fault.drip_s else [data[at : at + 1] for at in range(len(data))]:
                self.writer.write(piece)
                await self.writer.drain()
                if fault.drip_s:
                    await asyncio.sleep(fault.drip_s)
            self.sent += len(data)
            if fault.instead is not None:
                return
            if limit is not None and self.sent >= limit:
                if fault.hang_after is not None:
                    await asyncio.sleep(60)
                self.writer.transport.abort()
                return


@asynccontextmanager
async def before(target: str, *faults: Fault, then: Fault = Fault(), every: bool = False) -> AsyncIterator[Proxy]:
    """A proxy before ``target``: the first requests meet ``faults`` in turn, all later ones ``then``."""
    proxy = Proxy(target, lambda number: faults[number] if number < len(faults) else then, every=every)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield proxy
    finally:
        server.close()


def certificate(folder: Path, *, days: int = 30, name: str = "server") -> tuple[Path, Path, bytes]:
    """A certificate for 127.0.0.1 that signs itself, with its key: their files, and the certificate in DER.

    Args:
        days: For which it holds from now; negative: it has expired.
    """
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, private, made.public_bytes(serialization.Encoding.DER)


def served_with(pem: Path, private: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return context
