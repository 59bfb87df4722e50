"""`POST /v1/ask`: events and one answer."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from httpx_sse import connect_sse


def events_of(client: httpx.Client, body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    with connect_sse(client, "POST", "/v1/ask", json=body, headers={"Accept": "text/event-stream"}) as source:
        assert source.response.status_code == 200, source.response.read()
        return [(event.event, json.loads(event.data)) for event in source.iter_sse()]


def test_evidence_comes_first_and_the_answer_last(no_model) -> None:
    with no_model.client() as client:
        events = events_of(client, {"question": "what does F0012 mean?"})

    names = [name for name, _ in events]
    assert names[0] == "evidence"
    assert names[-1] == "answer"
    assert names.index("route") < names.index("token")
    answer = events[-1][1]
    assert answer["status"] == "grounded"
    assert answer["citations"]
    assert "".join(data["text"] for name, data in events if name == "token").strip()


def test_without_a_wish_for_events_one_answer_comes(no_model) -> None:
    with no_model.client() as client:
        answer = client.post("/v1/ask", json={"question": "what does F0012 mean?"})

    assert answer.status_code == 200
    assert answer.json()["status"] == "grounded"
    assert answer.json()["route"]["target"] == "quotes"


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_an_empty_question_is_a_problem_and_no_answer(no_model, accept: str) -> None:
    with no_model.client() as client:
        answer = client.post("/v1/ask", json={"question": " \u0007 "}, headers={"Accept": accept})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["remedy"]


@pytest.mark.model
def test_a_model_writes_the_answer(tiny) -> None:
    with tiny.client() as client:
        events = events_of(client, {"question": "what does F0012 mean?"})

    assert events[-1][0] == "answer"
    assert events[-1][1]["model"] is not None
