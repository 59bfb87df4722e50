"""A procedure, step by step: large, checked off, timed, with values checked against the limits of the text."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Static

from copilot.printing import printable
from copilot.tui.keys import WALK, bound
from copilot.tui.screens.base import Room
from copilot.tui.screens.dialogs import AskTextScreen, Choice, ChooseScreen, ConfirmScreen
from copilot.tui.widgets.prose import Prose
from copilot.tui.widgets.target import Target
from copilot.tui.words import mark, said, spoken, tr

if TYPE_CHECKING:
    from copilot.procedures import Procedure
    from copilot.procedures.guide import Walking
    from copilot.procedures.values import Entry, Step, StepState
    from index.passages import Passage

_TICK_S = 1.0
_SIGNS = {"danger": "‼", "warning": "‼", "caution": "!", "note": "i"}
_VERDICTS = {"in": ("✓", "good"), "out": ("✗", "fault"), "unknown": ("?", "warning")}


class WalkScreen(Room):
    """Walks.

    Args:
        procedure: To begin with.
        resume: Id of a walk to go on with.
        passage: In which a procedure stands.
    """

    keys = WALK
    name_shown = mark("Step by step")
    about = mark(
        "One step at a time. Enter checks it off, “s” skips it and asks why, “v” takes a value and checks it against "
        "the limits of the text, “r” takes a remark. Every action is saved at once. Escape pauses: it goes on where it "
        "was left. When nothing is open, “f” finishes, and the record is kept among the notes."
    )
    BINDINGS = bound(WALK)
    AUTO_FOCUS = "#steps"
    CSS = """
    WalkScreen {
        #head { height: auto; padding: 0 1; background: $panel; text-style: bold; }
        #head:ansi { text-style: bold reverse; }
        #steps { height: 1fr; padding: 1 3; scrollbar-size-vertical: 1; }
        #number { text-style: bold; color: $primary; height: auto; margin-bottom: 1; }
        #text { text-style: bold; margin-bottom: 1; }
        .warned { border: heavy $error; color: $error; text-style: bold; padding: 0 1; margin-bottom: 1; height: auto; }
        .remark { color: $quiet; margin-bottom: 1; }
        #warnings { height: auto; }
        #limits { height: auto; margin-bottom: 1; }
        #value { height: 3; border: tall $border; display: none; }
        #value.-shown { display: block; }
        #value:focus { border: tall $accent; }
        #entries { height: auto; }
        #done { height: auto; padding: 0 1; Target { margin-right: 1; } }
        #check { background: $success; color: $background; text-style: bold; min-width: 20; height: 3; }
        #check:ansi { background: ansi_default; color: ansi_default; text-style: bold reverse; }
        #others { height: auto; width: 1fr; Target { height: 3; } }
    }
    WalkScreen.-wide #steps { padding: 2 8; }
    WalkScreen.-small { #steps { padding: 0 1; } #done { display: none; } #number { margin-bottom: 0; } }
    """

    def __init__(
        self, *, procedure: Procedure | None = None, resume: str | None = None, passage: Passage | None = None
    ) -> None:
        super().__init__()
        self._procedure = procedure
        self._resume = resume
        self._passage = passage
        self._walking: Walking | None = None
        self._limit: int | None = None

    def content(self) -> ComposeResult:
        """The step and what can be done."""
        yield Static("", id="head", markup=False)
        with VerticalScroll(id="steps"):
            yield Static("", id="number", markup=False)
            yield Vertical(id="warnings")
            yield Prose("", id="text")
            yield Vertical(id="limits")
            yield Input(id="value", max_length=60)
            yield Vertical(id="entries")
        with Horizontal(id="done"):
            yield Target(tr("✓ Done, next"), "check", "Enter", id="check")
            with Horizontal(id="others"):
                yield Target(tr("← Back"), "step(-1)")
                yield Target(tr("Value"), "value")
                yield Target(tr("Skip"), "skip")

    def on_mount(self) -> None:
        """Begin, or go on."""
        super().on_mount()
        self.start(self._begin, exclusive=True, group="begin")
        self.set_interval(_TICK_S, self._show_head)

    async def _begin(self) -> None:
        try:
            guide = (await self.services.assembly()).procedures
            if self._resume is not None:
                resumed = self._resume
                self._walking = await self.services.off(lambda: guide.resume(resumed, spoken()))
            else:
                procedure = self._procedure
                if procedure is None and self._passage is not None:
                    found = await self.services.off(guide.of_passage, self._passage)
                    procedure = await self._choose(found)
                if procedure is None:
                    self.dismiss()
                    return
                chosen = procedure
                self._walking = await self.services.off(lambda: guide.begin(chosen, None, spoken()))
        except Exception as error:
            self.tell_fault(error)
            self.dismiss()
            return
        await self._show()

    async def _choose(self, found: list[Procedure]) -> Procedure | None:
        if not found:
            self.tell(tr("No procedure stands in this section."))
            return None
        if len(found) == 1:
            return found[0]
        choices = [Choice(str(at), f"{one.title} ({len(one.steps)})") for at, one in enumerate(found)]
        chosen = await self.app.push_screen_wait(ChooseScreen(tr("Which procedure?"), choices))
        return found[int(chosen)] if chosen is not None else None

    # Showing

    def _show_head(self) -> None:
        if self._walking is None:
            return
        walk = self._walking.walk
        ended = len(walk.steps) - len(walk.open_steps)
        spent = _clock(walk.spent_s + self._since_touched())
        head = f"{walk.procedure.title}   {ended}/{len(walk.steps)}"
        if self.services.settings.tui.times:
            head += f"   {spent}"
        early = self._walking.early_s()
        if early:
            head += "   " + tr("wait {time} more", time=_clock(early))
        self.query_one("#head", Static).update(printable(head).replace("\n", " "))

    def _since_touched(self) -> float:
        """Seconds since anything was done last, while time is counted."""
        from datetime import UTC, datetime

        assert self._walking is not None
        walk = self._walking.walk
        return max(0.0, (datetime.now(UTC) - walk.touched_at).total_seconds()) if walk.since is not None else 0.0

    async def _show(self) -> None:
        if self._walking is None:
            return
        walk = self._walking.walk
        step, state = walk.step, walk.state
        self._show_head()
        sign = {"done": "✓ ", "skipped": "– "}.get(state.status, "")
        number = tr("{sign}Step {number} of {count}", sign=sign, number=walk.at + 1, count=len(walk.steps))
        self.query_one("#number", Static).update(number)
        self.query_one("#text", Prose).say(f"{step.number}. {step.text}" if step.number else step.text)
        await self._show_warnings(step, first=walk.at == 0)
        await self._show_limits(step)
        await self._show_entries(step, state)
        self.query_one("#steps", VerticalScroll).scroll_home(animate=False)

    async def _show_warnings(self, step: Step, *, first: bool) -> None:
        assert self._walking is not None
        procedure = self._walking.walk.procedure
        box = self.query_one("#warnings", Vertical)
        await box.remove_children()
        before = [*(procedure.warnings if first else ()), *step.warnings]
        parts = [Prose(f"{_SIGNS[one.severity]} {one.text}", classes="warned") for one in before]
        if first and procedure.intro:
            parts.append(Prose(procedure.intro, classes="remark"))
        parts += [Prose(one, classes="remark") for one in step.remarks]
        await box.mount(*parts)

    async def _show_limits(self, step: Step) -> None:
        box = self.query_one("#limits", Vertical)
        await box.remove_children()
        await box.mount(*(Prose(tr("Must be: {limit}", limit=one.text), classes="good") for one in step.limits))
        self._limit = 0 if step.limits else None
        field = self.query_one("#value", Input)
        with self.prevent(Input.Changed):
            assert self._walking is not None
            field.value = self._walking.walk.state.typed
        unit = step.limits[0].unit if step.limits else ""
        field.placeholder = tr("Measured value, such as 54 {unit}", unit=unit)
        field.set_class(bool(step.limits) or bool(field.value), "-shown")

    async def _show_entries(self, step: Step, state: StepState) -> None:
        box = self.query_one("#entries", Vertical)
        await box.remove_children()
        parts = [Prose(_entry(one, step), classes=_VERDICTS[one.verdict][1]) for one in state.entries]
        if state.remark:
            parts.append(Prose(tr("Remark: {text}", text=state.remark), classes="remark"))
        if state.reason:
            parts.append(Prose(tr("Skipped: {why}", why=state.reason), classes="warning"))
        await box.mount(*parts)

    # Doing

    def action_check(self) -> None:
        """Done; the next open step comes up."""
        self.start(self._check, exclusive=True, group="do")

    async def _check(self) -> None:
        if self._walking is None:
            return
        walking = self._walking
        early = walking.early_s()
        if early:
            question = tr("The text says to wait; {time} are left. Go on all the same?", time=_clock(early))
            if not await self.app.push_screen_wait(ConfirmScreen(question, tr("Go on"))):
                return
        if walking.walk.step.limits and not walking.walk.state.entries and walking.walk.state.status == "open":
            question = tr("No value was entered. Check the step off all the same?")
            if not await self.app.push_screen_wait(ConfirmScreen(question, tr("Check off"))):
                return
        await self._do(walking.check_off)
        if not walking.walk.open_steps:
            self.tell(tr("Every step is done. Press f to finish."), seconds=10)

    def action_step(self, step: int) -> None:
        """The next or the previous step, without checking this one off."""
        if self._walking is not None:
            go = self._walking.forward if step > 0 else self._walking.back
            self.start(partial(self._do, go), exclusive=True, group="do")

    def action_skip(self) -> None:
        """Leave the step out, and say why."""
        self.start(self._skip, exclusive=True, group="do")

    async def _skip(self) -> None:
        reason = await self.app.push_screen_wait(AskTextScreen(tr("Why is this step left out?")))
        if reason and self._walking is not None:
            walking = self._walking
            await self._do(lambda: walking.skip(reason))

    def action_remark(self) -> None:
        """Say something at this step."""
        self.start(self._remark, exclusive=True, group="do")

    async def _remark(self) -> None:
        if self._walking is None:
            return
        walking = self._walking
        text = await self.app.push_screen_wait(AskTextScreen(tr("Remark"), walking.walk.state.remark))
        if text is not None:
            await self._do(lambda: walking.remark(text))

    def action_value(self) -> None:
        """Enter a value."""
        if self._walking is None:
            return
        if len(self._walking.walk.step.limits) > 1:
            self.start(self._value_of, exclusive=True, group="value")
        else:
            self._open_field()  # at once: the value may have been typed already

    async def _value_of(self) -> None:
        """Enter a value for one of several limits."""
        if self._walking is None:
            return
        choices = [Choice(str(at), one.text) for at, one in enumerate(self._walking.walk.step.limits)]
        chosen = await self.app.push_screen_wait(ChooseScreen(tr("Which value?"), choices))
        if chosen is not None:
            self._limit = int(chosen)
            self._open_field()

    def _open_field(self) -> None:
        field = self.query_one("#value", Input)
        field.add_class("-shown")
        self.set_focus(field)

    @on(Input.Changed, "#value")
    def _typed(self, event: Input.Changed) -> None:
        """Saved at every keystroke."""
        if self._walking is not None:
            try:
                self._walking.type_in(event.value, self._limit)
            except Exception as error:
                self.tell_fault(error)

    @on(Input.Submitted, "#value")
    def _entered(self, event: Input.Submitted) -> None:
        if self._walking is not None and event.value.strip():
            walking, limit, text = self._walking, self._limit, event.value.strip()
            self.start(partial(self._enter, walking, text, limit), exclusive=True, group="do")

    async def _enter(self, walking: Walking, text: str, limit: int | None) -> None:
        await self._do(lambda: walking.enter(text, limit))
        last = walking.walk.state.entries[-1] if walking.walk.state.entries else None
        if last is not None and last.verdict == "out":
            self.app.bell()
            self.tell(_entry(last, walking.walk.step), bad=True, seconds=12)
        self.set_focus(self.query_one("#steps", VerticalScroll))

    async def _do(self, action: object) -> None:
        """Do one thing; it is saved when this returns to the screen."""
        try:
            action()  # type: ignore[operator]
        except Exception as error:
            self.tell_fault(error)
            return
        await self._show()

    def action_finish(self) -> None:
        """Finish, and keep the record."""
        self.start(self._finish, exclusive=True, group="do")

    async def _finish(self) -> None:
        if self._walking is None:
            return
        walking = self._walking
        try:
            if walking.walk.open_steps:
                question = tr("{count} steps are open. Why does it end here?", count=len(walking.walk.open_steps))
                reason = await self.app.push_screen_wait(AskTextScreen(question))
                if not reason:
                    return
                kept = await self.services.off(walking.end_early, reason)
            else:
                kept = await self.services.off(walking.finish)
        except Exception as error:
            self.tell_fault(error)
            return
        self._walking = None
        self.tell(f"{tr('✓ The record is kept among the notes.')} {said(kept.notice)}".strip())
        self.dismiss()

    def action_back(self) -> None:
        """Leave the value, or pause."""
        field = self.query_one("#value", Input)
        if field.has_focus:
            self.set_focus(self.query_one("#steps", VerticalScroll))
            return
        if self._walking is not None:
            try:
                self._walking.pause()
            except Exception as error:
                self.tell_fault(error)
            self.tell(tr("Paused. It goes on where it was left: F4."))
        self.dismiss()


def _clock(seconds: float) -> str:
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _entry(entry: Entry, step: Step) -> str:
    limit = step.limits[entry.limit].text if entry.limit is not None else ""
    told = f"{_VERDICTS[entry.verdict][0]} {entry.text}"
    if limit:
        told += " · " + tr("must be: {limit}", limit=limit)
    return f"{told} · {said(entry.reason)}" if entry.reason else told
