"""Keys over the wire: what each may do and see."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from copilot.http.security.keys import KeyFile


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def guarded(serve, indexed) -> Any:
    """A server that asks for keys, and the keys by name."""
    keys = KeyFile.of(indexed)
    made = {
        "reader": keys.add("reader", ("read",))[1],
        "halden": keys.add("halden", ("ask",), ("halden",))[1],
        "logbook": keys.add("logbook", ("ask", "note"), ("logbook", "not there"))[1],
        "blind": keys.add("blind", ("ask",), ("not there",))[1],
        "writer": keys.add("writer", ("note",))[1],
        "all": keys.add("all", ("admin",))[1],
    }
    return serve(**{"serve.keys": "always"}), made, keys


def test_without_a_key_only_life_signs_are_given(guarded) -> None:
    server, _, _ = guarded
    with server.client() as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/openapi.json").status_code == 200
        for path in ("/v1/status", "/v1/documents", "/v1/notes", "/v1/conversations", "/metrics", "/v1/passages/1"):
            answer = client.get(path)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert "keys add" in answer.json()["remedy"]


@pytest.mark.parametrize("header", ["authorization", "api-key", "x-api-key"])
def test_a_key_may_be_sent_in_any_of_the_usual_headers(guarded, header: str) -> None:
    server, made, _ = guarded
    value = f"Bearer {made['reader']}" if header == "authorization" else made["reader"]
    with server.client(headers={header: value}) as client:
        assert client.get("/v1/status").status_code == 200


def test_a_role_opens_what_it_stands_for_and_nothing_else(guarded) -> None:
    server, made, _ = guarded
    with server.client() as client:
        ask = {"json": {"question": "what does F0012 mean?"}}
        note = {"json": {"text": "Coil replaced."}}
        assert client.post("/v1/ask", **ask, headers=bearer(made["reader"])).status_code == 403
        assert client.post("/v1/notes", **note, headers=bearer(made["reader"])).status_code == 403
        assert client.post("/v1/ask", **ask, headers=bearer(made["writer"])).status_code == 403
        assert client.post("/v1/notes", **note, headers=bearer(made["writer"])).status_code == 201
        assert client.post("/v1/ask", **ask, headers=bearer(made["all"])).status_code == 200
        assert client.post("/v1/notes", **note, headers=bearer(made["all"])).status_code == 201


def test_a_revoked_key_is_refused_from_the_next_request_on(guarded) -> None:
    server, made, keys = guarded
    with server.client(headers=bearer(made["reader"])) as client:
        assert client.get("/v1/status").status_code == 200
        keys.revoke("reader")
        assert client.get("/v1/status").status_code == 401


def test_whoever_guesses_keys_has_to_wait_and_whoever_has_one_does_not(guarded) -> None:
    server, made, _ = guarded
    with server.client() as client:
        statuses = [client.get("/v1/status", headers=bearer(f"ec-{n:08x}-guess")).status_code for n in range(14)]
        assert statuses[0] == 401
        assert statuses[-1] == 429
        refused = client.get("/v1/status", headers=bearer("ec-00000000-guess"))
        assert int(refused.headers["retry-after"]) >= 1
        assert client.get("/v1/status", headers=bearer(made["reader"])).status_code == 200


def test_a_key_may_ask_so_often_and_no_more(serve, indexed) -> None:
    _, key = KeyFile.of(indexed).add("eager", ("read",))
    server = serve(**{"serve.keys": "always", "serve.requests_per_minute": 30})
    with server.client(headers=bearer(key)) as client:
        answers = [client.get("/v1/status") for _ in range(8)]

    assert [answer.status_code for answer in answers[:5]] == [200] * 5
    assert answers[-1].status_code == 429
    assert "retry-after" in answers[-1].headers


def _collections(found: httpx.Response) -> set[str]:
    assert found.status_code == 200, found.text
    return {passage["collection"] for passage in found.json()["passages"]}


def test_a_key_finds_only_in_its_collections(guarded) -> None:
    server, made, _ = guarded
    query = {"query": "brake F0012", "k": 50}
    with server.client() as client:
        assert _collections(client.post("/v1/search", json=query, headers=bearer(made["all"]))) == {"halden", "logbook"}
        assert _collections(client.post("/v1/search", json=query, headers=bearer(made["halden"]))) == {"halden"}
        assert _collections(client.post("/v1/search", json=query, headers=bearer(made["logbook"]))) == {"logbook"}


def test_what_a_key_may_not_see_is_told_like_what_is_not_there(guarded) -> None:
    server, made, _ = guarded
    with server.client() as client:
        log = client.post("/v1/search", json={"query": "brake F0012", "k": 1}, headers=bearer(made["logbook"])).json()
        hidden = log["passages"][0]

        def refusals(key: str, collection: str, document: str, passage: int) -> list[tuple[int, str]]:
            told = [
                client.post("/v1/search", json={"query": "brake", "collections": [collection]}, headers=bearer(key)),
                client.post("/v1/search", json={"query": "brake", "documents": [document]}, headers=bearer(key)),
                client.post("/v1/ask", json={"question": "brake?", "collections": [collection]}, headers=bearer(key)),
                client.get(f"/v1/passages/{passage}", headers=bearer(key)),
                client.get(f"/v1/passages/{passage}/page.png", headers=bearer(key)),
            ]
            return [
                (one.status_code, one.json()["detail"].replace(document, "…").replace(collection, "…")) for one in told
            ]

        seen = refusals(made["halden"], "logbook", hidden["document"], hidden["chunk_id"])
        absent = refusals(made["halden"], "nowhere", "/nowhere/at-all.md", 10**9)

    assert seen == absent
    assert {status for status, _ in seen} == {400, 404}


def test_a_key_whose_collections_are_not_here_finds_nothing_rather_than_everything(guarded) -> None:
    server, made, _ = guarded
    with server.client(headers=bearer(made["blind"])) as client:
        assert client.post("/v1/search", json={"query": "brake"}).status_code == 403
        assert client.post("/v1/ask", json={"question": "brake?"}).status_code == 403
        assert client.get("/v1/documents").json() == {"documents": []}
        assert client.get("/v1/status").json()["index"]["collections"] == []


def test_lists_hold_only_what_the_key_may_see(guarded) -> None:
    server, made, _ = guarded
    with server.client(headers=bearer(made["halden"])) as client:
        assert {one["collection"] for one in client.get("/v1/documents").json()["documents"]} == {"halden"}
        assert [one["name"] for one in client.get("/v1/status").json()["index"]["collections"]] == ["halden"]
        assert client.get("/v1/documents", params={"collection": "logbook"}).json() == {"documents": []}


def test_a_conversation_belongs_to_the_key_that_holds_it(guarded) -> None:
    server, made, _ = guarded
    with server.client() as client:
        body = {"question": "what does F0012 mean?", "conversation": "mine"}
        assert client.post("/v1/ask", json=body, headers=bearer(made["halden"])).json()["conversation"] == "mine"

        own, others = bearer(made["halden"]), bearer(made["all"])
        assert client.get("/v1/conversations/mine", headers=own).json()["turns"][0]["question"] == body["question"]
        assert [one["id"] for one in client.get("/v1/conversations", headers=own).json()["conversations"]] == ["mine"]
        for path in ("/v1/conversations/mine", "/v1/conversations/mine/export"):
            assert client.get(path, headers=others).status_code == 404
        assert client.get("/v1/conversations", headers=others).json()["conversations"] == []
        assert client.delete("/v1/conversations/mine", headers=others).status_code == 404
        assert client.get("/v1/conversations/mine", headers=own).status_code == 200


def test_a_key_that_is_limited_to_collections_sees_no_notes(guarded) -> None:
    server, made, _ = guarded
    with server.client() as client:
        assert client.post("/v1/notes", json={"text": "Secret."}, headers=bearer(made["logbook"])).status_code == 201
        assert client.get("/v1/notes", headers=bearer(made["logbook"])).status_code == 403
        assert client.get("/v1/notes", headers=bearer(made["writer"])).json()["notes"][0]["text"] == "Secret."


def test_notes_come_up_in_the_answers_of_whoever_may_see_everything_and_of_nobody_else(serve, indexed) -> None:
    keys = KeyFile.of(indexed)
    limited, unlimited = keys.add("limited", ("ask",), ("halden",))[1], keys.add("all", ("admin",))[1]
    # What is usually looked at is just what the limited key may see: that must not pass for a wish for the notes.
    server = serve(**{"serve.keys": "always", "search.collections": "halden"})
    body = {"question": "what was done about the brake coil last time?"}
    with server.client() as client:
        text = "F0012 on TX-200: coil of the brake replaced, zetaform spare used."
        client.post("/v1/notes", json={"text": text}, headers=bearer(unlimited))
        everything = client.post("/v1/ask", json=body, headers=bearer(unlimited)).text
        part = client.post("/v1/ask", json=body, headers=bearer(limited)).text

    assert "zetaform" in everything
    assert "zetaform" not in part


def test_on_loopback_no_key_is_asked_for_and_a_made_up_one_does_no_harm(no_model) -> None:
    with no_model.client(headers=bearer("sk-anything")) as client:
        assert client.get("/v1/status").status_code == 200


def test_a_damaged_file_of_keys_lets_nobody_in(guarded) -> None:
    server, made, keys = guarded
    with server.client(headers=bearer(made["all"])) as client:
        assert client.get("/v1/status").status_code == 200
        keys.path.write_text("{")
        answer = client.get("/v1/status")

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
