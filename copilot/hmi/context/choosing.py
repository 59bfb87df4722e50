"""Which signals and alarms matter to a question: by its words, by identifiers, by what the passages found speak of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from copilot.answering.overlap import terms
from copilot.answering.question import kind_of
from copilot.hmi.registry import Registry
from copilot.hmi.values import SEVERITIES, Alarm, Signal, SignalState
from index.passages import Passage
from index.search.identifiers import candidates, extract, squeeze

MOST_SIGNALS: Final = 6
MOST_ALARMS: Final = 3
_READ: Final = 3  # passages whose words count: those that an answer is made from

# What people say of a machine that isn't well, in English and German.
_TROUBLE: Final = re.compile(
    r"\b(?:trip(?:s|ped|ping)?|stop(?:s|ped|ping)?|fault(?:s|y|ed)?|fail(?:s|ed|ing|ure)?|alarms?|errors?|warnings?|"
    r"wrong|broken|stuck|jam(?:s|med)?|down|stand(?:s|ing)? still|standstill|won'?t|doesn'?t|does not|not (?:start|run|"
    r"move|work)\w*|problem|trouble|happen(?:s|ed|ing)?|why|cause|hot|overheat\w*|noisy?|"
    r"warum|wieso|weshalb|st(?:ö|oe)rung\w*|fehler\w*|steht|bleibt stehen|geht nicht|l(?:ä|ae)uft nicht|"
    r"l(?:ö|oe)st aus|ausgel(?:ö|oe)st|kaputt|defekt|klemmt|los|hei(?:ß|ss))\b",
    re.IGNORECASE,
)
_MOMENT: Final = re.compile(
    r"\b(?:right now|just now|at the moment|at present|currently|now|current (?:value|reading|state|status|level)|live|"
    r"jetzt|gerade|momentan|aktuell\w*|im moment|derzeit)\b",
    re.IGNORECASE,
)
_ALARMS: Final = re.compile(
    r"\b(?:which|what|any|are there|list|show|welche|gibt es|irgendwelche)\b.{0,30}"
    r"\b(?:alarms?|faults?|fault codes?|errors?|alarme|st(?:ö|oe)rungen|fehler)\b.{0,30}"
    r"\b(?:active|standing|stand|now|there|present|pending|at the moment|aktiv|anstehend|gerade|jetzt|da)\b",
    re.IGNORECASE,
)
_IT: Final = re.compile(
    r"\b(?:it|this|that|the (?:machine|line|cell|plant|drive)|es|sie|die (?:maschine|anlage))\b", re.I
)
_COMMON: Final = frozenset({"machine", "maschine", "value", "signal", "system", "current", "state", "line"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question says of the moment.

    Attributes:
        identifiers: In it, squeezed.
        words: Its content words, stemmed.
        matter: What is left of them without those that say that something is wrong.
        trouble: Whether something is wrong, by its words.
        moment: Whether it asks how something is now.
        alarms: Whether it asks which alarms stand.
        procedure: Whether it asks how something is done.
    """

    identifiers: frozenset[str]
    words: frozenset[str]
    matter: frozenset[str]
    trouble: bool
    moment: bool
    alarms: bool
    procedure: bool

    @classmethod
    def of(cls, question: str) -> Asked:
        """Read a question."""
        found = {squeeze(form) for candidate in candidates(question) for form in candidate.forms}
        return cls(
            frozenset(one for one in found if any(c.isdigit() for c in one)),
            frozenset(terms(question)),
            frozenset(terms(_TROUBLE.sub(" ", question))),
            _TROUBLE.search(question) is not None,
            _MOMENT.search(question) is not None,
            _ALARMS.search(question) is not None,
            kind_of(question) == "procedure",
        )


def meant_alarms(question: str, asked: Asked, standing: Sequence[Alarm]) -> list[Alarm]:
    """The standing alarms that a question means without naming any: "why is it tripping?"."""
    if not asked.trouble or any(_code(alarm) in asked.identifiers for alarm in standing if alarm.code):
        return []
    fitting = [alarm for alarm in standing if _speaks_of(asked, alarm)]
    if fitting:
        return by_weight(fitting)[:MOST_ALARMS]
    if asked.identifiers or (asked.matter and not _IT.search(question)):
        return []  # it speaks of something else by name
    return by_weight(standing)[:MOST_ALARMS]


def alarms_for(question: str, asked: Asked, standing: Sequence[Alarm]) -> list[Alarm]:
    """The standing alarms to be shown with an answer."""
    if asked.alarms:
        return by_weight(standing)
    named = [alarm for alarm in standing if alarm.code and _code(alarm) in asked.identifiers]
    return by_weight({alarm.id: alarm for alarm in (*named, *meant_alarms(question, asked, standing))}.values())


