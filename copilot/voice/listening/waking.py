"""The wake word: found in what was heard by how it sounds, or in the sound itself by a network trained for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Protocol

from copilot.voice.values import Samples

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_EXTRA_WORDS: Final = 2  # before the wake word: "okay, hey copilot", "so hey copilot"
_ALIKE: Final = 0.8
_ALIKE_WITH_NAME: Final = 0.7  # where its longest word is there beyond doubt: "a copilot"


@dataclass(frozen=True, slots=True)
class Wake:
    """The wake word was found.

    Attributes:
        phrase: As it was heard.
        rest: What was said after it; may be empty.
    """

    phrase: str
    rest: str


class PhraseWaker:
    """Looks for the wake word at the beginning of a text, by sound rather than by letters.

    Speech to text writes "hey co-pilot", "a copilot" or "hey, Copilot" for one and the same.
    """

    def __init__(self, phrase: str) -> None:
        self.phrase = phrase
        self._sound = sound_of(phrase)
        self._letters = "".join(_WORD.findall(phrase.casefold()))
        self._name = max(_WORD.findall(phrase.casefold()), key=len, default="")
        self._words = len(_WORD.findall(phrase))

    def find(self, text: str) -> Wake | None:
        """Return where the wake word stands, if the text begins with it."""
        words = list(_WORD.finditer(text))
        best: tuple[float, int, int] | None = None
        for skipped in range(min(_EXTRA_WORDS, len(words)) + 1):
            for count in range(max(1, self._words - 1), self._words + 3):
                if skipped + count > len(words):
                    break
                candidate = [word[0] for word in words[skipped : skipped + count]]
                likeness = self._likeness(candidate)
                enough = _ALIKE_WITH_NAME if self._name in [word.casefold() for word in candidate] else _ALIKE
                if likeness >= enough and (best is None or likeness > best[0]):
                    best = (likeness, skipped, skipped + count)
        if best is None:
            return None
        start, end = words[best[1]].start(), words[best[2] - 1].end()
        return Wake(text[start:end], text[end:].lstrip(" ,.;:!?–-").strip())

    def _likeness(self, words: list[str]) -> float:
        from rapidfuzz.distance import JaroWinkler, Levenshtein

        letters = "".join(words).casefold()
        by_letters: float = Levenshtein.normalized_similarity(letters, self._letters)
        by_sound: float = JaroWinkler.normalized_similarity(sound_of(" ".join(words)), self._sound)
        # Both must agree: many words sound a little alike, few also look so.
        return 0.6 * by_letters + 0.4 * by_sound


def sound_of(text: str) -> str:
    """Return how a phrase sounds, roughly: its Metaphone, without blanks."""
    import jellyfish

    return jellyfish.metaphone(" ".join(_WORD.findall(text.casefold()))).replace(" ", "")


class SoundWaker(Protocol):
    """Finds the wake word in sound; is given every window in which somebody may be talking."""

    @property
    def phrase(self) -> str:
        """What it waits for."""
        ...

    def take(self, window: Samples) -> bool:
        """Take one window; tell whether the wake word has just been said."""
        ...

    def reset(self) -> None:
        """Forget what was heard before."""
        ...
