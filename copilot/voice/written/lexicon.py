"""The identifiers that there are: what speech is checked against."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol

from copilot.voice.values import Hints
from copilot.voice.written.sounds import sound_distance, sound_key
from index.errors import StoreError
from index.search.identifiers import squeeze, surfaces
from index.store import Store, reading
from index.store.store import generation

_LONGEST: Final = 24  # characters of an identifier that somebody spells
_NEAR_KEYS: Final = 60  # looked at more closely
_PLAIN_FIGURES: Final = 5  # digits that a code without letters must have
_WRITTEN: Final = (
    "SELECT k.lead || char(10) || k.body, s.path FROM identifiers i JOIN chunks k ON k.id = i.chunk_id"  # noqa: S608
    f" JOIN sections s ON s.id = k.section_id WHERE i.identifier = ? AND k.document_id NOT IN {reading.HIDDEN} LIMIT 12"
)
_PART: Final = re.compile(r"[^\W_]+")
_OF_CHUNKS: Final = "SELECT DISTINCT identifier FROM identifiers WHERE chunk_id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Near:
    """A known identifier that sounds like what was heard."""

    squeezed: str
    distance: float


class Lexicon(Protocol):
    """Knows which identifiers there are."""

    def knows(self, squeezed: str) -> bool:
        """Tell whether there is one with these letters and figures, whatever stands between them."""
        ...

    def near(self, heard: str, farthest: float, most: int = 8) -> list[Near]:
        """Return those that sound like ``heard``, the nearest first."""
        ...

    def written(self, squeezed: str) -> str:
        """Return one as the documents write it."""
        ...

    def likely(self, hints: Hints) -> frozenset[str]:
        """Return those that are probably talked about."""
        ...


@dataclass(frozen=True, slots=True)
class _Known:
    forms: dict[str, str] = field(default_factory=dict)  # squeezed → normal form
    keys: dict[str, list[str]] = field(default_factory=dict)  # sound key → squeezed


class SpeltLexicon:
    """Identifiers given as they are written. The base of what reads an index; for itself good for a list.

    Args:
        identifiers: As they are written.
    """

    def __init__(self, identifiers: Iterable[str] = ()) -> None:
        self._surfaces: dict[str, str] = {}
        for written in identifiers:
            self._surfaces.setdefault(squeeze(written), written)
        self._known = _known((one, one) for one in self._surfaces)

    def knows(self, squeezed: str) -> bool:
        """Tell whether there is one with these letters and figures."""
        return squeezed in self._current().forms

    def near(self, heard: str, farthest: float, most: int = 8) -> list[Near]:
        """Return those that sound like ``heard``, the nearest first."""
        from rapidfuzz import process
        from rapidfuzz.distance import Levenshtein

        known = self._current()
        keys = process.extract(
            sound_key(heard),
            known.keys.keys(),
            scorer=Levenshtein.distance,
            score_cutoff=max(1, round(farthest / 0.4)),
            limit=_NEAR_KEYS,
        )
        found = [
            Near(squeezed, round(distance, 3))
            for key, _, _ in keys
            for squeezed in known.keys[key]
            if (distance := sound_distance(heard, squeezed)) <= farthest
        ]
        return sorted(found, key=lambda near: (near.distance, near.squeezed))[:most]

    def written(self, squeezed: str) -> str:
        """Return one as it is written."""
        return self._surfaces.get(squeezed, squeezed.upper())

    def likely(self, hints: Hints) -> frozenset[str]:
        """Return those said or answered lately, and those among the words to expect."""
        return frozenset(squeezed for word in (*hints.recent, *hints.words) if self.knows(squeezed := squeeze(word)))

    def _current(self) -> _Known:
        return self._known


class IndexLexicon(SpeltLexicon):
    """The identifiers of the index; read anew when it has changed.

    Args:
        store: Gives the index, or raises `StoreError` where there is none yet: then nothing is known.
        also: Identifiers of elsewhere, such as signals of machines.
    """

    def __init__(self, store: Callable[[], Store], also: Iterable[str] = ()) -> None:
        super().__init__(also)
        self._store = store
        self._own = dict(self._surfaces)
        self._generation = -1
        self._written = lru_cache(maxsize=2048)(self._look_up)

    def _current(self) -> _Known:
        try:
            store = self._store()
        except StoreError:  # no index yet, or none that opens: whoever answers says so
            return self._known
        with store.reader() as connection:
            now = generation(connection)
            if now != self._generation:
                rows = connection.execute("SELECT DISTINCT identifier FROM identifiers ORDER BY identifier")
                forms = [(squeeze(str(form)), str(form)) for (form,) in rows]
                self._known = _known([(one, one) for one in self._own] + forms)
                self._generation = now
                self._written.cache_clear()
        return self._known

    def written(self, squeezed: str) -> str:
        """Return one as a document writes it."""
        return self._own.get(squeezed) or self._written(squeezed)

    def likely(self, hints: Hints) -> frozenset[str]:
        """Return those of the passages on the screen, and those said or answered lately."""
        import json

        self._current()
        lately = super().likely(hints)
        if not hints.passages or self._generation < 0:
            return lately
        with self._store().reader() as connection:
            rows = connection.execute(_OF_CHUNKS, (json.dumps(hints.passages),)).fetchall()
        return lately | {squeeze(str(form)) for (form,) in rows}

    def _look_up(self, squeezed: str) -> str:
        form = self._known.forms.get(squeezed, squeezed)
        part = ""
        with self._store().reader() as connection:
            for text in (str(text) for row in connection.execute(_WRITTEN, (form,)) for text in row):
                written = surfaces(text).get(form, "")
                if squeeze(written) == squeezed:
                    return written
                # A form may be a part of what is written: "x4" of "X4:2".
                part = part or next((one for one in _PART.findall(written) if squeeze(one) == squeezed), "")
        return part or squeezed.upper()


def _known(forms: Iterable[tuple[str, str]]) -> _Known:
    known = _Known()
    for squeezed, form in forms:
        if squeezed in known.forms or not _is_said(squeezed):
            continue
        known.forms[squeezed] = form
        known.keys.setdefault(sound_key(squeezed), []).append(squeezed)
    return known


def _is_said(squeezed: str) -> bool:
    """Whether somebody would spell it: short, with a figure; mere figures only where they are many."""
    if not 2 <= len(squeezed) <= _LONGEST or not any(c.isdigit() for c in squeezed):
        return False
    return not squeezed.isdigit() or len(squeezed) >= _PLAIN_FIGURES
