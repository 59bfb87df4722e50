"""The ways in: a terminal, a pipe, a browser on this machine, a screen reader."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiohttp.test_utils import TestClient, TestServer

from copilot.cli.main import main
from copilot.tui.plain.session import run
from copilot.tui.web.serving import LoopbackServer
from tests.copilot.tui.conftest import make_settings, scripted


def test_without_a_terminal_and_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 0
    assert "Usage: edge-copilot" in capsys.readouterr().out


def test_without_a_terminal_the_screens_say_so(capsys: pytest.CaptureFixture[str]):
    assert main(["tui"]) == 2
    assert "needs a terminal" in capsys.readouterr().err


@dataclass
class Opened:
    """The program on a pseudo-terminal."""

    process: subprocess.Popen[bytes]
    master: int

    def until(self, text: bytes) -> None:
        seen, end = b"", time.monotonic() + 60
        while text not in seen:
            assert time.monotonic() < end, seen[-500:]
            seen += self.read()

    def hang_up(self) -> None:
        if self.master >= 0:
            os.close(self.master)
        self.master = -1

    def read(self) -> bytes:
        if not select.select([self.master], [], [], 0.2)[0]:
            return b""
        try:
            return os.read(self.master, 65536)
        except OSError:
            return b""


@contextmanager
def opened(library: Path, **options: Any) -> Iterator[Opened]:
    master, slave = pty.openpty()
    environment = os.environ | {
        "TERM": "xterm-256color",
        "EDGE_COPILOT_EMBEDDING__KIND": "none",
        "EDGE_COPILOT_ENGINE__KIND": "openai",  # nothing is missing that the first screen would fetch
        "EDGE_COPILOT_ENGINE__BASE_URL": "http://127.0.0.1:9/v1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "copilot.cli.main", "--data-dir", str(library)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        **options,
    )
    os.close(slave)
    terminal = Opened(process, master)
    try:
        yield terminal
    finally:
        process.kill()
        process.wait()
        terminal.hang_up()


def test_in_a_terminal_it_opens_and_is_left_with_one_key(library: Path):
    with opened(library) as terminal:
        terminal.until(b"What do you want")
        os.write(terminal.master, b"\x11")
        end = time.monotonic() + 60
        while terminal.process.poll() is None:
            assert time.monotonic() < end
            terminal.read()
        assert terminal.process.wait(30) == 0


def test_a_terminal_that_goes_away_without_a_signal_ends_it(library: Path):
    with opened(library, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as terminal:
        terminal.until(b"What do you want")
        terminal.hang_up()

        assert terminal.process.wait(60) == 0


@pytest.fixture
async def browser():
    server = LoopbackServer(f"{sys.executable} -c pass", 8765, lambda address: None)
    async with TestClient(TestServer(await server._make_app(), host="127.0.0.1")) as client:
        yield client
    # A process that outlives its loop is complained about in a later test.
    while psutil.Process().children():  # noqa: ASYNC110 - nobody tells when it ends
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.1)


async def test_the_page_loads_nothing_from_elsewhere(browser: TestClient):
    reply = await browser.get("/")
    text = await reply.text()
    assert reply.status == 200
    assert "googleapis" not in text
    assert "https://" not in text
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


async def test_a_name_that_is_pointed_at_this_machine_is_refused(browser: TestClient):
    reply = await browser.get("/", headers={"Host": "evil.example:8765"})
    assert reply.status == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
async def test_another_page_may_not_open_the_socket(browser: TestClient, origin: str | None):
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers |= {"Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw=="} | ({"Origin": origin} if origin else {})
    reply = await browser.get("/ws", headers=headers)
    assert reply.status == 403


async def test_the_page_itself_may(browser: TestClient):
    address = f"http://127.0.0.1:{browser.port}"
    async with browser.ws_connect("/ws?width=80&height=24", headers={"Origin": address}) as socket:
        assert not socket.closed


async def test_a_screen_reader_gets_plain_lines(library: Path):
    async with scripted() as model:
        settings = make_settings(library, model.url)
        lines: list[str] = []
        asked = "what does F0012 mean\n/open 1\n/next\n/note Filter replaced\n/notes filter\n/conversations\n"
        asked += "/nonsense\n/help\n"
        await asyncio.to_thread(run, settings, io.StringIO(asked), lines.append)
    text = "\n".join(lines)
    assert "Answer:" in lines
    assert any(line.startswith("Source 1") for line in lines)
    assert "The note is kept." in text
    assert "1 note." in lines
    assert "1 conversation." in lines
    assert "There is no command /nonsense." in text
    assert "\x1b" not in text
