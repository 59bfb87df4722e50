"""Endpoints on loopback, real ones, behind a proxy that fails in every way that a network can."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from copilot.engines.cloud import Cloud, Endpoint, Patience, Phases
from copilot.engines.cloud.client import EndpointClient
from copilot.engines.cloud.faults import BrokenOff, Busy, Rejected, Unreachable, Untrusted, retry_after
from copilot.engines.cloud.keys import key_source
from copilot.engines.cloud.pinning import pin_of
from index.errors import EdgeCopilotError, EngineError, NetworkError, UsageError
from tests.copilot.engines.cloud.asking import Noting, outgoing, reply
from tests.copilot.engines.cloud.servers import Answerer, Fault, answering, before, certificate, served_with

KEY = "sk-very-secret"
SOON = Phases(connect_s=2.0, first_word_s=0.6, next_word_s=0.6, whole_s=20.0, health_s=2.0)
AT_ONCE = Patience(attempts=2, first_s=0.0, longest_s=0.0, jitter_s=0.0)


@pytest.fixture(scope="module")
def server() -> Iterator[Answerer]:
    with answering(Answerer(key=KEY)) as server:
        yield server


@pytest.fixture(autouse=True)
def _forget(server: Answerer) -> None:
    server.bodies.clear()
    server.headers.clear()


def endpoint(url: str, name: str = "hq") -> Endpoint:
    return Endpoint(name, url, "big", key=lambda: KEY)


@asynccontextmanager
async def cloud_of(*endpoints: Endpoint, patience: Patience = AT_ONCE, phases: Phases = SOON) -> AsyncIterator[Cloud]:
    cloud = Cloud([EndpointClient(one, phases) for one in endpoints], patience)
    try:
        yield cloud
    finally:
        await cloud.close()


def http(status: str, content_type: str = "text/event-stream", body: bytes = b"", *headers: str) -> bytes:
    more = "".join(f"{header}\r\n" for header in headers)
    return f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{more}Connection: close\r\n\r\n".encode() + body


async def test_the_reply_comes_from_what_was_sent_with_its_cost(server: Answerer) -> None:
    exchange = Noting()
    async with cloud_of(endpoint(server.url)) as cloud:
        who, text, spent = await reply(cloud, exchange)
        assert cloud.link == "up"

    assert (who, text) == ("hq", "The screws of the brake are tightened to 9.5 Nm.")
    assert (spent.reply_tokens, spent.told) == (12, True)
    assert server.bodies == [outgoing(endpoint(server.url)).as_request()]
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert server.headers[0]["idempotency-key"] == exchange.id
    assert exchange.ended == [("hq", "answered")]


def test_a_request_goes_only_to_the_endpoint_that_it_was_made_for(server: Answerer) -> None:
    async def ask() -> None:
        client = EndpointClient(endpoint(server.url, "spare"), SOON)
        await anext(client.stream(outgoing(endpoint(server.url, "hq")), "id"))

    with pytest.raises(ValueError, match="must not go to spare"):
        asyncio.run(ask())
    assert not server.bodies


ONCE = {
    "cut before anything": Fault(refused=True),
    "no HTTP": Fault(instead=b"SSH-2.0-OpenSSH_9.6\r\n"),
    "busy": Fault(instead=http("429 Too Many Requests", "text/plain", b"", "Retry-After: 0")),
    "a fault of the server": Fault(instead=http("500 Internal Server Error", "text/html", b"<h1>oops</h1>")),
    "a gateway's": Fault(instead=http("502 Bad Gateway", "text/html")),
    "silence before the first word": Fault(hang_after=0),
    "a header that drips": Fault(drip_s=0.05),
}


@pytest.mark.parametrize("fault", ONCE.values(), ids=ONCE)
async def test_what_fails_before_the_first_word_is_asked_again(server: Answerer, fault: Fault) -> None:
    exchange = Noting()
    async with before(server.url, fault) as proxy, cloud_of(endpoint(proxy.url)) as cloud:
        who, text, _ = await reply(cloud, exchange)

    assert (who, text) == ("hq", "The screws of the brake are tightened to 9.5 Nm.")
    assert exchange.sent == ["hq", "hq"]
    assert [how for _, how in exchange.ended][-1] == "answered"


WRONG = {
    "no JSON": (http("200 OK", body=b"data: {oops\n\n"), "no chat completion"),
    "JSON of another kind": (http("200 OK", body=b"data: [1]\n\n"), "no chat completion"),
    "an error in the stream": (http("200 OK", body=b'data: {"error": {"message": "x"}}\n\n'), "reported an error"),
    "nothing in the stream": (http("200 OK", body=b"data: [DONE]\n\n"), "sent no answer"),
    "a log-in page": (http("200 OK", "text/html", b"<html>Welcome</html>"), "does not stream"),
    "a redirect": (http("302 Found", "text/html", b"", "Location: http://127.0.0.1:1/"), "status 302"),
    "the key is refused": (http("401 Unauthorized", "text/plain", KEY.encode()), "refused the key"),
    "no such model": (http("404 Not Found"), "does not know the model"),
}


@pytest.mark.parametrize(("answer", "words"), WRONG.values(), ids=WRONG)
async def test_what_is_of_no_use_to_repeat_goes_to_the_next_endpoint(
    server: Answerer, answer: bytes, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    exchange = Noting()
    async with before(server.url, then=Fault(instead=answer)) as proxy:
        async with cloud_of(endpoint(proxy.url), endpoint(server.url, "spare")) as cloud:
            assert (await reply(cloud, exchange))[0] == "spare"
        async with cloud_of(endpoint(proxy.url)) as alone:
            with pytest.raises(EngineError, match=words) as told:
                await reply(alone, Noting())

    assert exchange.sent == ["hq", "spare"]
    assert told.value.remedy
    chain: BaseException | None = told.value
    while chain is not None:
        assert KEY not in f"{chain} {chain!r}"
        chain = chain.__cause__ or chain.__context__
    assert KEY not in caplog.text
    assert "brake" not in caplog.text


@pytest.mark.parametrize("fault", [Fault(cut_after=450), Fault(hang_after=450)], ids=["cut", "silent"])
async def test_a_link_that_dies_in_mid_answer_is_told_and_not_asked_again(server: Answerer, fault: Fault) -> None:
    exchange, words = Noting(), list[str]()

    async def listen(cloud: Cloud) -> None:
        async for piece in cloud.ask(exchange):
            words.append(getattr(piece, "text", ""))

    async with (
        before(server.url, then=fault) as proxy,
        cloud_of(endpoint(proxy.url), endpoint(server.url, "spare")) as cloud,
    ):
        with pytest.raises(BrokenOff, match="broke off"):
            await listen(cloud)

    text = "".join(words)
    assert "The screws of the brake are tightened to 9.5 Nm.".startswith(text)
    assert text
    assert exchange.sent == ["hq"]
    assert exchange.ended == [("hq", "broken off")]


async def test_bytes_that_are_no_words_keep_nobody_waiting(server: Answerer) -> None:
    alive = http("200 OK", body=b": still here\n\n" * 400)
    async with (
        before(server.url, then=Fault(instead=alive, drip_s=0.002)) as proxy,
        cloud_of(endpoint(proxy.url), patience=replace(AT_ONCE, attempts=1)) as cloud,
    ):
        with pytest.raises(Unreachable, match="in time"):
            await reply(cloud, Noting())


async def test_an_endless_line_does_not_fill_the_memory() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http("200 OK") + b"data: ")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            writer.close()

    listening = await asyncio.start_server(endless, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    async with cloud_of(endpoint(url), phases=replace(SOON, first_word_s=20.0)) as cloud:
        with pytest.raises(Rejected, match="more than an answer"):
            await reply(cloud, Noting())
    listening.close()


async def test_an_endpoint_that_asks_for_a_long_pause_is_passed_over_and_left_alone(server: Answerer) -> None:
    busy = Fault(instead=http("429 Too Many Requests", "text/plain", b"", "Retry-After: 120"))
    first, second = Noting(), Noting()
    async with (
        before(server.url, then=busy) as proxy,
        cloud_of(endpoint(proxy.url), endpoint(server.url, "spare")) as cloud,
    ):
        assert (await reply(cloud, first))[0] == "spare"
        assert (await reply(cloud, second))[0] == "spare"
        assert cloud.breaker("hq").state == "open"

    assert (first.sent, second.sent) == (["hq", "spare"], ["spare"])


async def test_an_endpoint_that_fails_again_and_again_is_not_asked_any_more() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    async with cloud_of(endpoint(url)) as cloud:
        for _ in range(3):
            with pytest.raises(NetworkError):
                await reply(cloud, Noting())
        last = Noting()
        with pytest.raises(NetworkError, match="a moment ago"):
            await reply(cloud, last)
        assert (last.sent, cloud.link) == ([], "down")


async def test_nobody_is_asked_what_may_not_go_there(server: Answerer) -> None:
    exchange = Noting(forbidden=("hq",))
    async with cloud_of(endpoint(server.url), endpoint(server.url, "spare")) as cloud:
        assert (await reply(cloud, exchange))[0] == "spare"
        with pytest.raises(NetworkError, match="may be asked"):
            await reply(cloud, Noting(forbidden=("hq", "spare")))

    assert len(server.bodies) == 1


async def test_what_stops_the_sending_keeps_every_byte_here(server: Answerer) -> None:
    class Stopped(Noting):
        async def sending(self, endpoint: Endpoint, outgoing: object) -> object:  # type: ignore[override]
            raise UsageError("The budget is spent.")

    async with cloud_of(endpoint(server.url)) as cloud:
        with pytest.raises(UsageError, match="spent"):
            await reply(cloud, Stopped())
        assert cloud.breaker("hq").state == "closed"

    assert not server.bodies


async def test_hedging_asks_the_next_endpoint_and_hangs_up_on_the_slow_one(server: Answerer) -> None:
    exchange = Noting()
    patience = replace(AT_ONCE, hedge_after_s=0.05)
    async with (
        before(server.url, then=Fault(latency_s=30.0)) as slow,
        cloud_of(
            endpoint(slow.url),
            endpoint(server.url, "spare"),
            patience=patience,
            phases=replace(SOON, first_word_s=30.0),
        ) as cloud,
    ):
        assert (await reply(cloud, exchange))[0] == "spare"

    assert exchange.sent == ["hq", "spare"]
    assert sorted(exchange.ended) == [("hq", "cancelled"), ("spare", "answered")]


async def test_without_hedging_nobody_is_asked_twice(server: Answerer) -> None:
    exchange = Noting()
    async with (
        before(server.url, then=Fault(latency_s=0.2)) as slow,
        cloud_of(endpoint(slow.url), endpoint(server.url, "spare")) as cloud,
    ):
        assert (await reply(cloud, exchange))[0] == "hq"

    assert exchange.sent == ["hq"]


async def test_closing_the_reply_hangs_up(server: Answerer) -> None:
    exchange = Noting()
    async with before(server.url, then=Fault(hang_after=450)) as proxy, cloud_of(endpoint(proxy.url)) as cloud:
        pieces = cloud.ask(exchange)
        await anext(pieces)
        await anext(pieces)
        await pieces.aclose()

        assert exchange.ended == [("hq", "cancelled")]
        assert cloud.breaker("hq").state == "closed"


async def test_the_check_finds_who_is_there(server: Answerer) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    async with cloud_of(endpoint(nobody), endpoint(server.url, "spare")) as cloud:
        assert cloud.link == "unknown"
        cloud.begin_check()
        assert await cloud.checked(20) == "up"
        exchange = Noting()
        await reply(cloud, exchange)
        assert exchange.sent == ["spare"], "who is known to be away is not asked first"
    async with cloud_of(endpoint(nobody)) as alone:
        alone.begin_check()
        assert await alone.checked(20) == "down"


async def test_a_silent_network_is_waited_for_no_longer_than_said(server: Answerer) -> None:
    silent = Fault(hang_after=0)
    async with before(server.url, then=silent, every=True) as proxy, cloud_of(endpoint(proxy.url)) as cloud:
        cloud.begin_check()
        assert await cloud.checked(0.01) == "unknown"


async def test_an_expired_certificate_is_not_accepted(tmp_path: Path) -> None:
    pem, private, _ = certificate(tmp_path, days=-1)
    with answering(Answerer(), served_with(pem, private)) as server:
        exchange = Noting()
        async with cloud_of(replace(endpoint(server.url), ca_file=pem)) as cloud:
            with pytest.raises(Untrusted, match="can't be trusted"):
                await reply(cloud, exchange)
    assert not server.bodies
    assert exchange.sent == ["hq"], "asking again would change nothing"


async def test_a_certificate_of_nobody_known_is_not_accepted(tmp_path: Path) -> None:
    pem, private, _ = certificate(tmp_path)
    with answering(Answerer(), served_with(pem, private)) as server:
        async with cloud_of(endpoint(server.url)) as cloud:
            with pytest.raises(Untrusted):
                await reply(cloud, Noting())
        async with cloud_of(replace(endpoint(server.url), ca_file=pem)) as cloud:
            assert (await reply(cloud, Noting()))[1]
    assert len(server.bodies) == 1


async def test_only_a_pinned_key_is_spoken_to(tmp_path: Path) -> None:
    pem, private, der = certificate(tmp_path)
    _, _, other = certificate(tmp_path, name="other")
    with answering(Answerer(), served_with(pem, private)) as server:
        pinned = replace(endpoint(server.url), ca_file=pem, pins=(pin_of(other),))
        async with cloud_of(pinned) as cloud:
            with pytest.raises(Untrusted):
                await reply(cloud, Noting())
            assert not await EndpointClient(pinned, SOON).healthy()
        assert not server.headers, "not even a header was sent"
        async with cloud_of(replace(pinned, pins=(pin_of(other), pin_of(der)))) as cloud:
            assert (await reply(cloud, Noting()))[1]


def test_certificates_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(UsageError, match="can't be used"):
        EndpointClient(replace(endpoint("https://127.0.0.1/v1"), ca_file=tmp_path / "ca.pem"), SOON)
    with pytest.raises(UsageError, match="no web address"):
        EndpointClient(endpoint("127.0.0.1:9000"), SOON)


NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("7", 7.0),
        ("-3", 0.0),
        ("99999999", 86_400.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
    ],
)
def test_a_pause_is_read_in_seconds_or_as_a_date(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


def test_keys_come_from_the_environment_or_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backend import KeyringBackend

    class InMemory(KeyringBackend):
        priority = 1  # type: ignore[assignment]

        def get_password(self, service: str, username: str) -> str | None:
            return KEY if (service, username) == ("edge-copilot", "hq") else None

        def set_password(self, service: str, username: str, password: str) -> None: ...

    monkeypatch.setenv("HQ_KEY", KEY)
    assert key_source("hq", "HQ_KEY", None)() == KEY
    assert key_source("hq", None, None)() is None
    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())
    try:
        assert key_source("hq", None, "hq")() == KEY
        with pytest.raises(UsageError, match="holds no key spare"):
            key_source("hq", None, "spare")()
    finally:
        keyring.set_keyring(before)


def test_a_key_that_is_missing_or_none_is_told_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="HQ_KEY, which is not set"):
        key_source("hq", "HQ_KEY", None)()
    monkeypatch.setenv("HQ_KEY", f"{KEY}\n")
    with pytest.raises(UsageError) as told:
        key_source("hq", "HQ_KEY", None)()
    assert KEY not in str(told.value)


async def test_a_missing_key_stops_at_this_endpoint_alone(server: Answerer) -> None:
    keyless = replace(endpoint(server.url), key=key_source("hq", "NOT_SET", None))
    async with cloud_of(keyless, endpoint(server.url, "spare")) as cloud:
        assert (await reply(cloud, Noting()))[0] == "spare"
    assert not await EndpointClient(keyless, SOON).healthy()


def test_an_endpoint_shows_no_key() -> None:
    assert KEY not in repr(endpoint("http://127.0.0.1/v1"))


def test_faults_are_errors_of_the_one_tree() -> None:
    for kind in (BrokenOff, Busy, Rejected, Unreachable, Untrusted):
        assert issubclass(kind, EdgeCopilotError)
    assert json.dumps([kind.exit_code for kind in (BrokenOff, Rejected)]) == "[6, 8]"
