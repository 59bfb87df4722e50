"""Chooses the words for one utterance, as a text that Whisper may take for what was said before.

Whisper leans on the text before: a word that stands in it is heard more readily, spelled as it stands there. It takes
about 180 tokens of it, the last counting most; so what is on the screen comes last, and what is merely frequent first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

from copilot.voice.values import Hints
from copilot.voice.vocabulary.terms import frequent_identifiers, names, written_identifiers
from copilot.voice.written.lexicon import Lexicon
from index.errors import StoreError
from index.search.identifiers import squeeze
from index.store import Store

MOST_CHARACTERS: Final = 420  # about 180 tokens where a third of it is codes
_FREQUENT: Final = 30
_NAMES: Final = 16
_OF_PASSAGES: Final = 24
# How a technician talks to it: the commands, so that they are not taken for words of the collection.
_STYLE: Final = {
    "en": "Next step. Repeat that. Stop talking. Set step 2 to 40 Nm. Read the alarms. Yes. No. Question about",
    "de": "Nächster Schritt. Noch einmal. Stopp. Schritt 2 ist 40 Nm. Lies die Alarme. Ja. Nein. Frage zu",
}


class IndexPrompter:
    """Expects what stands in the index.

    Args:
        store: Gives the index, or raises `StoreError` where there is none yet.
        lexicon: Knows how identifiers are written.
        words: Names that are often said and stand in no document.
        language: ISO 639-1.
    """

    def __init__(
        self, store: Callable[[], Store], lexicon: Lexicon, words: Sequence[str] = (), language: str = "en"
    ) -> None:
        self._store = store
        self._lexicon = lexicon
        self._words = tuple(words)
        self._language = language
        self._base = lru_cache(maxsize=8)(self._frequent)

    def prompt(self, hints: Hints) -> str:
        """Return what is expected, up to `MOST_CHARACTERS`."""
        base_names: tuple[str, ...] = ()
        base_codes: tuple[str, ...] = ()
        codes: list[str] = []
        words: list[str] = []
        try:
            base_names, base_codes = self._base(hints.collections, self._store().data_version())
            if hints.passages:
                with self._store().reader() as connection:
                    codes = written_identifiers(connection, hints.passages)[:_OF_PASSAGES]
                    words = names(connection, (), hints.passages, _NAMES)
        except StoreError:
            pass  # no index: what the person said still helps
        return compose(
            [*base_names, *base_codes], [*words, *self._words, *hints.words, *codes, *hints.recent], self._language
        )

    def _frequent(self, collections: tuple[str, ...], _version: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        with self._store().reader() as connection:
            forms = frequent_identifiers(connection, collections, 3 * _FREQUENT)
            found = names(connection, collections, (), _NAMES)
        written = dict.fromkeys(self._lexicon.written(squeezed) for form in forms if (squeezed := squeeze(form)))
        return tuple(found), tuple(list(written)[:_FREQUENT])


def compose(frequent: Iterable[str], likely: Iterable[str], language: str = "en") -> str:
    """Return the words as one text: the likeliest last, and of too many the likeliest kept."""
    kept: list[str] = []
    room = MOST_CHARACTERS
    seen: set[str] = set()
    for word in (*reversed(tuple(likely)), *frequent):
        word = " ".join(word.split())
        if not word or word.casefold() in seen or len(word) + 2 > room:
            continue
        seen.add(word.casefold())
        kept.append(word)
        room -= len(word) + 2
    if not kept:
        return ""
    return f"{_STYLE.get(language, '')} {', '.join(reversed(kept))}.".strip()
