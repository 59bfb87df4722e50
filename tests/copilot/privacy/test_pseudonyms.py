"""Placeholders go out, values come back: exactly, however the answer is cut and whatever the texts look like."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from copilot.privacy.policy import PERSONAL, Pattern, Pseudonymise
from copilot.privacy.pseudonyms import Pseudonyms
from copilot.privacy.recognising import kinds
from tests.copilot.privacy.private import secrets

KINDS = kinds(Pseudonymise(), ["Smith", "Anna Long"])


def pseudonyms() -> Pseudonyms:
    return Pseudonyms(KINDS)


def replaced(text: str) -> str:
    return pseudonyms().replace([text])[0]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("write to a@b.de, or A@b.de, or a@b.de", "write to ⟦MAIL_1⟧, or ⟦MAIL_2⟧, or ⟦MAIL_1⟧"),
        ("Mr. Miller's drive; Miller said", "Mr. ⟦NAME_1⟧'s drive; ⟦NAME_1⟧ said"),
        ("Frau Erika Mustermann rief an. Mustermanns Gerät", "Frau ⟦NAME_1⟧ rief an. ⟦NAME_2⟧s Gerät"),
        ("ask smith", "ask ⟦NAME_1⟧"),
        ("password: hunter22, later hunter22", "password: ⟦SECRET_1⟧, later ⟦SECRET_1⟧"),
        ("patient no. 4711-8 and F0012", "patient no. ⟦PATIENT_1⟧ and F0012"),
        ("at 10.0.0.7 (00:1B:44:11:3A:B7)", "at ⟦IP_1⟧ (⟦MAC_1⟧)"),
        ("S/N 6A-8812-X", "S/N ⟦SERIAL_1⟧"),
        ("F0012, P1121, BR-120, 6SL3210-5BE24-0UA0, 24 V", "F0012, P1121, BR-120, 6SL3210-5BE24-0UA0, 24 V"),
    ],
)
def test_values_become_placeholders(text: str, sent: str) -> None:
    assert replaced(text) == sent


@pytest.mark.parametrize(
    "text",
    [
        "[MAIL_1] a@b.de",
        "⟦MAIL_1⟧ a@b.de",
        "mail 1, a@b.de",
        "⟦mail_01⟧ <MAIL-1> a@b.de",
        "⟦ a@b.de ⟧",
        "[a@b.de]",
        "⟦⟦a@b.de",
    ],
)
def test_a_text_that_looks_like_a_placeholder_stays_what_it_is(text: str) -> None:
    both = pseudonyms()

    sent = both.replace([text])[0]

    assert "a@b.de" not in sent
    assert both.restore(sent) == text


def test_a_later_text_that_looks_like_one_given_out_before_is_replaced_itself() -> None:
    both = pseudonyms()
    first = both.replace(["a@b.de"])[0]

    later = both.replace(["see [MAIL_1] and a@b.de"])[0]

    assert (first, later) == ("⟦MAIL_1⟧", "see ⟦TEXT_1⟧ and ⟦MAIL_1⟧")
    assert both.restore(later) == "see [MAIL_1] and a@b.de"


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("Ask ⟦NAME_1⟧ at ⟦MAIL_1⟧.", "Ask Miller at a@b.de."),
        ("⟦name_1⟧ ⟦Mail_1⟧", "Miller a@b.de"),
        ("⟦NAME_1⟧'s, ⟦NAME_1⟧s", "Miller's, Millers"),
        ("⟦NAME_1's⟧ ⟦NAME_1s⟧", "Miller's Millers"),
        ("[NAME_1], [[NAME_1]], <NAME_1>, {NAME_1}, {{NAME_1}}, 〚NAME_1〛", ", ".join(["Miller"] * 6)),
        ("NAME_1 and (MAIL_1)", "Miller and (a@b.de)"),
        ("⟦NAME_01⟧ ⟦NAME 1⟧ ⟦NAME-1⟧ ⟦ NAME_1 ⟧", "Miller Miller Miller Miller"),
        (r"⟦NAME\_1⟧ NAME\_1", "Miller Miller"),
        ("⟦NAME_1", "Miller"),
        ("⟦NAME_2⟧ ⟦MAIL_12⟧ MAIL_12 ⟦IBAN_1⟧", "⟦NAME_2⟧ ⟦MAIL_12⟧ MAIL_12 ⟦IBAN_1⟧"),  # never given out
        ("FILENAME_1 xMAIL_1", "FILENAME_1 xMAIL_1"),
        ("⟦NAME_1⟧⟦MAIL_1⟧", "Millera@b.de"),
    ],
)
def test_an_answer_gets_the_values_back_however_it_writes_them(answer: str, shown: str) -> None:
    both = pseudonyms()
    both.replace(["Mr. Miller, a@b.de"])

    assert both.restore(answer) == shown
    for size in (1, 2, 3, 7):
        restorer = both.restorer()
        pieces = [answer[start : start + size] for start in range(0, len(answer), size)]
        assert "".join([*(restorer.feed(piece) for piece in pieces), restorer.finish()]) == shown


def test_a_word_that_can_be_no_placeholder_is_not_held_back() -> None:
    both = pseudonyms()
    both.replace(["a@b.de"])
    restorer = both.restorer()

    assert restorer.feed("Turn the drive off") == "Turn the drive off"
    assert restorer.feed(" and ask ⟦MA") == " and ask "
    assert restorer.feed("IL_1⟧ ") == "a@b.de "


def test_what_the_evidence_needs_stays_where_its_kind_says_so() -> None:
    own = Pattern(name="badge", pattern=r"\bB-\d{5}\b", unless_in_evidence=True)
    found = kinds(Pseudonymise(patterns=(own,)), [])

    assert Pseudonyms(found, lambda value: value == "B-12345").replace(["B-12345 B-54321"]) == ["B-12345 ⟦BADGE_1⟧"]


def test_a_pattern_of_one_s_own_may_mark_the_part_that_is_replaced() -> None:
    found = kinds(Pseudonymise(personal=(), patterns=(Pattern(name="bed", pattern=r"bed (?P<value>\d+)"),)), [])

    assert Pseudonyms(found).replace(["bed 12"]) == ["bed ⟦BED_1⟧"]


def test_finds_that_overlap_are_replaced_as_one() -> None:
    """Else the end of one would stay behind."""
    patterns = (Pattern(name="one", pattern="abcd"), Pattern(name="two", pattern="cdef"))
    both = Pseudonyms(kinds(Pseudonymise(personal=(), patterns=patterns), []))

    assert both.replace(["xabcdefx"]) == ["x⟦ONE_1⟧x"]
    assert both.restore("⟦ONE_1⟧") == "abcdef"


def test_invisible_characters_hide_nothing_and_come_back() -> None:
    both = pseudonyms()
    text = "4111\u200b1111\u00ad11111111 a\u200b@b.de pass\u00adword: hunter22"

    sent = both.replace([text])[0]

    assert sent.endswith(": ⟦SECRET_1⟧")
    assert "@" not in sent
    assert "1111" not in sent
    assert both.restore(sent) == text


def test_a_pattern_that_matches_everything_ends() -> None:
    greedy = Pseudonyms(kinds(Pseudonymise(personal=(), patterns=(Pattern(name="all", pattern=r"(?s).+"),)), []))

    assert greedy.replace(["a b c", "a b c"]) == ["⟦ALL_1⟧", "⟦ALL_1⟧"]


LOOKALIKES = st.sampled_from(
    [
        "⟦",
        "⟧",
        "[",
        "]",
        "MAIL_1",
        "⟦MAIL_1⟧",
        "[NAME_2]",
        "mail 1",
        "TEXT_1",
        "⟦TEXT_1⟧",
        "_1",
        "1",
        "NAME",
        "⟦SECRET_1",
        "s",
        "\\_",
    ]
)
PIECES = st.lists(st.one_of(st.text(max_size=15), LOOKALIKES, secrets().map(lambda one: one.said)), max_size=8).map(
    "".join
)


@settings(max_examples=300)
@given(st.lists(PIECES, min_size=1, max_size=3))
@example(["MAIL_\x85a@b.de"])
def test_round_trip_is_exact(texts: list[str]) -> None:
    both = pseudonyms()

    sent = both.replace(texts)

    assert [both.restore(text) for text in sent] == texts
    assert not any(both.remaining(text) for text in sent)


@settings(max_examples=200)
@given(PIECES, PIECES)
def test_round_trip_of_a_later_text_is_exact(first: str, later: str) -> None:
    both = pseudonyms()
    before = both.replace([first])[0]

    after = both.replace([later])[0]

    assert both.restore(after) == later
    assert both.restore(before) == first


@settings(max_examples=250)
@given(PIECES, st.lists(st.integers(0, 60), max_size=12))
def test_a_stream_says_the_same_however_it_is_cut(text: str, cuts: list[int]) -> None:
    both = pseudonyms()
    both.replace(["Mr. Miller, a@b.de, password: hunter22, [TEXT_1] Frau Maier"])
    restorer, reached, shown = both.restorer(), 0, ""
    for cut in cuts:
        shown += restorer.feed(text[reached : reached + cut])
        reached += cut
    shown += restorer.feed(text[reached:]) + restorer.finish()

    assert shown == both.restore(text)


def test_a_repr_shows_no_value() -> None:
    both = pseudonyms()
    both.replace(["a@b.de", "password: hunter22"])

    assert repr(both) == "Pseudonyms({'MAIL': 1, 'SECRET': 1})"


def test_every_personal_kind_is_known() -> None:
    named = {kind.name for kind in KINDS}

    assert {name.upper() for name in PERSONAL} | {"SECRET"} == named
    assert all(re.fullmatch("[A-Z_]+", name) for name in named)
