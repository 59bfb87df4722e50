"""What the live side of the copilot speaks of. Times inside are seconds since 1970: thousands come a second."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from index.documents import AccessLabel
from index.passages import Passage

Scalar = float | int | bool | str
"""What a signal can be. Of anything else that a source sends only its being there is noted, as bad."""

Quality = Literal["good", "uncertain", "bad", "stale", "unknown"]
"""``stale``: nothing was heard for too long, or its source is down. ``unknown``: nothing was heard yet."""

Direction = Literal["rising", "falling", "steady", "unknown"]
Flag = Literal["above_limit", "below_limit", "jump", "unusual", "frozen"]
"""``jump``: a step far beyond the usual change. ``unusual``: far from where it mostly is. ``frozen``: a signal that
always moves has stopped moving."""

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = ("low", "medium", "high", "critical")
AlarmKind = Literal["condition", "code", "limit", "rule"]
"""Where an alarm comes from: a condition of OPC UA, a signal that holds fault codes, a signal's limits, a rule."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Between what a signal should be, in its unit; None: no limit on that side."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal as ``signals.toml`` names it.

    Attributes:
        name: Short and unique, letters, digits, ``_``, ``-`` and ``.``.
        title: For people.
        source: Name of the source that brings it.
        unit: As documents write it; "" for none.
        limits: In ``unit``.
        machine, component: What it belongs to; "" for nothing.
        meaning: A sentence for people and for choosing it.
        identifiers: What documents call it or what it depends on: part and parameter numbers, terminals.
        states: What the numbers of a state mean; empty for a measured value.
        codes: Of a signal that holds fault codes: how a code is written, such as ``F{:04d}``; "" for none.
        access: Whether its values may leave the device.
        stale_after_s: After how many silent seconds its value is not current any more; None: never, the source tells.
    """

    name: str
    title: str
    source: str
    unit: str = ""
    limits: Limits = Limits()
    machine: str = ""
    component: str = ""
    meaning: str = ""
    identifiers: tuple[str, ...] = ()
    states: tuple[tuple[float, str], ...] = ()
    codes: str = ""
    access: AccessLabel = AccessLabel.RESTRICTED
    stale_after_s: float | None = 60.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one signal.

    Attributes:
        signal: Its name.
        value: None where the source sent none, or one that can't be read.
        at_s: When it was so, by the source's clock where that has one.
        quality: As the source says; never ``stale``: that comes with time.
    """

    signal: str
    value: Scalar | None
    at_s: float
    quality: Quality = "good"


