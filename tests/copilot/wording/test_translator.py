"""Texts of the program in German: filled in, within each other, joined; and what is not the program's, left alone."""

from __future__ import annotations

import io

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from copilot.wording import SAID, translator
from copilot.wording.templates import Template
from copilot.wording.translator import Translator
from scripts.write_locale import PROGRAM

_GERMAN = translator("de")
assert _GERMAN is not None
_TEXTS = {
    str(message.id): str(message.string)
    for message in read_po(io.BytesIO(PROGRAM.po_path("de").read_bytes()), locale="de")
    if message.id
}


def _said(text: str) -> str:
    assert _GERMAN is not None
    return _GERMAN(text)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("The question is empty.", "Die Frage ist leer."),
        ("manual.docx is a folder, not a document.", "manual.docx ist ein Ordner, kein Dokument."),
        # a reason within a reason
        (
            "foo.pdf is not a PDF: its content is a JPEG picture.",
            "foo.pdf soll ein PDF sein, enthält aber ein JPEG-Bild.",
        ),
        (
            "m.pdf is damaged and can't be read as a PDF (it has no pages).",
            "m.pdf ist beschädigt und nicht lesbar als ein PDF (es hat keine Seiten).",
        ),
        (
            "/data can't be written to: No space left on device.",
            "/data lässt sich nicht beschreiben: kein Platz mehr auf dem Datenträger.",
        ),
        # a message and its remedy
        (
            "There is no index yet. Put documents in first: edge-copilot ingest PATH",
            "Es gibt noch keinen Index. Zuerst Dokumente aufnehmen: edge-copilot ingest PFAD",
        ),
        # of several places the right ones
        ("rev. C, synced 3 days ago", "Ausgabe C, abgeglichen vor 3 Tagen"),
        (
            "“F12” is not in the documents. Similar, but not the same: “F13” or “F14”.",
            "„F12“ steht nicht in den Dokumenten. Ähnlich, aber nicht dasselbe: „F13“ oder „F14“.",
        ),
        (
            "Asked a larger model: it would do better with 72% probability, as the question is long and it asks for a "
            "value.",
            "Ein größeres Modell gefragt: es wäre mit 72% Wahrscheinlichkeit besser, denn die Frage ist lang und sie "
            "fragt nach einem Wert.",
        ),
        # a part that was made a sentence
        (
            "Pypi.org can't be reached (Connection refused); trying the next source.",
            "Pypi.org ist nicht erreichbar (Verbindung abgelehnt); die nächste Quelle wird versucht.",
        ),
        # a setting's name is none of the program's words, whatever it reads like
        (
            "There are: a, b. Set voice.microphone to one of them.",
            "Es gibt: a, b. voice.microphone auf eines davon stellen.",
        ),
        ("There is no microphone “USB”.", "Nicht vorhanden: Mikrofon „USB“."),
        (
            "Pages 3–5, 9 hold no text; OCR can read it: install edge-copilot[ocr].",
            "Seiten 3–5, 9: kein Text; die Texterkennung kann ihn lesen: edge-copilot[ocr] installieren.",
        ),
        (
            "Nothing was imported.\nx.gguf: it is damaged (EOFError)",
            "Es wurde nichts übernommen.\nx.gguf: sie ist beschädigt (EOFError)",
        ),
    ],
)
def test_what_the_program_says_is_said_in_german(english: str, german: str):
    assert _said(english) == german


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "404 Not Found",
        "Tighten the screws to 20 Nm. Then check again.",
        "The title of a manual: chapter 3 (pumps)",
        "Anziehdrehmoment 20 Nm",
        "日本語のマニュアル。",
    ],
)
def test_what_is_not_the_programs_stays_as_it_is(text: str):
    assert _said(text) == text


def test_a_title_that_reads_like_the_program_stays_as_it_is():
    assert (
        _said("There is no document “The question is empty.”.")
        == "Ein Dokument „The question is empty.“ gibt es nicht."
    )
    assert _said("Sync again. is a zip archive.") == "Sync again. ist ein ZIP-Archiv."


# Values as documents, paths and servers have them, with everything that the fixed parts are made of.
_VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["a. B c. D", "“x” (y): z; w, v and u or t", "(((", ")).", "{path}", "\x00\x1b[31m", "..", "…"]),
)


def _values_for(template: Template) -> st.SearchStrategy[list[str]]:
    return st.lists(_VALUES, min_size=len(template.places), max_size=len(template.places))


_FILLED = sorted(text for text in _TEXTS if Template.of(text).places and Template.of(text).words >= 12)


@given(st.data())
def test_a_filled_in_text_is_always_found(data: st.DataObject):
    """With values that hold no part of the text itself; they come through untouched."""
    text = data.draw(st.sampled_from(_FILLED))
    template = Template.of(text)
    filled = {
        name: str(data.draw(st.integers(0, 99_999)))
        if name == "count"
        else data.draw(st.from_regex(r"\A[a-z0-9]{8}\Z"))
        for name in template.places
    }
    german = Template.of(_TEXTS[text])
    assert _said(template.filled(filled)) == german.filled(filled)


@given(st.data())
def test_a_value_that_is_not_the_programs_comes_through_untouched(data: st.DataObject):
    text = data.draw(st.sampled_from([one for one in _FILLED if len(Template.of(one).places) == 1]))
    template = Template.of(text)
    if template.places[0].rstrip("0123456789") in SAID or template.places[0] == "count":
        return
    value = data.draw(_VALUES)
    said = _said(template.filled({template.places[0]: value}))
    assert value in said or value.strip() in said


@given(st.text(max_size=400))
def test_any_text_comes_back_as_a_text(text: str):
    assert isinstance(_said(text), str)


@given(st.sampled_from(_FILLED), st.data())
def test_no_text_raises(text: str, data: st.DataObject):
    template = Template.of(text)
    values = data.draw(_values_for(template))
    assert isinstance(_said(template.filled(dict(zip(template.places, values, strict=True)))), str)


@pytest.mark.parametrize(
    "hostile",
    [
        ". ".join(["can't be read"] * 500),
        "The file " * 2_000 + "can't be read.",
        " (" * 3_000 + ")" * 3_000,
        ": ".join(["a"] * 3_000),
        ", ".join(["disk"] * 3_000),
        "x" * 1_000_000,
        "A.\n" * 5_000,
        "The microphone “" * 300 + "” can't be opened: " * 300,
    ],
)
def test_a_hostile_text_takes_a_bounded_number_of_looks(hostile: str, monkeypatch):
    looks = 0
    fit = Template.fit

    def counted(self: Template, text: str) -> tuple[str, ...] | None:
        nonlocal looks
        looks += 1
        return fit(self, text)

    monkeypatch.setattr(Template, "fit", counted)
    _said(hostile)
    assert looks <= 4_000


def test_the_heavier_of_two_texts_that_fit_is_meant():
    translator = Translator({"{path} is old.": "kurz {path}", "{path} of {hub} is old.": "lang {path} {hub}"})
    assert translator("a of b is old.") == "lang a b"
    assert translator("a is old.") == "kurz a"


def test_a_brace_in_a_text_is_a_brace():
    assert Translator({"write {{ a = 1 }} in {path}": "schreibe {{ a = 1 }} in {path}"})("write { a = 1 } in x") == (
        "schreibe { a = 1 } in x"
    )
