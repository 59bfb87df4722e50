"""The page and its files over HTTP: the policy, caching, who may frame it."""

from __future__ import annotations

import pytest

from copilot.http.security.keys import KeyFile

FILES = {
    "/": "text/html",
    "/panel/edge-copilot.js": "text/javascript",
    "/panel/page.js": "text/javascript",
    "/panel/page.css": "text/css",
    "/panel/icon.svg": "image/svg+xml",
}


@pytest.mark.parametrize(("path", "media_type"), FILES.items())
def test_every_file_is_served_as_what_it_is(no_model, path: str, media_type: str) -> None:
    with no_model.client() as client:
        answer = client.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_that_is_known_is_not_sent_again(no_model) -> None:
    with no_model.client() as client:
        etag = client.get("/panel/edge-copilot.js").headers["etag"]
        again = client.get("/panel/edge-copilot.js", headers={"If-None-Match": etag})
        other = client.get("/panel/edge-copilot.js", headers={"If-None-Match": '"older"'})

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


def test_the_policy_allows_nothing_but_the_page_s_own_files(no_model) -> None:
    with no_model.client() as client:
        policy = client.get("/").headers["content-security-policy"]

    directives = dict(one.strip().partition(" ")[::2] for one in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert directives["frame-ancestors"] == "'self'"
    assert directives["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in policy


def test_pages_that_may_frame_it_are_named_in_the_settings(serve) -> None:
    with serve(**{"serve.frame_ancestors": "https://hmi.example.com,http://127.0.0.1:9000"}).client() as client:
        policy = client.get("/").headers["content-security-policy"]

    assert "frame-ancestors 'self' https://hmi.example.com http://127.0.0.1:9000" in policy


def test_no_key_is_asked_for_files_that_are_the_same_for_everybody(serve, indexed) -> None:
    KeyFile.of(indexed).add("line 3", ("ask",))
    with serve(**{"serve.keys": "always"}).client() as client:
        answers = [client.get(path).status_code for path in FILES]
        status = client.get("/v1/status").status_code

    assert answers == [200] * len(FILES)
    assert status == 401
