"""The receiver over a real connection: who gets in, what is refused, and how that is said."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard

from index.errors import NetworkError, SyncError, UsageError
from sync.outbox import Draft, Outbox, OutboxPolicy, Preparer
from sync.outbox.channel import Credentials, HttpChannel
from sync.outbox.delivery import Delivery
from sync.outbox.ids import new_id
from sync.outbox.wire import Item
from sync.receiver.app import Limits, create_app
from sync.receiver.serving import Address, server
from sync.receiver.storage import Device, Storage
from sync.receiver.tokens import token_hash
from tests.sync.receiver.authority import Authority
from tests.sync.receiver.people import ADMIN, NOW, ONE, OTHER, health, known, note, running

TOKEN = {"Authorization": "Bearer ecd_press-1"}


@pytest.fixture
def hub(sqlite: Storage) -> Iterator[httpx.Client]:
    known(sqlite, "press-1", "press-2")
    sqlite.add_device(Device("admin", "admin", created_at=NOW), token_hash(ADMIN))
    with (
        running(create_app(sqlite, Limits(body_bytes=100_000))) as url,
        httpx.Client(base_url=url, headers=TOKEN) as client,
    ):
        yield client


def batch(*items: Item | Any, instance: str = ONE) -> bytes:
    values = [json.loads(one.model_dump_json(exclude_defaults=True)) if isinstance(one, Item) else one for one in items]
    return json.dumps({"format": 1, "instance": instance, "items": values}).encode()


def problem(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["Content-Type"] == "application/problem+json"
    value = response.json()
    assert value["status"] == response.status_code
    return dict(value)


class TestOutbox:
    def test_takes_a_batch_and_knows_it_again(self, hub: httpx.Client, sqlite: Storage) -> None:
        items = [note(1), note(2)]
        ids = [one.id for one in items]

        first = hub.post("/v1/outbox", content=batch(*items)).json()
        second = hub.post("/v1/outbox", content=batch(*items)).json()

        assert (first["accepted"], second["accepted"], second["duplicates"]) == (ids, [], ids)
        assert [one.item for one in sqlite.items("press-1")] == items

    def test_takes_it_packed(self, hub: httpx.Client) -> None:
        body = zstandard.ZstdCompressor().compress(batch(note(1)))

        assert hub.post("/v1/outbox", content=body, headers={"Content-Encoding": "zstd"}).json()["accepted"]

    def test_refuses_one_bad_item_and_takes_the_rest(self, hub: httpx.Client) -> None:
        good, bad = note(1), {"id": new_id(), "seq": 2, "kind": "gossip", "created_at": "2026-05-01", "fields": {}}

        reply = hub.post("/v1/outbox", content=batch(good, bad)).json()

        assert reply["accepted"] == [good.id]
        assert reply["refused"][0]["id"] == bad["id"]
        assert "kind" in reply["refused"][0]["reason"]

    @pytest.mark.parametrize(
        "fields",
        [
            b'{"a": %s}' % (b"9" * 5000),
            b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}",
            b'{"a": "\\ud800"}',
            b'{"A B": 1}',
        ],
        ids=["a number without end", "nested without end", "half a character", "a field's name"],
    )
    def test_what_can_not_be_kept_is_refused_for_good(self, hub: httpx.Client, sqlite: Storage, fields: bytes) -> None:
        body = batch(bad := note(1)).replace(b'{"text": "hums"}', fields)
        assert fields in body

        answer = hub.post("/v1/outbox", content=body)

        assert answer.status_code == 422 or [one["id"] for one in answer.json()["refused"]] == [bad.id], answer.text
        assert sqlite.items() == []

    def test_a_nul_is_kept(self, hub: httpx.Client, sqlite: Storage) -> None:
        assert hub.post("/v1/outbox", content=batch(note(1, "a\x00b"))).json()["accepted"]
        assert [one.item.fields["text"] for one in sqlite.items()] == ["a\x00b"]

    def test_refuses_a_health_report_that_is_none(self, hub: httpx.Client) -> None:
        bad = json.loads(health(1).model_dump_json()) | {"fields": {"collections": "many"}}

        assert hub.post("/v1/outbox", content=batch(bad)).json()["refused"][0]["id"] == bad["id"]

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"[]",
            b"\xff",
            b'{"format":2,"instance":"%s","items":[]}' % ONE.encode(),
            batch(3),
            batch({"id": 3}),
        ],
        ids=["nothing", "no batch", "a list", "no text", "a newer format", "no item", "no id"],
    )
    def test_refuses_what_is_no_batch(self, hub: httpx.Client, body: bytes) -> None:
        assert problem(hub.post("/v1/outbox", content=body))["title"] == "The batch can't be read"

    def test_refuses_a_second_installation_in_clear_words(self, hub: httpx.Client, sqlite: Storage) -> None:
        hub.post("/v1/outbox", content=batch(note(1)))

        said = problem(hub.post("/v1/outbox", content=batch(note(1), instance=OTHER)))

        assert said["status"] == 409
        assert "Two devices use this identity (press-1)" in said["detail"]
        assert "hub devices add" in said["detail"]
        assert [one.name for one in sqlite.devices() if one.rival_at] == ["press-1"]


class TestSize:
    def test_a_body_that_says_it_is_too_large_is_not_read(self, hub: httpx.Client) -> None:
        assert problem(hub.post("/v1/outbox", content=b"x" * 100_001))["status"] == 413

    def test_nor_is_one_that_does_not_say(self, hub: httpx.Client) -> None:
        def pieces() -> Iterator[bytes]:
            for _ in range(200):
                yield b"x" * 1000

        assert problem(hub.post("/v1/outbox", content=pieces()))["status"] == 413

    def test_a_bomb_is_not_unpacked(self, hub: httpx.Client) -> None:
        bomb = zstandard.ZstdCompressor().compress(b"\0" * 50_000_000)

        said = problem(hub.post("/v1/outbox", content=bomb, headers={"Content-Encoding": "zstd"}))

        assert said["status"] == 413
        assert "50.0 MB" in said["detail"]

    def test_a_bomb_that_lies_about_its_size_is_not_unpacked(self, hub: httpx.Client) -> None:
        bomb = bytearray(zstandard.ZstdCompressor().compress(b"\0" * 50_000_000))
        size = struct.pack("<I", 50_000_000)
        assert bomb.count(size) == 1
        lying = bytes(bomb).replace(size, struct.pack("<I", 5000))

        assert problem(hub.post("/v1/outbox", content=lying, headers={"Content-Encoding": "zstd"}))["status"] == 400

    @pytest.mark.parametrize(("encoding", "status"), [("zstd", 400), ("gzip", 415)])
    def test_a_damaged_or_unknown_packing_is_told(self, hub: httpx.Client, encoding: str, status: int) -> None:
        said = problem(hub.post("/v1/outbox", content=b"rubbish", headers={"Content-Encoding": encoding}))

        assert said["status"] == status


class TestIdentity:
    @pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic eDp5", "Bearer", "Bearer ecd_press-1 more"])
    def test_nobody_unknown_gets_in(self, hub: httpx.Client, header: str | None) -> None:
        response = httpx.post(f"{hub.base_url}/v1/outbox", headers={"Authorization": header} if header else {})

        assert problem(response)["status"] == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"

    def test_a_revoked_device_gets_in_no_more(self, hub: httpx.Client, sqlite: Storage) -> None:
        sqlite.revoke("press-1", NOW)

        assert problem(hub.post("/v1/outbox", content=batch(note(1))))["status"] == 401

    def test_status_is_for_the_admin_alone(self, hub: httpx.Client) -> None:
        hub.post("/v1/outbox", content=batch(note(1)))

        assert problem(hub.get("/v1/status"))["status"] == 403
        said = hub.get("/v1/status", headers={"Authorization": f"Bearer {ADMIN}"}).json()
        assert said == {"devices": 2, "revoked": 0, "rivals": [], "items": {"note": 1}}

    def test_there_is_nothing_else(self, hub: httpx.Client) -> None:
        for path in ("/", "/docs", "/openapi.json", "/v1/other"):
            assert problem(hub.get(path))["status"] == 404
        assert problem(hub.get("/v1/outbox"))["status"] == 405

    def test_who_asks_too_often_is_told_when_to_come_back(self, sqlite: Storage) -> None:
        known(sqlite, "press-1", "press-2")
        app = create_app(sqlite, Limits(requests_per_minute=1, burst=2))
        with running(app) as url, httpx.Client(base_url=url) as client:
            answers = [client.post("/v1/outbox", content=batch(note(n)), headers=TOKEN) for n in range(1, 4)]
            other = client.post("/v1/outbox", content=batch(note(1)), headers={"Authorization": "Bearer ecd_press-2"})

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
        assert other.status_code == 200, "another device is not held up"

    def test_who_guesses_is_slowed_down(self, hub: httpx.Client) -> None:
        statuses = [hub.post("/v1/outbox", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(12)]

        assert statuses == [401] * 10 + [429] * 2
        assert hub.post("/v1/outbox", content=batch(note(1))).status_code == 200, "who is known still gets in"


class TestHealth:
    def test_a_report_is_kept_once(self, hub: httpx.Client, sqlite: Storage) -> None:
        report = {"versions": {"edge-copilot": "0.1.0"}, "collections": [{"collection": "a", "generation": 2}]}
        body = {"format": 1, "instance": ONE, "id": new_id(), "report": report}

        assert hub.post("/v1/health", json=body).json() == {"new": True}
        assert hub.post("/v1/health", json=body).json() == {"new": False}
        assert [one.generation for one in sqlite.observations("a")] == [2]

    def test_rubbish_is_refused(self, hub: httpx.Client) -> None:
        assert problem(hub.post("/v1/health", json={"report": {}}))["status"] == 422


class TestWithAnOutbox:
    def test_notes_arrive_once_and_in_order(self, storage: Storage, outbox: Outbox, policy: OutboxPolicy) -> None:
        known(storage, "press-1")
        for number in range(120):
            outbox.put(Draft("note", {"text": f"note {number}"}))
        with running(create_app(storage)) as url, HttpChannel(url, Credentials("ecd_press-1")) as channel:
            report = Delivery(outbox, channel, Preparer(policy), batch_bytes=3000).run()

        assert (report.delivered, list(outbox.items())) == (120, [])
        assert [one.item.fields["text"] for one in storage.items()] == [f"note {number}" for number in range(120)]

    def test_a_certificate_is_as_good_as_a_token(
        self, sqlite: Storage, outbox: Outbox, policy: OutboxPolicy, tmp_path: Path
    ) -> None:
        authority, stranger = Authority(tmp_path / "ca"), Authority(tmp_path / "other")
        sqlite.add_device(Device("press-1", subject="press-1.plant", created_at=NOW), None)
        certificate, key = authority.issue("hub")
        address = Address(port=0, certificate=certificate, key=key, client_authority=authority.file)
        outbox.put(Draft("note", {"text": "hums"}))

        with running(create_app(sqlite), address) as url:
            with pytest.raises(SyncError, match="does not know"):
                deliver(outbox, policy, url, Credentials(authority=authority.file))
            with pytest.raises(SyncError, match="does not know"):
                deliver(outbox, policy, url, Credentials(None, *authority.issue("press-9.plant"), authority.file))
            with pytest.raises(NetworkError, match="can't be reached"):
                deliver(outbox, policy, url, Credentials(None, *stranger.issue("press-1.plant"), authority.file))
            deliver(outbox, policy, url, Credentials(None, *authority.issue("press-1.plant"), authority.file))

        assert [one.device for one in sqlite.items()] == ["press-1"]

    def test_a_hub_with_a_strange_certificate_gets_nothing(
        self, sqlite: Storage, outbox: Outbox, policy: OutboxPolicy, tmp_path: Path
    ) -> None:
        certificate, key = Authority(tmp_path / "ca").issue("hub")
        outbox.put(Draft("note", {"text": "hums"}))

        serving = running(create_app(sqlite), Address(port=0, certificate=certificate, key=key))
        with serving as url, pytest.raises(NetworkError, match=r"can't be reached.*certificate"):
            deliver(outbox, policy, url, Credentials("ecd_press-1"))


def deliver(outbox: Outbox, policy: OutboxPolicy, url: str, credentials: Credentials) -> None:
    with HttpChannel(url, credentials) as channel:
        Delivery(outbox, channel, Preparer(policy), sleep=lambda _: None).run()


class TestServing:
    def test_no_token_travels_unencrypted_between_machines(self, sqlite: Storage) -> None:
        with pytest.raises(UsageError, match="Without TLS"):
            server(create_app(sqlite), Address("0.0.0.0"))
        server(create_app(sqlite), Address("0.0.0.0", behind_proxy=True))

    def test_missing_certificates_are_told(self, sqlite: Storage, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="can't be used"):
            server(create_app(sqlite), Address(certificate=tmp_path / "a", key=tmp_path / "b"))

    def test_client_certificates_need_tls(self, sqlite: Storage, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="need TLS"):
            server(create_app(sqlite), Address(client_authority=tmp_path / "a"))
