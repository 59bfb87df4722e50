"""Puts what was heard into writing, and checks it against what there is.

Three steps. What is spelled and known is written as the documents write it. What looks spelled and isn't known is
compared, by sound, with the known identifiers that are near to it: speech to text says how likely each would be for the
very sound that was heard. Numbers and units follow.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from copilot.voice.protocols import Commands, Compare
from copilot.voice.values import Doubt, HeardIdentifier, Hints, Transcript, Written
from copilot.voice.written.lexicon import Lexicon, Near
from copilot.voice.written.measures import write_measures
from copilot.voice.written.spelling import Token, is_spelled, spelled, tokens

_LONGEST_RUN: Final = 14  # tokens
_LONGEST_UNKNOWN: Final = 24
_MOST_TEXTS: Final = 14  # compared with the sound, about 20 ms each
_MOST_SPANS: Final = 4  # identifiers of one utterance that are compared
_KNOWN: Final = 5.0  # log probability that an identifier that exists is ahead of one that doesn't
_ASKED: Final = 6.0  # how much less it may be, and is still asked back
_LIKELY: Final = 2.0  # how much one that is being talked about is ahead of another
_FAR: Final = 2.0  # for each character that it differs by
_RIVAL: Final = 1.5  # two that are nearer to each other than this are asked back
_COMMAND: Final = 7.0  # how much less likely a command may be than what was heard; questions are 25 away
_CHEAP: Final = 0.5  # distance up to which the only near one is taken: a letter for one that sounds like it
_REACH: Final = (1.0, 0.24, 2.6)  # how far to look: at least, for each character, at most
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
    """An identifier in a text.

    Attributes:
        start: Its first character.
        end: After its last.
        squeezed: Its letters and figures.
        known: Whether it exists.
    """

    start: int
    end: int
    squeezed: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class _Option:
    """What may stand where something unknown was heard.

    Attributes:
        start: First character that it would take the place of.
        end: After the last.
        squeezed: Its letters and figures.
        distance: How far its sound is from what was heard.
    """

    start: int
    end: int
    squeezed: str
    distance: float


@dataclass(frozen=True, slots=True)
class _Correction:
    """What was put where something unknown was heard.

    Attributes:
        heard: What was heard.
        rivals: What else may be meant, as it would be written.
    """

    heard: str
    rivals: tuple[str, ...] = ()


class SpokenWriter:
    """Writes down what was said.

    Args:
        lexicon: The identifiers that there are.
        language: For numbers and units where the transcript names none.
        commands: What may be said besides asking; None where nothing may.
    """

    def __init__(self, lexicon: Lexicon, language: str = "en", commands: Commands | None = None) -> None:
        self._lexicon = lexicon
        self._language = language
        self._commands = commands

    def write(self, transcript: Transcript, hints: Hints, compare: Compare | None = None) -> Written:
        """Return the text with identifiers, numbers and units in writing.

        Args:
            transcript: What speech to text made of it.
            hints: What is probably talked about: of several that are near, that is meant.
            compare: Tells how likely other texts are for the same sound; without it only what is plain is corrected.
        """
        language = transcript.language or self._language
        if compare is not None and (command := self._command(transcript.text, language, compare)) is not None:
            return Written(write_measures(command, language), command=True)
        likely = self._lexicon.likely(hints)
        text = transcript.text if compare is None else self._best_reading(transcript, compare)
        corrected: dict[str, _Correction] = {}
        left_alone: set[str] = set()
        for _ in range(_MOST_SPANS):
            words = tokens(text)
            spans = self._known_spans(words)
            run = next(
                (
                    run
                    for run in _unknown_runs(words, _tight(words, spans, corrected))
                    if text[words[run[0]].start : words[run[1] - 1].end] not in left_alone
                ),
                None,
            )
            if run is None:
                break
            heard = text[words[run[0]].start : words[run[1] - 1].end]
            left_alone.add(heard)
            chosen = self._correction(text, words, *run, likely, compare)
            if chosen is not None:
                option, rivals = chosen
                corrected[option.squeezed] = _Correction(text[option.start : option.end], rivals)
                text = self._replaced(text, option)
        words = tokens(text)
        known = self._known_spans(words)
        spans = known + [
            _Span(words[start].start, words[end - 1].end, squeezed, False)
            for start, end in _unknown_runs(words, known)
            if (squeezed := _as_code(words[start:end])) is not None
        ]
        return self._composed(text, spans, corrected, language)

    def _command(self, text: str, language: str, compare: Compare) -> str | None:
        """A command that is about as likely as what was heard, which is none."""
        near = self._commands.near(text, language) if self._commands is not None else []
        if not near:
            return None
        as_heard, *scores = compare([text, *near])
        best = max(scores)
        return near[scores.index(best)] if best + _COMMAND >= as_heard else None

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
        kept: list[tuple[int, int, str]] = []
        for _, start, end, squeezed in sorted(found):
            if all(end <= other or start >= other_end for other, other_end, _ in kept):
                kept.append((start, end, squeezed))
        return [_Span(words[start].start, words[end - 1].end, squeezed) for start, end, squeezed in sorted(kept)]

    def _best_reading(self, transcript: Transcript, compare: Compare) -> str:
        """Another reading of the sound, where it has more identifiers that exist and is about as likely."""

        def whole(text: str) -> int:
            words = tokens(text)
            return len(_tight(words, self._known_spans(words), ()))

        readings = [transcript.text, *transcript.others[:3]]
        known = [whole(text) for text in readings]
        if max(known) == known[0]:
            return transcript.text
        scores = compare(readings)
        worth = [score + _KNOWN * count for score, count in zip(scores, known, strict=True)]
        return readings[worth.index(max(worth))]

    def _correction(
        self,
        text: str,
        words: Sequence[Token],
        start: int,
        end: int,
        likely: frozenset[str],
        compare: Compare | None,
    ) -> tuple[_Option, tuple[str, ...]] | None:
        """What to put where a run is, and what else may be meant; None to leave it."""
        options = self._options(words, start, end, likely)[:_MOST_TEXTS]
        close = {option.squeezed for option in options if option.distance <= _CHEAP}
        only = options[0] if options and len(close) == 1 and options[0].squeezed in close else None
        if compare is None or not options:
            return (only, ()) if only is not None else None
        code = _as_code(words[start:end])
        plain = text if code is None else f"{text[: words[start].start]}{code.upper()}{text[words[end - 1].end :]}"
        as_heard, as_code, *scores = compare([text, plain, *(self._replaced(text, option) for option in options)])
        as_heard = max(as_heard, as_code) if code is None else as_code
        best_of: dict[str, tuple[float, _Option]] = {}
        for option, score in zip(options, scores, strict=True):
            value = score - _FAR * option.distance + (_LIKELY if option.squeezed in likely else 0.0)
            if option.squeezed not in best_of or value > best_of[option.squeezed][0]:
                best_of[option.squeezed] = (value, option)
        ranked = sorted(best_of.values(), key=lambda valued: -valued[0])
        best, chosen = ranked[0]
        rivals = [self._lexicon.written(other.squeezed) for value, other in ranked[1:3] if best - value < _RIVAL]
        if best + _KNOWN >= as_heard or (only is not None and only.squeezed == chosen.squeezed):
            return chosen, tuple(rivals)
        if best + _KNOWN + _ASKED >= as_heard and code is not None:
            return chosen, (*rivals, code.upper())[:2]
        return None

    def _options(self, words: Sequence[Token], start: int, end: int, likely: frozenset[str]) -> list[_Option]:
        """Identifiers that sound like a run or a part of it, the likeliest first."""
        found: dict[_Option, float] = {}
        for first in range(start, end):
            for last in range(first + 1, end + 1):
                run = words[first:last]
                if not _opens(run[0]) or not run[-1].readings or run[-1].readings == ("",):
                    continue
                # What is left out of the run counts as if it had been heard wrong.
                left = sum(len(word.readings[0].strip("~^")) for word in words[start:end] if word.readings)
                taken = sum(len(word.readings[0].strip("~^")) for word in run if word.readings)
                for place, reading in self._heard(words, first, last, first == start):
                    for near in self._near(reading):
                        option = _Option(place, run[-1].end, near.squeezed, near.distance)
                        rank = near.distance + 0.35 * (left - taken) - (0.5 if near.squeezed in likely else 0.0)
                        found[option] = min(rank, found.get(option, 99.0))
        return sorted(found, key=lambda option: (found[option], option.squeezed, option.start))

    def _heard(self, words: Sequence[Token], first: int, last: int, at_start: bool) -> Iterator[tuple[int, str]]:
        """What a part of a run may have been, and the character that it begins at."""
        run = list(words[first:last])
        readings = [reading for reading in islice(spelled(run), 3) if any(c.isdigit() for c in reading)]
        for reading in readings:
            yield run[0].start, reading
            letters = run[0].readings[0]
            if len(letters) > 1 and letters.isalpha():  # "KMF 0018" for "came F 0018"
                yield run[0].end - 1, reading[len(letters) - 1 :]
        before = words[first - 1] if at_start and first else None
        if before is None or not before.text.isalpha() or before.text.casefold() in _NUMBERED:
            return
        for reading in readings[:1]:  # "of 0012", "fultf 0 0 1 2": the letter went into the word before
            for guess in dict.fromkeys((before.text[0].casefold(), before.text[-1].casefold())):
                yield run[0].start, guess + reading
                yield before.start, guess + reading

    def _near(self, reading: str) -> list[Near]:
        if len(reading) < 2:
            return []
        least, each, most = _REACH
        return self._lexicon.near(reading, min(most, max(least, each * len(reading))), 5)

    def _replaced(self, text: str, option: _Option) -> str:
        before, after = text[: option.start], text[option.end :]
        gap = " " if before and (before[-1].isalnum() or before[-1] in "-,") else ""
        behind = " " if after and after[0].isalnum() else ""
        return f"{before.rstrip('-') if gap else before}{gap}{self._lexicon.written(option.squeezed)}{behind}{after}"

    def _composed(
        self, text: str, spans: Sequence[_Span], corrected: Mapping[str, _Correction], language: str
    ) -> Written:
        composed = ""
        at = 0
        identifiers: list[HeardIdentifier] = []
        doubts: list[Doubt] = []
        for span in sorted(spans, key=lambda span: span.start):
            correction = corrected.get(span.squeezed)
            spoken = correction.heard if correction is not None else text[span.start : span.end]
            written = self._lexicon.written(span.squeezed) if span.known else span.squeezed.upper()
            composed += write_measures(text[at : span.start], language)
            identifiers.append(HeardIdentifier(written, spoken, span.known, correction is not None))
            if correction is not None and correction.rivals:
                place = (len(composed), len(composed) + len(written))
                doubts.append(Doubt(spoken, (written, *correction.rivals), place))
            composed += written
            at = span.end
        composed += write_measures(text[at:], language)
        return Written(composed, tuple(identifiers), tuple(doubts))


def _opens(word: Token) -> bool:
    return (bool(word.readings) and word.readings != ("",)) or word.text.casefold() in ("double", "triple", "doppel")


def _has_figures(word: Token) -> bool:
    return any(reading.strip("~^").isdigit() for reading in word.readings)


def _tight(words: Sequence[Token], spans: Sequence[_Span], sure: Container[str]) -> list[_Span]:
    """The spans that no figure stands next to: "F0002" of "F 0 0 0 2 4" is only a part of what was spelled."""

    def figures_at(at: int, step: int) -> bool:
        while 0 <= at < len(words) and words[at].readings == ("",):
            at += step
        return 0 <= at < len(words) and _has_figures(words[at])

    tight: list[_Span] = []
    for span in spans:
        first = next(at for at, word in enumerate(words) if word.end > span.start)
        behind = next((at for at, word in enumerate(words) if word.start >= span.end), len(words))
        if span.squeezed in sure or not (figures_at(behind, 1) or figures_at(first - 1, -1)):
            tight.append(span)
    return tight


def _unknown_runs(words: Sequence[Token], spans: Sequence[_Span]) -> list[tuple[int, int]]:
    """Runs of spelled tokens outside of known identifiers that have figures and may be identifiers."""
    taken = {at for span in spans for at, word in enumerate(words) if word.start < span.end and word.end > span.start}
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
            if stop > start and stop - start <= _LONGEST_UNKNOWN and _may_be_code(words, start, stop):
                runs.append((start, stop))
        at = max(end, at + 1)
    return runs


def _is_letter_name(word: Token) -> bool:
    return any(reading.isalpha() for reading in word.readings) and word.text.casefold() not in _FILLER


def _may_be_code(words: Sequence[Token], start: int, end: int) -> bool:
    run = words[start:end]
    figures = sum(len(word.readings[0].strip("~^")) for word in run if _has_figures(word))
    if not figures:
        return False
    if any(word.readings and word.readings[0][:1].isalpha() for word in run):
        return True
    if any(word.text == "." for word in run) or (figures < 4 and any(word.text == "," for word in run)):
        return False  # a decimal, a list
    before = words[start - 1].text.casefold() if start else ""
    return figures >= 3 and before.isalpha() and before not in _NUMBERED and not _unit_follows(words, end)


def _unit_follows(words: Sequence[Token], end: int) -> bool:
    """Whether a unit follows, so that the figures before it are a number."""
    after = " ".join(word.text for word in words[end : end + 3])
    return bool(after) and write_measures(f"5 {after}") != f"5 {after}"


def _as_code(run: Sequence[Token]) -> str | None:
    """What a run that nothing knows is as a code: letters first, then figures; None where it isn't one."""
    reading = next(spelled(list(run)), "")
    letter_first = bool(re.fullmatch(r"[a-zäöü]{1,4}\d[a-z\d]*", reading)) and run[0].certain
    return reading if letter_first and not run[0].text[0].isdigit() else None
