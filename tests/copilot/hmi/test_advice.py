"""Advice and summaries: made of documents, notes and what was kept, without a model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.answering.excerpts import Excerpts
from copilot.hmi.advice.library import IndexLibrary
from copilot.hmi.advice.naming import names
from copilot.hmi.alarms import Occurrence
from copilot.hmi.history import Minute
from copilot.hmi.parts import Live
from copilot.hmi.past import PastNotes
from copilot.hmi.seen import advice_for, summary_for
from copilot.hmi.summary import make_summary, since_of
from copilot.hmi.values import Alarm, Limits, Movement, Remark, Signal
from copilot.notes.searching import Wanted
from copilot.notes.values import Found, Note
from copilot.settings import Settings
from copilot.settings.hmi import HmiSettings
from index.documents import AccessLabel
from index.errors import StoreError, UsageError
from index.ingest import Ingestor
from index.search import Searcher
from index.search.identifiers import extract, normalise
from index.store import Store

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
NOW = 1_741_710_000.0  # 2025-03-11, 16:20 UTC


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexLibrary]:
    with Store.open(tmp_path_factory.mktemp("advice") / "index.db") as store:
        ingestor = Ingestor(store, None)
        manuals = sorted((EXAMPLES / "manuals").iterdir())
        ingestor.run([path for path in manuals if "logbook" not in path.name], collection="halden")
        ingestor.run([EXAMPLES / "manuals" / "shift-logbook.md"], collection="logbook", access=AccessLabel.INTERNAL)
        yield IndexLibrary(Searcher(store, None), Excerpts(store), store)


class Notes:
    """Notes in memory, found by their words."""

    def __init__(self, *notes: Note) -> None:
        self.notes = notes

    def search(self, query: str, wanted: Wanted | None = None) -> list[Found]:
        words = query.casefold().split()
        return [
            Found(note=note, snippet=note.text)
            for note in self.notes
            if all(word in note.text.casefold() for word in words)
            and (wanted is None or wanted.since is None or wanted.since <= note.written_at)
        ]


def note(text: str, at_s: float = NOW - 86_400, **more: object) -> Note:
    at = datetime.fromtimestamp(at_s, UTC)
    return Note(id=f"n{abs(hash(text)) % 1000}", state="kept", text=text, written_at=at, changed_at=at, **more)


@pytest.fixture
def live(tmp_path: Path, library: IndexLibrary) -> Iterator[Live]:
    settings = Settings(data_dir=tmp_path, hmi=HmiSettings(signals=EXAMPLES / "signals.toml"))
    notes = Notes(
        note("F0012 came back. The air gap of BR-120 was 0.62 mm, set to 0.30 mm.", author="Silva"),
        note("Coffee machine is broken."),
    )
    one = Live(settings, lambda: library, lambda: PastNotes(notes), clock=lambda: NOW)
    yield one
    one.close()


def test_an_alarm_is_explained_and_followed_by_first_steps_in_the_manuals_own_words(live: Live) -> None:
    advice = live.advise_code("F0012")

    assert advice.meaning.startswith("F0012 Brake BR-120 does not release: Release switch S12 has not opened")
    assert [step.text for step in advice.steps[:3]] == [
        "Measure 24 V DC at terminals X4:1 and X4:2 while releasing.",
        "Set the air gap to 0.30 mm.",
        "Adjust S12.",
    ]
    cited = advice.passages[advice.meaning_citation]
    assert cited.document.endswith("tx200-service-manual.pdf")
    assert cited.page is not None
    for step in advice.steps:
        assert step.text.rstrip(" …") in advice.passages[step.citation].text or "\n" not in step.text


def test_similar_incidents_come_from_notes_the_logbook_and_earlier_alarms(live: Live) -> None:
    advice = live.advise_code("F0012")

    kinds = {one.kind: one for one in advice.incidents}
    assert "0.62 mm" in kinds["note"].text
    assert "Air gap of BR-120 measured: 0.55 mm" in kinds["logbook"].text
    assert kinds["logbook"].when == "2025-03-11, late shift (Brandt)"
    assert kinds["logbook"].chunk_id is not None
    assert not any("Coffee" in one.text for one in advice.incidents)
    assert not any(passage.document.endswith("shift-logbook.md") for passage in advice.passages)


@pytest.mark.parametrize("number", range(1, 41))
def test_every_fault_of_the_manual_has_meaning_and_steps_of_its_own_row(live: Live, number: int) -> None:
    code = f"F{number:04d}"

    advice = live.advise_code(code)

    assert advice.meaning_citation is not None
    assert advice.steps
    assert all(code in "\n".join((*p.section, p.text)) for p in advice.passages)


def test_a_code_that_no_document_knows_gets_no_invented_steps(live: Live) -> None:
    advice = live.advise_code("F9999")

    assert (advice.meaning, advice.meaning_citation, advice.steps, advice.passages) == ("", None, (), ())


def test_who_may_not_see_a_collection_sees_nothing_of_it_in_an_advice(live: Live) -> None:
    advice = live.advise_code("F0012")

    halden = advice_for(advice, {"halden", "signals"}.__contains__)
    assert {one.kind for one in halden.incidents} == set()
    assert halden.steps == advice.steps
    nothing = advice_for(advice, {"signals"}.__contains__)
    assert (nothing.meaning, nothing.meaning_citation, nothing.steps, nothing.passages) == ("", None, (), ())


def test_an_advice_is_made_of_what_can_be_read(tmp_path: Path, library: IndexLibrary) -> None:
    class Broken:
        def search(self, query: str, wanted: Wanted | None = None) -> list[Found]:
            raise StoreError("The notes can't be read.")

    settings = Settings(data_dir=tmp_path, hmi=HmiSettings(signals=EXAMPLES / "signals.toml"))
    live = Live(settings, lambda: library, lambda: PastNotes(Broken()), clock=lambda: NOW)

    advice = live.advise_code("F0012")
    assert advice.steps
    assert {one.kind for one in advice.incidents} == {"logbook"}
    assert any("Notes are left out" in notice for notice in live.summary(NOW - 3600).notices)
    live.close()


def alarm(number: int, began: float, ended: float | None, **more: object) -> Alarm:
    given = {"code": "F0012", "title": "Brake does not release", "text": "", "kind": "code", "severity": "high"} | more
    return Alarm(id=f"a{number}", began_s=began, ended_s=ended, **given)


def test_a_summary_says_what_happened_with_references() -> None:
    dc = Signal("dc_bus", "DC link voltage", "plc", unit="V", limits=Limits(430, 800))
    summary = make_summary(
        NOW - 8 * 3600,
        NOW,
        [
            alarm(1, NOW - 7000, NOW - 6700),
            alarm(2, NOW - 3000, NOW - 2900),
            alarm(3, NOW - 600, None, code="F0024", title="Pressure not reached", severity="medium"),
        ],
        [
            Movement(dc, 640, 645, 610, 812, 650, 95),
            Movement(Signal("flat", "Flat", "plc", unit="V"), 24, 24, 23.9, 24.1, 24, 0),
        ],
        [
            Remark("n1", NOW - 6600, "done", "Air gap set to 0.30 mm.", "Silva"),
            Remark("n2", NOW - 100, "note", "Pump is loud."),
        ],
        zone=UTC,
    )

    assert summary.text.splitlines() == [
        "From 08:20:00 to 16:20:00 (8 h):",
        "3 alarms of 2 kinds, 1 still standing.",
        "F0024 Pressure not reached: once, at 16:10:00, still standing since 16:10:00.",
        "F0012 Brake does not release: 2 times, first at 14:23:20, 6 min 40 s in all.",
        "DC link voltage went from 640 to 645 V, between 610 and 812 V, outside its limits for 1 min 35 s.",
        "Done (14:30:00, Silva): Air gap set to 0.30 mm.",
        "Noted (16:18:20): Pump is loud.",
    ]
    assert summary.lines[3].references == ("a1", "a2")
    assert summary.lines[4].references == ("signal:dc_bus",)
    assert summary.lines[5].references == ("n1",)
    hidden = summary_for(summary, {"signals"}.__contains__)
    assert "Pump is loud" not in hidden.text
    assert hidden.remarks == ()


def test_a_quiet_shift_is_said_to_be_one() -> None:
    assert make_summary(NOW - 60, NOW, [], [], []).text.splitlines()[1:] == ["No alarms."]


def test_a_summary_is_made_after_a_restart_too(tmp_path: Path, library: IndexLibrary) -> None:
    settings = Settings(data_dir=tmp_path, hmi=HmiSettings(signals=EXAMPLES / "signals.toml"))
    notes = lambda: PastNotes(Notes(note("Shift handed over.", NOW - 60)))  # noqa: E731
    first = Live(settings, lambda: library, notes, clock=lambda: NOW)
    first.book.listen(first._on_alarm)
    first.book.stand(Occurrence("k", "code", "Brake", code="F0012"), NOW - 600)
    first.book.end("k", NOW - 300)
    first.journal.note_minutes([("dc_bus", Minute(NOW - 600, 640, 812, 630, 812, 1452, 2, 20))])
    first.close()

    second = Live(settings, lambda: library, notes, clock=lambda: NOW)
    told = second.summary(NOW - 3600)
    assert any(line.text.startswith("F0012 Brake: once") for line in told.lines)
    assert any("DC link voltage went from 640 to 812 V" in line.text for line in told.lines)
    assert any("Shift handed over." in line.text for line in told.lines)
    second.close()


@pytest.mark.parametrize(
    ("text", "ago"), [("8h", 8 * 3600), ("90min", 5400), ("2d", 172_800), ("30 s", 30), ("1.5h", 5400)]
)
def test_a_span_is_read(text: str, ago: float) -> None:
    assert since_of(text, NOW) == NOW - ago


def test_a_moment_is_read_with_its_zone_and_without() -> None:
    at = datetime.fromtimestamp(NOW, UTC) - timedelta(hours=1)

    assert since_of(at.isoformat(), NOW) == NOW - 3600
    assert since_of(at.replace(tzinfo=None).isoformat(), NOW, UTC) == NOW - 3600
    assert since_of("2025-03-11T15:20:00Z", NOW) == NOW - 3600


@pytest.mark.parametrize("text", ["", "yesterday", "8 hours ago", "-5h", "9999999h", "2099-01-01", "400d", "nan"])
def test_no_time_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        since_of(text, NOW)
    assert caught.value.remedy


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["F0012", "E-103", "7", "AL 45", "STO"]))
def test_a_code_is_found_wherever_the_index_would_find_it(before: str, after: str, code: str) -> None:
    text = f"{before} {code} {after}"

    assert names(text, code) == (normalise(code) in extract(text))
