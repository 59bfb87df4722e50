"""Patterns of what may be said, as regular expressions and as plain phrases.

A pattern is words with ``[optional]`` parts, ``(one|or another)`` and slots. It becomes a regular expression that takes
exactly what it allows; where it has no slots, it also becomes the list of all phrases that it allows, for comparison
with what was misheard.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Final, get_args

from copilot.voice.values import IntentName

VALUE: Final = (
    r"(?:[-+]?\d+(?:[.,/]\d+)*(?: ?(?:[^\W\d_]|[°%µΩ‰])[\w°%/·]{0,11}){0,3}"
    r"|ok|okay|passed|failed|pass|fail|good|bad|yes|no|in ordnung|bestanden|nicht bestanden|ja|nein|gut|schlecht)"
)
NUMBER: Final = (
    r"(?:\d{1,3}|one|two|to|too|three|four|for|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)"
)
_SLOTS: Final = {
    "text": r"(?P<text>.+)",
    "what": r"(?:[^\W\d]+ ){0,3}[^\W\d]+",
    "step": rf"(?P<step>{NUMBER})",
    "value": rf"(?P<value>{VALUE})",
}
_PIECE: Final = re.compile(r"\s*([\[\]()|]|\{\w+\}|[^\s\[\]()|{}]+)")
_MOST_PHRASES: Final = 2000  # of one pattern; one that allows more is too loose


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way to say something.

    Attributes:
        name: What it means.
        expression: Takes a whole utterance, folded and without marks.
        phrases: All that it allows; empty where it has slots.
        with_step: The same where its only slot is ``{step}``, which stays in them.
    """

    name: IntentName
    expression: re.Pattern[str]
    phrases: tuple[str, ...]
    with_step: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grammar:
    """What may be said in one language.

    Attributes:
        patterns: In the order in which they are tried.
        polite: Words around a command that change nothing, the longest first.
    """

    patterns: tuple[Pattern, ...]
    polite: tuple[str, ...]


# A node: a word, a slot, or alternatives of sequences; an optional part has the empty sequence among them.
_Node = str | tuple[tuple["_Node", ...], ...]


@lru_cache(maxsize=4)
def grammar(language: str) -> Grammar:
    """Return the grammar of a language, English where there is none of it."""
    folder = Path(__file__).parent
    path = folder / f"{language}.toml"
    data = tomllib.loads((path if path.is_file() else folder / "en.toml").read_text(encoding="utf-8"))
    names = set(get_args(IntentName))
    patterns: list[Pattern] = []
    for name, lines in data["phrases"].items():
        assert name in names, f"{path.name} knows no intent {name}"
        patterns += [parse(name, line) for line in lines]
    return Grammar(tuple(patterns), tuple(sorted(data["polite"], key=len, reverse=True)))


def parse(name: IntentName, pattern: str) -> Pattern:
    """Return a pattern that was read."""
    pieces = _PIECE.findall(pattern)
    sequence, rest = _sequence(pieces)
    assert not rest, f"unbalanced: {pattern}"
    only_step = set(re.findall(r"\{\w+\}", pattern)) <= {"{step}"}
    phrases = tuple(dict.fromkeys(_phrases(sequence))) if only_step else ()
    return Pattern(
        name,
        re.compile(_expression(sequence) or "(?!)"),
        tuple(phrase for phrase in phrases if "{" not in phrase),
        tuple(phrase for phrase in phrases if "{" in phrase),
    )


def _sequence(pieces: list[str]) -> tuple[tuple[_Node, ...], list[str]]:
    nodes: list[_Node] = []
    while pieces and pieces[0] not in ("]", ")", "|"):
        piece, pieces = pieces[0], pieces[1:]
        if piece not in ("[", "("):
            nodes.append(piece)
            continue
        choices: list[tuple[_Node, ...]] = [()] if piece == "[" else []
        while True:
            choice, pieces = _sequence(pieces)
            choices.append(choice)
            closing, pieces = pieces[0], pieces[1:]
            if closing != "|":
                break
        nodes.append(tuple(choices))
    return tuple(nodes), pieces


def _expression(sequence: tuple[_Node, ...]) -> str:
    """Each word with the blank after it, so that what is left out leaves no blank; the utterance ends in one, too."""
    parts: list[str] = []
    for node in sequence:
        if isinstance(node, tuple):
            choices = "|".join(_expression(choice) for choice in node if choice)
            parts.append(f"(?:{choices})" + ("?" if () in node else ""))
        elif node.startswith("{"):
            parts.append(_SLOTS[node.strip("{}")] + " ")
        else:
            parts.append(re.escape(node) + " ")
    return "".join(parts)


def _phrases(sequence: tuple[_Node, ...]) -> Iterator[str]:
    choices = [
        [phrase for choice in node for phrase in _phrases(choice)] if isinstance(node, tuple) else [node]
        for node in sequence
    ]
    for count, words in enumerate(product(*choices)):
        assert count < _MOST_PHRASES, "a pattern that allows too much"
        yield " ".join(word for word in words if word)
