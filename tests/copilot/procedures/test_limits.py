"""What a step prescribes, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.procedures.limits import ALTERNATIVES, CONDITIONAL, LOOSE_TOLERANCE, TWO_WAYS, limits_of
from copilot.procedures.values import Limit


def said(limit: Limit) -> tuple[str, str | None, str | None, str]:
    return limit.kind, limit.low, limit.high, limit.unit


PRESCRIBED = {
    "tolerance": ("Tighten to 40 ± 2 Nm.", [("range", "38", "42", "Nm")]),
    "tolerance with two units": ("The meter shows 46 Hz ± 2 Hz.", [("range", "44", "48", "Hz")]),
    "tolerance in percent": ("The coil measures 16 Ω ± 5 %.", [("range", "15.2", "16.8", "Ω")]),
    "tolerance as +/-": ("Set it to 24 +/- 0.5 V.", [("range", "23.5", "24.5", "V")]),
    "tolerance for both": (
        "BR-120 measures 16 Ω, BR-210 measures 9.6 Ω, both ± 5 %.",
        [("range", "15.2", "16.8", "Ω"), ("range", "9.12", "10.08", "Ω")],
    ),
    "between": ("Set the pressure between 3 and 5 bar.", [("range", "3", "5", "bar")]),
    "to": ("Enter the belt speed (0.10 to 0.60 m/s).", [("range", "0.1", "0.6", "m/s")]),
    "dash": ("The pressure should be 3–5 bar.", [("range", "3", "5", "bar")]),
    "max": ("Check the oil temperature (max. 60 °C).", [("range", None, "60", "°C")]),
    "at least": ("The gap must be at least 2 mm.", [("range", "2", None, "mm")]),
    "minimum behind": ("3 bar minimum", [("range", "3", None, "bar")]),
    "not more than": ("It may be not more than 3 mm.", [("range", None, "3", "mm")]),
    "within": ("Both at the same height within 2 mm.", [("range", None, "2", "mm")]),
    "nominal": ("Tighten the screw to 1.3 Nm.", [("nominal", "1.3", "1.3", "Nm")]),
    "filled": ("Fill 16 l of HLP 46 through the filter.", [("nominal", "16", "16", "l")]),
    "label": ("Terminals: 2.5 Nm.", [("nominal", "2.5", "2.5", "Nm")]),
    "about": ("Run the clamp until the oil is at about 40 °C.", [("about", "40", "40", "°C")]),
    "several": (
        "Tighten the gland to 180 Nm, the screws M16 (class 10.9) to 338 Nm, the jaw to 450 Nm.",
        [("nominal", "180", "180", "Nm"), ("nominal", "338", "338", "Nm"), ("nominal", "450", "450", "Nm")],
    ),
    "one for each size": (
        "Tighten the bolts to 23 Nm (M8) or 46 Nm (M10).",
        [("nominal", "23", "23", "Nm"), ("nominal", "46", "46", "Nm")],
    ),
    "one for each": (
        "P1218: 0.40 s on A1, 0.60 s on A2.",
        [("nominal", "0.4", "0.4", "s"), ("nominal", "0.6", "0.6", "s")],
    ),
    "count": ("The signal bar shows at least 8 of 10.", [("range", "8", None, "")]),
    "German": (
        "Anzugsmoment 25 Nm ± 10 %, höchstens 60 °C.",
        [("range", "22.5", "27.5", "Nm"), ("range", None, "60", "°C")],
    ),
    "German verb behind": ("Druck auf 6 bar einstellen", [("nominal", "6", "6", "bar")]),
    "German comma": ("Spalt auf 0,35 mm einstellen", [("nominal", "0.35", "0.35", "mm")]),
}


@pytest.mark.parametrize(("text", "limits"), PRESCRIBED.values(), ids=PRESCRIBED)
def test_what_the_text_prescribes_is_found_without_a_doubt(
    text: str, limits: list[tuple[str, str | None, str | None, str]]
) -> None:
    found = limits_of(text)

    assert [said(one) for one in found] == limits
    assert [one.doubt for one in found] == [""] * len(limits)
    assert all(one.text == text[one.start : one.end] for one in found)


STRICT = {
    "until below": ("Wait until the gauge reads below 5 bar.", (None, "5", False)),
    "must be below": ("It must be below 50 V.", (None, "50", False)),
    "until above": ("Heat it until it is above 60 °C.", ("60", None, False)),
    "not until below": ("Do not open it until the temperature is below 40 °C.", (None, "40", False)),
    "not below": ("The voltage must not be below 22.8 V.", ("22.8", None, True)),
    "not exceed": ("Do not exceed 60 °C.", (None, "60", True)),
    "must not be over": ("The play must not be over 0.3 mm.", (None, "0.3", True)),
}


@pytest.mark.parametrize(("text", "bounds"), STRICT.values(), ids=STRICT)
def test_below_and_above_leave_the_bound_out_and_a_not_turns_them_around(
    text: str, bounds: tuple[str | None, str | None, bool]
) -> None:
    [found] = limits_of(text)

    assert (found.low, found.high, found.low_included and found.high_included) == bounds
    assert not found.doubt


NO_LIMIT = {
    "a tool": "Pass the 30 mm test rod slowly through the field.",
    "a size": "The lever for BR-120 is 180 mm long.",
    "a rate": "The panel computes the pressure: 17.5 bar for each kN.",
    "a weight": "Undo the screws and pull the coil body off. It weighs 2.9 kg.",
    "a phone number": "Report to the control room, telephone 4400.",
    "a mere number": "Move it five times, then 20 stops.",
    "a stroke": "Move the lift up and down over its 650 mm.",
    "two units": "Cut it to 1 m ± 2 mm.",
}


@pytest.mark.parametrize("text", NO_LIMIT.values(), ids=NO_LIMIT)
def test_a_number_that_is_no_value_to_be_reached_is_no_limit(text: str) -> None:
    assert limits_of(text) == ()


DOUBTFUL = {
    "condition before": ("Below 80 bar, fill nitrogen slowly to 90 bar.", CONDITIONAL),
    "temperature before": ("At 20 °C it is 90 bar.", CONDITIONAL),
    "if": ("If the screws are M8, tighten them to 23 Nm.", CONDITIONAL),
    "while": ("Do not touch it while the voltage is above 50 V.", CONDITIONAL),
    "conclusion": ("Measure: more than 3 mm in 10 minutes with 200 kg is F0015.", CONDITIONAL),
    "sign and conclusion": ("Wear > 3 mm: replace the disc.", CONDITIONAL),
    "condition behind": ("Set the pressure to 90 bar at 20 °C.", CONDITIONAL),
    "too low": ("A pressure of 3 bar is too low.", CONDITIONAL),
    "or": ("Torque: 10 or 12 Nm", ALTERNATIVES),
    "another of its unit": ("Set the first to 40 mm, the second 60 mm.", ALTERNATIVES),
    "thousands": ("Tighten to 1,200 Nm.", TWO_WAYS),
    "stray tolerance": ("Set the first to 40 mm, check the second, tolerance of the whole ± 2 mm.", LOOSE_TOLERANCE),
}


@pytest.mark.parametrize(("text", "doubt"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_holds_only_sometimes_or_can_be_read_in_two_ways_is_kept_with_its_doubt(text: str, doubt: str) -> None:
    found = limits_of(text)

    assert found
    assert all(one.doubt for one in found)
    assert doubt in {one.doubt for one in found}


def test_what_tells_one_limit_from_the_other_is_part_of_its_words() -> None:
    assert [one.text for one in limits_of("P1218: 0.40 s on A1, 0.60 s on A2.")] == ["0.40 s on A1", "0.60 s on A2"]
    assert [one.text for one in limits_of("Tighten to 23 Nm (M8) or 46 Nm (M10).")] == ["23 Nm (M8)", "46 Nm (M10)"]


@pytest.mark.parametrize(("language", "value"), [("en", "1200"), ("de", "1.2")])
def test_the_language_of_the_document_says_what_a_comma_means(language: str, value: str) -> None:
    [found] = limits_of("Tighten to 1,200 Nm.", language)

    assert (found.low, found.doubt) == (value, "")


@given(st.text(max_size=300))
def test_every_text_can_be_read(text: str) -> None:
    for limit in limits_of(text):
        assert 0 <= limit.start < limit.end <= len(text)


@given(
    low=st.decimals(0, 999, places=2),
    width=st.decimals("0.01", 99, places=2),
    unit=st.sampled_from(["Nm", "bar", "mm", "°C", "V", "l/min"]),
    form=st.sampled_from(["Set it between {} and {} {}.", "It must be {} to {} {}.", "Range: {}–{} {}"]),
)
def test_a_range_is_read_whatever_its_numbers_are(low: object, width: object, unit: str, form: str) -> None:
    from decimal import Decimal
    from fractions import Fraction

    bottom, top = Decimal(str(low)), Decimal(str(low)) + Decimal(str(width))

    [found] = limits_of(form.format(bottom, top, unit))

    assert (Fraction(found.low or "0"), Fraction(found.high or "0"), found.unit) == (
        Fraction(bottom),
        Fraction(top),
        unit,
    )
    assert not found.doubt
