"""Written text is spoken as a technician would say it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.spoken import language_of, speakable

ENGLISH = {
    "fault codes digit by digit": ("F0012 means overvoltage.", "F zero zero one two means overvoltage."),
    "types with round numbers": ("DX-40, DX-400, S7-1200", "D X forty, D X four hundred, S seven, twelve hundred"),
    "long part numbers in groups": (
        "6ES7 315-2AG10-0AB0",
        "six E S seven three one five, two A G ten, zero A B zero",
    ),
    "threads": ("four M8x25 bolts", "four M eight X twenty-five bolts"),
    "pins": ("hm2_7i76e.0", "H M two underscore seven I seventy-six E dot zero"),
    "ranges": ("20–25 Nm", "twenty to twenty-five newton metres"),
    "ranges below zero": ("-10 to +50 °C", "minus ten to plus fifty degrees Celsius"),
    "ranges with a unit at both ends": ("0.5 V to 10 V", "zero point five to ten volts"),
    "ranges over two units": ("500 mm to 2 m", "five hundred millimetres to two metres"),
    "tolerances": ("10 ±0.05 mm", "ten plus or minus zero point zero five millimetres"),
    "two-sided tolerances": ("10 +0.2/-0.1 mm", "ten, plus zero point two, minus zero point one millimetres"),
    "dimensions": ("100 x 20 x 5 mm", "one hundred by twenty by five millimetres"),
    "fractions of an inch": ('3/8 in hose, 1/2" pipe', "three eighths inch hose, one half inch pipe"),
    "singular": ("1 h, 1 in", "one hour, one inch"),
    "units without a blank": ("1.5kW, 24VDC, 16A", "one point five kilowatts, twenty-four volts D C, sixteen amps"),
    "thousands": (
        "1,250 rpm at 1.25 mm/s",
        "one thousand two hundred and fifty R P M at one point two five millimetres per second",
    ),
    "a word that looks like a unit": ("Put 5 in the box.", "Put five in the box."),
    "abbreviations": ("see Fig. 3, p. 12, approx.", "see figure three, page twelve, approximately."),
    "no as an answer": ("The answer is no. Then stop.", "The answer is no. Then stop."),
    "dates": ("on 2026-11-25 at 08:05", "on the twenty-fifth of November twenty twenty-six at eight oh five"),
    "no date": ("31.02.2026", "thirty-one point zero two point two zero two six"),
    "ratios": ("a ratio of 1:20", "a ratio of one to twenty"),
    "addresses": ("192.168.0.1", "one nine two dot one six eight dot zero dot one"),
    "sections": ("section 4.2.1", "section four point two point one"),
    "steps": ("> 1. Switch off Q1 [2]\n> 2. Wait 10 min.", "Step one: Switch off Q one. Step two: Wait ten minutes."),
    "rows": (
        "F0012 | Overvoltage | > 820 V",
        "F zero zero one two; Overvoltage; more than eight hundred and twenty volts",
    ),
    "marks of citations": ("It is red [1].", "It is red."),
    "what could not be verified": ("at 5 kV [unverified] now", "at five kilovolts, not confirmed by the manual, now"),
    "acronyms": ("The PLC via USB, I/O", "The P L C via U S B, I O"),
    "warnings": ("DANGER: DO NOT OPEN", "danger: do not open"),
    "Markdown": ("**Bold** `code` [here](a.md)", "Bold code here"),
    "web addresses": ("https://www.example.com/x?y=1", "the web address example dot com"),
    "hexadecimal": ("0x1F", "hex one F"),
    "nothing to say": ("—\n---\n", ""),
}

GERMAN = {
    "fault codes": ("F0012 bedeutet Überspannung", "F null null eins zwei bedeutet Überspannung"),
    "marks of numbers": ("1.250,5 mm", "eintausendzweihundertfünfzig Komma fünf Millimeter"),
    "ranges": ("20–25 Nm", "zwanzig bis fünfundzwanzig Newtonmeter"),
    "gender of one": ("1 h, 1 mm, 1 U/min", "eine Stunde, ein Millimeter, eine Umdrehung pro Minute"),
    "dates": ("am 25.11.2026, 8:30 Uhr", "am fünfundzwanzigsten November zweitausendsechsundzwanzig, acht Uhr dreißig"),
    "fractions": ("3/8 Zoll, 1/2", "drei Achtel Zoll, ein halb"),
    "abbreviations": ("z.B. S. 12 bzw. ca. 3 bar", "zum Beispiel Seite zwölf beziehungsweise circa drei Bar"),
    "types": ("S7-1500", "S sieben, fünfzehnhundert"),
    "steps": ("1. Ausschalten", "Schritt eins: Ausschalten"),
}  # fmt: skip


@pytest.mark.parametrize(("written", "spoken"), ENGLISH.values(), ids=ENGLISH.keys())
def test_english(written: str, spoken: str) -> None:
    assert speakable(written, "en") == spoken


@pytest.mark.parametrize(("written", "spoken"), GERMAN.values(), ids=GERMAN.keys())
def test_german(written: str, spoken: str) -> None:
    assert speakable(written, "de-DE") == spoken


def test_a_language_without_a_spoken_form_is_read_like_english() -> None:
    assert language_of("pl").code == "en"


_PIECES = st.sampled_from(
    ["F0012", "20–25", " Nm", "1/2", '"', " [1]", "\n> ", "1.", "|", "±", "0x", "9:30", "31.12.2026", "e.g.", "°C", " "]
)


@given(st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=20).map("".join)), st.sampled_from(["en", "de"]))
def test_no_figure_is_left_to_the_voice_and_nothing_fails(text: str, language: str) -> None:
    spoken = speakable(text, language)

    assert not re.search(r"[0-9\n]", spoken)


@given(st.lists(st.sampled_from(["overvoltage", "brake", "open", "the", "cover", "means"]), min_size=1, max_size=12))
def test_plain_words_stay_as_they_are(words: list[str]) -> None:
    text = " ".join(words)

    assert speakable(text) == text


@given(st.decimals(min_value=0, max_value=10**9, places=3, allow_nan=False))
def test_every_digit_after_the_point_is_said(number: object) -> None:
    _, _, digits = str(number).partition(".")

    said = speakable(f"{number} mm").removesuffix(" millimetres").partition(" point ")[2]

    assert len(said.split()) == len(digits)
