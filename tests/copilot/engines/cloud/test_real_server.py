"""The whole way against `llama_cpp.server` with the tiny model: what it writes is grounded, whatever it writes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from copilot.engines.cloud import Cloud, Endpoint, Phases
from copilot.engines.cloud.client import EndpointClient
from copilot.engines.cloud.faults import Rejected
from tests.copilot.engines.cloud.asking import Noting, reply

KEY = "sk-very-secret"
START_S = 120.0
PATIENT = Phases(first_word_s=120, next_word_s=120, whole_s=240)


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
        "--host", "127.0.0.1", "--port", str(port), "--n_ctx", "2048", "--api_key", KEY,
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


def endpoint(url: str, key: str = KEY) -> Endpoint:
    return Endpoint("hq", url, "tiny", key=lambda: key, max_tokens=16)


@pytest.mark.model
async def test_a_real_server_answers_and_is_there(real_server: str) -> None:
    cloud = Cloud([EndpointClient(endpoint(real_server), PATIENT)])
    cloud.begin_check()
    assert await cloud.checked(60) == "up"

    who, text, spent = await reply(cloud, Noting())

    assert (who, bool(text.strip())) == ("hq", True)
    assert 0 < spent.reply_tokens <= 17
    assert spent.prompt_tokens > 50
    await cloud.close()


@pytest.mark.model
async def test_a_real_server_that_is_given_up_answers_the_next(real_server: str) -> None:
    cloud = Cloud([EndpointClient(endpoint(real_server), PATIENT)])
    exchange = Noting()
    pieces = cloud.ask(exchange)
    await anext(pieces)
    await anext(pieces)
    await pieces.aclose()

    assert (await reply(cloud, Noting()))[1]
    assert exchange.ended == [("hq", "cancelled")]
    await cloud.close()


@pytest.mark.model
async def test_a_real_server_refuses_a_wrong_key(real_server: str) -> None:
    cloud = Cloud([EndpointClient(endpoint(real_server, "sk-wrong"), PATIENT)])

    with pytest.raises(Rejected, match="refused the key"):
        await reply(cloud, Noting())
    await cloud.close()
