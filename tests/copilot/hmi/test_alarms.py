"""Alarms: from limits, codes and rules; standing, ending, kept over a restart."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.hmi.alarms import AlarmBook, Condition, Happening, Journal, Occurrence, Rules
from copilot.hmi.alarms.conditions import code_in, note_condition, severity_of
from copilot.hmi.board import Board
from copilot.hmi.history import Minute
from copilot.hmi.registry import Registry, read_registry
from copilot.hmi.values import Reading
from index.documents import AccessLabel
from index.errors import StoreCorrupt

SIGNALS = """
[[source]]
name = "plc"
kind = "opcua"
url = "opc.tcp://127.0.0.1:4840/"

[[signal]]
name = "dc"
title = "DC bus"
source = "plc"
node = "i=1"
unit = "V"
low = 430
high = 800

[[signal]]
name = "slow"
source = "plc"
node = "i=2"
high = 65
delay_s = 5

[[signal]]
name = "fault"
source = "plc"
node = "i=3"
codes = "F{:04d}"

[[signal]]
name = "word"
source = "plc"
node = "i=4"

[[alarm]]
code = "F0026"
title = "Oil level low"
signal = "word"
bit = 3

[[alarm]]
title = "Wrong recipe"
signal = "word"
equals = "carton"

[[code]]
code = "F0012"
title = "Brake does not release"
severity = "high"
component = "BR-120"
"""


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    file = tmp_path / "signals.toml"
    file.write_text(SIGNALS, encoding="utf-8")
    return read_registry(file)


@pytest.fixture
def book() -> AlarmBook:
    numbers = itertools.count(1)
    return AlarmBook(lambda: 0.0, lambda: f"a{next(numbers)}")


Feed = Callable[..., list[str]]


@pytest.fixture
def feed(registry: Registry, book: AlarmBook) -> Feed:
    """Lets the rules see a value, and says what stands then."""
    rules = Rules(registry, book)

    def take(name: str, value: object, at: float = 1.0, quality: str = "good", tick: float | None = None) -> list[str]:
        rules.look_at([Reading(name, value, at, quality)])
        if tick is not None:
            rules.tick(tick)
        return sorted(alarm.code or alarm.title for alarm in book.standing())

    return take


def test_a_limit_alarm_does_not_chatter_at_its_limit(feed: Feed) -> None:
    assert feed("dc", 800.0) == []
    assert feed("dc", 800.5) == ["DC bus above 800 V"]
    assert feed("dc", 799.0) == ["DC bus above 800 V"]
    assert feed("dc", 790.0) == []
    assert feed("dc", 429.0) == ["DC bus below 430 V"]


def test_a_bad_value_ends_no_alarm_and_begins_none(feed: Feed) -> None:
    assert feed("dc", 900.0, quality="bad") == []
    feed("dc", 900.0)
    assert feed("dc", 640.0, quality="bad") == ["DC bus above 800 V"]
    assert feed("dc", None) == ["DC bus above 800 V"]


def test_a_delayed_limit_alarm_waits_and_needs_no_further_value(feed: Feed, book: AlarmBook) -> None:
    assert feed("slow", 70.0, at=100.0, tick=104.0) == []
    assert feed("slow", 71.0, at=104.5, tick=105.5) == ["slow above 65"]
    assert book.standing()[0].began_s == 100.0
    feed("slow", 20.0, at=106.0)
    assert feed("slow", 70.0, at=110.0, tick=111.0) == []
    assert feed("slow", 60.0, at=112.0, tick=130.0) == []


def test_a_fault_word_is_one_alarm_a_code(feed: Feed, book: AlarmBook) -> None:
    assert feed("fault", 12) == ["F0012"]
    alarm = book.standing()[0]
    assert (alarm.title, alarm.severity, alarm.component) == ("Brake does not release", "high", "BR-120")
    assert feed("fault", 13.0) == ["F0013"]
    assert feed("fault", 13.5) == []
    assert feed("fault", 12) == ["F0012"]
    assert feed("fault", 0) == []


def test_rules_look_at_bits_and_words(feed: Feed) -> None:
    assert feed("word", 0b1000) == ["F0026"]
    assert feed("word", 0b0111) == []
    assert feed("word", "carton") == ["Wrong recipe"]
    assert feed("word", True) == []


@given(st.lists(st.one_of(st.floats(), st.integers(), st.booleans(), st.text(max_size=5)), max_size=30))
def test_no_value_breaks_the_rules(tmp_path_factory: pytest.TempPathFactory, values: list[object]) -> None:
    file = tmp_path_factory.getbasetemp() / "rules.toml"
    file.write_text(SIGNALS, encoding="utf-8")
    book = AlarmBook(lambda: 0.0)
    rules = Rules(read_registry(file), book)
    for at, value in enumerate(values):
        rules.look_at([Reading(name, value, float(at)) for name in ("dc", "slow", "fault", "word")])
        rules.tick(float(at))
    assert len(book.standing()) <= 6


def test_listeners_hear_of_coming_changing_and_ending_once_each(book: AlarmBook) -> None:
    heard: list[Happening] = []
    book.listen(heard.append)
    one = Occurrence("k", "rule", "Door open")

    book.stand(one, 5.0)
    book.stand(one, 6.0)
    book.stand(replace(one, acknowledged=True), 7.0)
    book.end("k", 8.0)
    book.end("k", 9.0)

    assert [(what.what, what.alarm.began_s, what.alarm.ended_s) for what in heard] == [
        ("raised", 5.0, None),
        ("changed", 5.0, None),
        ("ended", 5.0, 8.0),
    ]
    assert len({what.alarm.id for what in heard}) == 1


def test_a_source_gone_mad_does_not_fill_the_memory(book: AlarmBook) -> None:
    for number in range(3000):
        book.stand(Occurrence(f"k{number}", "condition", "x"), 1.0)

    assert len(book.standing()) == 2000


@pytest.mark.parametrize(
    ("number", "severity"), [(1, "low"), (333, "low"), (500, "medium"), (800, "high"), (999, "critical")]
)
def test_severities_of_opc_ua(number: int, severity: str) -> None:
    assert severity_of(number) == severity


@pytest.mark.parametrize(
    ("text", "code"), [("Fault F0012: brake", "F0012"), ("E-103 overload", "E-103"), ("M8 bolts, 24 V", ""), ("", "")]
)
def test_a_code_is_found_in_a_message(text: str, code: str) -> None:
    assert code_in(text) == code


def test_a_condition_takes_its_name_from_the_table_of_codes(registry: Registry, book: AlarmBook) -> None:
    condition = Condition("i=5", "Alarm 12", "Axis 1", "F0012 active", 400, True, None, 3.0)

    note_condition(book, "plc", condition, codes=registry.codes, access=AccessLabel.INTERNAL, machine="TX-200")

    alarm = book.standing()[0]
    assert (alarm.code, alarm.title, alarm.severity, alarm.access) == (
        "F0012",
        "Brake does not release",
        "high",
        AccessLabel.INTERNAL,
    )


def test_the_journal_keeps_what_came_and_went(tmp_path: Path, book: AlarmBook) -> None:
    journal = Journal(tmp_path / "alarms.db", "secret", lambda: 1000.0)
    book.listen(journal.note)
    book.stand(Occurrence("a", "code", "Brake", code="F0012"), 100.0)
    book.stand(Occurrence("b", "code", "Brake", code="F0012"), 200.0)
    book.end("a", 150.0)
    book.stand(Occurrence("c", "limit", "DC bus above 800 V"), 300.0)
    assert journal.flush()

    assert [alarm.began_s for alarm in journal.alarms(160.0)] == [300.0, 200.0]
    assert [alarm.began_s for alarm in journal.alarms(0.0, 199.0)] == [100.0]
    assert set(journal.standing()) == {"b", "c"}
    newest = journal.alarms(0.0)[1]
    assert [alarm.began_s for alarm in journal.same_before(newest)] == [100.0]
    journal.close()

    again = Journal(tmp_path / "alarms.db", "secret", lambda: 1000.0)
    assert set(again.standing()) == {"b", "c"}
    with pytest.raises(StoreCorrupt, match="another key"):
        Journal(tmp_path / "alarms.db", "wrong", lambda: 1000.0).standing()
    assert b"Brake" not in (tmp_path / "alarms.db").read_bytes()


def test_an_alarm_that_still_stands_after_a_restart_is_the_same_alarm(registry: Registry, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "alarms.db", None, lambda: 1000.0)
    first = AlarmBook(lambda: 0.0)
    first.listen(journal.note)
    Rules(registry, first).look_at([Reading("dc", 900.0, 100.0), Reading("fault", 12, 100.0)])
    journal.flush()

    second = AlarmBook(lambda: 0.0)
    second.restore(journal.standing())
    rules = Rules(registry, second)
    rules.look_at([Reading("dc", 905.0, 200.0), Reading("fault", 12, 200.0)])
    assert {alarm.id for alarm in second.standing()} == {alarm.id for alarm in first.standing()}
    assert all(alarm.began_s == 100.0 for alarm in second.standing())
    rules.look_at([Reading("dc", 640.0, 300.0), Reading("fault", 0, 300.0)])
    assert second.standing() == []
    journal.close()


def test_minutes_are_kept_and_a_minute_in_two_parts_is_joined(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "alarms.db", None, lambda: 1000.0)
    journal.note_minutes([("dc", Minute(60.0, 1.0, 2.0, 1.0, 2.0, 3.0, 2, 5.0))])
    journal.note_minutes([("dc", Minute(60.0, 4.0, 0.5, 0.5, 4.0, 4.5, 2, 1.0))])
    journal.flush()

    assert journal.minutes(0.0) == {"dc": [Minute(60.0, 1.0, 0.5, 0.5, 4.0, 7.5, 4, 6.0)]}
    journal.close()


def test_what_could_not_be_written_is_said_and_written_later(tmp_path: Path, book: AlarmBook) -> None:
    file = tmp_path / "sub" / "alarms.db"
    (tmp_path / "sub").write_text("a file in the way of the folder")
    journal = Journal(file, None, lambda: 1000.0)
    book.listen(journal.note)
    book.stand(Occurrence("a", "code", "Brake", code="F0012"), 100.0)
    journal.flush()
    assert journal.failed

    (tmp_path / "sub").unlink()
    book.end("a", 150.0)
    journal.flush()
    assert journal.failed == ""
    assert [(alarm.began_s, alarm.ended_s) for alarm in journal.alarms(0.0)] == [(100.0, 150.0)]
    journal.close()


def test_the_journal_survives_the_program_being_killed(tmp_path: Path, book: AlarmBook) -> None:
    journal = Journal(tmp_path / "alarms.db", None, lambda: 1000.0)
    book.listen(journal.note)
    book.stand(Occurrence("a", "code", "Brake", code="F0012"), 100.0)
    journal.flush()
    # As another process finds it that comes after a kill: nothing was closed.
    found = sqlite3.connect(tmp_path / "alarms.db").execute("SELECT code FROM alarms").fetchall()

    assert found == [("F0012",)]
    journal.close()


def test_a_value_grows_stale_by_itself_and_a_touch_keeps_it_fresh(registry: Registry) -> None:
    now = [1000.0]
    board = Board(registry, lambda: now[0])
    board.source_up("plc")
    board.take([Reading("dc", 640.0, 1000.0)])
    assert board.state("dc").is_current

    now[0] += 59
    board.touch(["dc"])
    now[0] += 59
    assert board.state("dc").is_current
    now[0] += 5
    assert board.state("dc").quality == "stale"
    assert not board.state("dc").is_current
    assert board.state("dc").trend.direction == "unknown"
    assert board.state("dc").flags == ()


def test_a_time_from_the_future_is_taken_as_now(registry: Registry) -> None:
    board = Board(registry, lambda: 1000.0)
    board.take([Reading("dc", 640.0, 5000.0)])

    assert board.state("dc").reading.at_s == 1000.0
