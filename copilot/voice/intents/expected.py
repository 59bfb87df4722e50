"""The commands that a short utterance may have been, so that speech to text can be asked how likely each is.

Commands are short, and a general model of speech has little to hold on to: "Stop talking" becomes "Start talking". The
grammar names the few phrases that are near to what was heard, and the sound decides among them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from copilot.voice.intents.grammar import grammar
from copilot.voice.intents.understanding import GrammarUnderstanding, folded
from copilot.voice.listening.waking import sound_of

_MOST_WORDS: Final = 7
_MOST: Final = 10
_ALIKE: Final = 0.45
_FIGURE: Final = re.compile(r"(?<![\w.,])\d{1,3}(?![\w.,]*\d)")
_ANY_FIGURE: Final = re.compile(r"\d+")
_STUCK: Final = re.compile(r"(?<=[^\W\d_])(?=\d)")
_STEP_WORD: Final = {"en": "step", "de": "schritt"}
_TWICE: Final = re.compile(r"\b(\w+)(?: \1\b)+", re.IGNORECASE)
_STEP_FAR: Final = 2  # letters


class GrammarCommands:
    """Names the commands of the grammar that are near to a text."""

    def __init__(self) -> None:
        self._understanding = GrammarUnderstanding()

    def near(self, text: str, language: str) -> list[str]:
        """Return what may have been said instead, the nearest first; nothing where the text is a command already."""
        if self._understanding.understand(text, language=language, expecting="confirmation").name != "ask":
            return []
        said = folded(text)
        words = said.split()
        found = self._steps(text, language)
        if not words or len(words) > _MOST_WORDS:
            return found
        figures = _FIGURE.findall(said)
        sound = sound_of(said)
        ranked: list[tuple[float, str]] = []
        for phrase, its_sound in _phrases(language):
            if "{step}" in phrase:
                if len(figures) != 1 or len(_ANY_FIGURE.findall(said)) != 1:
                    continue
                phrase = phrase.replace("{step}", figures[0])
            elif _ANY_FIGURE.search(said):
                continue
            if (likeness := _likeness(said, sound, phrase, its_sound)) >= _ALIKE:
                ranked.append((-likeness, phrase))
        return found + [phrase.capitalize() + "." for _, phrase in sorted(ranked)[:_MOST]]

    def _steps(self, text: str, language: str) -> list[str]:
        """The text with a word before a figure taken for "step", without words said twice: where that makes sense."""
        from rapidfuzz.distance import Levenshtein

        step = _STEP_WORD.get(language, "step")
        once = _TWICE.sub(r"\1", _STUCK.sub(" ", text))
        words = once.split()
        changed = {once}
        for at, word in enumerate(words[:-1]):
            if words[at + 1][:1].isdigit() and (not at or Levenshtein.distance(folded(word), step) <= _STEP_FAR):
                changed.add(" ".join([*words[:at], step.capitalize() if not at else step, *words[at + 1 :]]))
        changed.discard(text)
        return [
            other
            for other in sorted(changed)
            if self._understanding.understand(other, language=language).name in ("set-value", "this-step")
        ]


@lru_cache(maxsize=4)
def _phrases(language: str) -> Sequence[tuple[str, str]]:
    kept: dict[str, str] = {}
    for pattern in grammar(language).patterns:
        for phrase in (*pattern.phrases, *pattern.with_step):
            kept[phrase] = sound_of(phrase.replace("{step}", ""))
    return tuple((phrase, sound) for phrase, sound in kept.items() if phrase)


def _likeness(said: str, sound: str, phrase: str, its_sound: str) -> float:
    from rapidfuzz.distance import Levenshtein

    by_letters: float = Levenshtein.normalized_similarity(said, phrase)
    by_sound: float = Levenshtein.normalized_similarity(sound, its_sound)
    return 0.5 * by_letters + 0.5 * by_sound
