"""Write the message catalogues of the terminal UI: what is said in the code, and the compiled translations.

    python scripts/write_locale.py              after a text was added or changed, or a translation was
    python scripts/write_locale.py --add fr     begin a language

Translations are edited in copilot/tui/locale/LANGUAGE/LC_MESSAGES/edge-copilot.po. tests/copilot/tui/test_words.py
fails where a catalogue is out of date or incomplete.
"""

from __future__ import annotations

import argparse
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = ROOT / "copilot" / "tui"
LOCALE: Final = SOURCE / "locale"
TEMPLATE: Final = LOCALE / "edge-copilot.pot"
KEYWORDS: Final = {"tr": None, "mark": None, "ntr": (1, 2)}


def extracted() -> Catalog:
    """Every text that the code says, in the order of the files."""
    catalog = Catalog(project="Edge Copilot", charset="utf-8", header_comment="# Texts of the terminal UI.")
    for name, _line, message, comments, context in extract_from_dir(
        str(SOURCE), method_map=[("**.py", "python")], keywords=KEYWORDS
    ):
        catalog.add(message, None, [(Path(name).as_posix(), 0)], auto_comments=comments, context=context)
    return catalog


def languages() -> list[str]:
    """The languages that there are catalogues for."""
    return sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/edge-copilot.po"))


def po_path(language: str) -> Path:
    """Where the translation of a language is edited."""
    return LOCALE / language / "LC_MESSAGES" / "edge-copilot.po"


def updated(language: str, texts: Catalog) -> Catalog:
    """A translation with every text of the code, and none that is gone."""
    path = po_path(language)
    catalog = Catalog(locale=language, project="Edge Copilot", charset="utf-8")
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    catalog.update(texts, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


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
    parser = argparse.ArgumentParser(description="Write the message catalogues of the terminal UI.")
    parser.add_argument("--add", metavar="LANGUAGE", help="begin a language, such as fr")
    added = parser.parse_args().add
    texts = extracted()
    TEMPLATE.write_bytes(po_text(texts))
    for language in sorted({*languages(), *([added] if added else [])}):
        catalog = updated(language, texts)
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(po_text(catalog))
        path.with_suffix(".mo").write_bytes(mo_bytes(read_po(io.BytesIO(path.read_bytes()), locale=language)))
        missing = [message.id for message in catalog if message.id and not message.string]
        print(f"{language}: {len(catalog)} texts, {len(missing)} to be translated")


if __name__ == "__main__":
    main()
