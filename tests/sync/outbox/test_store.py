"""What is put into the outbox is there until it is delivered; notes always, the rest while there is room."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import AccessLabel
from index.errors import ReadOnlyData, StoreCorrupt, StoreTooNew, UsageError, WrongKey
from sync.outbox import Draft, File, Outbox
from sync.outbox.counting import count, counted, put_with_counts
from sync.outbox.store import MAX_ATTACHMENT_BYTES
from sync.outbox.wire import KINDS


def note(text: str = "the coil hums") -> Draft:
    return Draft("note", {"text": text})


def test_nothing_is_created_by_looking(outbox: Outbox) -> None:
    assert list(outbox.items()) == []
    assert outbox.health().waiting == 0
    assert outbox.remove(["anything"]) == 0
    assert not outbox.path.exists()


def test_an_item_comes_back_as_it_was_put(outbox: Outbox) -> None:
    draft = Draft(
        "note",
        {"text": "Zähler steht\n\x00 auf ½", "page": 3, "deep": [{"a": None}]},
        frozenset({AccessLabel.INTERNAL}),
        {"text": frozenset({AccessLabel.RESTRICTED})},
        File("plate.jpg", "image/jpeg", b"\x00\xff" * 100),
    )
    receipt = outbox.put(draft)

    (kept,) = outbox.items()

    assert (kept.id, kept.seq, kept.draft, kept.state) == (receipt.id, 1, draft, "waiting")


def test_numbers_go_on_after_a_delivery_and_are_never_given_twice(outbox: Outbox, tmp_path: Path) -> None:
    first = outbox.put(note())
    outbox.remove([str(first.id)])
    outbox.close()

    with Outbox(tmp_path / "outbox.db", "a key") as again:
        assert again.put(note()).seq == 2


def test_ids_are_unique_and_sort_by_time(outbox: Outbox) -> None:
    ids = [str(outbox.put(note(str(number))).id) for number in range(50)]

    assert len(set(ids)) == 50
    assert [one[:13] for one in ids] == sorted(one[:13] for one in ids)


def test_a_clock_in_1970_or_before_keeps_the_note(tmp_path: Path) -> None:
    for number, now in enumerate((datetime(1970, 1, 1, tzinfo=UTC), datetime(1920, 5, 5, tzinfo=UTC))):
        with Outbox(tmp_path / f"{number}.db", now=lambda now=now: now) as outbox:  # type: ignore[misc]
            outbox.put(note())
            assert [one.created_at for one in outbox.items()] == [now]


def test_the_instance_stays_and_differs_between_outboxes(tmp_path: Path) -> None:
    with Outbox(tmp_path / "a.db") as one, Outbox(tmp_path / "b.db") as other:
        instance = one.instance()
        assert instance != other.instance()
        one.close()
        assert one.instance() == instance


def test_pages_of_items_come_in_order(outbox: Outbox) -> None:
    with outbox.writing():
        for number in range(200):
            outbox.put(note(str(number)))

    assert [item.draft.fields["text"] for item in outbox.items()] == [str(number) for number in range(200)]
    assert [item.seq for item in outbox.items(after=190)] == list(range(191, 201))


def test_what_is_set_aside_waits_no_longer_until_it_is_tried_again(outbox: Outbox) -> None:
    receipt = outbox.put(note())

    outbox.set_aside({str(receipt.id): "unreadable"})

    assert list(outbox.items(waiting_only=True)) == []
    assert [(item.state, item.reason) for item in outbox.items()] == [("set_aside", "unreadable")]
    assert (outbox.health().waiting, outbox.health().set_aside) == (0, 1)
    assert outbox.retry() == 1
    assert outbox.health().waiting == 1


class TestRoom:
    def test_telemetry_goes_first_then_health_then_questions_and_feedback_never_notes(self, tmp_path: Path) -> None:
        with Outbox(tmp_path / "outbox.db", max_bytes=10_000) as outbox:
            for kind in ("note", "question", "health", "telemetry", "feedback"):
                for _ in range(2):
                    outbox.put(Draft(kind, {"text": "x" * 700}))  # type: ignore[arg-type]
            left = []
            while True:
                left.append("".join(item.draft.kind[0] for item in outbox.items()))
                if left[-1].count("n") == 20:
                    break
                outbox.put(note("x" * 700))

        gone = ["nnqqhhttff", "nnqqhhtffn", "nnqqhhffnn", "nnqqhffnnn", "nnqqffnnnn"]
        gone += ["nnqffnnnnn", "nnffnnnnnn", "nnfnnnnnnn", "nnnnnnnnnn", "nnnnnnnnnnn"]
        assert left[: len(gone)] == gone
        assert set(left[-1]) == {"n"}

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 2000)), max_size=40))
    def test_whatever_is_put_no_note_is_lost_and_the_rest_fits(
        self, tmp_path_factory: pytest.TempPathFactory, puts: list[tuple[str, int]]
    ) -> None:
        with Outbox(tmp_path_factory.mktemp("outbox") / "outbox.db", max_bytes=8000) as outbox:
            dropped = 0
            for kind, size in puts:
                receipt = outbox.put(Draft(kind, {"text": "x" * size}))  # type: ignore[arg-type]
                dropped += sum(receipt.dropped.values()) + (receipt.id is None)
            kept = list(outbox.items())
            health = outbox.health()

        assert sum(kind == "note" for kind, _ in puts) == sum(item.draft.kind == "note" for item in kept)
        assert sum(item.bytes for item in kept) <= 8000 or {item.draft.kind for item in kept} == {"note"}
        assert len(kept) + dropped == len(puts)
        assert health.dropped == dropped

    def test_what_would_go_at_once_is_not_kept_and_told(self, tmp_path: Path) -> None:
        with Outbox(tmp_path / "outbox.db", max_bytes=1000) as outbox:
            outbox.put(note("x" * 2000))
            receipt = outbox.put(Draft("telemetry", {"counters": {}}))

            assert receipt.id is None
            assert "full" in receipt.notice
            assert [item.draft.kind for item in outbox.items()] == ["note"]

    def test_a_text_of_50_mb_is_refused_in_clear_words(self, outbox: Outbox) -> None:
        with pytest.raises(UsageError, match=r"50\.0 MB, and at most 1\.0 MB"):
            outbox.put(note("x" * 50_000_000))
        assert list(outbox.items()) == []

    def test_an_attachment_of_50_mb_is_told_and_the_text_is_kept(self, outbox: Outbox) -> None:
        receipt = outbox.put(
            Draft("note", {"text": "see the plate"}, attachment=File("p.jpg", "image/jpeg", b"x" * 50_000_000))
        )

        (kept,) = outbox.items()
        assert "too large (50.0 MB" in receipt.notice
        assert (kept.draft.fields, kept.draft.attachment) == ({"text": "see the plate"}, None)

    def test_the_largest_attachment_is_kept(self, outbox: Outbox) -> None:
        content = os.urandom(MAX_ATTACHMENT_BYTES)
        outbox.put(Draft("note", {"text": "all"}, attachment=File("p.jpg", "image/jpeg", content)))

        (kept,) = outbox.items()
        assert kept.draft.attachment is not None
        assert kept.draft.attachment.content == content

    def test_what_is_no_json_is_refused(self, outbox: Outbox) -> None:
        with pytest.raises(UsageError, match="JSON"):
            outbox.put(Draft("note", {"text": float("nan")}))


class TestMisfortune:
    def test_another_key_opens_nothing(self, outbox: Outbox) -> None:
        outbox.put(note())
        outbox.close()

        with pytest.raises(StoreCorrupt, match="another key"):
            Outbox(outbox.path, "another").health()
        with pytest.raises(WrongKey, match="encrypted"):
            Outbox(outbox.path).health()

    def test_a_plain_outbox_is_not_opened_with_a_key(self, tmp_path: Path) -> None:
        with Outbox(tmp_path / "outbox.db") as plain:
            plain.put(note())

        with pytest.raises(WrongKey, match="not encrypted"):
            Outbox(tmp_path / "outbox.db", "a key").put(note())

    def test_no_text_lies_readable_on_the_disk(self, outbox: Outbox) -> None:
        outbox.put(note("SECRETWORD " * 50))

        for file in outbox.path.parent.iterdir():
            assert b"SECRETWORD" not in file.read_bytes()

    def test_a_damaged_file_is_named(self, outbox: Outbox) -> None:
        outbox.put(note())
        outbox.close()
        outbox.path.write_bytes(b"rubbish" * 1000)

        with pytest.raises(StoreCorrupt, match="damaged"):
            outbox.put(note())

    def test_a_newer_outbox_is_left_alone(self, outbox: Outbox) -> None:
        with outbox.writing() as connection:
            connection.execute("CREATE TABLE other (a)")
        with outbox.writing():
            pass
        outbox._connection.pragma("user_version", 99)  # type: ignore[union-attr]
        outbox.close()

        with pytest.raises(StoreTooNew, match="newer"):
            outbox.put(note())

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_may_only_be_read_can_be_looked_at(self, outbox: Outbox) -> None:
        outbox.put(note())
        outbox.close()
        outbox.path.parent.chmod(0o555)
        outbox.path.chmod(0o444)
        try:
            assert outbox.health().waiting == 1
            with pytest.raises(ReadOnlyData, match="only be read"):
                outbox.put(note())
        finally:
            outbox.path.parent.chmod(0o755)

    def test_a_full_disk_is_told_and_loses_nothing(self, tmp_path: Path) -> None:
        code = """
