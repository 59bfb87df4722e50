"""The JSON of signals, alarms, advice and summaries; documented in ``docs/hmi.md`` and kept stable. Times are UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from copilot.hmi.saying import value_text
from copilot.hmi.values import (
    Advice,
    Alarm,
    AlarmKind,
    Direction,
    Flag,
    Incident,
    IncidentKind,
    Movement,
    Quality,
    Remark,
    Severity,
    SignalState,
    SourceCondition,
    SourceState,
    Summary,
)
from index.documents import AccessLabel
from index.passages import Passage


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def iso(at_s: float) -> str:
    """Seconds since 1970 as ISO 8601 with milliseconds."""
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class LimitsJson(_Wire):
    """Between what a signal should be; null: no limit on that side."""

    low: float | None
    high: float | None


class TrendJson(_Wire):
    """Where a signal is going: ``rate_per_s`` in its unit a second, over ``window_s`` seconds."""

    direction: Direction
    rate_per_s: float
    window_s: float


class SignalJson(_Wire):
    """A signal with its value as of now.

    ``text`` is the value for people, with its unit or the name of its state. Where ``current`` is false (quality
    ``bad``, ``stale`` or ``unknown``) ``value`` is the last one heard, and must not be shown as if it were so now.
    """

    name: str
    title: str
    value: float | int | bool | str | None
    text: str
    unit: str
    quality: Quality
    current: bool
    at: str | None
    age_s: float | None
    trend: TrendJson
    flags: tuple[Flag, ...]
    limits: LimitsJson
    machine: str
    component: str
    meaning: str
    identifiers: tuple[str, ...]
    source: str
    access: AccessLabel

    @classmethod
    def of(cls, state: SignalState) -> SignalJson:
        """From a signal as of one moment."""
        signal, reading, trend = state.signal, state.reading, state.trend
        return cls(
            name=signal.name,
            title=signal.title,
            value=reading.value if reading is not None else None,
            text=value_text(signal, reading.value if reading is not None else None),
            unit=signal.unit,
            quality=state.quality,
            current=state.is_current,
            at=iso(reading.at_s) if reading is not None else None,
            age_s=round(max(0.0, state.now_s - reading.at_s), 3) if reading is not None else None,
            trend=TrendJson(
                direction=trend.direction,
                rate_per_s=float(f"{trend.rate_per_s:.4g}"),
                window_s=round(trend.window_s, 1),
            ),
            flags=state.flags,
            limits=LimitsJson(low=signal.limits.low, high=signal.limits.high),
            machine=signal.machine,
            component=signal.component,
            meaning=signal.meaning,
            identifiers=signal.identifiers,
            source=signal.source,
            access=signal.access,
        )


class SourceJson(_Wire):
    """How a source of signals fares; ``changes`` and ``rejected`` count since the start."""

    name: str
    kind: str
    condition: SourceCondition
    reason: str
    since: str
    changes: int
    rejected: int

    @classmethod
    def of(cls, state: SourceState) -> SourceJson:
        """From a source's state."""
        return cls(
            name=state.name,
            kind=state.kind,
            condition=state.condition,
            reason=state.reason,
            since=iso(state.since_s),
            changes=state.changes,
            rejected=state.rejected,
        )


class SignalsJson(_Wire):
    """``GET /v1/signals`` and ``signals list --json``."""

    signals: tuple[SignalJson, ...]
    sources: tuple[SourceJson, ...]


class PointJson(_Wire):
    """A value of a signal's history; in a span of many values ``least`` and ``most`` tell how far it went."""

    at: str
    value: float | int | bool | str | None
    least: float | None = None
    most: float | None = None


class HistoryJson(_Wire):
    """``GET /v1/signals/{name}/history``: oldest first."""

    signal: SignalJson
    points: tuple[PointJson, ...]


class AlarmJson(_Wire):
    """An alarm; ``ended`` is null while it stands."""

    id: str
    code: str
    title: str
    text: str
    kind: AlarmKind
    severity: Severity
    active: bool
    acknowledged: bool
    began: str
    ended: str | None
    source: str
    signal: str
    machine: str
    component: str

    @classmethod
    def of(cls, alarm: Alarm) -> AlarmJson:
        """From an alarm."""
        return cls(
            id=alarm.id,
            code=alarm.code,
            title=alarm.title,
            text=alarm.text,
            kind=alarm.kind,
            severity=alarm.severity,
            active=alarm.active,
            acknowledged=alarm.acknowledged,
            began=iso(alarm.began_s),
            ended=iso(alarm.ended_s) if alarm.ended_s is not None else None,
            source=alarm.source,
            signal=alarm.signal,
            machine=alarm.machine,
            component=alarm.component,
        )


