"""Goes through a text once and lets the first rule that fits at a place say what is spoken there."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A written form and its spoken one.

    Attributes:
        pattern: Must not match the empty text.
        say: What is spoken for a match; None where it doesn't apply after all.
    """

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str | None]


def scan(text: str, rules: Sequence[Rule]) -> str:
    """``text`` with every match of a rule replaced; what a rule has said is never looked at again."""
    spoken: list[str] = []
    at = kept = 0
    while at < len(text):
        for rule in rules:
            match = rule.pattern.match(text, at)
            if match is None or (said := rule.say(match)) is None:
                continue
            spoken += (text[kept:at], said)
            at = kept = match.end()
            break
        else:
            at += 1
    spoken.append(text[kept:])
    return "".join(spoken)
