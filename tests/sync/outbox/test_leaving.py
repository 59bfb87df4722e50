"""Not one byte of what is restricted or personal goes over the wire: a real socket is watched."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import AccessLabel
from index.errors import EdgeCopilotError
from sync.outbox import Draft, File, Outbox, OutboxPolicy, Preparer
from sync.outbox.batching import batches
from sync.outbox.wire import KINDS
from tests.sync.outbox.personal_data import cards, ibans, mails, phones
from tests.sync.outbox.wiretap import TOKEN, Said, Wiretap, delivery, takes_all, tapped

RESTRICTED = frozenset({AccessLabel.RESTRICTED})
OPEN = st.sampled_from([frozenset(), frozenset({AccessLabel.INTERNAL}), frozenset({AccessLabel.PUBLIC})])
FIELDS = ("text", "question", "answer", "comment", "machine", "reason", "counters", "versions", "author", "collections")
BAD_DAYS = [
    lambda _: Said(503, b"", headers={"Retry-After": "1"}),
    lambda _: Said(429, b""),
    lambda _: Said(cut=True),
    lambda request: Said(body={"accepted": request.ids[:1]}),
    lambda request: Said(body={"accepted": [], "refused": [{"id": request.ids[0], "reason": "no"}]}),
    lambda _: Said(422, {"title": "no", "status": 422}, "application/problem+json"),
]


@pytest.fixture(scope="module")
def tap() -> Iterator[Wiretap]:
    with tapped() as tap:
        yield tap


# What must not leave is marked by words that stand nowhere else.
secret_text = st.builds("SECRET{:06d}".format, st.integers(0, 999_999))
plain_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
personal = mails() | phones() | ibans() | cards() | st.just("Ada Quimby")


@st.composite
def drafts(draw: st.DrawFn) -> tuple[Draft, list[str]]:
    """An item, and what of it must not leave."""
    kind = draw(st.sampled_from(KINDS))
    names = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=5, unique=True))
    whole = draw(st.booleans())
    fields, labels, secrets = {}, {}, []
    for name in names:
        text = draw(plain_text)
        if whole or draw(st.booleans()):
            secret = draw(secret_text)
            secrets.append(secret)
            text = f"{text} {secret}"
            labels[name] = frozenset() if whole else RESTRICTED
        else:
            person = draw(personal)
            secrets.append(person)
            text = f"{text} {person} {draw(plain_text)}"
            labels[name] = draw(OPEN)
        fields[name] = draw(st.sampled_from([text, [text], {"a": [text]}, {text: 1}]))
    file = None
    if kind == "note" and draw(st.booleans()):
        secrets.append(file_secret := draw(secret_text))
        file = File(f"{file_secret}.jpg", "image/jpeg", file_secret.encode() * 3)
    return Draft(kind, fields, RESTRICTED if whole else draw(OPEN), labels, file), secrets  # type: ignore[arg-type]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(drafts(), min_size=1, max_size=6),
    st.sampled_from(["hold", "strip"]),
    st.lists(st.sampled_from(BAD_DAYS), max_size=4),
)
def test_not_one_byte_of_what_is_secret_goes_out(
    tap: Wiretap,
    tmp_path_factory: pytest.TempPathFactory,
    caplog: pytest.LogCaptureFixture,
    items: list[tuple[Draft, list[str]]],
    restricted: str,
    bad_days: list,  # type: ignore[type-arg]
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    tap.clear()
    tap.answering += bad_days
    policy = policy_with_names(tmp_path_factory.mktemp("policy"), restricted)
    with Outbox(tmp_path_factory.mktemp("outbox") / "outbox.db", "a key") as outbox:
        for draft, _ in items:
            outbox.put(draft)
        sender, channel = delivery(outbox, tap, Preparer(policy))
        with channel:
            try:
                sender.run()
            except EdgeCopilotError as error:
                caplog.records.append(logging.makeLogRecord({"msg": str(error)}))

    leaving = tap.unpacked()
    told = "\n".join(record.getMessage() for record in caplog.records)
    for secret in {secret for _, secrets in items for secret in secrets}:
        assert secret.encode() not in leaving
        assert secret not in told
    assert TOKEN not in told


def policy_with_names(folder: Path, restricted: str) -> OutboxPolicy:
    (folder / "names.txt").write_text("Ada Quimby\n")
    policy = OutboxPolicy.load(None)
    redact = policy.redact.model_copy(update={"names_file": folder / "names.txt"})
    return policy.model_copy(update={"restricted": restricted, "redact": redact})


def test_what_is_previewed_is_what_leaves_byte_for_byte(tap: Wiretap, outbox: Outbox, policy: OutboxPolicy) -> None:
    tap.clear()
    for number in range(30):
        outbox.put(Draft("note", {"text": f"note {number}, ask a@b.de"}))
    outbox.put(Draft("telemetry", {"counters": {"a": 1}}))
    shown = [
        batch.body
        for batch in batches(
            outbox.items(waiting_only=True), Preparer(policy).prepare, outbox.instance(), aim_bytes=1500
        )
        if batch.ids
    ]

    tap.answering += [takes_all] * 20
    sender, channel = delivery(outbox, tap, Preparer(policy), batch_bytes=1500)
    with channel:
        sender.run()

    assert len(shown) > 2
    assert [request.unpacked for request in tap.requests] == shown


def test_the_headers_say_only_what_is_needed(tap: Wiretap, outbox: Outbox, policy: OutboxPolicy) -> None:
    tap.clear()
    outbox.put(Draft("note", {"text": "hums"}))
    sender, channel = delivery(outbox, tap, Preparer(policy))
    with channel:
        sender.run()

    (request,) = tap.requests
    assert set(request.headers) == {
        "host", "accept", "accept-encoding", "connection", "user-agent", "content-type", "content-encoding",
        "content-length", "authorization",
    }  # fmt: skip
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["user-agent"] == "edge-copilot"
