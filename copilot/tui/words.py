"""Every word on the screen, in the language of the person.

The catalogues are gettext's, in ``locale/LANGUAGE/LC_MESSAGES/edge-copilot.mo`` beside this file; a person's own go
into ``locale/LANGUAGE.mo`` of the data directory and are read first. English stands in the code. What the rest of the
program says (errors, notices, findings, reasons) is translated by `copilot.wording`, through `said`.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

DOMAIN: Final = "edge-copilot"
FOLDER: Final = Path(__file__).parent / "locale"

_words: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"
_own: Path | None = None


def speak(language: str, own: Path | None = None) -> str:
    """Choose the language of every later `tr`; English where there is no catalogue for it.

    Args:
        language: Such as ``de`` or ``de_AT``; ``auto`` takes that of the environment.
        own: Folder of a person's own catalogues.

    Returns:
        The language that is spoken from now on.
    """
    global _words, _language, _own
    _own = own
    for name in _wanted(language):
        if name == "en":
            break
        from copilot.wording.catalogues import read_catalogue

        found: gettext.NullTranslations | None = read_catalogue(FOLDER / name / "LC_MESSAGES" / f"{DOMAIN}.mo")
        personal = read_catalogue(own / f"{name}.mo") if own is not None else None
        if personal is not None:
            if found is not None:
                personal.add_fallback(found)
            found = personal
        if found is not None:
            _words, _language = found, name
            return name
    _words, _language = gettext.NullTranslations(), "en"
    return "en"


def spoken() -> str:
    """The language that is spoken now."""
    return _language


def tr(text: str, /, **values: object) -> str:
    """Return ``text`` in the person's language, with ``{name}`` filled in from ``values``."""
    said = _words.gettext(text) if text else ""
    return said.format(**values) if values else said


def said(text: str, /) -> str:
    """Return what another part of the program says in the person's language, as far as that is known.

    For its own sentences only: what stands in documents, or comes from a model or a server, is shown as it is.
    """
    if _language == "en" or not text:
        return text
    from copilot.wording import translated

    return translated(text, _language, _own)


def ntr(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the form of the language for ``count``; ``{count}`` stands for it."""
    return _words.ngettext(one, many, count).format(count=count, **values)


def mark(text: str) -> str:
    """Name a text that is translated later, where it is shown."""
    return text


def _wanted(language: str) -> Iterable[str]:
    if language != "auto":
        given = [language]
    else:
        named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
        given = [*os.environ.get("LANGUAGE", "").split(":"), named]
    for one in given:
        name = one.partition(".")[0].partition("@")[0].replace("-", "_")
        if name and name.replace("_", "").isalnum():
            yield name
            yield name.partition("_")[0]
