"""Word to systemd: heard on a real datagram socket, from the real command."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.http.supervision import Supervisor, keep_telling
from index.errors import StoreBusy

ROOT = Path(__file__).parents[3]
WAIT_S = 60.0


class Listening:
    """As systemd listens."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.socket.settimeout(WAIT_S)

    def hear(self) -> list[str]:
        return self.socket.recv(4096).decode().splitlines()

    def nothing(self) -> bool:
        self.socket.setblocking(False)
        try:
            return not self.socket.recv(4096)
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(WAIT_S)


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Listening]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@edge-copilot-test-{os.getpid()}"
    listening = Listening(address)
    yield listening
    listening.socket.close()


def test_the_command_tells_that_it_answers_that_it_lives_and_that_it_stops(systemd: Listening, indexed: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "copilot.cli.main", "serve", "--port", "0", "--no-llm"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "600000"},
        stderr=subprocess.DEVNULL,
    )
    try:
        first = {word for _ in range(2) for word in systemd.hear()}  # either may come first
        assert {"READY=1", "WATCHDOG=1"} <= first
        assert systemd.hear() == ["WATCHDOG=1"]
        process.send_signal(signal.SIGTERM)
        while (heard := systemd.hear()) == ["WATCHDOG=1"]:
            pass
        assert heard[0] == "STOPPING=1"
        assert process.wait(WAIT_S) in (0, -signal.SIGTERM)  # to systemd both are a clean end
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({"NOTIFY_SOCKET": "/run/x"}, None),
        ({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000"}, 30.0),
        ({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "soon"}, None),
        ({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_environment_says_how_often(environment: dict[str, str], watchdog_s: float | None) -> None:
    supervisor = Supervisor.of(environment, 7)

    assert supervisor is not None
    assert supervisor.watchdog_s == watchdog_s


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_without_systemd_there_is_nobody_to_tell(environment: dict[str, str]) -> None:
    assert Supervisor.of(environment, 7) is None


async def test_an_endpoint_whose_threads_are_stuck_says_nothing_any_more(systemd: Listening) -> None:
    asked = 0

    async def stuck() -> None:
        nonlocal asked
        asked += 1
        await asyncio.Event().wait()

    telling = asyncio.create_task(keep_telling(Supervisor(systemd.address, 0.01), stuck))
    async with asyncio.timeout(WAIT_S):
        while asked < 3:  # noqa: ASYNC110 - counted by what is asked
            await asyncio.sleep(0.001)
    telling.cancel()

    assert systemd.nothing()


async def test_one_whose_index_is_busy_or_missing_lives_all_the_same(systemd: Listening) -> None:
    async def busy() -> None:
        raise StoreBusy("It is being written.")

    telling = asyncio.create_task(keep_telling(Supervisor(systemd.address, 0.01), busy))
    heard = await asyncio.to_thread(systemd.hear)
    telling.cancel()

    assert heard == ["WATCHDOG=1"]


def test_a_systemd_that_does_not_listen_stops_nobody(tmp_path: Path) -> None:
    Supervisor(str(tmp_path / "gone"), None).tell("READY=1")
