"""Says a text of the program in another language.

A text is looked up whole; then as one that a template was filled in to; then sentence by sentence, where several were
joined; then by its parts ("head: reason", "what (why)", "one, two and three"). Of everything that fits, what leaves the
fewest characters in English is taken. What isn't known stays as it is.

The work is bounded: a text takes at most `_MOST_FITS` comparisons, each at most as long as the text. A title or a path
within it can make the result worse, never slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from copilot.wording.templates import Template

_MOST_FITS: Final = 4_000
_LONGEST: Final = 20_000  # characters; what is longer is no text of the program
_DEEPEST: Final = 4  # reasons within reasons
_MOST_SENTENCES: Final = 24
_LONGEST_RUN: Final = 4  # sentences that stand in the code as one text
_WEAK: Final = range(1, 5)  # letters of a template with several places that can't stand for a whole text
_TOO_FEW: Final = 3  # letters of a template with several places: "{a} or {b}" fits to anything
_KEYED: Final = 3  # characters by which templates are found
_BETWEEN_SENTENCES: Final = re.compile(r"(?<=[.!?…:])(\s+)")
_ENDS: Final = tuple(".!?…")
_LISTED: Final = ("; ", ", ", " and ", " or ")
_QUOTED_LISTS: Final = frozenset({"field", "listed", "names", "shown", "wanted"})  # “one”, “two” or “three”


class _Known(NamedTuple):
    """What became of a text.

    Attributes:
        score: How many of its characters were known.
        said: It, in the other language.
        sure: Whether it can be nothing else: it was made from a whole sentence. A piece such as ``rev. {revision}``
            fits to what has more behind it too.
    """

    score: int
    said: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class _Entry:
    template: Template
    translation: Template
    weight: int
    strong: bool

    @property
    def sure(self) -> bool:
        """Whether it is a whole sentence."""
        return self.template.fixed[-1][-1:] in _ENDS


@dataclass(slots=True)
class _Budget:
    fits: int = _MOST_FITS
    known: dict[tuple[str, bool], _Known | None] = field(default_factory=dict)


class Translator:
    """Knows a catalogue.

    Args:
        texts: English to the other language, with ``{places}``. A pair that can't be used (a brace is missing, the
            translation has a place that the text hasn't) is left out.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._whole: dict[str, str] = {}
        self._by_start: dict[str, list[_Entry]] = {}
        self._by_end: dict[str, list[_Entry]] = {}
        self._rest: list[_Entry] = []
        self._quotes = (texts.get("“", "“"), texts.get("”", "”"))
        for text, translation in texts.items():
            try:
                english, other = Template.of(text), Template.of(translation)
            except ValueError:
                continue
            if not translation or not set(other.places) <= set(english.places):
                continue
            if english.places:
                letters, single = english.words, len(english.places) == 1
                if single or letters >= _TOO_FEW or not letters:  # without any it is a frame around what is known
                    self._file(_Entry(english, other, english.weight, single or letters not in _WEAK))
            else:
                self._whole[english.fixed[0]] = other.fixed[0]

    def _file(self, entry: _Entry) -> None:
        first, last = entry.template.fixed[0], entry.template.fixed[-1]
        if len(first) >= _KEYED:
            self._by_start.setdefault(first[:_KEYED], []).append(entry)
        elif len(last) >= _KEYED:
            self._by_end.setdefault(last[-_KEYED:], []).append(entry)
        else:
            self._rest.append(entry)

    def __call__(self, text: str) -> str:
        """Say ``text`` in the other language, as far as it is known."""
        if not text or len(text) > _LONGEST:
            return text
        if (whole := self._whole.get(text)) is not None:
            return whole
        return self._best(text, _Budget(), 0).said

    def _best(self, text: str, budget: _Budget, depth: int) -> _Known:
        """The best that can be made of a text, and how many of its characters were known."""
        bare = text.strip()
        if not any(map(str.isalpha, bare)):
            return _Known(0, text)
        if bare != text:
            if (known := self._known(text, budget, depth)) is not None:
                return known
            known = self._best(bare, budget, depth)
            at = text.index(bare)
            return known._replace(said=f"{text[:at]}{known.said}{text[at + len(bare) :]}")
        known = self._known(text, budget, depth)
        if "\n" in text:
            return known or self._lines(text, budget, depth)
        tried = [known] if known is not None else []
        pieces = _BETWEEN_SENTENCES.split(text)
        if 1 < len(pieces) // 2 + 1 <= _MOST_SENTENCES:
            # Where the whole is known, its parts are looked at only to find that a place has swallowed a sentence.
            tried += self._sentences(pieces, budget, depth, whole=known is not None)
        if known is None or not known.sure:
            tried.append(self._loose(text, budget, depth))
        return max(tried, key=lambda one: one.score)

    def _known(self, text: str, budget: _Budget, depth: int) -> _Known | None:
        """A text that the catalogue has, as it stands or with another beginning or end; None for none."""
        key = (text, depth > 0)
        if key not in budget.known:
            budget.known[key] = None  # what holds itself is not looked at again
            budget.known[key] = self._as_it_stands(text, budget, depth) or self._varied(text, budget, depth)
        return budget.known[key]

    def _as_it_stands(self, text: str, budget: _Budget, depth: int) -> _Known | None:
        if (whole := self._whole.get(text)) is not None:
            return _Known(len(text), whole)
        best: _Known | None = None
        for entry in (*self._by_start.get(text[:_KEYED], ()), *self._by_end.get(text[-_KEYED:], ()), *self._rest):
            if budget.fits <= 0:
                break
            budget.fits -= 1
            if depth == 0 and not entry.strong:
                continue
            values = entry.template.fit(text)
            if values is None:
                continue
            known = self._filled(entry, values, budget, depth)
            if best is None or known.score > best.score:
                best = known
        return best

    def _filled(self, entry: _Entry, values: Iterable[str], budget: _Budget, depth: int) -> _Known:
        score, said = entry.weight, {}
        for position, (name, value) in enumerate(zip(entry.template.places, values, strict=True)):
            said[name] = self._quoted(value) if name in _QUOTED_LISTS else value
            if value and depth < _DEEPEST and entry.template.said(position, value):
                known = self._best(value, budget, depth + 1)
                if known.score:
                    score, said[name] = score + known.score, known.said
        return _Known(score, entry.translation.filled(said), entry.sure)

    def _quoted(self, value: str) -> str:
        """A list of quoted words with the marks and the last word between them of the other language."""
        if not (value.startswith("“") and value.endswith("”")):
            return value
        for word in ("and", "or"):
            value = value.replace(f"” {word} “", f"” {self._whole.get(word, word)} “")
        opening, closing = self._quotes
        return value.replace("“", "\0").replace("”", closing).replace("\0", opening)

    def _varied(self, text: str, budget: _Budget, depth: int) -> _Known | None:
        """A part of a sentence that was made a sentence: with a capital or a full stop that it hasn't of itself."""
        if text[:1].isupper() and (known := self._as_it_stands(text[0].lower() + text[1:], budget, depth)) is not None:
            return known._replace(score=known.score - 1, said=known.said[:1].upper() + known.said[1:])
        begun = text[:1].upper() + text[1:] if depth > 0 and text[:1].islower() and " " in text else ""
        if begun and (known := self._as_it_stands(begun, budget, depth)) is not None:
            return known._replace(score=known.score - 1)
        if text.endswith(".") and (known := self._as_it_stands(text[:-1], budget, depth)) is not None:
            return known._replace(said=f"{known.said}.")
        return None

    def _sentences(self, pieces: list[str], budget: _Budget, depth: int, *, whole: bool) -> list[_Known]:
        """Several sentences, cut where the most of them is known: a title in one may hold a full stop too.

        With ``whole``, only if every one of them is known; none otherwise.
        """
        count = len(pieces) // 2 + 1
        best: list[_Known | None] = [_Known(0, "")]
        for end in range(1, count + 1):
            tried: list[_Known] = []
            for start in range(max(0, end - _LONGEST_RUN), end):
                before = best[start]
                run = "".join(pieces[2 * start : 2 * end - 1])
                known = self._known(run, budget, depth) if before is not None else None
                if known is None and end - start == 1 and not whole:
                    known = self._loose(run, budget, depth)
                if known is not None and before is not None:
                    gap = pieces[2 * start - 1] if start else ""
                    tried.append(_Known(before.score + known.score, f"{before.said}{gap}{known.said}"))
            best.append(max(tried, key=lambda one: one.score) if tried else None)
        last = best[count]
        return [last] if last is not None else []

    def _loose(self, text: str, budget: _Budget, depth: int) -> _Known:
        """The parts of a text that isn't known as such; with 0 and the text itself where none is known."""
        if depth >= _DEEPEST or budget.fits <= 0:
            return _Known(0, text)
        ways: tuple[Callable[[str, _Budget, int], _Known], ...] = (self._in_brackets, self._after_colon, self._list)
        for way in ways:
            known = way(text, budget, depth)
            if known.score:
                return known
        return _Known(0, text)

    def _in_brackets(self, text: str, budget: _Budget, depth: int) -> _Known:
        """``what (why)``."""
        stop = "." if text.endswith(").") else ""
        at = text.rfind(" (")
        if at <= 0 or not text.endswith(f"){stop}"):
            return _Known(0, text)
        head, why = text[:at], text[at + 2 : len(text) - 1 - len(stop)]
        first, second = self._best(head, budget, depth + 1), self._best(why, budget, depth + 1)
        return _Known(first.score + second.score, f"{first.said} ({second.said}){stop}")

    def _after_colon(self, text: str, budget: _Budget, depth: int) -> _Known:
        """``head: reason``; the head is a name as often as not."""
        for at in dict.fromkeys((text.find(": "), text.rfind(": "))):
            if at > 0:
                head, tail = text[:at], text[at + 2 :]
                known = self._known(head, budget, depth + 1) or _Known(0, head)
                reason = self._best(tail, budget, depth + 1)
                if reason.score:
                    return _Known(known.score + reason.score, f"{known.said}: {reason.said}")
        return _Known(0, text)

    def _list(self, text: str, budget: _Budget, depth: int) -> _Known:
        """``one, two and three``, where at least half of it is known."""
        for between in _LISTED:
            pieces = text.split(between)
            if not 1 < len(pieces) <= _MOST_SENTENCES:
                continue
            known = [self._known(piece, budget, depth + 1) for piece in pieces]
            if 2 * sum(one is not None for one in known) >= len(pieces):
                word = between.strip()
                said = between.replace(word, self._whole.get(word, word))
                told = said.join(
                    one.said if one is not None else piece for one, piece in zip(known, pieces, strict=True)
                )
                return _Known(sum(one.score for one in known if one is not None), told)
        return _Known(0, text)

    def _lines(self, text: str, budget: _Budget, depth: int) -> _Known:
        told = [self._best(line, budget, depth) for line in text.split("\n")]
        return _Known(sum(one.score for one in told), "\n".join(one.said for one in told))
