"""Past notes in answers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from copilot.answering.context import MOST, Offer, with_offers
from copilot.notes import Context, Notes
from copilot.notes.evidence import NoteEvidence
from copilot.privacy.clearance import Clearance
from copilot.privacy.policy import Never
from index.documents import AccessLabel
from index.passages import Passage, SearchFilter, SearchResult
from tests.copilot.notes.conftest import Open

PRESS = Context(machine="Press 3")
NOTHING = SearchResult("", 0.0, (), "lexical")


@pytest.fixture
def evidence(notes: Notes) -> NoteEvidence:
    notes.set_context(PRESS)
    notes.add("Filter FE-10 replaced. Oil was dark.", context=PRESS)
    notes.add("Brake: air gap was 0.7 mm, set to 0.40 mm.", context=PRESS)
    notes.add("Seal of the gearbox changed.", context=Context(machine="Press 4"))
    notes.autosave(notes.begin(PRESS, text="Filter, not yet kept"))
    notes.flush()
    return NoteEvidence(notes, usual=("manuals",))


def offered(
    evidence: NoteEvidence,
    question: str,
    filter: SearchFilter | None = None,
) -> list[tuple[str, str]]:
    offers = evidence.offers(question, NOTHING, filter or SearchFilter())
    return [(one.standing, one.passage.text[:12]) for one in offers]


def test_a_question_about_the_past_is_answered_by_notes_first(evidence: NoteEvidence) -> None:
    assert offered(evidence, "When was the filter replaced last?") == [("first", "Filter FE-10")]
    assert offered(evidence, "Wann wurde der Filter zuletzt getauscht?") == [("first", "Filter FE-10")]


def test_beside_the_manual_they_are_shown_last(evidence: NoteEvidence) -> None:
    assert offered(evidence, "Set the air gap of the brake") == [("last", "Brake: air g")]


def test_a_question_about_something_else_brings_none(evidence: NoteEvidence) -> None:
    assert offered(evidence, "What does fault F0012 mean?") == []
    assert offered(evidence, "When was the light curtain aligned last?") == []


def test_another_machines_notes_come_up_only_where_it_is_named(evidence: NoteEvidence) -> None:
    assert offered(evidence, "When was the seal of the gearbox changed?") == []
    assert offered(evidence, "When was the seal of the gearbox of press-4 changed?") == [("first", "Seal of the ")]


def test_without_a_word_of_its_own_the_newest_of_the_machine_are_meant(evidence: NoteEvidence) -> None:
    assert [text for _, text in offered(evidence, "What was done here last time?")] == ["Brake: air g", "Filter FE-10"]


def test_who_names_documents_or_collections_means_those(evidence: NoteEvidence) -> None:
    question = "When was the filter replaced last?"

    assert offered(evidence, question, SearchFilter(collections=("drives",))) == []
    assert offered(evidence, question, SearchFilter(documents=("press.md",))) == []
    assert len(offered(evidence, question, SearchFilter(collections=("manuals",)))) == 1, "as configured: not a wish"
    assert len(offered(evidence, question, SearchFilter(collections=("notes",)))) == 1


def test_a_passage_leads_back_to_its_note(evidence: NoteEvidence) -> None:
    [offer] = evidence.offers("When was the filter replaced last?", NOTHING, SearchFilter())

    found = evidence.of_chunk(offer.passage.chunk_id)

    assert found is not None
    assert found[0].text == found[1].text == "Filter FE-10 replaced. Oil was dark."
    assert offer.passage.document == f"note:{found[1].id}"
    assert evidence.of_chunk(-999) is None


def test_of_a_long_note_the_part_that_fits_is_shown(notes: Notes) -> None:
    notes.set_context(PRESS)
    notes.add("\n\n".join(["Something else entirely. " * 20] * 5 + ["The filter was replaced."]), context=PRESS)

    [offer] = NoteEvidence(notes).offers("When was the filter replaced last?", NOTHING, SearchFilter())

    assert offer.passage.text == "The filter was replaced."


class Cloud:
    name, model, trusted = "cloud", "large", True


@pytest.mark.parametrize("label", list(AccessLabel))
def test_the_wall_treats_it_as_its_label_says(open_notes: Open, label: AccessLabel) -> None:
    notes = open_notes(access=label)
    notes.add("Filter replaced", context=PRESS)

    [offer] = NoteEvidence(notes).offers("When was the filter replaced last?", NOTHING, SearchFilter())

    why = Clearance(Never()).passage(offer.passage, Cloud())
    assert (why is None) == (label is not AccessLabel.RESTRICTED)


def passage(text: str) -> Passage:
    return Passage(1, 0.0, text, text, (), None, text, -1, (-1,), "notes", AccessLabel.PUBLIC, None, 0, len(text))


def texts(offers: Sequence[Offer]) -> list[tuple[int, str]]:
    result = SearchResult("", 0.0, (passage("a"), passage("b")), "lexical")
    return [(one.rank, one.text) for one in with_offers(result, offers).passages]


def test_offers_stand_where_they_belong_and_are_never_too_many() -> None:
    three = [Offer(passage("l")), Offer(passage("s"), "second"), Offer(passage("f"), "first")]

    assert texts(three) == [(1, "f"), (2, "a"), (3, "s"), (4, "b"), (5, "l")]
    assert len(texts([Offer(passage("x"))] * 20)) == 2 + MOST
