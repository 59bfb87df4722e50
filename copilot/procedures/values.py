"""What a guided procedure is made of. These values are shown by every face and kept in records, so they are models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from index.documents import AccessLabel

Severity = Literal["danger", "warning", "caution", "note"]
Verdict = Literal["in", "out", "unknown"]
LimitKind = Literal["range", "nominal", "about"]
StepStatus = Literal["open", "done", "skipped"]
WalkStatus = Literal["walking", "paused", "finished", "ended"]


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hazard(_Value):
    """What stands before a step, or before the first one, to keep people and machine unharmed."""

    severity: Severity
    text: str


class Limit(_Value):
    """A value that the text prescribes.

    Attributes:
        kind: ``range``: between ``low`` and ``high``. ``nominal``: ``low`` and ``high`` are the one value, without a
            tolerance. ``about``: so is it, and the text itself says that it needn't be exact.
        low, high: In ``unit``, as decimal text so that no digit is lost; None where that side is open.
        low_included, high_included: Whether the bound itself is still right.
        unit: Normalised as `copilot.answering.units` does; "" for a bare number.
        text: As it stands in the step, with the words that make it a limit.
        doubt: Why it can't be checked, such as a number that can be read in two ways; "" where it can.
        start, end: Characters in the step's text.
    """

    kind: LimitKind
    low: str | None
    high: str | None
    low_included: bool = True
    high_included: bool = True
    unit: str = ""
    text: str
    doubt: str = ""
    start: int = 0
    end: int = 0


class Step(_Value):
    """One step.

    Attributes:
        number: As it stands in the document, "3" or "2b"; "" for a bullet.
        depth: 0, and one more for each step that it is part of.
        text: Letter for letter, without the number, lines joined.
        remarks: What stands below it and is no step of its own.
        warnings: What has to be known before it is done.
        limits: The values that it prescribes, in the order of the text.
        wait_s: For how long it says to wait, in seconds; None where it doesn't.
        page: From 1; None where the format has no pages.
        quote: The document's own words with the number, for showing the place.
    """

    number: str = ""
    depth: Annotated[int, Field(ge=0, le=8)] = 0
    text: str
    remarks: tuple[str, ...] = ()
    warnings: tuple[Hazard, ...] = ()
    limits: tuple[Limit, ...] = ()
    wait_s: float | None = None
    page: int | None = None
    quote: str = ""


class Procedure(_Value):
    """A procedure of a document, or of pasted text.

    Attributes:
        title: The heading that it stands under.
        intro: What stands before its first step and is no warning.
        warnings: What has to be known before the first step.
        remarks: What stands after its last step.
        document, document_title, section, page, collection, access, chunk_id: Where it stands; ``chunk_id`` opens the
            passage while the document is as it was.
    """

    title: str
    intro: str = ""
    warnings: tuple[Hazard, ...] = ()
    steps: tuple[Step, ...]
    remarks: tuple[str, ...] = ()
    document: str = ""
    document_title: str = ""
    section: tuple[str, ...] = ()
    page: int | None = None
    collection: str = ""
    access: AccessLabel = AccessLabel.RESTRICTED
    chunk_id: int | None = None


class Entry(_Value):
    """A value that was entered at a step.

    Attributes:
        limit: Which limit of the step it was checked against; None for none.
        text: As it was entered.
        verdict: ``unknown`` wherever it isn't certain; ``reason`` says why, or what is wrong, or "" where all is well.
    """

    limit: int | None
    text: str
    verdict: Verdict
    reason: str = ""
    at: datetime


class StepState(_Value):
    """How far a step is.

    Attributes:
        reason: Why it was skipped.
        entries: The last value entered for each limit, and values for none.
        remark: What the person wrote at it.
        typed: What stands in the field for a value and wasn't entered yet.
        typed_limit: The limit that the field is for.
        spent_s: How long it was on the screen while the walk was not paused.
        ended_at: When it was checked off or skipped.
    """

    status: StepStatus = "open"
    reason: str = ""
    entries: tuple[Entry, ...] = ()
    remark: str = ""
    typed: str = ""
    typed_limit: int | None = None
    spent_s: float = 0.0
    ended_at: datetime | None = None


class Walk(_Value):
    """A procedure being walked, with all that is needed to go on after a crash.

    Attributes:
        at: Index of the step on the screen.
        since: Since when time is counted for that step; None while paused or ended.
        touched_at: When anything was done last: a crash is taken for a pause from then on.
        reason: Why it was ended early.
    """

    procedure: Procedure
    steps: tuple[StepState, ...]
    at: int = 0
    status: WalkStatus = "walking"
    begun_at: datetime
    since: datetime | None
    touched_at: datetime
    ended_at: datetime | None = None
    reason: str = ""

    @property
    def step(self) -> Step:
        """The step on the screen."""
        return self.procedure.steps[self.at]

    @property
    def state(self) -> StepState:
        """How far that step is."""
        return self.steps[self.at]

    @property
    def open_steps(self) -> tuple[int, ...]:
        """Indexes of the steps that are neither done nor skipped."""
        return tuple(index for index, one in enumerate(self.steps) if one.status == "open")

    @property
    def spent_s(self) -> float:
        """How long it took so far without the pauses; the step on the screen up to ``touched_at``."""
        running = (self.touched_at - self.since).total_seconds() if self.since is not None else 0.0
        return sum(one.spent_s for one in self.steps) + max(0.0, running)