import resource, signal, sys
from pathlib import Path
from index.errors import DiskFull
from sync.outbox import Draft, Outbox
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
outbox = Outbox(Path(sys.argv[1]), "a key")
kept = 0
outbox.put(Draft("note", {"text": "first"}))
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    while True:
        outbox.put(Draft("note", {"text": "x" * 20_000}))
        kept += 1
except DiskFull as error:
    print(kept, error.message)
"""
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "outbox.db")], capture_output=True, text=True, check=True
        )
        kept, _, message = done.stdout.partition(" ")

        assert "disk is full" in message
        with Outbox(tmp_path / "outbox.db", "a key") as outbox:
            assert len(list(outbox.items())) == int(kept) + 1

    def test_killed_right_after_a_put_the_note_is_there(self, tmp_path: Path) -> None:
        code = """
import os, signal, sys
from pathlib import Path
from sync.outbox import Draft, Outbox
Outbox(Path(sys.argv[1]), "a key").put(Draft("note", {"text": "kept"}))
os.kill(os.getpid(), signal.SIGKILL)
"""
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "outbox.db")], check=False)

        assert done.returncode == -signal.SIGKILL
        with Outbox(tmp_path / "outbox.db", "a key") as outbox:
            assert [item.draft.fields["text"] for item in outbox.items()] == ["kept"]

    def test_every_commit_waits_for_the_disk(self, outbox: Outbox) -> None:
        outbox.put(note())

        assert outbox.read("PRAGMA synchronous") == [
            (2,)
        ]  # FULL: https://www.sqlite.org/pragma.html#pragma_synchronous


class TestCounters:
    def test_they_add_up_until_a_report_carries_them(self, outbox: Outbox) -> None:
        count(outbox, {("presses", 3, "answers"): 1})
        count(outbox, {("presses", 3, "answers"): 2, ("presses", 3, "errors"): 1})

        receipt = put_with_counts(outbox, lambda counts: Draft("health", {"counters": {"all": sum(counts.values())}}))

        assert [item.draft.fields for item in outbox.items()] == [{"counters": {"all": 4}}]
        assert counted(outbox) == {}
        assert receipt.id is not None

    def test_they_stay_where_the_report_found_no_room(self, tmp_path: Path) -> None:
        with Outbox(tmp_path / "outbox.db", max_bytes=10) as outbox:
            count(outbox, {("presses", 3, "answers"): 5})
            put_with_counts(outbox, lambda counts: Draft("health", {}))

            assert counted(outbox) == {("presses", 3, "answers"): 5}

    def test_they_stay_where_the_report_fails(self, outbox: Outbox) -> None:
        count(outbox, {("presses", 3, "answers"): 5})

        with pytest.raises(UsageError):
            put_with_counts(outbox, lambda counts: Draft("health", {"text": "x" * 2_000_000}))

        assert counted(outbox) == {("presses", 3, "answers"): 5}
