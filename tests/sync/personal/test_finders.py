"""What is recognised as personal or secret, and what describes a machine and stays."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest

from sync.outbox.redaction import Redactor
from sync.personal import (
    Finder,
    Seen,
    credentials,
    customer_numbers,
    ip_addresses,
    mac_addresses,
    patient_numbers,
    people,
    random_strings,
    serial_numbers,
    visible,
)


def found(find: Finder, text: str) -> list[str]:
    return [text[start:end] for start, end in sorted(set(find(text)))]


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("password: hunter2", ["hunter2"]),
        ("Password = 'two words'", ["two words"]),
        ('"password": "a,b;c"', ["a,b;c"]),
        ("DB_PASSWORD=x9!k, next", ["x9!k"]),
        ("The password for the panel is Sesam1.", ["Sesam1"]),
        ("Das Passwort lautet geheim", ["geheim"]),
        ("Kennwort: geheim)", ["geheim"]),
        ("<password>abc</password>", ["abc"]),
        ("login --password hunter2 --user joe", ["hunter2"]),
        ("passphrase → correct-horse", ["correct-horse"]),
        ("recovery phrase: one two three four. Next", ["one two three four"]),
        ("WPA key: abcd1234", ["abcd1234"]),
        ("PIN: 4711", ["4711"]),
        ("the pin code is 0815", ["0815"]),
        ("Authorization: Bearer abcdef123456.x", ["abcdef123456.x"]),
        ("https://joe:s3cret@host/x", ["joe:s3cret"]),
        (
            "sk-abcdefghijklmnop1234 and ghp_abcdefghijklmnopqrst12",
            ["sk-abcdefghijklmnop1234", "ghp_abcdefghijklmnopqrst12"],
        ),
        ("AKIAIOSFODNN7EXAMPLE", ["AKIAIOSFODNN7EXAMPLE"]),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc"]),
        ("password: password: x9", ["password:", "x9"]),
        ("token: a1b2, secret: c3", ["a1b2", "c3"]),
    ],
)
def test_credentials_are_found(text: str, secrets: list[str]) -> None:
    assert [one.rstrip(":") for one in found(credentials, text)] == [one.rstrip(":") for one in secrets]


@pytest.mark.parametrize(
    "text",
    [
        "The password is required.",
        "The password is case-sensitive",
        "the password: wrong",
        "Pin 4: 24 V, pin 5 is GND, PIN 12",
        "PIN: 24 V",
        "The pin is 3.5 mm long",
        "passwords are kept in the panel",
        "Token ring, key switch S4, secretary",
        "https://example.com/a@b",
        "hub ssh://git@",
    ],
)
def test_what_is_no_credential_stays(text: str) -> None:
    assert found(credentials, text) == []


def test_a_private_key_is_found_whole_and_cut() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIE+/=\nabc\n-----END PRIVATE KEY-----"

    assert found(credentials, f"key:\n{key}\nend") == [key]
    assert found(credentials, key[:40]) == [key[:40]]
    encrypted = key.replace("\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n", 1)
    assert found(credentials, encrypted) == [encrypted]
    assert found(credentials, "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----") == []


def test_keys_without_a_name_are_found_by_how_they_look() -> None:
    assert found(random_strings, "x aB3dE6gH9jK2mN5pQ8sT1vW4 y") == ["aB3dE6gH9jK2mN5pQ8sT1vW4"]
    for text in (
        "6SL3210-5BE24-0UA0",
        "9f86d081884c7d659a2feaa0c55ad015",
        "hm2_7i76e.0.7i76e.0.0.spindir",
        "A" * 40,
        "a/b/C/d1/e2/f3",
    ):
        assert found(random_strings, text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Mr. Miller and Frau Dr. Anna von der Leyen-Smith", ["Miller", "Anna von der Leyen-Smith"]),
        ("Mrs O'Brien's drive", ["O'Brien"]),
        ("my name is Joe Bloggs", ["Joe Bloggs"]),
        ("Name: Łukasz Żak", ["Łukasz Żak"]),
        ("reported by J. R. Ewing", ["J. R. Ewing"]),
        ("Best regards,\nJoe Bloggs", ["Joe Bloggs"]),
        ("Patient Meier, colleague Schmidt", ["Meier", "Schmidt"]),
        ("Mr. Miller Mr. Smith", ["Miller Mr", "Smith"]),
    ],
)
def test_people_are_found_by_the_words_around_them(text: str, names: list[str]) -> None:
    assert found(people, text) == names


@pytest.mark.parametrize(
    "text",
    [
        "This is Important. Contact Siemens.",
        "The Halden H40 drive",
        "Dr.",
        "name: x5",
        "Miss the drive",
        "operator panel OP7",
    ],
)
def test_what_is_no_name_stays(text: str) -> None:
    assert found(people, text) == []


def test_addresses_of_machines_are_found() -> None:
    assert found(ip_addresses, "10.0.0.7, 192.168.0.1:502; fd00::1, 2001:db8:0:0:1:2:3:4 ::ffff:10.0.0.1") == [
        "10.0.0.7", "192.168.0.1", "fd00::1", "2001:db8:0:0:1:2:3:4", "::ffff:10.0.0.1", "10.0.0.1",
    ]  # fmt: skip
    assert found(mac_addresses, "00:1B:44:11:3A:B7 00-1b-44-11-3a-b7 001b.4411.3ab7") == [
        "00:1B:44:11:3A:B7", "00-1b-44-11-3a-b7", "001b.4411.3ab7",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["1.2.3.4.5", "v1.2.3", "300.1.1.1", "12:30:45", "std::vector", "a::b", "24.11.2026", "::", "1:2:3"]
)
def test_what_is_no_address_stays(text: str) -> None:
    assert found(ip_addresses, text) == []
    assert found(mac_addresses, text) == []


@pytest.mark.parametrize(
    ("find", "text", "numbers"),
    [
        (patient_numbers, "patient no. 4711-8, insurance number A 123", ["4711-8"]),
        (patient_numbers, "MRN 12345; Versicherungsnummer: 65 170839 J 003", ["12345", "65 170839"]),
        (
            patient_numbers,
            "born on 12.03.1980, geb. am 1.2.03; DOB: 1980-03-12",
            ["12.03.1980", "1.2.03", "1980-03-12"],
        ),
        (customer_numbers, "Kundennummer: K-20113. Order no 88", ["K-20113", "88"]),
        (serial_numbers, "S/N 6A-8812-X, serial number: 0042", ["6A-8812-X", "0042"]),
        (serial_numbers, "a serial port, serial no. of the drive", []),
        (customer_numbers, "in order no step may be missed; account for it", []),
    ],
)
def test_numbers_are_found_by_the_word_before_them(find: Finder, text: str, numbers: list[str]) -> None:
    assert found(find, text) == numbers


def test_every_format_character_of_this_unicode_is_unseen() -> None:
    missed = [
        f"{point:x}"
        for point in range(sys.maxunicode + 1)
        if unicodedata.category(chr(point)) == "Cf" and visible(f"a{chr(point)}b") != "ab"
    ]

    assert missed == []


def test_a_span_of_what_is_seen_is_found_again_in_what_was_given() -> None:
    seen = Seen("x\u200b1\u00ad2\ufe0f3 y")

    assert seen.text == "x123 y"
    assert "x\u200b1\u00ad2\ufe0f3 y"[slice(*seen.original((1, 4)))] == "1\u00ad2\ufe0f3"
    assert Seen("abc").original((1, 2)) == (1, 2)


FINDERS = [
    credentials,
    random_strings,
    people,
    ip_addresses,
    mac_addresses,
    patient_numbers,
    customer_numbers,
    serial_numbers,
]


PIECES = [
    "1 ",
    "a",
    "password ",
    "password is ",
    "pw:",
    "A ",
    "Mr. ",
    "Mr. A",
    "http://a@",
    "-----BEGIN PRIVATE KEY-----",
]
PIECES += ["1:", "1.", "patient no ", "sk-a-", "a_", "Aa0", "--token ", "name: A. "]


@pytest.mark.parametrize("find", FINDERS, ids=lambda find: find.__name__)
def test_no_text_takes_for_ever(find: Finder) -> None:
    """Much of each: work that grew with the square of it would not end within the test's life."""
    for piece in PIECES:
        for _ in find(piece * (50_000 // len(piece))):
            pass


def test_what_was_blanked_is_not_blanked_again() -> None:
    redactor = Redactor()
    once = redactor.text("password: hunter2, mail a@b.de")[0]

    assert once == "password: [secret], mail [mail]"
    assert redactor.text(once)[0] == once


def test_nothing_found_is_empty() -> None:
    text = "password: x, Mr. Y, patient no. 5, 10.0.0.1 " * 3
    for find in FINDERS:
        assert all(start < end for start, end in find(text))
        assert re.search(r"\w", "".join(found(find, text)) or "x")
