"""Writing, keeping, changing, finding and deleting notes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot.notes import Context, Notes, Origin, Quoted, Wanted
from copilot.notes.attaching import received
from copilot.notes.values import LONGEST_TEXT, MAX_ATTACHMENTS
from index.documents import AccessLabel
from index.errors import DocumentTooLarge, NoteError, NotThere, StoreCorrupt, UnreadableFile, WrongKey
from tests.copilot.notes.conftest import Open

PRESS = Context(machine="Press 3", work_order="4711", author="Ana")


def test_what_was_typed_is_there_in_another_process_before_it_is_kept(notes: Notes, open_notes: Open) -> None:
    draft = notes.begin(PRESS)
    for length in range(1, 12):
        notes.autosave(draft.model_copy(update={"text": "coil is hot"[:length]}))
    notes.flush()

    [found] = open_notes().drafts()

    assert (found.id, found.text, found.machine, found.work_order) == (draft.id, "coil is hot", "Press 3", "4711")


def test_the_newest_keystroke_is_read_although_it_may_not_be_in_the_file_yet(notes: Notes) -> None:
    draft = notes.begin(PRESS)
    notes.autosave(draft.model_copy(update={"text": "hum"}))

    assert notes.get(draft.id).text == "hum"
    assert [found.note.text for found in notes.search("hu")] == ["hum"]


def test_a_kept_note_is_no_draft_any_more_and_has_its_first_revision(notes: Notes) -> None:
    kept = notes.keep(notes.begin(PRESS, text="Filter replaced")).note

    assert (kept.state, kept.revision) == ("kept", 1)
    assert notes.drafts() == []
    assert notes.get(kept.id) == kept


def test_a_kept_note_changes_only_when_its_draft_is_kept(notes: Notes) -> None:
    kept = notes.keep(notes.begin(PRESS, text="Filter replaced")).note
    draft = notes.revise(kept.id)
    notes.autosave(draft.model_copy(update={"text": "Filter and seal replaced"}))
    notes.flush()

    assert notes.get(kept.id).text == "Filter replaced"
    assert notes.revise(kept.id).text == "Filter and seal replaced", "the draft that was begun is gone on with"

    changed = notes.keep(notes.revise(kept.id)).note
    assert (changed.id, changed.revision, changed.text) == (kept.id, 2, "Filter and seal replaced")
    assert changed.written_at == kept.written_at
    assert notes.drafts() == []


def test_a_late_keystroke_does_not_make_a_kept_note_a_draft_again(notes: Notes) -> None:
    draft = notes.begin(PRESS, text="a")
    kept = notes.keep(draft).note
    notes.autosave(draft.model_copy(update={"text": "ab"}))
    notes.flush()

    assert notes.get(kept.id).text == "a"


def test_a_draft_whose_note_was_deleted_meanwhile_becomes_a_note_of_its_own(notes: Notes, open_notes: Open) -> None:
    kept = notes.keep(notes.begin(PRESS, text="Filter")).note
    draft = notes.revise(kept.id)
    with open_notes().file.writing() as connection:
        connection.execute("DELETE FROM notes WHERE id = ?", (kept.id,))

    again = notes.keep(draft.model_copy(update={"text": "Filter and seal"})).note

    assert (again.id, again.text, again.revision) == (draft.id, "Filter and seal", 1)


def test_discarding_a_draft_leaves_the_note_that_it_was_to_revise(notes: Notes) -> None:
    kept = notes.keep(notes.begin(PRESS, text="Filter")).note
    draft = notes.revise(kept.id)
    notes.autosave(draft.model_copy(update={"text": "nonsense"}))
    notes.discard(draft)

    assert notes.drafts() == []
    assert notes.get(kept.id).text == "Filter"
    with pytest.raises(NoteError):
        notes.discard(notes.get(kept.id))


def test_nothing_can_not_be_kept_but_a_file_alone_can(notes: Notes) -> None:
    empty = notes.begin(PRESS)
    with pytest.raises(NoteError, match="nothing"):
        notes.keep(empty)

    with_file = notes.attach_bytes(empty, received("photo.jpg", b"jpeg"))
    assert notes.keep(with_file).note.attachments[0].name == "photo.jpg"


def test_a_pasted_megabyte_is_saved_and_told_when_it_is_to_be_kept(notes: Notes) -> None:
    draft = notes.begin(PRESS).model_copy(update={"text": "x" * 1_000_000})
    notes.autosave(draft)
    notes.flush()

    with pytest.raises(NoteError, match=f"{LONGEST_TEXT:,}"):
        notes.keep(draft)
    assert len(notes.drafts()[0].text) == 1_000_000
    with pytest.raises(NoteError):
        notes.autosave(draft.model_copy(update={"text": "x" * 5_000_000}))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200), tags=st.lists(st.text(max_size=20), max_size=4), machine=st.text(max_size=50))
def test_whatever_is_typed_can_be_saved_and_read_again(notes: Notes, text: str, tags: list[str], machine: str) -> None:
    draft = notes.begin(PRESS).model_copy(
        update={"text": text + "\ud800\x1b[31m", "tags": tuple(tags), "machine": machine}
    )
    notes.autosave(draft)
    notes.flush()

    found = notes.get(draft.id)
    assert "\x1b" not in found.text
    assert found.text.encode()
    notes.discard(found)


def test_the_context_is_kept_and_filled_in(notes: Notes, open_notes: Open) -> None:
    notes.set_context(PRESS)

    draft = open_notes().begin()

    assert (draft.machine, draft.work_order, draft.author) == ("Press 3", "4711", "Ana")


class TestSearch:
    def test_finds_by_the_beginning_of_every_word_also_in_tags_and_machine(self, notes: Notes) -> None:
        notes.add("Hydraulic filter replaced", context=PRESS, tags=["service"])
        notes.add("Filter housing cracked", context=Context(machine="Press 4"))

        assert [found.note.machine for found in notes.search("filt repl")] == ["Press 3"]
        assert [found.note.machine for found in notes.search("service press")] == ["Press 3"]
        assert notes.search("filter gearbox") == []
        assert notes.search("???") == []

    def test_shows_where_the_words_stand(self, notes: Notes) -> None:
        notes.add("The coolant filter was dark", context=PRESS)

        [found] = notes.search("filt")

        assert [found.snippet[start:end] for start, end in found.marks] == ["filter"]

    def test_takes_a_machine_however_it_is_written(self, notes: Notes) -> None:
        notes.add("one", context=PRESS)
        notes.add("two", context=Context(machine="Press 30"))

        assert [note.text for note in notes.listed(Wanted(machine="press-3"))] == ["one"]

    def test_wants_every_tag_and_the_time(self, notes: Notes) -> None:
        first = notes.add("one", context=PRESS, tags=["Oil", "leak"]).note
        second = notes.add("two", context=PRESS, tags=["oil"]).note

        assert [note.text for note in notes.listed(Wanted(tags=("oil",)))] == ["two", "one"]
        assert [note.text for note in notes.listed(Wanted(tags=("oil", "LEAK")))] == ["one"]
        assert [note.text for note in notes.listed(Wanted(since=second.written_at))] == ["two"]
        assert [note.text for note in notes.listed(Wanted(until=second.written_at))] == ["one"]
        assert first.tags == ("Oil", "leak")

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(query=st.text(max_size=80))
    def test_takes_every_query(self, notes: Notes, query: str) -> None:
        notes.search(query)

    def test_gives_every_note_page_by_page(self, notes: Notes) -> None:
        with notes.file.writing():
            for number in range(230):
                notes.autosave(notes.begin(PRESS).model_copy(update={"text": f"note {number}"}))
        notes.flush()

        assert len({note.id for note in notes.every()}) == 230


class TestFiles:
    def test_are_copied_in_and_read_back(self, notes: Notes, tmp_path: Path) -> None:
        photo = tmp_path / "photo.jpg"
        photo.write_bytes(b"\xff\xd8 a photograph")
        draft = notes.attach(notes.begin(PRESS, text="see"), photo)
        photo.unlink()

        [file] = notes.keep(draft).note.attachments

        assert (file.name, file.media_type, file.bytes) == ("photo.jpg", "image/jpeg", 15)
        assert notes.content(file.id) == b"\xff\xd8 a photograph"

    def test_go_along_when_a_note_is_revised(self, notes: Notes) -> None:
        kept = notes.keep(notes.attach_bytes(notes.begin(PRESS, text="see"), received("a.txt", b"a"))).note
        draft = notes.attach_bytes(notes.revise(kept.id), received("b.txt", b"b"))
        draft = notes.detach(draft, draft.attachments[0].id)

        assert [file.name for file in notes.get(kept.id).attachments] == ["a.txt"]
        assert [file.name for file in notes.keep(draft).note.attachments] == ["b.txt"]

    def test_have_limits(self, notes: Notes, tmp_path: Path) -> None:
        draft = notes.begin(PRESS, text="x")
        large = tmp_path / "large.bin"
        with large.open("wb") as file:
            file.truncate((16 << 20) + 1)
        with pytest.raises(DocumentTooLarge, match="16 MiB"):
            notes.attach(draft, large)
        with pytest.raises(UnreadableFile):
            notes.attach(draft, tmp_path / "none.jpg")
        with pytest.raises(UnreadableFile):
            notes.attach(draft, tmp_path)
        for number in range(MAX_ATTACHMENTS):
            draft = notes.attach_bytes(draft, received(f"{number}.txt", b"%d" % number))
        with pytest.raises(NoteError):
            notes.attach_bytes(draft, received("one more.txt", b"more"))

    def test_of_the_same_content_are_kept_once(self, notes: Notes) -> None:
        draft = notes.attach_bytes(notes.begin(PRESS, text="x"), received("a.txt", b"a"))

        assert len(notes.attach_bytes(draft, received("a.txt", b"a")).attachments) == 1

    def test_have_names_that_lead_nowhere(self) -> None:
        assert "/" not in received("../../etc/passwd", b"").name
        assert received("", b"").name == "file"
        assert received("x" * 300 + ".jpg", b"").name.endswith(".jpg")

    def test_of_a_kept_note_stay_as_they_are(self, notes: Notes) -> None:
        kept = notes.keep(notes.attach_bytes(notes.begin(PRESS, text="see"), received("a.txt", b"a"))).note

        with pytest.raises(NoteError):
            notes.attach_bytes(kept, received("b.txt", b"b"))
        with pytest.raises(NoteError):
            notes.detach(kept, kept.attachments[0].id)
        with pytest.raises(NotThere):
            notes.content(999)


def test_a_short_beginning_of_an_id_is_enough_where_only_one_has_it(notes: Notes) -> None:
    kept = notes.add("x", context=PRESS).note

    assert notes.get(kept.id[:4]).id == kept.id
    with pytest.raises(NotThere):
        notes.get("zz")
    with pytest.raises(NotThere):
        notes.get("")


def test_deleting_takes_its_draft_along(notes: Notes) -> None:
    kept = notes.add("x", context=PRESS).note
    notes.revise(kept.id)
    notes.delete(kept.id)

    assert notes.listed() == []
    with pytest.raises(NotThere):
        notes.get(kept.id)


def test_with_a_key_no_word_stands_in_the_files_and_another_key_is_told(open_notes: Open, tmp_path: Path) -> None:
    notes = open_notes("secret")
    notes.keep(notes.attach_bytes(notes.begin(PRESS, text="patient Meier"), received("x.txt", b"Gastritis")))

    for path in tmp_path.glob("notes.db*"):
        assert b"Meier" not in path.read_bytes()
        assert b"Gastritis" not in path.read_bytes()
    for wrong in (None, "another"):
        with pytest.raises((WrongKey, StoreCorrupt)):
            open_notes(wrong).listed()


class TestLabels:
    def test_a_note_is_restricted_unless_configured(self, open_notes: Open) -> None:
        assert Notes(Path("none.db")).label_of(open_notes().begin(PRESS, text="x")) is AccessLabel.RESTRICTED

    def test_a_person_can_only_make_it_stricter(self, notes: Notes) -> None:
        assert notes.label_of(notes.begin(PRESS, access=AccessLabel.RESTRICTED)) is AccessLabel.RESTRICTED
        assert notes.label_of(notes.begin(PRESS, access=AccessLabel.PUBLIC)) is AccessLabel.INTERNAL

    def test_it_is_as_strict_as_what_it_was_taken_from(self, notes: Notes) -> None:
        quoted = Quoted(document="d", title="t", access=AccessLabel.RESTRICTED)
        unknown = Origin(conversation="c1")

        assert notes.label_of(notes.begin(PRESS, origin=Origin(cited=(quoted,)))) is AccessLabel.RESTRICTED
        assert notes.label_of(notes.begin(PRESS, origin=unknown)) is AccessLabel.RESTRICTED
        known = Origin(conversation="c1", access=(AccessLabel.PUBLIC,))
        assert notes.label_of(notes.begin(PRESS, origin=known)) is AccessLabel.INTERNAL
