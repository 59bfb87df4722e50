"""Walking a procedure: what each action makes of a walk. Pure: it gives a new walk and touches nothing else.

A walk is walking or paused, and in the end finished (every step done or skipped) or ended early with a reason. Time
is counted for the step on the screen while it is walking. Nothing that was done is ever lost by another action: going
back changes what is on the screen, not what was checked off.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from copilot.procedures.checking import check as judge
from copilot.procedures.values import Entry, Procedure, StepState, Walk
from index.errors import UsageError

LONGEST_REASON: Final = 1_000
LONGEST_TYPED: Final = 200


def begin(procedure: Procedure, now: datetime) -> Walk:
    """A walk at the first step.

    Raises:
        UsageError: The procedure has no steps.
    """
    if not procedure.steps:
        raise UsageError("The procedure has no steps.", "Choose another one.")
    return Walk(
        procedure=procedure,
        steps=tuple(StepState() for _ in procedure.steps),
        begun_at=now,
        since=now,
        touched_at=now,
    )


def check_off(walk: Walk, now: datetime) -> Walk:
    """The step on the screen is done; the next open one comes up."""
    walk = _walking(walk, now)
    done = walk.state.model_copy(update={"status": "done", "reason": "", "ended_at": now})
    return _moved(_with_state(_counted(walk, now), walk.at, done, keep_time=True), _next_open(walk), now)


def skip(walk: Walk, reason: str, now: datetime) -> Walk:
    """The step on the screen is left out; the next open one comes up.

    Raises:
        UsageError: There is no reason, or it is too long.
    """
    walk = _walking(walk, now)
    reason = _said(reason, "Say why the step is skipped.")
    skipped = walk.state.model_copy(update={"status": "skipped", "reason": reason, "ended_at": now})
    return _moved(_with_state(_counted(walk, now), walk.at, skipped, keep_time=True), _next_open(walk), now)


def reopen(walk: Walk, now: datetime) -> Walk:
    """Take back that the step on the screen was done or skipped; its values stay."""
    walk = _walking(walk, now)
    return _touched(
        _with_state(walk, walk.at, walk.state.model_copy(update={"status": "open", "reason": "", "ended_at": None})),
        now,
    )


def enter(walk: Walk, text: str, now: datetime, limit: int | None = None, language: str | None = None) -> Walk:
    """Enter a value at the step on the screen; it replaces the one entered for the same limit before.

    Args:
        text: A number with a unit or without; anything else is kept as unknown.
        limit: Index of the limit that is meant; None: the one that fits, where there is only one.
        language: Of the person.

    Raises:
        UsageError: There is nothing, too much, or no such limit.
    """
    walk = _walking(walk, now)
    text = " ".join(text.split())
    if not text:
        raise UsageError("There is no value.", "Enter a number, with its unit.")
    if len(text) > LONGEST_TYPED:
        raise UsageError(f"The value is too long: at most {LONGEST_TYPED} characters.", "Write it as a remark.")
    if limit is not None and not 0 <= limit < len(walk.step.limits):
        raise UsageError("The step has no such limit.", f"It has {len(walk.step.limits)}.")
    judged = judge(walk.step, text, limit, language)
    entry = Entry(limit=judged.limit, text=text, verdict=judged.verdict, reason=judged.reason, at=now)
    others = tuple(one for one in walk.state.entries if one.limit is None or one.limit != entry.limit)
    state = walk.state.model_copy(update={"entries": (*others, entry)[-50:], "typed": "", "typed_limit": None})
    return _touched(_with_state(walk, walk.at, state), now)


def type_in(walk: Walk, text: str, now: datetime, limit: int | None = None) -> Walk:
    """What stands in the field for a value at this moment, so that a crash doesn't lose it."""
    if walk.status in ("finished", "ended"):
        raise _over()
    state = walk.state.model_copy(update={"typed": text[:LONGEST_TYPED], "typed_limit": limit})
    return _touched(_with_state(walk, walk.at, state), now)


def remark(walk: Walk, text: str, now: datetime) -> Walk:
    """Write something at the step on the screen, in place of what was written before."""
    if walk.status in ("finished", "ended"):
        raise _over()
    return _touched(_with_state(walk, walk.at, walk.state.model_copy(update={"remark": text[:10_000]})), now)


def go(walk: Walk, index: int, now: datetime) -> Walk:
    """Bring another step up, whatever its state.

    Raises:
        UsageError: There is no such step.
    """
    walk = _walking(walk, now)
    if not 0 <= index < len(walk.steps):
        raise UsageError(f"There is no step {index + 1}.", f"The procedure has {len(walk.steps)} steps.")
    return _moved(_counted(walk, now), index, now)


def back(walk: Walk, now: datetime) -> Walk:
    """Bring the step before up; at the first one, stay."""
    return go(walk, max(0, walk.at - 1), now)


def forward(walk: Walk, now: datetime) -> Walk:
    """Bring the next step up without checking this one off; at the last one, stay."""
    return go(walk, min(len(walk.steps) - 1, walk.at + 1), now)


