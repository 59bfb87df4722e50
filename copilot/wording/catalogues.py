"""The catalogues of what the program says: read when the first text is to be translated, kept after that."""

from __future__ import annotations

import functools
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Final

from copilot.wording.translator import Translator

if TYPE_CHECKING:
    from gettext import GNUTranslations

DOMAIN: Final = "program"
FOLDER: Final = Path(__file__).parent / "locale"
CONTEXT: Final = "program"
"""Under which the texts stand in a catalogue, so that one file can hold these and those of the screens."""

_LARGEST: Final = 8_000_000  # bytes
_KEPT: Final = 512  # texts; the same few are drawn again and again


def translated(text: str, language: str, own: Path | None = None) -> str:
    """Say a text of the program in a language.

    Args:
        text: As the program says it, finished: `EdgeCopilotError.message`, a notice, a reason.
        language: Such as ``de`` or ``de_AT``. English, and one without a catalogue, leave it as it is.
        own: Folder of a person's own catalogues (``LANGUAGE.mo``), which go first.
    """
    return _said(text, language, own) if text else text


@functools.lru_cache(maxsize=_KEPT)
def _said(text: str, language: str, own: Path | None) -> str:
    found = translator(language, own)
    return found(text) if found is not None else text


@functools.lru_cache(maxsize=8)
def translator(language: str, own: Path | None = None) -> Translator | None:
    """Who says it in a language; None where nobody does: English, or no catalogue."""
    whole = language.replace("-", "_")
    for name in dict.fromkeys((whole, whole.partition("_")[0])):
        if name == "en" or not name.replace("_", "").isalnum():
            return None
        texts = _read(FOLDER / name / "LC_MESSAGES" / f"{DOMAIN}.mo")
        if own is not None:
            texts |= _read(own / f"{name}.mo")
        if texts:
            return Translator(texts)
    return None


def read_catalogue(path: Path) -> GNUTranslations | None:
    """A compiled gettext catalogue; None where there is none, or none that can be read."""
    from gettext import GNUTranslations

    try:
        if path.stat().st_size > _LARGEST:
            return None
        with path.open("rb") as file:
            return GNUTranslations(file)
    except (OSError, ValueError, LookupError, struct.error):
        return None


def _read(path: Path) -> dict[str, str]:
    """The texts of a catalogue that stand under our context; none where it can't be read."""
    catalogue = read_catalogue(path)
    if catalogue is None:
        return {}
    found = {}
    for key, said in catalogue._catalog.items():  # type: ignore[attr-defined]  # gettext lists its texts nowhere else
        context, divided, text = key.rpartition("\x04") if isinstance(key, str) else ("", "", "")
        if divided and context == CONTEXT:
            found[text] = said
    return found
