"""Puts what was heard into writing, and checks it against what there is.

Three steps. What is spelled and known is written as the documents write it. What looks spelled and isn't known is
compared, by sound, with the known identifiers that are near to it: speech to text says how likely each would be for the
very sound that was heard. Numbers and units follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from copilot.voice.protocols import Compare
from copilot.voice.values import Doubt, HeardIdentifier, Hints, Transcript, Written
from copilot.voice.written.lexicon import Lexicon
from copilot.voice.written.measures import write_measures
from copilot.voice.written.spelling import Token, is_spelled, spelled, tokens

_LONGEST_RUN: Final = 12  # tokens
_MOST_TEXTS: Final = 14  # compared with the sound, about 20 ms each
_MOST_SPANS: Final = 3  # identifiers of one utterance that are compared
_KNOWN: Final = 6.0  # log probability that an identifier that exists is ahead of one that doesn't
_LIKELY: Final = 2.0  # and one that is being talked about ahead of another
_FAR: Final = 2.0  # for each character that it differs by
_DOUBT: Final = 1.5  # two that are nearer to each other than this are asked back
_CHEAP: Final = 0.5  # distance up to which the only near one is taken without comparing
_REACH: Final = (1.0, 0.22, 2.6)  # how far to look: at least, for each character, at most
# A number after one of these is a number.
_NUMBERED_AFTER: Final = """
step page line row item pin level stage number value chapter section figure table size class type bar at is by on
least than about with and or have has was were over under least most within every after before until only first last
next the schritt seite zeile nummer wert kapitel abschnitt stufe auf um mit nach vor bis etwa über unter minus plus
set all
"""
_NUMBERED: Final = frozenset(_NUMBERED_AFTER.split())
_FILLER: Final = frozenset(
    {"a", "i", "for", "to", "too", "oh", "you", "are", "why", "see", "be", "ate", "won", "tree", "ein"}
)


@dataclass(frozen=True, slots=True)
class _Span:
    """An identifier in a text: from which token to before which, and which it is.

    Attributes:
        squeezed: Its letters and figures.
        known: Whether it exists.
        heard: What stood there before it was corrected; empty where it wasn't.
        rivals: Others that may be meant.
    """

    start: int
    end: int
    squeezed: str
    known: bool
    heard: str = ""
    rivals: tuple[str, ...] = ()


class SpokenWriter:
    """Writes down what was said.

    Args:
        lexicon: The identifiers that there are.
        language: For numbers and units where the transcript names none.
    """

    def __init__(self, lexicon: Lexicon, language: str = "en") -> None:
        self._lexicon = lexicon
        self._language = language

    def write(self, transcript: Transcript, hints: Hints, compare: Compare | None = None) -> Written:
        """Return the text with identifiers, numbers and units in writing.

        Args:
            transcript: What speech to text made of it.
            hints: What is probably talked about: of several that are near, that is meant.
            compare: Tells how likely other texts are for the same sound; without it only what is plain is corrected.
        """
        likely = self._lexicon.likely(hints)
        text = transcript.text
        spans = self._known_spans(tokens(text))
        if compare is not None:
            text, spans = self._best_reading(transcript, spans, compare)
        text, spans = self._corrected(text, spans, likely, compare)
        return self._composed(text, spans, transcript.language or self._language)

    def _known_spans(self, words: Sequence[Token]) -> list[_Span]:
        """Runs of spelled tokens that are identifiers, the longest first taken."""
        found: list[tuple[int, int, int, str]] = []
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + _LONGEST_RUN) + 1):
                if not is_spelled(words[end - 1]):
                    break
                run = words[start:end]
                if not _opens(run[0]) or not run[-1].readings or run[-1].readings == ("",):
                    continue
                if not any(word.certain for word in run) or (run[0].text.casefold() in _FILLER and len(run) < 2):
                    continue
                for squeezed in spelled(list(run)):
                    if self._lexicon.knows(squeezed):
                        found.append((-len(squeezed), start, end, squeezed))
                        break
        return _without_overlap([_Span(start, end, squeezed, True) for _, start, end, squeezed in sorted(found)])

    def _best_reading(self, transcript: Transcript, spans: list[_Span], compare: Compare) -> tuple[str, list[_Span]]:
        """Another reading of the sound, where it has more identifiers that exist and is about as likely."""
        readings = [(transcript.text, spans)]
        for other in transcript.others[:3]:
            in_other = self._known_spans(tokens(other))
            if {span.squeezed for span in in_other} > {span.squeezed for span in spans} or len(in_other) > len(spans):
                readings.append((other, in_other))
        if len(readings) == 1:
            return readings[0]
        scores = compare([text for text, _ in readings])
        worth = [score + _KNOWN * len(found) for score, (_, found) in zip(scores, readings, strict=True)]
        return readings[worth.index(max(worth))]

    def _corrected(
        self, text: str, spans: list[_Span], likely: frozenset[str], compare: Compare | None
    ) -> tuple[str, list[_Span]]:
        """Replace what is spelled and unknown by what is known and sounds like it."""
        done = 0
        at = 0
        while True:
            words = tokens(text)
            run = next((run for run in _unknown_runs(words, spans) if run[0] >= at), None)
            if run is None:
                return text, spans
            start, end = run
            at = end
            correction = self._correction(text, words, start, end, likely, compare) if done < _MOST_SPANS else None
            done += 1
            if correction is None:
                if (squeezed := _as_code(words[start:end])) is not None:
                    spans = sorted([*spans, _Span(start, end, squeezed, False)], key=lambda span: span.start)
                continue
            first, chosen, rivals = correction
            written = self._lexicon.written(chosen)
            heard = text[words[first].start : words[end - 1].end]
            text = text[: words[first].start] + written + text[words[end - 1].end :]
            count = len(tokens(written))
            shift = count - (end - first)
            spans = [
                span if span.start < first else _moved(span, shift)
                for span in spans
                if span.end <= first or span.start >= end
            ]
            spans = sorted(
                [*spans, _Span(first, first + count, chosen, True, heard, rivals)], key=lambda span: span.start
            )
            at = first + count

    def _correction(
        self,
        text: str,
        words: Sequence[Token],
        start: int,
        end: int,
        likely: frozenset[str],
        compare: Compare | None,
    ) -> tuple[int, str, tuple[str, ...]] | None:
        """From which token on to replace, by which identifier, and which others may be meant; None to leave it."""
        options = self._options(words, start, end, likely)
        if not options:
            return None
        if compare is None:
            near = [option for option in options if option[2] <= _CHEAP]
            return (near[0][0], near[0][1], ()) if len({option[1] for option in near}) == 1 else None
        options = options[:_MOST_TEXTS]
        texts = [
            text[: words[first].start] + self._lexicon.written(squeezed) + text[words[end - 1].end :]
            for first, squeezed, _ in options
        ]
        as_heard, *scores = compare([text, *texts])
        worth: dict[str, tuple[float, int]] = {}
        for (first, squeezed, distance), score in zip(options, scores, strict=True):
            value = score + _KNOWN - _FAR * distance + (_LIKELY if squeezed in likely else 0.0)
            if squeezed not in worth or value > worth[squeezed][0]:
                worth[squeezed] = (value, first)
        ranked = sorted(worth, key=lambda squeezed: -worth[squeezed][0])
        best, first = worth[ranked[0]]
        if best < as_heard:
            return None
        rivals = tuple(squeezed for squeezed in ranked[1:3] if best - worth[squeezed][0] < _DOUBT)
        return first, ranked[0], rivals

    def _options(
        self, words: Sequence[Token], start: int, end: int, likely: frozenset[str]
    ) -> list[tuple[int, str, float]]:
        """Identifiers that sound like a run, each with the token that it would begin at and its distance."""
        heard: list[tuple[int, str]] = [(start, reading) for reading in list(spelled(list(words[start:end])))[:4]]
        before = words[start - 1] if start else None
        if before is not None and before.text.isalpha() and before.text.casefold() not in _NUMBERED:
            # "of 0012", "fultf 0 0 1 2": the letter went into the word before.
            guesses = dict.fromkeys((before.text[0].casefold(), before.text[-1].casefold()))
            heard += [
                (first, guess + reading)
                for _, reading in heard[:2]
                for guess in guesses
                for first in (start, start - 1)
            ]
        found: dict[tuple[int, str], float] = {}
        for first, reading in heard:
            if sum(c.isdigit() for c in reading) < 1 or len(reading) < 2:
                continue
            least, each, most = _REACH
            for near in self._lexicon.near(reading, min(most, max(least, each * len(reading)))):
                place = (first, near.squeezed)
                found[place] = min(near.distance, found.get(place, 9.0))
        ranked = sorted(found.items(), key=lambda item: (item[1] - (0.5 if item[0][1] in likely else 0.0), item[0]))
        return [(first, squeezed, distance) for (first, squeezed), distance in ranked]

    def _composed(self, text: str, spans: list[_Span], language: str) -> Written:
        words = tokens(text)
        composed = ""
        at = 0
        identifiers: list[HeardIdentifier] = []
        doubts: list[Doubt] = []
        for span in spans:
            start, end = words[span.start].start, words[span.end - 1].end
            composed += write_measures(text[at:start], language)
            spoken = span.heard or text[start:end]
            written = self._lexicon.written(span.squeezed) if span.known else span.squeezed.upper()
            identifiers.append(HeardIdentifier(written, spoken, span.known, corrected=span.known and bool(span.heard)))
            if span.rivals:
                choices = (written, *(self._lexicon.written(rival) for rival in span.rivals))
                doubts.append(Doubt(spoken, choices, (len(composed), len(composed) + len(written))))
            composed += written
            at = end
        composed += write_measures(text[at:], language)
        return Written(composed.strip(), tuple(identifiers), tuple(doubts))


def _opens(word: Token) -> bool:
    return (bool(word.readings) and word.readings != ("",)) or word.text.casefold() in ("double", "triple", "doppel")


def _without_overlap(spans: Sequence[_Span]) -> list[_Span]:
    kept: list[_Span] = []
    for span in spans:
        if all(span.end <= other.start or span.start >= other.end for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


def _moved(span: _Span, by: int) -> _Span:
    return _Span(span.start + by, span.end + by, span.squeezed, span.known, span.heard, span.rivals)


def _unknown_runs(words: Sequence[Token], spans: Sequence[_Span]) -> list[tuple[int, int]]:
    """Runs of spelled tokens outside of known identifiers that have figures and may be identifiers."""
    taken = {at for span in spans for at in range(span.start, span.end)}
    runs: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and end not in taken and is_spelled(words[end]):
            end += 1
        if end > at:
            start, stop = at, end
            while start < stop and not (words[start].certain or _is_letter_name(words[start])):
                start += 1
            while stop > start and not words[stop - 1].certain:
                stop -= 1
            if stop > start and _may_be_code(words, start, stop):
                runs.append((start, stop))
        at = max(end, at + 1)
    return runs


def _is_letter_name(word: Token) -> bool:
    return any(reading.isalpha() for reading in word.readings) and word.text.casefold() not in _FILLER


def _may_be_code(words: Sequence[Token], start: int, end: int) -> bool:
    run = words[start:end]
    figures = sum(len(word.readings[0].strip("~^")) for word in run if word.readings and word.readings[0][:1].isdigit())
    letters = any(word.readings and word.readings[0][:1].isalpha() for word in run)
    if not figures:
        return False
    if letters:
        return True
    before = words[start - 1].text.casefold() if start else ""
    if "." in "".join(word.text for word in run):
        return False  # a decimal
    return figures >= 3 and before.isalpha() and before not in _NUMBERED and not _unit_follows(words, end)


def _unit_follows(words: Sequence[Token], end: int) -> bool:
    """Tell whether a unit follows, so that the figures before it are a number."""
    after = " ".join(word.text for word in words[end : end + 3])
    return bool(after) and write_measures(f"5 {after}") != f"5 {after}"


def _as_code(run: Sequence[Token]) -> str | None:
    """What a run that nothing knows is as a code: letters first, then figures; None where it isn't one."""
    reading = next(spelled(list(run)), "")
    letter_first = bool(re.fullmatch(r"[a-zäöü]{1,4}\d[a-z\d]*", reading)) and run[0].certain
    return reading if letter_first and not run[0].text[0].isdigit() else None
