"""Conversations as they are kept: listed, searched, renamed, deleted, exported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot.answering.conversations import Conversations
from copilot.answering.exporting import as_markdown
from copilot.answering.turns import Cited, Turn
from index.documents import AccessLabel
from index.errors import NotThere, UsageError

CITED = Cited(
    1, "/manuals/press.pdf", "Press manual", ("4.3 Oil",), 7, "Fill 16 l.", 12, "manuals", AccessLabel.INTERNAL
)


@pytest.fixture
def conversations(tmp_path: Path) -> Iterator[Conversations]:
    at = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
    times = (at + timedelta(minutes=minute) for minute in range(10_000))
    kept = Conversations(tmp_path / "conversations.db", now=lambda: next(times))
    yield kept
    kept.close()


def test_are_listed_the_latest_first(conversations: Conversations) -> None:
    for name in ("a1", "b2"):
        conversations.add(name, Turn(f"What is {name}?", "This. [1]"))
    conversations.add("a1", Turn("And that?", "That."))

    first, second = conversations.listed()

    assert (first.id, first.title, first.turns, first.snippet) == ("a1", "What is a1?", 2, "And that?")
    assert second.id == "b2"
    assert first.last_at > second.last_at
    assert [talk.id for talk in conversations.listed(limit=1, offset=1)] == ["b2"]


def test_are_found_by_every_word_of_questions_and_answers_and_by_their_names(conversations: Conversations) -> None:
    conversations.add("a1", Turn("How much oil?", "Fill 16 l into the hydraulic tank."))
    conversations.add("b2", Turn("Which brake?", "BR-210."))
    conversations.rename("b2", "Second shift")

    assert [talk.id for talk in conversations.listed("hydr tank")] == ["a1"]
    assert "hydraulic" in conversations.listed("hydr")[0].snippet
    assert [talk.id for talk in conversations.listed("second")] == ["b2"]
    assert conversations.listed("oil brake") == []
    assert conversations.listed("???") == []


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=60), prefix=st.text(max_size=5))
def test_take_every_query(conversations: Conversations, query: str, prefix: str) -> None:
    conversations.listed(query, prefix=prefix)


def test_can_be_told_apart_by_what_their_ids_begin_with(conversations: Conversations) -> None:
    conversations.add("key:a1", Turn("q", "a"))
    conversations.add("a1", Turn("q", "a"))

    assert [talk.id for talk in conversations.listed(prefix="key:")] == ["key:a1"]
    assert [talk.id for talk in conversations.listed("q", prefix="key:")] == ["key:a1"]


def test_a_turn_keeps_what_its_marks_stand_for(conversations: Conversations) -> None:
    conversations.add("a1", Turn("How much oil?", "Fill 16 l. [1]", cited=(CITED,)))

    [turn] = conversations.turns("a1")

    assert turn.cited == (CITED,)
    assert turn.asked_at == datetime(2026, 3, 12, 8, 0, tzinfo=UTC)


def test_are_renamed_and_found_by_the_beginning_of_their_ids(conversations: Conversations) -> None:
    conversations.add("abcd", Turn("q", "a"))
    conversations.add("abxy", Turn("q", "a"))

    assert conversations.rename("abc", "  Oil of \n press 3 ").title == "Oil of press 3"
    with pytest.raises(NotThere, match="Several"):
        conversations.get("ab")
    with pytest.raises(NotThere):
        conversations.get("")
    with pytest.raises(UsageError):
        conversations.rename("abcd", "  ")


def test_deleting_leaves_no_word(conversations: Conversations, tmp_path: Path) -> None:
    conversations.add("a1", Turn("What ails Meier?", "Gastritis."))
    conversations.delete("a1")

    assert conversations.listed() == []
    assert conversations.listed("gastritis") == []
    assert conversations.turns("a1") == []
    with pytest.raises(NotThere):
        conversations.delete("a1")


def test_a_name_is_never_longer_than_a_list_can_show(conversations: Conversations) -> None:
    conversations.add("a1", Turn("why " * 500, "a"))

    assert len(conversations.get("a1").title) <= 120


def test_are_exported_with_the_places_that_their_answers_stand_on(conversations: Conversations) -> None:
    conversations.add("a1", Turn("How *much* oil?", "> Fill 16 l. [1]", cited=(CITED,)))
    conversations.add("a1", Turn("And water?", "The documents don't tell.", "abstained"))

    text = as_markdown(conversations.get("a1"), conversations.turns("a1"))

    assert text.startswith("# How \\*much\\* oil?\n")
    assert "[1] Press manual › 4.3 Oil, page 7 (`/manuals/press.pdf`)" in text
    assert text.index("## How") < text.index("> Fill 16 l.") < text.index("## And water?")
