"""Templates of notes, and those that the owner adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.notes import Context, Notes
from copilot.notes.templates import Templates
from index.errors import NotThere, UsageError

CONTEXT = Context(machine="Press 3", work_order="4711")
OWN = """
tags = ["greasing"]
[en]
title = "Greasing"
text = "Greased {machine} on {date}, {unknown} {machine"
"""


@pytest.mark.parametrize("name", ["handover", "inspection", "repair"])
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_those_that_come_with_the_program_fill_in_what_is_known(name: str, language: str) -> None:
    template = Templates().get(name)

    text = template.filled(CONTEXT, "2026-03-12", "08:00", language)

    assert "Press 3" in text
    assert ("4711" in text) or name == "handover"
    assert "{" not in text
    assert template.tags == (name,)
    assert template.wording("de") != template.wording("en") == template.wording("fr")


def test_one_of_the_owner_is_there_at_once_and_takes_the_place_of_another(tmp_path: Path) -> None:
    templates = Templates(tmp_path)
    assert [one.name for one in templates.all()[0]] == ["handover", "inspection", "repair"]

    (tmp_path / "greasing.toml").write_text(OWN)
    (tmp_path / "repair.toml").write_text(OWN)

    assert [one.name for one in templates.all()[0]] == ["greasing", "handover", "inspection", "repair"]
    assert templates.get("repair").en.title == "Greasing"
    filled = templates.get("greasing").filled(CONTEXT, "2026-03-12", "08:00")
    assert filled == "Greased Press 3 on 2026-03-12, {unknown} {machine"


@pytest.mark.parametrize(
    "content", ["not toml", "[de]\ntitle='x'\ntext='x'", OWN + "colour = 'red'", "[en]\ntitle=''\ntext='x'", "\xff"]
)
def test_one_that_cannot_be_used_is_told_and_keeps_none_of_the_others_away(tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.toml").write_bytes(content.encode("latin-1"))
    templates = Templates(tmp_path)

    found, complaints = templates.all()

    assert len(found) == 3
    assert len(complaints) == 1
    assert "bad" in complaints[0]
    with pytest.raises(UsageError):
        templates.get("bad")
    with pytest.raises(NotThere, match="none"):
        templates.get("none")


def test_a_note_begins_with_its_text_and_its_tags(notes: Notes) -> None:
    draft = notes.begin(CONTEXT, template="repair", text="Coil open", tags=["coil", "Repair"])

    assert draft.text.startswith("# Repair Press 3")
    assert draft.text.endswith("Coil open")
    assert [tag.casefold() for tag in draft.tags] == ["repair", "coil"]
    assert draft.template == "repair"
