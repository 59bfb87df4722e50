"""Everything that the OpenAPI description promises, asked for with whatever fits it and whatever doesn't."""

from __future__ import annotations

import asyncio
import json
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from copilot.answering.wire import AnswerJson
from copilot.http.wire import SearchJson

ROOT = Path(__file__).resolve().parents[3]
ENDLESS = r"/(events|voice)$"
EXAMPLES = 12


def _schema(server: Any) -> Any:
    with server.client() as client:
        described = client.get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(described, config=SchemathesisConfig()).exclude(path_regex=ENDLESS)
    if server.app.state.services.assembly.embedder is None:  # then the server says so, with a status of 503
        schema = schema.exclude(path_regex="/embeddings$")
    return schema


def test_no_request_whatever_it_holds_makes_the_server_fail(shared_models, no_model) -> None:
    schema = _schema(no_model)
    asked: Counter[str] = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()

        @hypothesis.given(case=operation.as_strategy())
        @hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
            database=None,
        )
        def ask(case: Any) -> None:
            response = case.call(base_url=no_model.url, timeout=30)
            asked[f"{case.method} {case.path}"] += 1
            case.validate_response(
                response, checks=(not_a_server_error, content_type_conformance, response_schema_conformance)
            )
            if response.status_code >= 400:
                kinds = response.headers["content-type"]
                assert kinds[0] in ("application/problem+json", "application/json"), kinds

        ask()
    assert len(asked) >= 20, asked


def test_examples_of_the_description_are_right(no_model) -> None:
    with no_model.client() as client:
        described = client.get("/openapi.json").json()
        bodies = {
            path: described["paths"][path]["post"]["requestBody"]["content"]["application/json"]["examples"]
            for path in ("/v1/ask", "/v1/search", "/v1/notes", "/v1/feedback")
        }
        for path, examples in bodies.items():
            for name, example in examples.items():
                answer = client.post(path, json=example["value"])
                assert answer.status_code in (200, 201), (path, name, answer.text)


def test_the_description_in_the_documentation_is_the_server_s_own() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "write_docs.py"))

    assert script["ENDPOINT"].read_text(encoding="utf-8") == script["endpoint_description"](), (
        "run: python scripts/write_docs.py"
    )


def test_answers_are_what_the_description_says(no_model) -> None:
    with no_model.client() as client:
        answer = client.post("/v1/ask", json={"question": "what does F0012 mean?"})
        found = client.post("/v1/search", json={"query": "F0012"})

    AnswerJson.model_validate_json(answer.content)
    SearchJson.model_validate_json(found.content)


async def test_fifty_clients_at_once_are_all_answered(no_model) -> None:
    """Searches and questions mixed; the long run of it is bench/http_load.py."""

    async def one(number: int) -> list[int]:
        async with no_model.async_client() as client:
            statuses = []
            for step in range(4):
                if (number + step) % 5 == 0:
                    answer = await client.post("/v1/ask", json={"question": "what does F0012 mean?"})
                else:
                    answer = await client.post("/v1/search", json={"query": f"F00{number % 20:02d}"})
                statuses.append(answer.status_code)
            return statuses

    statuses = Counter(status for told in await asyncio.gather(*map(one, range(50))) for status in told)

    assert set(statuses) <= {200, 429}
    assert statuses[200] >= 190
    services = no_model.app.state.services
    assert services.desk.queue.seated == services.finder.pool.queue.seated == 0


def test_unknown_fields_and_paths_are_told(no_model) -> None:
    with no_model.client() as client:
        misspelt = client.post("/v1/search", json={"query": "F0012", "colections": ["halden"]})
        absent = client.get("/v1/nothing")
        method = client.delete("/v1/search")
        broken = client.post("/v1/search", content=b'{"query": ', headers={"Content-Type": "application/json"})

    assert misspelt.status_code == 422
    assert "colections" in misspelt.json()["detail"]
    assert absent.status_code == 404
    assert method.status_code == 405
    assert broken.status_code == 422
    for answer in (misspelt, absent, method, broken):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize("text", ["\ud800", "\x00", "😀" * 50, "F0012\u202e", "a" * 4000], ids=range(5))
def test_odd_text_is_answered_or_refused_in_words(no_model, text: str) -> None:
    with no_model.client() as client:
        answer = client.post(
            "/v1/search",
            content=json.dumps({"query": text}).encode(),
            headers={"Content-Type": "application/json"},
        )

    assert answer.status_code in (200, 422), answer.text
