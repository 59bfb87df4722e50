"""Whether the server lives, can answer, and how it is."""

from __future__ import annotations


def test_a_server_with_an_index_lives_and_is_ready(no_model) -> None:
    with no_model.client() as client:
        assert client.get("/healthz").json()["status"] == "ok"
        assert client.get("/readyz").status_code == 200
        status = client.get("/v1/status").json()

    assert {one["name"] for one in status["index"]["collections"]} == {"halden", "logbook"}
    assert status["engine"]["state"] == "off"


def test_without_an_index_it_lives_but_is_not_ready_and_says_what_to_do(serve, indexed) -> None:
    (indexed / "index.db").unlink()

    with serve().client() as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert "ingest" in answer.json()["remedy"]


def test_a_search_finds_passages(no_model) -> None:
    with no_model.client() as client:
        found = client.post("/v1/search", json={"query": "F0012", "k": 2}).json()

    assert len(found["passages"]) == 2
    assert "F0012" in found["passages"][0]["text"]
