"""Write the message catalogues: what is said in the code, and the compiled translations.

    python scripts/write_locale.py              after a text was added or changed, or a translation was
    python scripts/write_locale.py --add fr     begin a language

There are two: the texts of the screens (marked with ``tr`` in copilot/tui), and what the program itself says (errors,
remedies, notices, findings, reasons; `program_texts` finds them). Translations are edited in
copilot/tui/locale/LANGUAGE/LC_MESSAGES/edge-copilot.po and copilot/wording/locale/LANGUAGE/LC_MESSAGES/program.po.
tests/copilot/tui/test_words.py and tests/copilot/wording/test_catalogues.py fail where one is out of date or
incomplete.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from copilot.wording.catalogues import CONTEXT

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = ROOT / "copilot" / "tui"
KEYWORDS: Final = {"tr": None, "mark": None, "ntr": (1, 2)}


def of_the_screens() -> Catalog:
    """Every text that the screens say, in the order of the files."""
    catalog = Catalog(project="Edge Copilot", charset="utf-8", header_comment="# Texts of the terminal UI.")
    for name, _line, message, comments, context in extract_from_dir(
        str(SOURCE), method_map=[("**.py", "python")], keywords=KEYWORDS
    ):
        catalog.add(message, None, [(Path(name).as_posix(), 0)], auto_comments=comments, context=context)
    return catalog


def of_the_program() -> Catalog:
    """Everything that the program itself says, in the order of the files."""
    from scripts.program_texts import program_texts

    catalog = Catalog(project="Edge Copilot", charset="utf-8", header_comment="# What the program itself says.")
    for one in program_texts():
        catalog.add(one.text, None, [(one.path, 0)], context=CONTEXT)
    return catalog


@dataclass(frozen=True, slots=True)
class Texts:
    """One catalogue in its languages.

    Attributes:
        folder: Where its languages lie.
        domain: The name of its files.
        extracted: Reads the texts out of the code.
    """

    folder: Path
    domain: str
    extracted: Callable[[], Catalog]

    @property
    def template(self) -> Path:
        """The file that a language is begun from."""
        return self.folder / f"{self.domain}.pot"

    def languages(self) -> list[str]:
        """The languages that there are catalogues for."""
        return sorted(path.parent.parent.name for path in self.folder.glob(f"*/LC_MESSAGES/{self.domain}.po"))

    def po_path(self, language: str) -> Path:
        """Where the translation of a language is edited."""
        return self.folder / language / "LC_MESSAGES" / f"{self.domain}.po"

    def updated(self, language: str, texts: Catalog) -> Catalog:
        """A translation with every text of the code, and none that is gone."""
        path = self.po_path(language)
        catalog = Catalog(locale=language, project="Edge Copilot", charset="utf-8")
        if path.exists():
            with path.open("rb") as file:
                catalog = read_po(file, locale=language)
        catalog.update(texts, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        return catalog


SCREENS: Final = Texts(SOURCE / "locale", "edge-copilot", of_the_screens)
PROGRAM: Final = Texts(ROOT / "copilot" / "wording" / "locale", "program", of_the_program)


def po_text(catalog: Catalog) -> bytes:
    """A catalogue as a file, without dates and line numbers: it changes only where a text does."""
    file = io.BytesIO()
    write_po(file, catalog, width=110, omit_header=False, include_lineno=False, sort_output=False)
    lines = file.getvalue().decode().splitlines(keepends=True)
    dated = ('"POT-Creation', '"PO-Revision', '"Generated')
    return "".join(line for line in lines if not line.startswith(dated)).encode()


def mo_bytes(catalog: Catalog) -> bytes:
    """A catalogue as gettext reads it; without the time at which it was compiled."""
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def main() -> None:
    """Write everything anew."""
    parser = argparse.ArgumentParser(description="Write the message catalogues.")
    parser.add_argument("--add", metavar="LANGUAGE", help="begin a language, such as fr")
    added = parser.parse_args().add
    for texts in (SCREENS, PROGRAM):
        extracted = texts.extracted()
        texts.template.parent.mkdir(parents=True, exist_ok=True)
        texts.template.write_bytes(po_text(extracted))
        for language in sorted({*texts.languages(), *([added] if added else [])}):
            catalog = texts.updated(language, extracted)
            path = texts.po_path(language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(po_text(catalog))
            path.with_suffix(".mo").write_bytes(mo_bytes(read_po(io.BytesIO(path.read_bytes()), locale=language)))
            missing = [message.id for message in catalog if message.id and not message.string]
            print(f"{language}, {texts.domain}: {len(catalog)} texts, {len(missing)} to be translated")


if __name__ == "__main__":
    main()
