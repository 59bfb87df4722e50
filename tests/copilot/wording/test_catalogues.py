"""What the program says, in every language: complete, up to date with the code, read only when it is needed."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from copilot.wording import translated, translator
from copilot.wording.catalogues import CONTEXT, FOLDER
from copilot.wording.templates import Template
from scripts.write_locale import PROGRAM, mo_bytes, po_text


def _catalogue(path: Path, pairs: dict[str, str], context: str | None = CONTEXT) -> None:
    catalog = Catalog(locale="fr")
    for text, said in pairs.items():
        catalog.add(text, said, context=context)
    with path.open("wb") as file:
        write_mo(file, catalog)


def test_the_template_has_every_text_of_the_code():
    assert po_text(PROGRAM.extracted()) == PROGRAM.template.read_bytes(), "run python scripts/write_locale.py"


@pytest.mark.parametrize("language", PROGRAM.languages())
def test_every_text_is_translated_and_compiled(language: str):
    path = PROGRAM.po_path(language)
    catalog = read_po(io.BytesIO(path.read_bytes()), locale=language)
    assert [message.id for message in catalog if message.id and not message.string] == []
    assert po_text(PROGRAM.updated(language, PROGRAM.extracted())) == path.read_bytes(), (
        "run python scripts/write_locale.py"
    )
    assert mo_bytes(catalog) == path.with_suffix(".mo").read_bytes(), "run python scripts/write_locale.py"


@pytest.mark.parametrize("language", PROGRAM.languages())
def test_a_translation_fills_in_what_the_text_does(language: str):
    for message in read_po(io.BytesIO(PROGRAM.po_path(language).read_bytes()), locale=language):
        if message.id:
            text, said = Template.of(str(message.id)), Template.of(str(message.string))
            lost = set(text.places) - set(said.places)
            assert set(said.places) <= set(text.places), message.id
            assert lost <= {"one", "many"}, message.id  # verbs, which the other language may say without


@pytest.mark.parametrize("language", PROGRAM.languages())
def test_a_translation_keeps_the_blanks_at_its_ends(language: str):
    for message in read_po(io.BytesIO(PROGRAM.po_path(language).read_bytes()), locale=language):
        text, said = str(message.id or "x"), str(message.string if message.id else "x")
        assert (text[:1].isspace(), text[-1:].isspace()) == (said[:1].isspace(), said[-1:].isspace()), text


def test_german_is_said_for_germany_and_austria():
    assert translated("Nothing was changed.", "de") == "Es wurde nichts geändert."
    assert translated("Nothing was changed.", "de_AT") == "Es wurde nichts geändert."
    assert translated("Nothing was changed.", "de-CH") == "Es wurde nichts geändert."


@pytest.mark.parametrize("language", ["en", "en_GB", "xx", "", "../../etc", "de/../.."])
def test_english_stays_where_there_is_no_catalogue(language: str):
    assert translated("Nothing was changed.", language) == "Nothing was changed."
    assert translator(language) is None


def test_a_language_is_added_by_a_file(tmp_path: Path):
    _catalogue(tmp_path / "fr.mo", {"There is no collection “{name}”.": "Il n'y a pas de collection « {name} »."})
    assert translated("There is no collection “presses”.", "fr", tmp_path) == "Il n'y a pas de collection « presses »."
    assert translated("Nothing was changed.", "fr", tmp_path) == "Nothing was changed."


def test_a_persons_own_words_go_first(tmp_path: Path):
    _catalogue(tmp_path / "de.mo", {"Nothing was changed.": "Alles beim Alten."})
    assert translated("Nothing was changed.", "de", tmp_path) == "Alles beim Alten."
    assert translated("Sync again.", "de", tmp_path) == "Noch einmal abgleichen."


def test_the_words_of_the_screens_are_not_taken_for_those_of_the_program(tmp_path: Path):
    _catalogue(tmp_path / "fr.mo", {"Nothing was changed.": "Rien."}, context=None)
    assert translated("Nothing was changed.", "fr", tmp_path) == "Nothing was changed."


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xde\x12\x04\x95", b"\xde\x12\x04\x95" + b"\xff" * 200])
def test_a_catalogue_that_cannot_be_read_is_passed_over(tmp_path: Path, content: bytes):
    (tmp_path / "fr.mo").write_bytes(content)
    assert translated("Nothing was changed.", "fr", tmp_path) == "Nothing was changed."


def test_a_text_that_is_no_template_is_left_out(tmp_path: Path):
    pairs = {"{": "}", "{0} is {}": "{0}", "{path.parent} is {n!r}": "x", "{path} is here.": "{other} est ici."}
    _catalogue(tmp_path / "fr.mo", pairs | {"Sync again.": "Encore."})
    assert translated("a is here.", "fr", tmp_path) == "a is here."
    assert translated("Sync again.", "fr", tmp_path) == "Encore."


def test_the_catalogues_travel_with_the_program():
    assert (FOLDER / "de" / "LC_MESSAGES" / "program.mo").is_file()


def test_no_catalogue_is_read_before_a_text_is_to_be_said():
    code = (
        "import sys, copilot.wording as wording\n"
        "from copilot.wording.catalogues import translator\n"
        "assert translator.cache_info().currsize == 0\n"
        "assert not {'babel', 'gettext', 'pydantic'} & set(sys.modules), 'heavy'\n"
        "print(wording.translated('Sync again.', 'de'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.strip() == "Noch einmal abgleichen."
