"""The engine's process dies under the endpoint: the answer ends in quotes, everything else goes on."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from time import monotonic, sleep

import pytest

from copilot.engines.child import ChildEngine
from tests.copilot.http.conftest import Running, Serve

WAIT_S = 60.0
QUESTION = {"question": "What does F0012 mean?"}


def engine_of(running: Running) -> ChildEngine:
    until = monotonic() + WAIT_S
    loading = running.app.state.services.assembly.loading
    while loading is None or not loading.done() or loading.result().health.state != "ready":
        assert monotonic() < until
        sleep(0.01)
        loading = running.app.state.services.assembly.loading
    engine = loading.result()
    assert isinstance(engine, ChildEngine)
    return engine


@pytest.mark.model
@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV"])
def test_an_answer_over_which_the_engine_dies_ends_in_quotes_and_the_next_is_written_again(
    serve: Serve, tiny_model: Path, name: str
) -> None:
    running = serve(use_model=True, **{"engine.model": str(tiny_model), "engine.threads": 1})
    engine = engine_of(running)
    answer, event, killed = None, "", False

    with running.client() as client:
        with client.stream("POST", "/v1/ask", json=QUESTION, headers={"Accept": "text/event-stream"}) as response:
            for line in response.iter_lines():
                event = line.removeprefix("event: ") if line.startswith("event: ") else event
                if event == "route" and not killed:
                    pid = engine.health.pid
                    assert pid is not None
                    os.kill(pid, signal.Signals[name])
                    killed = True
                if event == "answer" and line.startswith("data: "):
                    answer = json.loads(line.removeprefix("data: "))
        assert client.get("/healthz").status_code == 200
        assert client.post("/v1/search", json={"query": "F0012"}).json()["passages"]
        engine_of(running)
        following = client.post("/v1/ask", json=QUESTION).json()
        status = client.get("/v1/status").json()["engine"]

    assert answer is not None
    assert answer["status"] == "grounded"
    assert answer["route"]["target"] == "quotes"
    assert any(name in notice for notice in answer["notices"])
    assert following["route"]["target"] == "local"
    assert status["state"] == "ready"
    assert status["restarts"] == 1
