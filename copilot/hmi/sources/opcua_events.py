"""Events of OPC UA: which fields are asked for, and what they say of a condition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

from asyncua import ua

from copilot.hmi.alarms.conditions import Condition

_FIELDS: Final[tuple[tuple[int, tuple[str, ...]], ...]] = (
    (ua.ObjectIds.BaseEventType, ("EventType",)),
    (ua.ObjectIds.BaseEventType, ("SourceName",)),
    (ua.ObjectIds.BaseEventType, ("Time",)),
    (ua.ObjectIds.BaseEventType, ("Message",)),
    (ua.ObjectIds.BaseEventType, ("Severity",)),
    (ua.ObjectIds.ConditionType, ()),  # the condition's own node id (Part 9, 5.5.2.13)
    (ua.ObjectIds.ConditionType, ("ConditionName",)),
    (ua.ObjectIds.ConditionType, ("BranchId",)),
    (ua.ObjectIds.ConditionType, ("Retain",)),
    (ua.ObjectIds.ConditionType, ("EnabledState", "Id")),
    (ua.ObjectIds.AcknowledgeableConditionType, ("AckedState", "Id")),
    (ua.ObjectIds.AlarmConditionType, ("ActiveState", "Id")),
)
_LONGEST: Final = 500


def numbered(number: int) -> ua.NodeId:
    """A node of the standard's own namespace."""
    return ua.NodeId(ua.Int32(number))


def wanted() -> ua.EventFilter:
    """The filter of a subscription to conditions; what else the node tells is sorted out here, not by the server."""
    found = ua.EventFilter()
    for kind, path in _FIELDS:
        operand = ua.SimpleAttributeOperand()
        operand.TypeDefinitionId = numbered(kind)
        operand.BrowsePath = [ua.QualifiedName(name, 0) for name in path]
        operand.AttributeId = ua.AttributeIds.Value if path else ua.AttributeIds.NodeId
        found.SelectClauses.append(operand)
    return found


def read(fields: Sequence[Any], now_s: float) -> Condition | Literal["refresh begins", "refresh ends"] | None:
    """What an event says; None where it is about no condition."""
    values = [getattr(field, "Value", None) for field in fields]
    values += [None] * (len(_FIELDS) - len(values))
    kind, origin, at, message, severity, node, name, branch, retain, enabled, acknowledged, active = values[:12]
    if isinstance(kind, ua.NodeId):
        if kind == numbered(ua.ObjectIds.RefreshStartEventType):
            return "refresh begins"
        if kind == numbered(ua.ObjectIds.RefreshEndEventType):
            return "refresh ends"
    if name is None and node is None and retain is None:
        return None
    # A condition without ActiveState (a dialog, a certificate that expires) stands for as long as it is retained.
    stands = bool(active) if active is not None else bool(retain)
    if enabled is False:
        stands = False
    identity = node.to_string() if isinstance(node, ua.NodeId) else f"{_text(origin)}/{_text(name)}"
    if isinstance(branch, ua.NodeId) and not branch.is_null():
        identity += f"/{branch.to_string()}"
    return Condition(
        id=identity[:_LONGEST],
        name=_text(name),
        origin=_text(origin),
        message=_text(message),
        severity=severity if isinstance(severity, int) and 0 < severity <= 1000 else 500,
        active=stands,
        acknowledged=bool(acknowledged) if acknowledged is not None else None,
        at_s=_seconds(at) or now_s,
    )


def _text(value: object) -> str:
    if isinstance(value, ua.LocalizedText):
        value = value.Text
    if not isinstance(value, str):
        return ""
    return "".join(one if one.isprintable() else " " for one in value).strip()[:_LONGEST]


def _seconds(at: object) -> float | None:
    if not isinstance(at, datetime) or at.year < 1971:
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
