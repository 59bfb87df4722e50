from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.search.identifiers import LONGEST, candidates, extract, is_identifier, normalise, squeeze, surfaces


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Fault F0012 means", "f0012"),
        ("see P1121.", "p1121"),
        ("the pin hm2_7i76e.0 is", "hm27i76e.0"),
        ("brake BR-120 (rear)", "br120"),
        ("brake BR 120 (rear)", "br120"),
        ("brake BR–120 with an en dash", "br120"),
        ('a 3/8" bolt', '3/8"'),
        ("a 3/8 inch bolt", '3/8"'),
        ("a ⅜″ bolt", '3/8"'),
        ("a 1-1/2 in. pipe", '1+1/2"'),
        ("axis.0.jog-counts (s32)", "axis.0.jogcounts"),
        ("set [TRAJ]COORDINATES = XYZ", "[traj]coordinates"),
        ("edit /etc/nut/ups.conf first", "/etc/nut/ups.conf"),
        ("edit /etc/nut/ups.conf first", "ups.conf"),
        ("run upsdrvctl start", "upsdrvctl"),
        ("an M6x20 screw", "m6x20"),
        ("an M6 × 20 screw", "m6x20"),
        ("codes F0012/F0013 appear", "f0013"),
        ("codes F0012–F0015", "f0015"),
        ("board hm2_7i76e.0", "7i76e"),
        ("set NUT_CONFPATH to", "nutconfpath"),
        ("since 2.6.4 it", "2.6.4"),
        ("fixes CVE-2012-2944", "cve20122944"),
        ("cable 73-0844", "730844"),
        ("device 0463:ffff", "0463:ffff"),
        ("pass --with-libltdl to", "withlibltdl"),
        ("ini.<l>.max_acceleration", "ini.l.maxacceleration"),
    ],
)
def test_identifiers_of_a_document_are_found_in_their_normal_form(text: str, form: str) -> None:
    assert form in extract(text)


@pytest.mark.parametrize(
    "text",
    [
        "Plain words, and plain numbers: 12, 3.5, 1,000.",
        "at 24V, 50 Hz, 200ns, 2.7A or 10mm",
        "a 10-pin plug, a 24-bit word, 5-second steps",
        "the 1st, 2nd and 3rd",
        "e.g. this, i.e. that",
        "and/or TCP/IP; self-signed",
        "at 12:30 on page 12 of Figure-8",
        "his strengths and lengths",
        "Tap Settings.From there",
    ],
)
def test_words_numbers_and_measures_are_no_identifiers(text: str) -> None:
    assert extract(text) == set()


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("f 0012", "F0012"),
        ("f-0012", "F0012"),
        ("BR 120", "BR-120"),
        ("br120", "BR-120"),
        ("Br - 120", "BR-120"),
        ("HM2_7I76E.0", "hm2_7i76e.0"),
        ("hm2 7i76e 0", "hm2_7i76e.0"),
        ("m6 x 20", "M6x20"),
        ("3/8", '3/8"'),
        ("axis 0 jog counts", "axis.0.jog-counts"),
        ("[traj] COORDINATES", "[TRAJ]COORDINATES"),
        ("73 0844 b", "73-0844B"),
    ],
)
def test_what_is_typed_with_other_dashes_case_and_blanks_finds_what_is_written(typed: str, written: str) -> None:
    tried = {form for candidate in candidates(typed) for form in candidate.forms}

    assert tried & extract(written)


@pytest.mark.parametrize(
    ("one", "other"), [("P1121", "P1112"), ("F0012", "F0013"), ("M6x20", "M6x2"), ("2.6.4", "26.4")]
)
def test_different_identifiers_have_no_form_in_common(one: str, other: str) -> None:
    assert not extract(one) & extract(other)


def test_a_form_is_told_as_the_document_writes_it() -> None:
    written = surfaces("Brake BR-120, board hm2_7i76e.0")

    assert written["br120"] == "BR-120"
    assert written["hm27i76e.0"] == "hm2_7i76e.0"


def test_neighbouring_words_are_uncertain_and_shapes_are_certain() -> None:
    found = {candidate.text: candidate.certain for candidate in candidates("is br 120 like BR-121")}

    assert found["br 120"] is False
    assert found["BR-121"] is True


@given(st.text(max_size=60))
@example("İ-1")
@example("ﬁ⅔")
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


_CODES = st.from_regex(r"[A-Z]{1,4}[0-9]{2,5}", fullmatch=True).filter(is_identifier)


@given(_CODES, st.sampled_from(["", "-", " ", "_", "–"]), st.booleans())
def test_a_code_is_one_identifier_however_its_parts_are_joined(code: str, joint: str, lower: bool) -> None:
    letters = code.rstrip(string.digits)
    typed = f"{letters}{joint}{code[len(letters) :]}"
    typed = typed.lower() if lower else typed

    assert normalise(typed) == normalise(code)
    assert squeeze(typed) == squeeze(code)


@given(_CODES, st.text(alphabet=string.ascii_lowercase + " ", max_size=40))
def test_a_code_is_found_wherever_it_stands(code: str, words: str) -> None:
    assert normalise(code) in extract(f"{words} {code}, {words}")


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    for form in extract(text):
        assert form == form.strip() != ""
        assert len(form) <= LONGEST * 4  # case folding may lengthen
    for candidate in candidates(text):
        assert candidate.forms
