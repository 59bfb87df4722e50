"""A value is called right only where that is certain."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.procedures.checking import check
from copilot.procedures.conversion import convert, seconds
from copilot.procedures.limits import limits_of
from copilot.procedures.numbers import decimal_text, readings
from copilot.procedures.values import Step, Verdict


def step(text: str) -> Step:
    return Step(text=text, limits=limits_of(text))


CASES: dict[str, tuple[str, str, Verdict]] = {
    "in": ("Tighten to 40 ± 2 Nm.", "41 Nm", "in"),
    "at the edge": ("Tighten to 40 ± 2 Nm.", "42", "in"),
    "beyond it": ("Tighten to 40 ± 2 Nm.", "42.01 Nm", "out"),
    "ten times too much": ("Tighten to 1.3 Nm.", "13 Nm", "out"),
    "another unit": ("Tighten to 40 ± 2 Nm.", "4000 Ncm", "in"),
    "foot pounds": ("Tighten to 40 ± 2 Nm.", "30 ft-lb", "in"),
    "foot pounds, too many": ("Tighten to 40 ± 2 Nm.", "40 ft-lb", "out"),
    "psi": ("Set the pressure between 3 and 5 bar.", "60 psi", "in"),
    "kilopascal": ("Set the pressure between 3 and 5 bar.", "250 kPa", "out"),
    "Fahrenheit": ("Max. 60 °C.", "140 °F", "in"),
    "Fahrenheit, hotter": ("Max. 60 °C.", "140.1 °F", "out"),
    "inches": ("The gap must be at least 2 mm.", "0.08 in", "in"),
    "strictly below": ("Wait until the gauge reads below 5 bar.", "5 bar", "out"),
    "comma": ("The gap must be at least 2 mm.", "2,1 mm", "in"),
    "minus": ("The temperature must be at least -5 °C.", "−4 °C", "in"),
    "about, equal": ("Heat to about 40 °C.", "40", "in"),
    "about, near": ("Heat to about 40 °C.", "41", "unknown"),
    "not of that kind": ("Tighten to 40 ± 2 Nm.", "40 bar", "unknown"),
    "direct for alternating": ("The supply must be at most 24 VDC.", "20 VAC", "unknown"),
    "words": ("Tighten to 40 ± 2 Nm.", "done", "unknown"),
    "two numbers": ("Tighten to 40 ± 2 Nm.", "40-42", "unknown"),
    "two readings that agree": ("Tighten to at most 2 Nm.", "3,000 Nm", "out"),
    "two readings that differ": ("Tighten to at most 40 Nm.", "1,200 Nm", "unknown"),
    "a limit under a condition": ("At 20 °C it is 90 bar.", "90 bar", "unknown"),
    "no limit": ("Loosen the screws.", "5 mm", "unknown"),
}


@pytest.mark.parametrize(("text", "entered", "verdict"), CASES.values(), ids=CASES)
def test_a_value_is_held_against_the_text(text: str, entered: str, verdict: Verdict) -> None:
    judged = check(step(text), entered)

    assert judged.verdict == verdict
    assert (judged.reason == "") == (verdict == "in")


def test_of_several_limits_the_one_of_its_kind_is_meant_or_none() -> None:
    rises = step("The pressure rises to 140 bar within 4 s.")
    tighten = step("Tighten those of the drum to 93 Nm and those of the tail to 54 Nm.")

    assert (check(rises, "3 s").limit, check(rises, "3 s").verdict) == (1, "in")
    assert check(rises, "140").verdict == "unknown"
    assert check(rises, "140", limit=0).verdict == "in"
    assert (check(tighten, "54 Nm").limit, check(tighten, "54 Nm").verdict) == (None, "unknown")
    assert check(tighten, "54 Nm", limit=1).verdict == "in"
    assert check(tighten, "54 Nm", limit=0).verdict == "out"


def test_the_reason_says_what_the_text_says_and_what_was_entered() -> None:
    assert check(step("Tighten to 40 ± 2 Nm."), "36 ft-lb").reason == (
        "Too high: the text says 40 ± 2 Nm (38 to 42 Nm), this is 48.81 Nm."
    )


@given(st.text(max_size=60))
def test_whatever_is_entered_gets_a_verdict(text: str) -> None:
    assert check(step("Tighten to 40 ± 2 Nm."), text).verdict in ("in", "out", "unknown")


@given(
    value=st.decimals(-999, 999, places=3),
    low=st.decimals(-999, 999, places=2),
    width=st.decimals(0, 99, places=2),
)
def test_in_means_within_both_bounds(value: object, low: object, width: object) -> None:
    from decimal import Decimal

    number, bottom = Decimal(str(value)), Decimal(str(low))
    top = bottom + Decimal(str(width))
    text = f"{number:f}"

    verdict = check(step(f"Set it between {bottom:f} and {top:f} bar."), f"{text} bar").verdict

    if verdict == "in":
        assert bottom <= number <= top
    elif verdict == "out":
        assert not bottom <= number <= top or len(readings(text)) > 1


@given(
    st.fractions(-1000, 1000, max_denominator=10_000),
    st.sampled_from([("Nm", "ft-lb"), ("bar", "psi"), ("°C", "°F"), ("mm", "in")]),
)
def test_there_and_back_again_is_where_one_was(value: Fraction, units: tuple[str, str]) -> None:
    there = convert(value, *units)

    assert there is not None
    assert convert(there, units[1], units[0]) == value


@pytest.mark.parametrize(
    ("value", "unit", "into", "expected"),
    [
        (1, "in", "mm", Fraction(254, 10)),
        (1, "m3", "l", Fraction(1000)),
        (100, "°C", "°F", Fraction(212)),
        (0, "K", "°C", Fraction(-27315, 100)),
        (1, "kWh", "J", Fraction(3_600_000)),
        (24, "V", "VDC", Fraction(24)),
        (24, "VAC", "VDC", None),
        (1, "Nm", "bar", None),
        (1, "rpm", "Hz", None),
    ],
)
def test_units_are_converted_exactly_or_not_at_all(value: int, unit: str, into: str, expected: Fraction | None) -> None:
    assert convert(Fraction(value), unit, into) == expected


def test_times_are_given_in_seconds() -> None:
    assert seconds(Fraction(3, 2), "min") == 90
    assert seconds(Fraction(3), "bar") is None


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("40", None, ["40"]),
        ("2,5", None, ["2.5"]),
        ("0.100", None, ["0.1"]),
        ("1,200", None, ["1.2", "1200"]),
        ("1.200", "de", ["1200"]),
        ("1.200", "en", ["1.2"]),
        ("1.234,5", None, ["1234.5"]),
        ("1,234,567", None, ["1234567"]),
        ("12’500", None, ["12500"]),
        ("3/8", None, ["0.375"]),
        ("-5", None, ["-5"]),
        ("1,2,3", None, []),
        ("3/0", None, []),
        ("x", None, []),
        ("", None, []),
    ],
)
def test_a_number_has_every_value_that_it_may_mean(text: str, language: str | None, values: list[str]) -> None:
    assert [decimal_text(value) for value in readings(text, language)] == values


@given(st.fractions(-10_000, 10_000, max_denominator=1000))
def test_decimal_text_loses_no_digit(value: Fraction) -> None:
    assert Fraction(decimal_text(value)) == value
