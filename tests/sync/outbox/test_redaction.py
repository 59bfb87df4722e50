"""Personal data is blanked, however it is written; what a machine is described by stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.outbox.redaction import Redactor
from tests.sync.outbox.personal_data import cards, ibans, mails, phones

REDACTOR = Redactor(names=["Anna Müller", "O'Brien", "Smith"])


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("write to j.doe+x@plant.example.com, please", "write to [mail], please"),
        ("(anna@müller.de)", "([mail])"),
        ("root@localhost", "[mail]"),  # no dot
        ("anna ＠ plant.de", "[mail]"),  # a full-width at sign, and spaces
        ("call +49 170 1234567.", "call [phone]."),
        ("call 0049-170-1234567 now", "call [phone] now"),
        ("030/1234567 or (0171) 234 56 78", "[phone] or [phone]"),
        ("ring (555) 123-4567", "ring [phone]"),
        ("DE89 3704 0044 0532 0130 00 and more", "[iban] and more"),
        ("de89370400440532013000", "[iban]"),
        ("DE89-3704-0044-0532-0130-00", "[iban]"),
        ("order 7 4111 1111 1111 1111", "order 7 [card]"),  # digits before it, only a space between
        ("4111-1111-1111-1111", "[card]"),
        ("378282246310005", "[card]"),
        ("4111\u200b1111\u00ad11111111", "[card]"),  # invisible characters in it
        ("Ask anna müller or O’Brien", "Ask [name] or [name]"),
        ("ask o'brien, SMITH and Smithson", "ask [name], [name] and Smithson"),
    ],
)
def test_personal_data_is_blanked(text: str, redacted: str) -> None:
    assert REDACTOR.text(text)[0] == redacted


@pytest.mark.parametrize(
    "text",
    [
        "F0012 at 400 ms, 24 V, 0.8 l, 5000 hours, 0,5–0,75 mm",
        "part 6SL3210-5BE24-0UA0, article 5BE24",
        "2026-11-24T22:05:00+00:00 and 24.11.2026 10:05:59",
        "192.168.100.20:4840, fe80::1",
        "torque 400-500 Nm at 1,200 rpm",
        "4111 1111 1111 1112",  # Luhn says no
        "BE68 5390 0754 7035",  # the check digits say no
        "5 pieces @ 3 EUR",
        "01a20f9f-3ad1-736e-95cb-ad8ab6682864",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_what_describes_a_machine_stays(text: str) -> None:
    assert REDACTOR.text(text)[0] == text


SURROUNDINGS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
GAPS = st.sampled_from([" ", "\n", ", ", ": ", " (", "; ", "\t", " – "])


@given(SURROUNDINGS, GAPS, mails() | phones() | ibans() | cards(), GAPS, SURROUNDINGS)
def test_wherever_it_stands_none_of_it_stays(before: str, gap: str, secret: str, gap2: str, after: str) -> None:
    text, found = REDACTOR.text(before + gap + secret + gap2 + after)

    assert secret not in text
    assert sum(found.values()) >= 1


@given(st.text(max_size=200))
def test_blanking_twice_changes_nothing_more(text: str) -> None:
    once = REDACTOR.text(text)[0]

    assert REDACTOR.text(once)[0] == once


@pytest.mark.parametrize("piece", ["1 ", "12", "4 ", "DE8 ", "0", "+1-", "(0", "a@", '"', "DE89370400", "a"])
def test_no_text_takes_for_ever(piece: str) -> None:
    """Much of each: work that grew with the square of it would not end within the test's life."""
    REDACTOR.text(piece * (300_000 // len(piece)))


def test_tables_lists_and_numbers_are_walked() -> None:
    value = {"a@b.de": ["call 0171 2345678", {"n": 4111111111111111, "count": 12, "ok": True, "none": None}]}

    redacted = REDACTOR.value(value)  # type: ignore[arg-type]

    assert redacted.value == {"[mail]": ["call [phone]", {"n": "[card]", "count": 12, "ok": True, "none": None}]}
    assert redacted.found == {"mail": 1, "phone": 1, "card": 1}


def test_patterns_of_ones_own_are_blanked_too() -> None:
    redactor = Redactor((), patterns=[("badge", re.compile(r"\bB-\d{5}\b"))])

    assert redactor.text("B-12345 a@b.de")[0] == "[badge] a@b.de"
