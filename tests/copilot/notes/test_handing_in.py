"""Each revision of a note goes up exactly once, and nothing that must stay."""

from __future__ import annotations

import pytest

from copilot.notes import Context, Notes
from copilot.notes.attaching import received
from index.documents import AccessLabel
from index.errors import DiskFull
from sync.outbox import Draft, OutboxPolicy, Preparer, Receipt, find_policy
from sync.outbox.items import MAX_ATTACHMENT_BYTES
from sync.outbox.wire import Item
from tests.copilot.notes.conftest import Box, Open

PRESS = Context(machine="Press 3", work_order="4711", author="Ana")


def test_a_kept_note_lies_in_the_outbox_once(notes: Notes, box: Box) -> None:
    kept = notes.add("Filter replaced", context=PRESS, tags=["filter"]).note
    notes.hand_in_due()

    [item] = box.items()
    assert item.draft.kind == "note"
    assert item.draft.fields["text"] == "Filter replaced"
    assert item.draft.fields["machine"] == "Press 3"
    assert (item.draft.fields["note"], item.draft.fields["revision"]) == (kept.id, 1)


def test_a_draft_is_not_handed_in(notes: Notes, box: Box) -> None:
    notes.autosave(notes.begin(PRESS, text="not yet"))
    notes.flush()
    notes.hand_in_due()

    assert box.items() == []


def test_killed_between_both_files_it_is_put_there_once_all_the_same(notes: Notes, box: Box) -> None:
    put = box.put
    seen: list[str | None] = []

    def put_and_die(draft: Draft, item_id: str | None = None) -> Receipt:
        seen.append(item_id)
        put(draft, item_id)
        raise DiskFull("Killed here.")

    box.put = put_and_die  # type: ignore[method-assign]
    kept = notes.add("Filter replaced", context=PRESS)
    assert "not in the outbox yet" in kept.notice

    box.put = put  # type: ignore[method-assign]
    notes.hand_in_due()

    assert [item.id for item in box.items()] == seen


def test_a_new_revision_takes_the_place_of_one_that_still_waits(notes: Notes, box: Box) -> None:
    kept = notes.add("Filter", context=PRESS).note
    notes.keep(notes.revise(kept.id).model_copy(update={"text": "Filter and seal"}))

    [item] = box.items()
    assert (item.draft.fields["text"], item.draft.fields["revision"]) == ("Filter and seal", 2)


def test_a_new_revision_goes_up_after_one_that_the_hub_has(notes: Notes, box: Box) -> None:
    kept = notes.add("Filter", context=PRESS).note
    box.remove([item.id for item in box.items()])  # delivered
    notes.keep(notes.revise(kept.id).model_copy(update={"text": "Filter and seal"}))

    [item] = box.items()
    assert (item.draft.fields["note"], item.draft.fields["revision"]) == (kept.id, 2)


def test_a_deleted_note_that_nobody_has_leaves_nothing(notes: Notes, box: Box) -> None:
    kept = notes.add("Filter", context=PRESS).note

    assert notes.delete(kept.id) == ""
    assert box.items() == []


def test_the_hub_is_told_of_a_deleted_note_that_it_has(notes: Notes, box: Box) -> None:
    kept = notes.add("Filter", context=PRESS).note
    box.remove([item.id for item in box.items()])  # delivered

    assert "hub has" in notes.delete(kept.id)
    [item] = box.items()
    assert item.draft.fields == {"note": kept.id, "revision": 2, "withdrawn": True}


def test_a_restricted_note_stays_and_says_so(open_notes: Open, box: Box) -> None:
    notes = open_notes(access=AccessLabel.RESTRICTED)

    kept = notes.add("Patient Meier", context=PRESS)

    assert "stays on this device" in kept.notice
    assert box.items() == []


def test_restricted_notes_go_up_once_the_settings_let_them(open_notes: Open, box: Box) -> None:
    notes = open_notes(access=AccessLabel.RESTRICTED)
    notes.add("Filter", context=PRESS)
    notes.hand_in_due()
    assert box.items() == []

    assert open_notes(access=AccessLabel.INTERNAL).hand_in_due() == 1
    assert [item.draft.fields["text"] for item in box.items()] == ["Filter"]


def test_a_note_that_is_too_long_for_the_outbox_says_so_and_is_kept(notes: Notes, box: Box) -> None:
    kept = notes.add("🔩" * 400_000, context=PRESS)

    assert "too long for the outbox" in kept.notice
    assert box.items() == []
    assert notes.hand_in_due() == 0
    assert notes.get(kept.note.id).state == "kept"


def test_made_restricted_later_what_waits_of_it_is_taken_back(notes: Notes, box: Box) -> None:
    kept = notes.add("Filter", context=PRESS).note
    notes.keep(notes.revise(kept.id).model_copy(update={"access": AccessLabel.RESTRICTED}))

    assert box.items() == []


def test_without_a_hub_notes_wait_in_their_own_file_until_there_is_one(notes: Notes, box: Box) -> None:
    box.configured = False
    notes.add("Filter", context=PRESS)
    assert box.items() == []

    box.configured = True
    assert notes.hand_in_due() == 1
    assert notes.hand_in_due() == 0


def test_every_file_goes_along_the_further_ones_in_items_of_their_own(notes: Notes, box: Box) -> None:
    draft = notes.begin(PRESS, text="see")
    for name in ("a.jpg", "b.jpg"):
        draft = notes.attach_bytes(draft, received(name, name.encode()))
    notes.keep(draft)

    files = [item.draft.attachment.name for item in box.items() if item.draft.attachment is not None]
    assert files == ["a.jpg", "b.jpg"]
    assert [item.draft.fields.get("text") for item in box.items()] == ["see", None]


def test_a_file_that_is_too_large_for_the_outbox_stays_with_the_note(notes: Notes, box: Box) -> None:
    draft = notes.attach_bytes(notes.begin(PRESS, text="see"), received("a.bin", b"x" * (MAX_ATTACHMENT_BYTES + 1)))
    kept = notes.keep(draft)

    [item] = box.items()
    assert item.draft.attachment is None
    assert "too large" in kept.notice
    assert len(notes.content(kept.note.attachments[0].id)) == MAX_ATTACHMENT_BYTES + 1


@pytest.mark.parametrize("withdrawn", [False, True])
def test_the_policy_that_comes_with_the_program_lets_it_out_without_the_author(
    notes: Notes, box: Box, tmp_path: object, withdrawn: bool
) -> None:
    from pathlib import Path

    kept = notes.add("Filter replaced", context=PRESS).note
    if withdrawn:
        box.remove([item.id for item in box.items()])
        notes.delete(kept.id)
    prepare = Preparer(OutboxPolicy.load(find_policy(Path(str(tmp_path)), None))).prepare

    [item] = map(prepare, box.items())

    assert isinstance(item, Item)
    assert item.fields["note"] == kept.id
    assert "author" not in item.fields
    assert item.fields.get("withdrawn", False) is withdrawn
