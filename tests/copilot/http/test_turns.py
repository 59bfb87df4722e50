"""One model and several who ask: waiting, being told so, going away."""

from __future__ import annotations

import asyncio
import json
from time import monotonic
from typing import Any

import httpx
import pytest
from httpx_sse import aconnect_sse, connect_sse

QUESTION = "what does F0012 mean and what has to be done?"
EVENTS = {"Accept": "text/event-stream"}


async def _until(true: Any, what: str) -> None:
    until = monotonic() + 60
    while not true():
        assert monotonic() < until, what
        await asyncio.sleep(0.02)


async def _read(client: httpx.AsyncClient, seen: list[tuple[str, Any]], **body: Any) -> None:
    async with aconnect_sse(client, "POST", "/v1/ask", json={"question": QUESTION, **body}, headers=EVENTS) as source:
        assert source.response.status_code == 200, await source.response.aread()
        async for event in source.aiter_sse():
            seen.append((event.event, json.loads(event.data)))  # noqa: PERF401 - the test looks at it meanwhile


@pytest.mark.model
async def test_whoever_waits_has_the_evidence_and_knows_its_place(tiny) -> None:
    first, second = [], []
    async with tiny.async_client() as client:
        asking = asyncio.create_task(_read(client, first, detail=True))
        await _until(lambda: tiny.app.state.services.desk.queue.running, "nobody had a turn")
        await asyncio.gather(asking, _read(client, second))

    names = [name for name, _ in second]
    assert names[0] == "evidence"
    assert names.index("queue") < names.index("route")
    waiting = [data for name, data in second if name == "queue"]
    assert waiting[0]["position"] == 1
    assert waiting[0]["expected_wait_s"] > 0
    assert waiting[-1]["position"] == 0
    assert first[-1][0] == second[-1][0] == "answer"


@pytest.mark.model
@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
async def test_when_the_client_goes_away_the_model_stops_and_the_turn_is_free(tiny, accept: str) -> None:
    services = tiny.app.state.services
    async with tiny.async_client() as client:
        asking = asyncio.create_task(
            client.post("/v1/ask", json={"question": QUESTION, "detail": True}, headers={"Accept": accept})
        )
        engine = None
        await _until(lambda: services.desk.queue.running, "nobody had a turn")
        engine = await asyncio.wrap_future(services.assembly.loading)
        await _until(lambda: engine._thread._running is not None, "the model never began")
        asking.cancel()
    await _until(lambda: services.desk.queue.seated == 0, "the turn was never given back")
    await _until(lambda: engine._thread._running is None, "the model went on for nobody")

    async with tiny.async_client() as client:
        assert "edge_copilot_broken_off_total 1.0" in (await client.get("/metrics")).text


@pytest.mark.model
async def test_a_question_that_has_to_be_answered_by_then_is_not_left_waiting(tiny) -> None:
    seen: list[tuple[str, Any]] = []
    async with tiny.async_client() as client:
        asking = asyncio.create_task(_read(client, [], detail=True))
        await _until(lambda: tiny.app.state.services.desk.queue.running, "nobody had a turn")
        await _read(client, seen, deadline_s=0.05)
        asking.cancel()

    answer = seen[-1][1]
    assert answer["route"]["target"] == "quotes"
    assert "Others are still being answered" in answer["route"]["reason"]


@pytest.mark.model
async def test_too_many_questions_are_sent_away_with_the_time_to_come_back(serve, tiny_model) -> None:
    server = serve(
        use_model=True,
        **{
            "engine.model": str(tiny_model),
            "engine.process": "inside",
            "engine.threads": 1,
            "answer.passages": 1,
            "answer.max_tokens": 48,
            "serve.most_questions": 2,
        },
    )
    async with server.async_client() as client:
        asking = [asyncio.create_task(_read(client, [], detail=True)) for _ in range(2)]
        await _until(lambda: server.app.state.services.desk.queue.seated == 2, "they never sat")
        refused = await client.post("/v1/ask", json={"question": QUESTION})
        found = await client.post("/v1/search", json={"query": "F0012"})
        for task in asking:
            task.cancel()

    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["remedy"]
    assert found.status_code == 200


def test_a_question_that_is_not_read_holds_up_nobody(no_model) -> None:
    with (
        no_model.client() as idle,
        no_model.client() as client,
        connect_sse(idle, "POST", "/v1/ask", json={"question": QUESTION}, headers=EVENTS) as source,
    ):
        assert source.response.status_code == 200  # and nothing of the body is read
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200
    assert no_model.app.state.services.desk.queue.seated == 0


async def test_a_server_that_stops_lets_answers_end_and_takes_no_more(serve) -> None:
    server = serve()
    async with server.async_client() as client:
        assert (await client.get("/readyz")).status_code == 200
        server.app.state.stopping.set()
        assert (await client.get("/readyz")).status_code == 503
        refused = await client.post("/v1/ask", json={"question": QUESTION})

    assert refused.status_code == 503
    assert "retry-after" in refused.headers
