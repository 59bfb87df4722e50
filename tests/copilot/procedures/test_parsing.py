"""Procedures found in the text of sections."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.procedures.parsing import parse, wait_of
from copilot.procedures.values import Procedure
from index.chunking import chunk
from index.loaders import load

ROOT = Path(__file__).parents[3]


def shape(procedure: Procedure) -> list[tuple[str, int, str]]:
    return [(step.number, step.depth, step.text) for step in procedure.steps]


FORMS = {
    "points": "1. Loosen the screw.\n2. Lift the lid.",
    "brackets": "1) Loosen the screw.\n2) Lift the lid.",
    "both brackets": "(1) Loosen the screw.\n(2) Lift the lid.",
    "words": "Step 1: Loosen the screw.\nStep 2: Lift the lid.",
    "words without a mark": "STEP 1 Loosen the screw.\nSTEP 2 Lift the lid.",
    "German words": "Schritt 1: Loosen the screw.\nSchritt 2: Lift the lid.",
    "indented": "   1. Loosen the screw.\n   2. Lift the lid.",
    "blank lines between": "1. Loosen the screw.\n\n2. Lift the lid.\n",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_steps_are_found_however_they_are_numbered(text: str) -> None:
    [procedure] = parse(text, "Opening")

    assert shape(procedure) == [("1", 0, "Loosen the screw."), ("2", 0, "Lift the lid.")]
    assert procedure.title == "Opening"


def test_paths_letters_and_bullets_are_steps_within_steps() -> None:
    [procedure] = parse(
        "1. Prepare:\n  a) Drain the oil.\n  b) Close V5.\n2. Loosen\n   - screw A\n   - screw B\n3. Lift.", "Opening"
    )

    assert shape(procedure) == [
        ("1", 0, "Prepare:"),
        ("a", 1, "Drain the oil."),
        ("b", 1, "Close V5."),
        ("2", 0, "Loosen"),
        ("", 1, "screw A"),
        ("", 1, "screw B"),
        ("3", 0, "Lift."),
    ]
    [dotted] = parse("1 Intro\n2.1 Drain the oil.\n2.1.1 Close V5.\n2.1.2 Open V6.\n2.2 Lift.".replace("1 Intro\n", ""))
    assert [(step.number, step.depth) for step in dotted.steps] == [("2.1", 0), ("2.1.1", 1), ("2.1.2", 1), ("2.2", 0)]


def test_a_warning_belongs_to_the_step_after_it_and_before_the_first_to_all() -> None:
    [procedure] = parse(
        "WARNING Lock out first.\nThe lift falls.\n1. Loosen the screw.\n"
        "CAUTION: Hot oil\nmay spray.\n2. Lift the lid.\n"
        "3. Close it. NOTE Do not lose the seal.",
        "Opening",
    )

    assert [(one.severity, one.text) for one in procedure.warnings] == [("warning", "Lock out first.")]
    assert procedure.intro == "The lift falls."
    assert [(one.severity, one.text) for one in procedure.steps[1].warnings] == [("caution", "Hot oil may spray.")]
    assert procedure.steps[2].text == "Close it."
    assert [(one.severity, one.text) for one in procedure.steps[2].warnings] == [("note", "Do not lose the seal.")]


def test_note_as_a_verb_is_a_step() -> None:
    [procedure] = parse("1. Open V5.\n2. Note the reading of the gauge.\n", "Reading")

    assert procedure.steps[1].text == "Note the reading of the gauge."
    assert procedure.steps[1].warnings == ()


def test_a_wrapped_line_goes_on_with_its_step_and_a_paragraph_behind_is_a_remark() -> None:
    [procedure] = parse("1. Loosen the\nscrew.\n2. Lift the lid.\n\nThe lid weighs 2 kg.", "Opening")

    assert [step.text for step in procedure.steps] == ["Loosen the screw.", "Lift the lid."]
    assert procedure.steps[0].quote == "1. Loosen the\nscrew."
    assert procedure.remarks == ("The lid weighs 2 kg.",)


def test_a_number_that_does_not_follow_is_text() -> None:
    [procedure] = parse("1. Set P1 to\n40. This is right.\n2. Save.", "Setting")

    assert [step.text for step in procedure.steps] == ["Set P1 to 40. This is right.", "Save."]


def test_a_number_that_was_left_out_costs_no_step() -> None:
    [procedure] = parse("1. Loosen.\n2. Lift.\n4. Clean.\n5. Close.", "Opening")

    assert [step.number for step in procedure.steps] == ["1", "2", "4", "5"]


def test_a_count_that_begins_anew_is_another_procedure_with_the_heading_before_it() -> None:
    first, second = parse("To remove:\n1. Loosen.\n2. Lift.\nTo refit:\n1. Lower.\n2. Tighten to 40 Nm.", "Lid")

    assert (first.title, second.title) == ("Lid: To remove", "Lid: To refit")
    assert [step.text for step in second.steps] == ["Lower.", "Tighten to 40 Nm."]
    assert [step.text for step in first.steps] == ["Loosen.", "Lift."]


def test_bullets_are_steps_where_they_tell_what_to_do() -> None:
    told = parse("• Loosen the screw.\n• Lift the lid.\n• Check the seal.", "Replacing the seal")
    listed = parse("• F1 to F3: mains, 25 A gG\n• F4: electronic fuse\n• F21: brake coils, 4 A slow", "Fuses")

    assert [step.text for step in told[0].steps] == ["Loosen the screw.", "Lift the lid.", "Check the seal."]
    assert listed == []


def test_numbered_remarks_are_no_procedure() -> None:
    assert parse("1. The task is prempted by another.\n2. The function has returned.", "Notes") == []
    assert len(parse("1. Is Q1 on?\n2. Fuse F22 of the panel.", "Panel is dark")) == 1


def test_a_table_of_steps_is_a_procedure_and_one_of_data_is_none() -> None:
    [steps] = parse("Step | Action | Value\n1 | Tighten the lid | 40 ± 2 Nm\n2 | Fill oil | max. 16 l", "Closing")
    [bare] = parse("1 | Loosen the screw\n2 | Lift the lid", "Opening")

    assert shape(steps) == [("1", 0, "Tighten the lid. Value: 40 ± 2 Nm."), ("2", 0, "Fill oil. Value: max. 16 l.")]
    assert [(one.low, one.high) for one in steps.steps[0].limits] == [("38", "42")]
    assert len(bare.steps) == 2
    assert parse("Item | Value\nVoltage | 24 V\nPressure | 5 bar", "Technical data") == []


def test_one_line_is_no_procedure() -> None:
    assert parse("1. Loosen the screw.", "Opening") == []
    assert parse("", "") == []


def test_steps_know_their_page() -> None:
    text = "1. Loosen.\n2. Lift."

    [procedure] = parse(text, "Opening", page_at=lambda offset: 7 if offset < 11 else 8)

    assert [step.page for step in procedure.steps] == [7, 8]


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("Wait 10 minutes for the DC link to discharge.", 600),
        ("Wait for 30 s.", 30),
        ("Let the pump run for 1.5 min unloaded.", 90),
        ("Hold 140 bar for 10 minutes with the pump off.", 600),
        ("10 Minuten warten.", None),
        ("It takes about 2 minutes.", None),
        ("Wait until the gauge reads below 5 bar.", None),
        ("Wait 5 turns.", None),
    ],
)
def test_how_long_a_step_says_to_wait_is_read(text: str, wait_s: float | None) -> None:
    assert wait_of(text) == wait_s


@given(st.text(alphabet=st.sampled_from("1234.)(ab-•|: \nLift tighten 40Nm±WARNING!"), max_size=300))
def test_every_text_can_be_parsed_and_loses_none_of_its_steps_words(text: str) -> None:
    for procedure in parse(text, "Any"):
        for step in procedure.steps:
            if "|" not in step.quote:
                assert step.text.split()[0] in text
            assert 0 <= step.depth <= 8


def test_the_manual_of_the_example_machine_is_read_as_people_read_it() -> None:
    found = {one.title: one for one in _procedures(ROOT / "examples" / "manuals" / "tx200-service-manual.pdf")}

    oil = found["4.3 Changing the hydraulic oil"]
    assert [step.number for step in oil.steps] == [str(number) for number in range(1, 10)]
    assert [(one.kind, one.low, one.unit) for one in oil.steps[5].limits] == [("nominal", "40", "Nm")]
    assert found["3.3 Releasing the brake by hand"].warnings[0].severity == "warning"
    assert found["3.1 Lock-out and tag-out"].steps[5].wait_s == 600
    assert not any("Fuses" in title or "Technical data" in title for title in found)


def _procedures(path: Path) -> list[Procedure]:
    texts: dict[tuple[str, ...], str] = {}
    for one in chunk(load(path).blocks):
        texts[one.section.path] = texts.get(one.section.path, "") + one.body
    return [one for section, text in texts.items() for one in parse(text, section[-1] if section else "")]
