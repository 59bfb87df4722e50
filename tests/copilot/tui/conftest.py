"""The terminal UI over real parts: the example manuals, and a model server on loopback that writes what it is told."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from textual.css.query import NoMatches

from copilot.doctor import Finding
from copilot.library.indexing import Indexing, order_of
from copilot.settings import Settings
from copilot.tui.app import CopilotApp
from copilot.tui.services import Services

MANUALS = Path(__file__).resolve().parents[3] / "examples" / "manuals"

FINDINGS = (
    Finding("program", "ok", "Edge Copilot, as it should be."),
    Finding("models", "warning", "The model takes 1.56 GB of 2 GB.", "Choose a smaller one: engine.tier."),
    Finding("index", "fault", "The index is damaged.", "Read the sources again: edge-copilot ingest --rebuild"),
)


STANDING = {"network": False, "battery": 71.0, "mains": False, "knowledge": "3 days ago"}


class ScriptedModel:
    """An OpenAI-compatible server that writes ``words`` one by one.

    Attributes:
        words: What it writes; the last one again and again where ``endless``.
        endless: Whether it goes on until the client hangs up.
        cut_after: Words after which it drops the line; None: never.
        gone: Set when a client has hung up.
    """

    def __init__(self) -> None:
        self.words = ["Measure", " the", " voltage", " of", " 24", " V", "."]
        self.endless = False
        self.cut_after: int | None = None
        self.asked = 0
        self.gone = asyncio.Event()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lengths = [int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")]
        await reader.readexactly(lengths[0] if lengths else 0)
        self.asked += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        number = 0
        with suppress(ConnectionError):
            while self.endless or number < len(self.words):
                if number == self.cut_after:
                    writer.transport.abort()
                    return
                word = self.words[min(number, len(self.words) - 1)]
                writer.write(b"data: " + json.dumps({"choices": [{"delta": {"content": word}}]}).encode() + b"\n\n")
                await writer.drain()
                number += 1
                if self.endless:
                    await asyncio.sleep(0.01)
                    if reader.at_eof() or writer.transport.is_closing():
                        break
            writer.write(b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n')
            await writer.drain()
        self.gone.set()
        writer.close()


@pytest.fixture(scope="session")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the example manuals, searched by words alone."""
    folder = tmp_path_factory.mktemp("tui") / "data"
    settings = Settings(data_dir=folder, embedding={"kind": "none"})
    Indexing(settings, None).run(order_of([MANUALS], "halden"))
    return folder


@pytest.fixture
def library(read_once: Path, data_dir: Path) -> Path:
    """The same, for this test alone."""
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(read_once, data_dir)
    return data_dir


@asynccontextmanager
async def scripted() -> AsyncIterator[ScriptedModel]:
    model = ScriptedModel()
    server = await asyncio.start_server(model.serve, "127.0.0.1", 0)
    model.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield model
    finally:
        server.close()


def make_settings(data_dir: Path, url: str = "http://127.0.0.1:9/v1", **tui: object) -> Settings:
    """Settings under which every answer is written by the server at ``url``."""
    wanted = {"theme": "sunlight", "times": False, "language": "en", "pictures": False} | tui
    return Settings(
        data_dir=data_dir,
        embedding={"kind": "none"},
        engine={"kind": "openai", "base_url": url, "timeout_s": 10, "model_name": "tiny"},
        models={"shared": False},
        tui=wanted,
    )


def make_app(settings: Settings) -> CopilotApp:
    return CopilotApp(Services(settings, examine=lambda: iter(FINDINGS), look=lambda assembly: STANDING))


async def until(pilot: object, condition: Callable[[], bool], seconds: float = 90) -> None:
    """Wait for something to come true; it is an error where it doesn't. A screen being built isn't there yet."""

    def holds() -> bool:
        try:
            return condition()
        except NoMatches:
            return False

    end = asyncio.get_running_loop().time() + seconds
    while not holds():
        assert asyncio.get_running_loop().time() < end, "it did not come true"
        await pilot.pause(0.02)  # type: ignore[attr-defined]


async def type_in(pilot: object, text: str) -> None:
    for character in text:
        await pilot.press("space" if character == " " else character)  # type: ignore[attr-defined]


Closing = Callable[[], Awaitable[None]]
