"""What a host application keeps of Sparkplug's edge nodes and devices: who lives, and which alias means which metric.

A value counts only after a birth, because only the birth says what its alias means. A host may ask for a rebirth by a
command; this one never sends anything. It waits for the next birth, and says that the signals are silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from copilot.hmi.sources.sparkplug.payload import Metric, Payload
from copilot.hmi.values import Quality, Reading

_PREFIX: Final = "spBv1.0"
_DEATH_SEQ: Final = "bdSeq"
_KINDS: Final = ("NBIRTH", "NDEATH", "DBIRTH", "DDEATH", "NDATA", "DDATA")
_MOST_ALIASES: Final = 200_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What a message meant.

    Attributes:
        readings: Values of signals.
        silenced: Signals of which nothing is known any more.
        lost: Messages that are missing before this one, by the sequence numbers.
        unknown: Metrics whose alias no birth has explained.
    """

    readings: tuple[Reading, ...] = ()
    silenced: tuple[str, ...] = ()
    lost: int = 0
    unknown: int = 0


@dataclass
class _Node:
    alive: bool = False
    death_seq: int | None = None
    seq: int | None = None
    names: dict[tuple[str, int], str] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)


class Host:
    """Follows edge nodes and devices. Pure: it is told messages and says what they mean.

    Args:
        signals: Name of the signal by its device ("group/node" or "group/node/device") and metric.
    """

    def __init__(self, signals: Mapping[tuple[str, str], Iterable[str]]) -> None:
        self._signals = {place: tuple(names) for place, names in signals.items()}
        self._nodes: dict[str, _Node] = {}
        self._wanted = {"/".join(device.split("/")[:2]) for device, _ in self._signals}

    @property
    def topics(self) -> tuple[str, ...]:
        """What to subscribe to: the messages of these edge nodes and their devices, commands left out."""
        topics = []
        for node in sorted(self._wanted):
            group, edge = node.split("/")
            topics += [f"{_PREFIX}/{group}/{kind}/{edge}" for kind in _KINDS if kind.startswith("N")]
            topics += [f"{_PREFIX}/{group}/{kind}/{edge}/+" for kind in _KINDS if kind.startswith("D")]
        return tuple(topics)

    def alive(self) -> list[str]:
        """The signals whose device lives: their last values hold until its death is told."""
        found: list[str] = []
        for (device, _), names in self._signals.items():
            node = self._nodes.get("/".join(device.split("/")[:2]))
            if node is not None and node.alive and (device.count("/") == 1 or device in node.devices):
                found += names
        return found

    def forget(self) -> None:
        """Begin anew, after the link to the broker broke: births and deaths may have been missed."""
        self._nodes.clear()

    def see(self, topic: str, payload: Payload, now_s: float) -> Seen:
        """Take a message in. A topic that is none of Sparkplug's means nothing."""
        parts = topic.split("/")
        if len(parts) not in (4, 5) or parts[0] != _PREFIX or parts[2] not in _KINDS:
            return Seen()
        group, kind, edge = parts[1:4]
        name = f"{group}/{edge}"
        if name not in self._wanted or (len(parts) == 5) != kind.startswith("D"):
            return Seen()
        device = f"{name}/{parts[4]}" if len(parts) == 5 else name
        node = self._nodes.setdefault(name, _Node())
        match kind:
            case "NDEATH":
                return self._node_died(name, node, payload)
            case "DDEATH":
                node.devices.discard(device)
                lost = self._follow(node, payload)
                return Seen(silenced=self._of_device(device), lost=lost)
            case "NBIRTH":
                node.alive = True
                node.seq = payload.seq
                node.death_seq = _death_seq(payload)
                node.names.clear()
                node.devices.clear()
                silenced = self._of_node(name)
                return self._values(node, device, payload, now_s, born=True, silenced=silenced)
            case "DBIRTH":
                if not node.alive:
                    return Seen()
                node.devices.add(device)
                lost = self._follow(node, payload)
                return self._values(node, device, payload, now_s, born=True, lost=lost)
        if not node.alive or (len(parts) == 5 and device not in node.devices):
            return Seen(unknown=len(payload.metrics))
        return self._values(node, device, payload, now_s, lost=self._follow(node, payload))

    def _node_died(self, name: str, node: _Node, payload: Payload) -> Seen:
        told = _death_seq(payload)
        if node.alive and told is not None and node.death_seq is not None and told != node.death_seq:
            return Seen()  # the last will of a session that a newer birth has replaced
        node.alive = False
        node.devices.clear()
        node.names.clear()
        return Seen(silenced=self._of_node(name))

    def _values(
        self,
        node: _Node,
        device: str,
        payload: Payload,
        now_s: float,
        *,
        born: bool = False,
        silenced: tuple[str, ...] = (),
        lost: int = 0,
    ) -> Seen:
        readings: list[Reading] = []
        unknown = 0
        for metric in payload.metrics:
            name = metric.name
            if metric.alias is not None:
                if born and name and len(node.names) < _MOST_ALIASES:
                    node.names[device, metric.alias] = name
                name = name or node.names.get((device, metric.alias), "")
            if not name:
                unknown += 1
                continue
            if metric.historical:
                continue
            for signal in self._signals.get((device, name), ()):
                at_s = metric.at_s or payload.at_s or now_s
                readings.append(Reading(signal, metric.value, at_s, _quality(metric)))
        return Seen(tuple(readings), silenced, lost, unknown)

    def _follow(self, node: _Node, payload: Payload) -> int:
        """How many messages are missing since the last one of this node."""
        if payload.seq is None:
            return 0
        expected = (node.seq + 1) % 256 if node.seq is not None else payload.seq
        node.seq = payload.seq
        return (payload.seq - expected) % 256

    def _of_device(self, device: str) -> tuple[str, ...]:
        return tuple(name for (one, _), names in self._signals.items() if one == device for name in names)

    def _of_node(self, node: str) -> tuple[str, ...]:
        return tuple(
            name
            for (device, _), names in self._signals.items()
            if device == node or device.startswith(f"{node}/")
            for name in names
        )


def _quality(metric: Metric) -> Quality:
    if metric.value is None or metric.is_bad:
        return "bad"
    return "good"


def _death_seq(payload: Payload) -> int | None:
    found = next((metric.value for metric in payload.metrics if metric.name == _DEATH_SEQ), None)
    return int(found) if isinstance(found, int) else None
