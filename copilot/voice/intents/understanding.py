"""What an utterance asks for: one of a small closed set, by grammar and by sound, without a language model.

What the grammar takes word for word is certain. A short utterance that it doesn't take is compared with all that it
allows; where exactly one intent is near enough, that is meant ("slow her" for "slower"). Everything else is a question.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from copilot.voice.intents.grammar import VALUE, Grammar, grammar
from copilot.voice.listening.waking import sound_of
from copilot.voice.values import Intent, IntentName
from copilot.voice.written.measures import write_measures

_ANSWER_WORDS: Final = 4
_NEAR_WORDS: Final = 6  # an utterance of more words is no misheard command
_ALIKE: Final = 0.78
_AHEAD: Final = 0.05  # of the next intent
_SHORT: Final = 5  # letters; a short word must sound the same
_NUMBERS: Final = (
    "one two three four five six seven eight nine ten eleven twelve",
    "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
)
_HOMOPHONES: Final = {"to": 2, "too": 2, "for": 4, "zwo": 2}
_STEP_NUMBERS: Final = {word: n for words in _NUMBERS for n, word in enumerate(words.split(), start=1)} | _HOMOPHONES
_MARKS: Final = re.compile(r"[^\w\s.,/°%µΩ‰'+·-]")
_LOOSE_MARKS: Final = re.compile(r"[.,/'’-]+(?=\s|$)|(?<!\S)[.,/'’]+|(?<!\S)-+(?!\d)")
_TWICE: Final = re.compile(r"\b([^\W\d]+)(?: \1\b)+")
_BARE_VALUE: Final = re.compile(rf"(?:(?:it is|it's|its|the value is|es sind|das sind) )?(?P<value>{VALUE})")
_EXPECTED: Final[dict[str, tuple[IntentName, ...]]] = {
    "confirmation": ("yes", "no"),
    "value": ("no", "stop"),
    "note": ("no", "stop"),
    "choice": ("yes", "no", "stop"),
}
_ANSWERS_ONLY: Final[tuple[IntentName, ...]] = ("yes", "no")


class GrammarUnderstanding:
    """Understands by the grammars that come with the program: English and German."""

    def understand(self, text: str, *, language: str = "en", expecting: str = "") -> Intent:
        """Return what was meant.

        Args:
            text: In writing, as `Heard.text`.
            language: ISO 639-1.
            expecting: What was asked back: "confirmation", "value", "note", "choice"; "" for nothing.
        """
        rules = grammar(language)
        said = folded(text)
        plain = _without_politeness(said, rules)
        exact = self._exact(plain, text, rules) or self._exact(said, text, rules)
        if exact is None and (once := _TWICE.sub(r"\1", plain)) != plain:  # "set set step 3 to 42"
            exact = self._exact(once, text, rules)
        wanted = _EXPECTED.get(expecting, ())
        if expecting == "value" and (exact is None or exact.name in ("ask", "yes", "no")):
            spoken = folded(write_measures(_kept(text), language))
            if (bare := _BARE_VALUE.fullmatch(spoken)) is not None:
                return Intent("set-value", value=_as_said(text, bare["value"], language))
        if expecting == "note" and (exact is None or exact.name not in (*wanted, "mute", "help")):
            return Intent("log-note", text=text.strip())
        if exact is not None:
            return exact
        if expecting == "confirmation" and len(plain.split()) <= _ANSWER_WORDS:
            first = self._exact(plain.partition(" ")[0], text, rules)  # "yes, do save", "no, wait"
            if first is not None and first.name in _ANSWERS_ONLY:
                return first
        near = self._near(plain, rules, wanted)
        return near if near is not None else Intent("ask", text=text.strip())

    def _exact(self, said: str, text: str, rules: Grammar) -> Intent | None:
        for pattern in rules.patterns:
            found = pattern.expression.fullmatch(f"{said} ")
            if found is None:
                continue
            slots = found.groupdict()
            value = (slots.get("value") or "").strip()
            return Intent(
                pattern.name,
                text=_original(text, (slots.get("text") or "").strip()),
                value=_as_said(text, value) if value else "",
                step=_step(slots.get("step")),
            )
        return None

    def _near(self, said: str, rules: Grammar, wanted: tuple[IntentName, ...]) -> Intent | None:
        words = said.split()
        if not words or len(words) > _NEAR_WORDS or any(c.isdigit() for c in said):
            return None
        best: dict[IntentName, float] = {}
        for name, phrase, sound in _phrases(rules):
            if name in _ANSWERS_ONLY and name not in wanted:
                continue  # a question isn't answered with yes
            if abs(len(phrase) - len(said)) > max(3, len(said) // 3):
                continue
            likeness = _likeness(said, phrase, sound)
            best[name] = max(likeness, best.get(name, 0.0))
        ranked = sorted(best.items(), key=lambda item: -item[1])
        if not ranked or ranked[0][1] < _ALIKE:
            return None
        if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _AHEAD:
            return None
        return Intent(ranked[0][0], confidence=round(ranked[0][1], 2))


def folded(text: str) -> str:
    """Return a text as the grammar wants it: small letters, no marks but those within numbers and words."""
    text = _MARKS.sub(" ", text.casefold().replace("’", "'"))
    return " ".join(_LOOSE_MARKS.sub(" ", text).split())


def _kept(text: str) -> str:
    return text.strip().rstrip(".!?,")


def _without_politeness(said: str, rules: Grammar) -> str:
    while True:
        before = said
        for words in rules.polite:
            said = said.removeprefix(f"{words} ").removesuffix(f" {words}")
        if said == before:
            return said


def _likeness(said: str, phrase: str, sound: str) -> float:
    from rapidfuzz.distance import Levenshtein

    joined, wanted = said.replace(" ", ""), phrase.replace(" ", "")
    by_letters: float = Levenshtein.normalized_similarity(joined, wanted)
    by_sound: float = Levenshtein.normalized_similarity(sound_of(said), sound) if sound else by_letters
    if min(len(joined), len(wanted)) <= _SHORT and by_sound < 1.0:
        return 0.0
    return 0.65 * by_letters + 0.35 * by_sound


@lru_cache(maxsize=4)
def _phrases(rules: Grammar) -> tuple[tuple[IntentName, str, str], ...]:
    return tuple(
        (pattern.name, phrase, sound_of(phrase)) for pattern in rules.patterns for phrase in pattern.phrases if phrase
    )


def _step(said: str | None) -> int | None:
    if said is None:
        return None
    return int(said) if said.isdigit() else _STEP_NUMBERS[said]


def _original(text: str, part: str) -> str:
    """The part of what was said as it was written, capitals and marks included."""
    if not part:
        return ""
    words = part.split()
    at = len(text.split()) - len(words)
    kept = " ".join(text.split()[max(0, at) :])
    return kept if folded(kept).endswith(words[-1]) else part


def _as_said(text: str, value: str, language: str = "en") -> str:
    """A value with the capitals of its unit: the grammar sees small letters only."""
    found = re.search(re.escape(value), " ".join(text.split()), re.IGNORECASE)
    written = found[0] if found else write_measures(value, language)
    return written.strip(" .,")
