"""The signals of a plant, looked up by what they are called and by what documents say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from copilot.hmi.registry.file import (
    AdviceEntry,
    CodeEntry,
    ModbusSource,
    MqttSource,
    OpcUaSource,
    RuleEntry,
    SignalEntry,
)
from copilot.hmi.values import Signal
from index.search.identifiers import extract, squeeze


@dataclass(frozen=True)
class Registry:
    """What ``signals.toml`` says.

    Attributes:
        path: The file.
        sources: By name.
        signals: By name, in the order of the file.
        entries: Where each signal's value comes from, by name.
        rules: Alarms made from signals.
        codes: What fault codes are called, by code.
        advice: Where advice looks.
    """

    path: Path
    sources: Mapping[str, OpcUaSource | MqttSource | ModbusSource] = field(default_factory=dict)
    signals: Mapping[str, Signal] = field(default_factory=dict)
    entries: Mapping[str, SignalEntry] = field(default_factory=dict)
    rules: tuple[RuleEntry, ...] = ()
    codes: Mapping[str, CodeEntry] = field(default_factory=dict)
    advice: AdviceEntry = field(default_factory=AdviceEntry)

    def of_source(self, source: str) -> list[tuple[Signal, SignalEntry]]:
        """The signals that a source brings, with where they lie in it."""
        return [(signal, self.entries[name]) for name, signal in self.signals.items() if signal.source == source]

    @cached_property
    def by_identifier(self) -> Mapping[str, frozenset[str]]:
        """Names of signals by each identifier that leads to them, in its squeezed form."""
        found: dict[str, set[str]] = {}
        for signal in self.signals.values():
            for form in identifier_forms(signal):
                found.setdefault(form, set()).add(signal.name)
        return {form: frozenset(names) for form, names in found.items()}


def identifier_forms(signal: Signal) -> set[str]:
    """Everything by which a document or a question may mean ``signal`` letter for letter, squeezed."""
    forms = {squeeze(one) for one in (*signal.identifiers, signal.component)}
    forms |= {squeeze(one) for one in extract(" ".join((signal.title, signal.meaning, signal.component)))}
    return {form for form in forms if form and any(character.isdigit() for character in form)}
