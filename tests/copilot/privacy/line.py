"""The way from the wall to an endpoint, tapped: the real engine, and a server that keeps every byte it is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from copilot.engines.cloud import Asked, Cloud, Ended, Endpoint, Patience, Phases, Word
from copilot.engines.cloud.client import EndpointClient
from copilot.privacy import AuditLog, Outgoing
from index.errors import EdgeCopilotError
from tests.sync.outbox.wiretap import Request, Said, Wiretap

KEY = "sk-the-key-of-this-endpoint-0123456789"
PATIENCE = Patience(attempts=2, first_s=0.0, longest_s=0.0, jitter_s=0.0)


def streamed(text: str, calls: list[object] | None = None) -> Said:
    """A reply in small pieces, as an endpoint sends it."""
    pieces = [{"content": text[at : at + 7]} for at in range(0, len(text), 7)] or [{"tool_calls": calls}]
    lines = [f"data: {json.dumps({'choices': [{'delta': piece}]})}\n\n" for piece in pieces]
    end = 'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
    return Said(body=("".join(lines) + end).encode(), media_type="text/event-stream")


def echo(request: Request) -> Said:
    """Says back all that it was told: an answer full of placeholders."""
    return streamed(json.loads(request.body)["messages"][-1]["content"])


def asks(request: Request) -> Said:
    """Asks for more passages, with a placeholder in its query."""
    arguments = json.dumps({"query": "⟦MAIL_1⟧ ⟦NAME_1⟧ and more"})
    return streamed("", [{"index": 0, "id": "c1", "function": {"name": "search", "arguments": arguments}}])


FAULTS: dict[str, Callable[[Request], Said]] = {
    "busy": lambda _: Said(429, {"error": "later"}, headers={"Retry-After": "0"}),
    "broken": lambda request: Said(500, request.body),  # throws the question back
    "refused": lambda request: Said(400, request.body),
    "moved": lambda request: Said(307, b"", headers={"Location": f"/elsewhere?{len(request.body)}"}),
    "cut": lambda _: Said(cut=True),
    "no chat": lambda _: Said(body=b"<html>log in</html>", media_type="text/html"),
    "nonsense": lambda request: Said(body=b"data: {" + request.body + b"\n\n", media_type="text/event-stream"),
    "error": lambda _: Said(body=b'data: {"error": {"message": "no"}}\n\n', media_type="text/event-stream"),
    "half": lambda _: Said(
        body=b'data: {"choices":[{"delta":{"content":"It is"}}]}\n\n', media_type="text/event-stream"
    ),
}


@dataclass
class Exchange:
    """A question on its way, as the router sends it."""

    found: Outgoing
    audit: AuditLog
    id: str = "0190-request"
    sent: int = field(default=0)

    def outgoing(self, endpoint: Endpoint) -> Outgoing | None:
        return self.found

    async def sending(self, endpoint: Endpoint, outgoing: Outgoing) -> Callable[[Ended], None]:
        self.sent += 1
        departure = self.audit.departing(outgoing, attempt=self.sent)
        return lambda how: self.audit.ended(departure, how.outcome, received_bytes=how.received_bytes)


@dataclass
class Line:
    """The way from the wall to a tapped server, used for many questions."""

    tap: Wiretap
    audit: AuditLog
    runner: asyncio.Runner
    client: EndpointClient

    def ask(self, found: Outgoing) -> tuple[str, Asked | None, EdgeCopilotError | None]:
        """What was shown of the answer, and how it ended."""
        return self.runner.run(self._ask(found))

    async def _ask(self, found: Outgoing) -> tuple[str, Asked | None, EdgeCopilotError | None]:
        # The circuit breakers are new each time, the connections are not.
        cloud, restorer, shown, asked = Cloud([self.client], PATIENCE), found.restorer(), "", None
        try:
            async with aclosing(cloud.ask(Exchange(found, self.audit))) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Word):
                        shown += restorer.feed(piece.text)
                    elif isinstance(piece, Asked):
                        asked = piece
        except EdgeCopilotError as error:
            return shown + restorer.finish(), asked, error
        return shown + restorer.finish(), asked, None


@contextmanager
def tapped_line(folder: Path) -> Iterator[Line]:
    """A line with its audit log in ``folder``. The server shares its loop: threads would cost time."""
    tap = Wiretap("")
    with asyncio.Runner() as runner:
        server = runner.run(asyncio.start_server(partial(_serve, tap), "127.0.0.1", 0))
        tap.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = EndpointClient(Endpoint("hq", f"{tap.url}/v1", "big", key=lambda: KEY), Phases(5, 5, 5, 5, 5))
        yield Line(tap, AuditLog(folder / "audit.jsonl", max_bytes=1 << 30), runner, client)
        runner.run(client.close())
        server.close()


async def _serve(tap: Wiretap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Keep all that comes, and answer each request as the tap says."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            tap.captured += head
            first, *lines = head.decode("latin-1").strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            tap.captured += body
            request = Request(first.split(" ")[1], headers, body)
            tap.requests.append(request)
            if first.startswith("GET"):  # "are you there?"
                said = Said(body={})
            else:
                said = (tap.answering.pop(0) if tap.answering else echo)(request)
            if said.cut:
                break
            content = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            lines = [f"HTTP/1.1 {said.status} X", f"Content-Length: {len(content)}", f"Content-Type: {said.media_type}"]
            lines += [f"{name}: {value}" for name, value in said.headers.items()]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
            await writer.drain()
    writer.close()
