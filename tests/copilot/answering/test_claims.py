"""Numbers, units and identifiers: what one text says, and whether another bears it out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.answering.claims import claims_of, unsupported

TABLE = "Thread | Torque (Nm) | Length [mm]\nM6 | 10 | 25\nM8 | 25 | 40"

BORNE_OUT = {
    "the same words": ("Tighten to 1.3 Nm.", "The torque is 1.3 Nm."),
    "no blank before the unit": ("1.3 Nm", "1.3Nm"),
    "a decimal comma": ("1.3 Nm", "1,3 Nm"),
    "a zero at the end": ("1.30 Nm", "1.3 Nm"),
    "no zero at the beginning": (".5 mm", "0.5 mm"),
    "thousands with a comma": ("1300 rpm", "1,300 rpm"),
    "thousands with a thin space": ("1300 rpm", "1\u202f300 rpm"),
    "thousands with an apostrophe": ("1300 rpm", "1'300 rpm"),
    "a unit by its name": ("10 seconds", "10 s"),
    "per cent": ("50 percent", "50 %"),
    "degrees in words": ("90 degrees", "90°"),
    "degrees Celsius in words": ("40 degrees C", "40 °C"),
    "two kinds of mu": ("5 \u00b5m", "5 \u03bcm"),
    "two kinds of ohm": ("38 \u03a9", "38 \u2126"),
    "24 V DC are 24 V": ("24 V", "24 V DC"),
    "a hyphen before the unit": ("24 V", "a 24-volt supply"),
    "a minus that is a dash": ("-20 °C", "from –20 °C to 40 °C"),
    "a plus": ("5 V", "+5 V"),
    "a range, its first end": ("4 mA to 20 mA", "4-20 mA"),
    "a range with dots": ("10 mm to 20 mm", "10...20 mm"),
    "a range without blanks": ("between 10 and 20 mm", "10-20mm"),
    "alternatives": ("50 Hz", "50/60 Hz"),
    "a list with one unit": ("6 mm", "4, 6 and 8 mm"),
    "a tolerance": ("0.5 mm", "±0.5 mm"),
    "a fraction": ("3/8 in", "3/8 inch"),
    "a unit in the header of the column": ("M6 takes 10 Nm", TABLE),
    "a unit in a column of its own": ("1.3 Nm", "Name | Value | Unit\nTorque | 1.3 | Nm"),
    "a unit in the first cell of the row": ("25 Nm", "Size | M6 | M8\nTorque (Nm) | 10 | 25"),
    "an ambiguous unit in a header": ("3 A", "Fuse | Current (A)\nF3 | 3"),
    "a table that lost its columns": ("25 Nm", "Thread  Torque (Nm)\nM6 10\nM8 25"),
    "a unit named once": ("25 Nm", "Torques in Nm: 10, 25"),
    "identifier with a dash": ("BR120", "the brake BR-120"),
    "identifier with a blank in the source": ("BR-120", "the brake BR 120"),
    "identifier with a blank in the answer": ("the brake BR 120", "the brake BR-120"),
    "identifier in lower case": ("f0012", "F0012"),
    "a part of a dotted name": ("the 7i76e", "hm2_7i76e.0"),
    "a range of identifiers in the source": ("F0012 and F0015", "F0012-F0015"),
    "a range of identifiers in the answer": ("F0012–F0015", "F0012, F0015"),
    "a version": ("2.8.0", "since version 2.8.0"),
    "a date": ("2024-05-12", "on 2024-05-12."),
    "numbers of an answer's items": ("1. Loosen the screw.\n2. Take it off.", "Loosen the screw. Take it off."),
    "a word, not inches": ("5 in a row", "5 times in a row"),
    "a word, not inches, again": ("There are 5 in total.", "The set has 5 screws."),
}

NOT_BORNE_OUT = {
    "another number": ("13 Nm", "1.3 Nm", ["13 Nm"]),
    "another number, though the digits stand elsewhere": ("13 Nm", "1.3 Nm, see section 13.", ["13 Nm"]),
    "another number, though a step has it": ("13 Nm", "13. Tighten to 1.3 Nm.", ["13 Nm"]),
    "the decimal point lost": ("1300 Nm", "1.300 Nm", ["1300 Nm"]),
    "another unit": ("10 cm", "10 mm", ["10 cm"]),
    "a speed is no length": ("5 m/s", "5 m", ["5 m/s"]),
    "mega is not milli": ("5 MW", "5 mW", ["5 MW"]),
    "AC is not DC": ("24 VAC", "24 VDC", ["24 VAC"]),
    "the sign": ("20 °C", "-20 °C", ["20 °C"]),
    "the sign, as a dash": ("20 °C", "–20 °C", ["20 °C"]),
    "no zero before the point": (".5 mm", "5 mm", [".5 mm"]),
    "an area is no length": ("10 mm²", "10 mm", ["10 mm²"]),
    "the unit of another column": ("M6 takes 25 Nm", "Thread | Torque (Nm) | Length [mm]\nM6 | 10 | 25", ["25 Nm"]),
    "the fraction turned round": ("5/8 in", "3/8 in, 8/5", ["5/8 in"]),
    "a bare number made inches by a word nearby": ("10 in", "10 | 20\nlook in the manual", ["10 in"]),
    "a range's other end": ("4 A to 20 mA", "4-20 mA", ["4 A"]),
    "digits swapped": ("P1121", "P1112", ["P1121"]),
    "a digit lost": ("F012", "F0012", ["F012"]),
    "an identifier is no number": ("1121 rpm", "P1121", ["1121 rpm"]),
    "a spaced identifier that is not there": ("the brake BR 130", "the brake BR-120", ["130"]),
    "one end of a range is not there": ("F0012-F0099", "F0012 and F0015", ["F0012-F0099"]),
    "another version": ("2.8.1", "2.8.0", ["2.8.1"]),
    "the dots of a version": ("1.12.3", "11.2.3", ["1.12.3"]),
    "another date": ("2024-05-12", "2024-12-05", ["2024-05-12"]),
    "nothing there": ("F0012 means 10 Nm", "", ["F0012", "10 Nm"]),
}


@pytest.mark.parametrize(("answer", "source"), BORNE_OUT.values(), ids=BORNE_OUT)
def test_what_the_source_says_in_other_letters_is_borne_out(answer: str, source: str) -> None:
    assert unsupported(answer, source) == []


@pytest.mark.parametrize(("answer", "source", "expected"), NOT_BORNE_OUT.values(), ids=NOT_BORNE_OUT)
def test_what_the_source_does_not_say_is_not(answer: str, source: str, expected: list[str]) -> None:
    assert [claim.text for claim in unsupported(answer, source)] == expected


def test_words_are_no_claims() -> None:
    assert claims_of("Turn it on/off, e.g. the input/output of the two-stage pump. Re-enable it (see above).") == []


ALPHABET = st.sampled_from(list("0123456789.,-–−+/ \n|()[]NmVAsin°%µΩ½²'\u00a0FB:;x×\0\U0001f600é漢"))
TEXTS = st.one_of(st.text(max_size=200), st.text(ALPHABET, max_size=120))


@given(TEXTS)
def test_claims_stand_where_they_say_in_order_and_apart(text: str) -> None:
    claims = claims_of(text)

    assert [text[claim.start : claim.end] for claim in claims] == [claim.text for claim in claims]
    assert all(claim.value for claim in claims)
    assert all(one.end <= other.start for one, other in pairwise(claims))


@given(TEXTS)
def test_every_text_bears_itself_out(text: str) -> None:
    assert unsupported(text, text) == []


@given(TEXTS, TEXTS)
def test_more_source_never_takes_a_bearing_away_from_a_text_put_after_it(text: str, more: str) -> None:
    assert unsupported(text, f"{more}\n\n{text}") == []


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(["Nm", "V", "mm", "", "°C"]))
def test_two_numbers_bear_each_other_out_only_when_they_are_equal(one: int, other: int, unit: str) -> None:
    assert (unsupported(f"It is {one} {unit} here", f"It is {other} {unit} here") == []) is (one == other)