class AlarmsJson(_Wire):
    """``GET /v1/alarms``: the standing ones first, the newest first among them."""

    alarms: tuple[AlarmJson, ...]


class AdvicePassageJson(_Wire):
    """A passage that an advice cites; ``chunk_id`` opens it at ``/v1/passages/{chunk_id}``."""

    n: int
    document: str
    title: str
    section: tuple[str, ...]
    page: int | None
    chunk_id: int
    collection: str
    text: str

    @classmethod
    def of(cls, number: int, passage: Passage) -> AdvicePassageJson:
        """From a passage with its number."""
        return cls(
            n=number,
            document=passage.document,
            title=passage.title,
            section=passage.section,
            page=passage.page,
            chunk_id=passage.chunk_id,
            collection=passage.collection,
            text=passage.text,
        )


class StepJson(_Wire):
    """A first step, in the words of passage ``n``."""

    text: str
    n: int


class IncidentJson(_Wire):
    """Something similar that happened before."""

    kind: IncidentKind
    when: str
    text: str
    reference: str
    chunk_id: int | None

    @classmethod
    def of(cls, incident: Incident) -> IncidentJson:
        """From an incident."""
        return cls(
            kind=incident.kind,
            when=incident.when,
            text=incident.text,
            reference=incident.reference,
            chunk_id=incident.chunk_id,
        )


class AdviceJson(_Wire):
    """What to do about an alarm. ``meaning_n`` and each step's ``n`` are numbers of ``passages``."""

    alarm: AlarmJson
    meaning: str
    meaning_n: int | None
    steps: tuple[StepJson, ...]
    passages: tuple[AdvicePassageJson, ...]
    incidents: tuple[IncidentJson, ...]
    signals: tuple[SignalJson, ...]
    prepared: str
    took_ms: float

    @classmethod
    def of(cls, advice: Advice) -> AdviceJson:
        """From an advice."""
        return cls(
            alarm=AlarmJson.of(advice.alarm),
            meaning=advice.meaning,
            meaning_n=advice.meaning_citation + 1 if advice.meaning_citation is not None else None,
            steps=tuple(StepJson(text=step.text, n=step.citation + 1) for step in advice.steps),
            passages=tuple(AdvicePassageJson.of(n, passage) for n, passage in enumerate(advice.passages, 1)),
            incidents=tuple(IncidentJson.of(incident) for incident in advice.incidents),
            signals=tuple(SignalJson.of(state) for state in advice.signals),
            prepared=iso(advice.prepared_s),
            took_ms=round(advice.took_ms, 1),
        )


class AdvicesJson(_Wire):
    """``GET /v1/advice``: of the standing alarms, the newest first."""

    advice: tuple[AdviceJson, ...]


class MovementJson(_Wire):
    """How a signal went during a time, in its unit."""

    signal: str
    title: str
    unit: str
    first: float
    last: float
    least: float
    most: float
    mean: float
    outside_s: float

    @classmethod
    def of(cls, movement: Movement) -> MovementJson:
        """From a movement."""
        return cls(
            signal=movement.signal.name,
            title=movement.signal.title,
            unit=movement.signal.unit,
            first=movement.first,
            last=movement.last,
            least=movement.least,
            most=movement.most,
            mean=movement.mean,
            outside_s=round(movement.outside_s, 1),
        )


class RemarkJson(_Wire):
    """A note of the time that a summary covers; ``done`` tells of work."""

    id: str
    at: str
    kind: Literal["note", "done"]
    text: str
    author: str

    @classmethod
    def of(cls, remark: Remark) -> RemarkJson:
        """From a remark."""
        return cls(id=remark.id, at=iso(remark.at_s), kind=remark.kind, text=remark.text, author=remark.author)


class SummaryLineJson(_Wire):
    """A sentence; ``references`` are ids of alarms, ``signal:NAME`` and ids of notes."""

    text: str
    references: tuple[str, ...]


class SummaryJson(_Wire):
    """``GET /v1/summary`` and ``signals summary --json``."""

    since: str
    until: str
    text: str
    lines: tuple[SummaryLineJson, ...]
    alarms: tuple[AlarmJson, ...]
    trends: tuple[MovementJson, ...]
    notes: tuple[RemarkJson, ...]
    notices: tuple[str, ...]

    @classmethod
    def of(cls, summary: Summary) -> SummaryJson:
        """From a summary."""
        return cls(
            since=iso(summary.since_s),
            until=iso(summary.until_s),
            text=summary.text,
            lines=tuple(SummaryLineJson(text=line.text, references=line.references) for line in summary.lines),
            alarms=tuple(AlarmJson.of(alarm) for alarm in summary.alarms),
            trends=tuple(MovementJson.of(movement) for movement in summary.movements),
            notes=tuple(RemarkJson.of(remark) for remark in summary.remarks),
            notices=summary.notices,
        )
