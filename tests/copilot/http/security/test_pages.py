"""Web pages from elsewhere, names that were made to point here, and bodies without end."""

from __future__ import annotations

import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.http.security.pages import name_of


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8420", "localhost.evil.example", "127.0.0.1.evil.com", "", "[::1"]
)
def test_a_name_that_was_made_to_point_here_is_refused(no_model, host: str) -> None:
    with no_model.client(headers={"Host": host}) as client:
        answer = client.post("/v1/search", json={"query": "F0012"})

    assert answer.status_code in (400, 421)
    if answer.status_code == 421:
        assert "allowed_hosts" in answer.json()["remedy"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80", "192.168.1.5:8420"])
def test_this_machine_s_name_and_addresses_in_figures_are_right(no_model, host: str) -> None:
    with no_model.client(headers={"Host": host}) as client:
        assert client.get("/healthz").status_code == 200


def test_a_name_that_the_settings_allow_is_right(serve) -> None:
    server = serve(**{"serve.allowed_hosts": "hmi.plant.example"})
    with server.client(headers={"Host": "hmi.plant.example"}) as client:
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:1", "http://127.0.0.1.evil.example"]
)
def test_a_page_from_elsewhere_can_make_nothing_happen(no_model, origin: str) -> None:
    with no_model.client(headers={"Origin": origin}) as client:
        answer = client.post("/v1/notes", json={"text": "planted"})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    with no_model.client() as client:
        assert client.get("/v1/notes").json()["notes"] == []


def test_the_server_s_own_page_may_call_it(no_model) -> None:
    with no_model.client(headers={"Origin": no_model.url, "Sec-Fetch-Site": "same-origin"}) as client:
        assert client.get("/v1/status").status_code == 200


@pytest.mark.parametrize(("mode", "status"), [("navigate", 200), ("no-cors", 403), ("cors", 403)])
def test_a_page_from_elsewhere_may_link_here_but_not_fetch(no_model, mode: str, status: int) -> None:
    with no_model.client(headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode}) as client:
        assert client.get("/healthz").status_code == status


def test_a_page_that_the_settings_allow_may_call_it(serve) -> None:
    server = serve(**{"serve.allowed_origins": "https://hmi.example"})
    with server.client(headers={"Origin": "https://hmi.example"}) as client:
        asked = client.options(
            "/v1/ask",
            headers={"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"},
        )
        assert asked.status_code == 200
        answer = client.post("/v1/search", json={"query": "F0012"})

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://hmi.example"


def test_answers_tell_browsers_to_do_nothing_else_with_them(no_model) -> None:
    with no_model.client() as client:
        headers = client.get("/v1/status").headers

    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


@given(st.text(max_size=80))
def test_any_host_header_has_a_name_or_none(host: str) -> None:
    name = name_of(host)

    assert ":" not in name or name.startswith("[")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(serve) -> None:
    server = serve(**{"serve.max_body_kb": 4})
    with server.client() as client:
        answer = client.post("/v1/search", json={"query": "x" * 5000})

    assert answer.status_code == 413
    assert "max_body_kb" in answer.json()["remedy"]


def test_a_body_that_does_not_say_how_long_it_is_is_refused_once_it_is_too_long(serve) -> None:
    server = serve(**{"serve.max_body_kb": 4})
    body = json.dumps({"query": "x" * 9000}).encode()
    with server.client() as client:
        answer = client.post(
            "/v1/search",
            content=iter([body[at : at + 500] for at in range(0, len(body), 500)]),
            headers={"Content-Type": "application/json"},
        )

    assert answer.status_code == 413


def test_what_is_no_http_at_all_does_no_harm(no_model) -> None:
    host, port = no_model.url.removeprefix("http://").split(":")
    for nonsense in (
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n" * 1000,
        b"POST /v1/ask HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ):
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            raw.sendall(nonsense)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(4096):
                pass
    with no_model.client() as client:
        assert client.get("/healthz").status_code == 200
