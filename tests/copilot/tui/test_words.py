"""The words on the screen: complete in every language, up to date with the code, chosen by the person."""

from __future__ import annotations

import io
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from copilot.tui.words import FOLDER, ntr, speak, spoken, tr
from scripts.write_locale import SCREENS, mo_bytes, po_text


@pytest.fixture(autouse=True)
def _english_again():
    yield
    speak("en")


def test_the_template_has_every_text_of_the_code():
    assert po_text(SCREENS.extracted()) == SCREENS.template.read_bytes(), "run python scripts/write_locale.py"


@pytest.mark.parametrize("language", SCREENS.languages())
def test_every_text_is_translated_and_compiled(language: str):
    path = SCREENS.po_path(language)
    catalog = read_po(io.BytesIO(path.read_bytes()), locale=language)
    assert [m.id for m in catalog if m.id and not (all(m.string) if isinstance(m.string, tuple) else m.string)] == []
    assert po_text(SCREENS.updated(language, SCREENS.extracted())) == path.read_bytes(), (
        "run python scripts/write_locale.py"
    )
    assert mo_bytes(catalog) == path.with_suffix(".mo").read_bytes(), "run python scripts/write_locale.py"


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", SCREENS.languages())
def test_a_translation_fills_in_what_the_text_does(language: str):
    for message in read_po(io.BytesIO(SCREENS.po_path(language).read_bytes()), locale=language):
        if message.id and isinstance(message.id, str):
            assert _places(str(message.string)) == _places(message.id), message.id


@pytest.mark.parametrize(
    ("variable", "value", "language"),
    [
        ("LANG", "de_AT.UTF-8", "de"),
        ("LC_ALL", "de", "de"),
        ("LANGUAGE", "xx:de", "de"),
        ("LANG", "C.UTF-8", "en"),
        ("LANG", "../../etc", "en"),
    ],
)
def test_the_language_is_that_of_the_system(monkeypatch, variable: str, value: str, language: str):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    assert speak("auto") == language == spoken()


def test_german_is_spoken():
    assert speak("de") == "de"
    assert tr("Ask") == "Fragen"
    assert ntr("{count} note", "{count} notes", 3) == "3 Notizen"


def test_a_language_is_added_by_a_file(tmp_path: Path):
    catalog = Catalog(locale="fr")
    catalog.add("Ask", "Demander")
    with (tmp_path / "fr.mo").open("wb") as file:
        write_mo(file, catalog)
    assert speak("fr", tmp_path) == "fr"
    assert tr("Ask") == "Demander"
    assert tr("Notes") == "Notes"


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xde\x12\x04\x95"])
def test_a_catalogue_that_cannot_be_read_is_passed_over(tmp_path: Path, content: bytes):
    (tmp_path / "fr.mo").write_bytes(content)
    assert speak("fr", tmp_path) == "en"


def test_the_catalogues_travel_with_the_program():
    assert (FOLDER / "de" / "LC_MESSAGES" / "edge-copilot.mo").is_file()
