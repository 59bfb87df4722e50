"""The whole way against `llama_cpp.server` with the tiny model: what it writes is grounded, whatever it writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.engines.cloud import Cloud, Endpoint, Phases
from copilot.engines.cloud.client import EndpointClient
from copilot.engines.cloud.faults import Rejected
from tests.copilot.engines.cloud.asking import Noting, reply
from tests.copilot.engines.cloud.llama_server import llama_server

KEY = "sk-very-secret"
PATIENT = Phases(first_word_s=120, next_word_s=120, whole_s=240)


@pytest.fixture(scope="module")
def real_server(tiny_model: Path) -> Iterator[str]:
    pytest.importorskip("starlette_context", reason="what llama_cpp.server needs is not installed")
    with llama_server(tiny_model, alias="tiny", key=KEY) as url:
        yield url


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