def pause(walk: Walk, now: datetime) -> Walk:
    """Stop counting time. Paused already: as it is."""
    if walk.status in ("finished", "ended"):
        raise _over()
    return _touched(_counted(walk, now).model_copy(update={"status": "paused", "since": None}), now)


def resume(walk: Walk, now: datetime) -> Walk:
    """Go on. What lies between the last action and now doesn't count, as after a crash nobody knows what was done."""
    if walk.status in ("finished", "ended"):
        raise _over()
    if walk.status == "walking" and walk.since is not None:
        walk = _counted(walk, max(walk.touched_at, walk.since))
    return _touched(walk.model_copy(update={"status": "walking", "since": now}), now)


def finish(walk: Walk, now: datetime) -> Walk:
    """End it with every step done or skipped.

    Raises:
        UsageError: Steps are open still.
    """
    if walk.status in ("finished", "ended"):
        raise _over()
    if left := walk.open_steps:
        named = ", ".join(walk.procedure.steps[index].number or str(index + 1) for index in left[:10])
        raise UsageError(
            f"{len(left)} {'step is' if len(left) == 1 else 'steps are'} still open: {named}.",
            "Check them off or skip them with a reason, or end the procedure early.",
        )
    return _ended(walk, "finished", "", now)


def end_early(walk: Walk, reason: str, now: datetime) -> Walk:
    """End it although steps are open.

    Raises:
        UsageError: There is no reason.
    """
    if walk.status in ("finished", "ended"):
        raise _over()
    return _ended(walk, "ended", _said(reason, "Say why it is ended."), now)


def early(walk: Walk, index: int, now: datetime | None = None) -> float | None:
    """By how many seconds a step that says to wait was left too soon, or would be now; None where that isn't so."""
    wait = walk.procedure.steps[index].wait_s
    if wait is None or walk.steps[index].status == "skipped":
        return None
    spent = walk.steps[index].spent_s
    if now is not None and index == walk.at and walk.since is not None:
        spent += max(0.0, (now - walk.since).total_seconds())
    return wait - spent if spent < wait else None


def concerns(walk: Walk) -> tuple[str, ...]:
    """What somebody should look at again: values out of limits or unknown, steps skipped, waiting cut short."""
    found = []
    for index, (step, state) in enumerate(zip(walk.procedure.steps, walk.steps, strict=True)):
        name = f"Step {step.number or index + 1}"
        found += [f"{name}: {one.text} is out. {one.reason}" for one in state.entries if one.verdict == "out"]
        found += [
            f"{name}: {one.text} is not checked. {one.reason}" for one in state.entries if one.verdict == "unknown"
        ]
        if state.status == "skipped":
            found.append(f"{name} was skipped: {state.reason}")
        if state.status == "done" and (short := early(walk, index)) is not None:
            found.append(f"{name} says to wait {said_s(step.wait_s or 0)}; {said_s(short)} of that are missing.")
    return tuple(found)


def said_s(seconds: float) -> str:
    """A time for people: "45 s", "12 min 5 s", "1 h 20 min"."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    return f"{left} s"


def _over() -> UsageError:
    return UsageError("The procedure is over.", "Begin it again to walk it once more.")


def _walking(walk: Walk, now: datetime) -> Walk:
    """``walk``, going on where it was paused: whoever does something is back."""
    if walk.status in ("finished", "ended"):
        raise _over()
    return resume(walk, now) if walk.status == "paused" else walk


def _said(reason: str, missing: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise UsageError("There is no reason.", missing)
    if len(reason) > LONGEST_REASON:
        raise UsageError(f"The reason is too long: at most {LONGEST_REASON} characters.", "Write more as a remark.")
    return reason


def _next_open(walk: Walk) -> int:
    """The open step after this one, else the first before it, else this one."""
    others = [index for index in walk.open_steps if index != walk.at]
    return next((index for index in others if index > walk.at), others[0] if others else walk.at)


def _counted(walk: Walk, now: datetime) -> Walk:
    """``walk`` with the time up to ``now`` put to the step on the screen; a clock that was set back counts nothing."""
    if walk.since is None:
        return walk
    spent = walk.state.spent_s + max(0.0, (now - walk.since).total_seconds())
    return _with_state(walk, walk.at, walk.state.model_copy(update={"spent_s": spent})).model_copy(
        update={"since": now}
    )


def _with_state(walk: Walk, index: int, state: StepState, keep_time: bool = False) -> Walk:
    if keep_time:
        state = state.model_copy(update={"spent_s": walk.steps[index].spent_s})
    steps = (*walk.steps[:index], state, *walk.steps[index + 1 :])
    return walk.model_copy(update={"steps": steps})


def _moved(walk: Walk, index: int, now: datetime) -> Walk:
    return _touched(walk.model_copy(update={"at": index, "since": now}), now)


def _touched(walk: Walk, now: datetime) -> Walk:
    return walk.model_copy(update={"touched_at": max(now, walk.touched_at)})


def _ended(walk: Walk, status: str, reason: str, now: datetime) -> Walk:
    return _touched(_counted(walk, now), now).model_copy(
        update={"status": status, "reason": reason, "since": None, "ended_at": now}
    )