@dataclass(frozen=True, slots=True)
class Trend:
    """Where a signal is going.

    Attributes:
        direction: ``unknown`` where too few values were heard.
        rate_per_s: Change in the signal's unit a second.
        window_s: Over how long.
    """

    direction: Direction = "unknown"
    rate_per_s: float = 0.0
    window_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SignalState:
    """A signal as of one moment.

    Attributes:
        reading: The last one heard; None where nothing was heard.
        quality: Of the moment: a reading that is too old or whose source is down is ``stale``.
        trend: Of a number; unknown elsewhere.
        flags: What is odd about it now; empty where its quality isn't good.
        now_s: The moment.
    """

    signal: Signal
    reading: Reading | None
    quality: Quality
    trend: Trend
    flags: tuple[Flag, ...]
    now_s: float

    @property
    def is_current(self) -> bool:
        """Whether the value may be said to be so now."""
        return self.quality in ("good", "uncertain") and self.reading is not None and self.reading.value is not None


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm, from its coming to its going.

    Attributes:
        id: Unique, and new each time that the alarm comes again.
        code: As documents write it, such as ``F0012``; "" where it has none.
        title: What it is called, or what its limit is.
        text: What the machine says of it; may be the title.
        kind, severity, source, signal, machine, component: Where it comes from; "" where that isn't known.
        began_s, ended_s: When; ``ended_s`` is None while it stands.
        acknowledged: Whether somebody has seen it, as far as the machine tells.
        access: Whether its text may leave the device.
    """

    id: str
    code: str
    title: str
    text: str
    kind: AlarmKind
    severity: Severity
    began_s: float
    ended_s: float | None = None
    acknowledged: bool = False
    source: str = ""
    signal: str = ""
    machine: str = ""
    component: str = ""
    access: AccessLabel = AccessLabel.RESTRICTED

    @property
    def active(self) -> bool:
        """Whether it stands now."""
        return self.ended_s is None


@dataclass(frozen=True, slots=True)
class Step:
    """A first step against an alarm, in a document's own words.

    Attributes:
        citation: Index into the advice's passages.
    """

    text: str
    citation: int


IncidentKind = Literal["note", "logbook", "alarm"]


@dataclass(frozen=True, slots=True)
class Incident:
    """Something similar that happened before.

    Attributes:
        kind: A technician's note, an entry of a logbook among the documents, or this alarm's own past.
        when: As written, or a date; "" where nobody says.
        text: What was found and done, shortened.
        reference: Where to read it: a note's id, or document and section.
        chunk_id: Of the logbook's passage; None elsewhere.
        collection: Of the logbook; "" elsewhere.
    """

    kind: IncidentKind
    when: str
    text: str
    reference: str
    chunk_id: int | None = None
    collection: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about an alarm, ready before anybody asks; made without a language model.

    Attributes:
        alarm: What it is about.
        meaning: What the alarm means, quoted; "" where the documents don't tell.
        meaning_citation: Index into ``passages``; None where the documents don't tell.
        steps: The first steps, quoted.
        passages: What is cited.
        incidents: The newest first.
        signals: The signals that matter to it, as of when it was made.
        prepared_s: When.
        took_ms: From the alarm's coming in to this being ready.
    """

    alarm: Alarm
    meaning: str
    meaning_citation: int | None
    steps: tuple[Step, ...]
    passages: tuple[Passage, ...]
    incidents: tuple[Incident, ...]
    signals: tuple[SignalState, ...]
    prepared_s: float
    took_ms: float


@dataclass(frozen=True, slots=True)
class Movement:
    """How a signal went during a time.

    Attributes:
        first, last, least, most, mean: In the signal's unit.
        outside_s: For how long it was outside its limits.
    """

    signal: Signal
    first: float
    last: float
    least: float
    most: float
    mean: float
    outside_s: float


@dataclass(frozen=True, slots=True)
class Remark:
    """A note of the time that a summary covers.

    Attributes:
        id: Of the note.
        at_s: When it was written.
        kind: ``note``, or ``done`` for something that was done (a procedure, a repair).
        text: As written, shortened.
        author: "" where nobody says.
    """

    id: str
    at_s: float
    kind: Literal["note", "done"]
    text: str
    author: str = ""


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A sentence of a summary.

    Attributes:
        references: Ids of alarms, names of signals (``signal:NAME``) or ids of notes that bear it out.
    """

    text: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What happened in a time.

    Attributes:
        lines: In the order to be read.
        alarms: Those that stood in that time, the newest first.
        notices: What could not be looked at.
    """

    since_s: float
    until_s: float
    lines: tuple[SummaryLine, ...]
    alarms: tuple[Alarm, ...]
    movements: tuple[Movement, ...]
    remarks: tuple[Remark, ...]
    notices: tuple[str, ...] = field(default=())

    @property
    def text(self) -> str:
        """The lines, one under the other."""
        return "\n".join(line.text for line in self.lines)


SourceCondition = Literal["connecting", "up", "down"]


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source fares.

    Attributes:
        condition: ``connecting`` before the first success.
        reason: Why it is not up; "" where it is.
        since_s: Since when.
        changes: Values that it brought.
        rejected: Payloads and values that could not be read.
    """

    name: str
    kind: str
    condition: SourceCondition
    reason: str
    since_s: float
    changes: int
    rejected: int
