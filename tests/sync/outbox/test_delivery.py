"""At least once, in order, patient; a bad item does not hold up the rest, and nothing goes to who is no hub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import NetworkError, SyncError, UsageError
from sync.outbox import Draft, Outbox, OutboxPolicy, Preparer
from sync.outbox.channel import Credentials, HttpChannel
from sync.outbox.delivery import Patience, due
from tests.sync.outbox.wiretap import Request, Said, Sleeper, Wiretap, delivery, tapped

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def shared_tap() -> Iterator[Wiretap]:
    with tapped() as tap:
        yield tap


@pytest.fixture
def tap(shared_tap: Wiretap) -> Wiretap:
    shared_tap.clear()
    return shared_tap


def notes(outbox: Outbox, count: int) -> list[str]:
    return [str(outbox.put(Draft("note", {"text": f"note {number}"})).id) for number in range(count)]


def run(outbox: Outbox, tap: Wiretap, policy: OutboxPolicy, **options):  # type: ignore[no-untyped-def]
    sender, channel = delivery(outbox, tap, Preparer(policy), **options)
    with channel:
        return sender.run()


def test_everything_goes_in_order_and_then_nothing_waits(outbox: Outbox, tap: Wiretap, policy: OutboxPolicy) -> None:
    ids = notes(outbox, 40)

    report = run(outbox, tap, policy, batch_bytes=2000)

    assert [one for request in tap.requests for one in request.ids] == ids
    assert len(tap.requests) == 3
    assert (report.delivered, list(outbox.items())) == (40, [])


def test_an_empty_outbox_asks_nobody(outbox: Outbox, tap: Wiretap, policy: OutboxPolicy) -> None:
    assert run(outbox, tap, policy).delivered == 0
    assert tap.requests == []


def test_an_answer_that_is_lost_makes_the_same_batch_go_again(
    outbox: Outbox, tap: Wiretap, policy: OutboxPolicy
) -> None:
    notes(outbox, 3)
    tap.answering += [lambda _: Said(cut=True)] * 2

    run(outbox, tap, policy)

    assert len({request.body for request in tap.requests}) == 1
    assert len(tap.requests) == 3


def test_what_the_hub_has_already_is_done_with(outbox: Outbox, tap: Wiretap, policy: OutboxPolicy) -> None:
    notes(outbox, 2)
    tap.answering.append(lambda request: Said(body={"accepted": [], "duplicates": request.ids}))

    report = run(outbox, tap, policy)

    assert (report.delivered, report.duplicates, list(outbox.items())) == (2, 2, [])


def test_what_is_not_taken_goes_again_before_what_comes_after_it(
    outbox: Outbox, tap: Wiretap, policy: OutboxPolicy
) -> None:
    ids = notes(outbox, 20)
    tap.answering += [lambda request: Said(body={"accepted": request.ids[:3]})] * 2

    run(outbox, tap, policy, batch_bytes=1500)

    assert tap.requests[1].ids == tap.requests[0].ids[3:]
    taken = tap.requests[0].ids[:3] + tap.requests[1].ids[:3] + [one for r in tap.requests[2:] for one in r.ids]
    assert taken == ids


def test_an_item_that_is_refused_is_set_aside_and_told(outbox: Outbox, tap: Wiretap, policy: OutboxPolicy) -> None:
    ids = notes(outbox, 3)
    tap.answering.append(
        lambda request: Said(body={"accepted": [ids[0], ids[2]], "refused": [{"id": ids[1], "reason": "no text"}]})
    )

    report = run(outbox, tap, policy)

    assert report.set_aside == {ids[1]: "no text"}
    assert [(item.id, item.state, item.reason) for item in outbox.items()] == [(ids[1], "set_aside", "no text")]
    assert run(outbox, tap, policy).delivered == 0


def test_a_poison_item_is_found_among_many(outbox: Outbox, tap: Wiretap, policy: OutboxPolicy) -> None:
    ids = notes(outbox, 16)
    poison = ids[11]

    def chokes(request: Request) -> Said:
        if poison in request.ids:
            return Said(422, {"title": "The batch can't be read", "status": 422, "detail": "choked"}, PROBLEM)
        return Said(body={"accepted": request.ids})

    tap.answering += [chokes] * 50

    report = run(outbox, tap, policy)

    assert report.set_aside == {poison: "choked"}
    assert report.delivered == 15
    arrived = [one for request in tap.requests if poison not in request.ids for one in request.ids]
    assert arrived == [one for one in ids if one != poison]


class TestBusy:
    def test_the_hubs_wish_to_wait_is_obeyed(self, outbox: Outbox, tap: Wiretap, policy: OutboxPolicy) -> None:
        notes(outbox, 1)
        tap.answering += [lambda _: Said(429, b"", headers={"Retry-After": "7"})]
        sleeper = Sleeper()

        run(outbox, tap, policy, sleep=sleeper)

        assert len(sleeper.slept_s) == 1
        assert 7 <= sleeper.slept_s[0] <= 8.7

    def test_a_time_instead_of_seconds_is_understood(self, outbox: Outbox, tap: Wiretap, policy: OutboxPolicy) -> None:
        notes(outbox, 1)
        channel = HttpChannel(tap.url, Credentials(), now=lambda: datetime(2026, 5, 1, 10, 0, 0, tzinfo=UTC))
        tap.answering += [lambda _: Said(503, b"", headers={"Retry-After": "Fri, 01 May 2026 10:00:30 GMT"})]

        with channel:
            assert channel.post("/v1/outbox", b"").retry_after_s == 30

    def test_a_long_wait_is_remembered_rather_than_slept(
        self, outbox: Outbox, tap: Wiretap, policy: OutboxPolicy
    ) -> None:
        notes(outbox, 1)
        now = datetime(2026, 5, 1, tzinfo=UTC)
        tap.answering += [lambda _: Said(503, b"", headers={"Retry-After": "3600"})]
        sleeper = Sleeper()

        with pytest.raises(NetworkError, match="busy"):
            run(outbox, tap, policy, sleep=sleeper, now=lambda: now)

        assert sleeper.slept_s == []
        assert not due(outbox, now + timedelta(minutes=59))
        assert due(outbox, now + timedelta(minutes=80))
        assert due(outbox, now - timedelta(days=400)), "a clock that was set back makes nobody wait for ever"

    def test_the_waits_grow_with_chance_and_end(self, outbox: Outbox, tap: Wiretap, policy: OutboxPolicy) -> None:
        notes(outbox, 1)
        tap.answering += [lambda _: Said(500, b"")] * 9
        sleeper = Sleeper()

        with pytest.raises(NetworkError, match="busy"):
            run(outbox, tap, policy, sleep=sleeper, patience=Patience(attempts=5, first_s=1, longest_s=3))

        assert sleeper.slept_s == [0.5, 1, 1.5, 1.5]
        assert outbox.health().waiting == 1

    def test_a_hub_that_takes_nothing_is_not_asked_for_ever(
        self, outbox: Outbox, tap: Wiretap, policy: OutboxPolicy
    ) -> None:
        notes(outbox, 1)
        tap.answering += [lambda _: Said(body={"accepted": []})] * 50

        with pytest.raises(NetworkError, match="takes nothing"):
            run(outbox, tap, policy)

        assert len(tap.requests) == 5


class TestNoHub:
    @pytest.mark.parametrize(
        ("said", "message"),
        [
            (Said(200, b"<html>log in</html>", "text/html"), "no hub"),
            (Said(200, b"<html>", "application/json"), "no hub"),
            (Said(200, {"welcome": 1}), "no hub"),
            (Said(302, b"", headers={"Location": "http://127.0.0.1:1/"}), "elsewhere"),
            (Said(404, b"", "text/html"), "no hub"),
            (Said(200, {"accepted": ["another"]}), "not sent"),
            (Said(200, b"x" * 5_000_000), "without end"),
        ],
        ids=["a log-in page", "one that lies", "other JSON", "a redirect", "not found", "other ids", "endless"],
    )
    def test_nothing_is_lost_to_who_is_no_hub(
        self, outbox: Outbox, tap: Wiretap, policy: OutboxPolicy, said: Said, message: str
    ) -> None:
        notes(outbox, 2)
        tap.answering += [lambda _: said] * 10

        with pytest.raises(NetworkError, match=message):
            run(outbox, tap, policy)

        assert outbox.health().waiting == 2

    @pytest.mark.parametrize("status", [401, 403, 409])
    def test_a_hub_that_does_not_know_the_device_says_so(
        self, outbox: Outbox, tap: Wiretap, policy: OutboxPolicy, status: int
    ) -> None:
        notes(outbox, 1)
        tap.answering.append(
            lambda _: Said(status, {"title": "no", "status": status, "detail": "Two devices"}, PROBLEM)
        )

        with pytest.raises(SyncError, match="Two devices"):
            run(outbox, tap, policy)

        assert outbox.health().waiting == 1
        assert len(tap.requests) == 1

    def test_nobody_listening_is_told(self, outbox: Outbox, policy: OutboxPolicy) -> None:
        notes(outbox, 1)

        with pytest.raises(NetworkError, match="can't be reached"):
            run(outbox, Wiretap("http://127.0.0.1:9"), policy)


class TestChannel:
    def test_a_token_does_not_travel_unencrypted(self) -> None:
        with pytest.raises(UsageError, match="not encrypted"):
            HttpChannel("http://hub.example.com", Credentials(token="x"))

    def test_a_password_in_the_address_is_refused(self) -> None:
        with pytest.raises(UsageError, match="password"):
            HttpChannel("https://me:word@hub.example.com", Credentials())

    def test_a_token_with_a_line_break_is_refused(self) -> None:
        with pytest.raises(UsageError, match="characters"):
            HttpChannel("https://hub.example.com", Credentials(token="a\nb"))

    def test_missing_certificates_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="certificates"):
            HttpChannel("https://hub.example.com", Credentials(authority=tmp_path / "none.pem"))

    def test_credentials_are_not_shown(self) -> None:
        assert "secret" not in repr(Credentials(token="secret"))


class Hub:
    """A hub that keeps each item once, on bad days: it answers nothing, part, or too late."""

    def __init__(self, days: list[str]) -> None:
        self.days = days
        self.had: list[str] = []

    def __call__(self, request: Request) -> Said:
        day = self.days.pop(0) if self.days else "good"
        if day == "busy":
            return Said(503, b"")
        if day == "cut before":
            return Said(cut=True)
        ids = request.ids if day != "part" else request.ids[: len(request.ids) // 2]
        new = [one for one in ids if one not in self.had]
        self.had += new
        if day == "cut after":
            return Said(cut=True)
        return Said(body={"accepted": new, "duplicates": [one for one in ids if one not in new]})


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 25),
    st.lists(st.sampled_from(["good", "busy", "cut before", "cut after", "part"]), max_size=30),
    st.integers(200, 2000),
)
def test_whatever_the_days_every_item_arrives_once_and_in_order(
    tap: Wiretap,
    tmp_path_factory: pytest.TempPathFactory,
    policy: OutboxPolicy,
    count: int,
    days: list[str],
    batch_bytes: int,
) -> None:
    hub = Hub(list(days))
    tap.clear()
    tap.answering += [hub] * 400
    with Outbox(tmp_path_factory.mktemp("outbox") / "outbox.db") as outbox:
        with outbox.writing():
            ids = notes(outbox, count)
        for _ in range(40):
            try:
                run(outbox, tap, policy, batch_bytes=batch_bytes)
                break
            except NetworkError:
                continue
        assert list(outbox.items()) == []

    assert hub.had == ids