def by_weight(alarms: Iterable[Alarm]) -> list[Alarm]:
    """The gravest first; among equals those that nobody has acknowledged, then the earliest: it is often the cause."""
    return sorted(
        alarms, key=lambda alarm: (-SEVERITIES.index(alarm.severity), alarm.acknowledged, alarm.began_s, alarm.id)
    )


def signals_for(
    asked: Asked,
    registry: Registry,
    states: Callable[[Sequence[str]], Sequence[SignalState]],
    alarms: Sequence[Alarm],
    found: Sequence[Passage],
) -> list[SignalState]:
    """The signals that matter, the most telling first.

    Args:
        asked: What the question says of the moment.
        registry: Which signals there are.
        states: Gives the state of signals; asked only for those that come into question.
        alarms: That are shown with the answer.
        found: What the documents have.
    """
    if asked.procedure and not (asked.trouble or asked.moment):
        return []  # how something is done is the same whatever the machine does at the moment
    mentioned = _mentioned(registry, found[:_READ]) if asked.trouble and not asked.alarms else {}
    near = {squeeze(alarm.component) for alarm in alarms if alarm.component} if asked.trouble else set()
    named: dict[str, float] = {}
    worth: dict[str, float] = {}
    for name, signal in registry.signals.items():
        named[name] = score = _by_name(signal, asked)
        if any(alarm.signal == name for alarm in alarms):
            score += 2.0 if not signal.codes else 0.0  # a signal of codes says what its alarm says already
        elif signal.component and squeeze(signal.component) in near:
            score += 1.5
        score += mentioned.get(name, 0.0)
        if score > 0:
            worth[name] = score
    likely = sorted(worth, key=lambda name: -worth[name])[:_LOOKED_AT]
    chosen = {
        state.signal.name: state
        for state in states(likely)
        if state.quality != "unknown" or named[state.signal.name] >= _NAMED
    }
    for name, state in chosen.items():
        if state.is_current and (state.flags or state.trend.direction in _GOING):
            worth[name] += 0.5
    best = max((worth[name] for name in chosen), default=0.0)
    # Who asks for one value by its name wants that one.
    least = _NAMED if asked.moment and not asked.trouble and best >= _NAMED else 0.0
    ordered = sorted((name for name in chosen if worth[name] >= least), key=lambda name: -worth[name])
    return [chosen[name] for name in ordered[:MOST_SIGNALS]]


_LOOKED_AT: Final = 30
_NAMED: Final = 1.8
"""What a signal is worth whose name stands in the question."""
_GOING: Final = ("rising", "falling")


def _by_name(signal: Signal, asked: Asked) -> float:
    """How well a question names a signal: by an identifier, or by most of the words of its title."""
    score = 0.0
    own = {squeeze(one) for one in (*signal.identifiers, signal.name)}
    if asked.trouble or asked.moment:
        own.add(squeeze(signal.component))
    if own & asked.identifiers:
        score += 3.0
    title = set(terms(signal.title.replace("_", " "))) - _COMMON
    title -= {squeeze(one) for one in signal.identifiers}
    if title:
        share = len(title & asked.words) / len(title)
        if share >= 0.6:
            score += 3.0 * share
        elif asked.moment or asked.trouble:
            meaning = set(terms(f"{signal.meaning} {signal.component}")) - _COMMON
            hits = len((title | meaning) & asked.words)
            score += 1.0 if hits >= 2 else 0.0
    return score


def _mentioned(registry: Registry, found: Sequence[Passage]) -> dict[str, float]:
    """Signals that passages speak of by an identifier; the first passage counts most."""
    worth: dict[str, float] = {}
    for at, passage in enumerate(found):
        forms = {squeeze(form) for form in extract("\n".join((passage.title, *passage.section[-1:], passage.text)))}
        for form in forms:
            for name in registry.by_identifier.get(form, ()):
                worth[name] = max(worth.get(name, 0.0), 1.2 - 0.3 * at)
    return worth


def _speaks_of(asked: Asked, alarm: Alarm) -> bool:
    words = set(terms(f"{alarm.title} {alarm.component} {alarm.signal.replace('_', ' ')}")) - _COMMON
    return len(words & asked.words) >= 1 or (bool(alarm.component) and squeeze(alarm.component) in asked.identifiers)


def _code(alarm: Alarm) -> str:
    return squeeze(alarm.code)
