"""Health: what the doctor finds, with remedies; reading ahead; battery, memory, temperature."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from copilot.tui.faults import told
from copilot.tui.keys import HEALTH, bound
from copilot.tui.screens.working import WorkingRoom
from copilot.tui.widgets.progress import Progress
from copilot.tui.widgets.prose import Prose
from copilot.tui.words import mark, said, tr
from index.errors import EdgeCopilotError

if TYPE_CHECKING:
    from copilot.doctor import Finding

_MARKS = {"ok": ("✓", "good"), "warning": ("!", "warning"), "fault": ("✗", "fault")}


class HealthScreen(WorkingRoom):
    """How the device is."""

    room = "health"
    keys = HEALTH
    name_shown = mark("Health")
    about = mark(
        "What the doctor finds on this device, and what mends it. “w” lets the model read the documents ahead, so that "
        "answers begin at once; it pauses for every question, and ends where mains power or the budget does."
    )
    BINDINGS = bound(HEALTH)
    AUTO_FOCUS = "#findings"
    CSS = """
    HealthScreen {
        #findings { height: 1fr; padding: 0; scrollbar-size-vertical: 1; }
        .remedy { color: $foreground; padding: 0 1 0 4; height: auto; text-style: bold; }
        .what { padding: 0 1; height: auto; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._warming = False

    def content(self) -> ComposeResult:
        """The findings."""
        yield Static("", id="summary", classes="title", markup=False)
        yield VerticalScroll(id="findings")
        yield Static("", id="warm", classes="quiet", markup=False)
        yield Progress()

    def on_mount(self) -> None:
        """Look."""
        super().on_mount()
        self.action_again()

    def action_again(self) -> None:
        """Look again."""
        self.start(self._examine, exclusive=True, group="examine")

    async def _examine(self) -> None:
        listed = self.query_one("#findings", VerticalScroll)
        await listed.remove_children()
        summary = self.query_one("#summary", Static)
        summary.update(tr("Looking at this device …"))
        counts = {"ok": 0, "warning": 0, "fault": 0}
        findings = self.services.examine()
        end = object()
        while True:
            finding = await self.services.off(next, findings, end)
            if finding is end:
                break
            counts[finding.status] += 1
            await self._add(listed, finding)
        summary.update(
            tr("✓ All is well.")
            if not counts["warning"] and not counts["fault"]
            else tr("{faults} faults, {warnings} warnings", faults=counts["fault"], warnings=counts["warning"])
        )
        await self._show_warm()

    async def _add(self, listed: VerticalScroll, finding: Finding) -> None:
        sign, style = _MARKS[finding.status]
        await listed.mount(Prose(f"{sign} {said(finding.name)}: {said(finding.what)}", classes=f"what {style}"))
        if finding.remedy:
            await listed.mount(Prose(f"→ {said(finding.remedy)}", classes="remedy"))

    async def _show_warm(self) -> None:
        try:
            assembly = await self.services.assembly()
            stats = await self.services.off(lambda: assembly.prefixes.stats())
        except (EdgeCopilotError, OSError):
            return
        self.query_one("#warm", Static).update(
            tr(
                "{count} passages read ahead, {used} of {allowed} MB",
                count=f"{stats.entries:,}",
                used=f"{stats.bytes / 1e6:,.0f}",
                allowed=f"{stats.budget_bytes / 1e6:,.0f}",
            )
        )

    def action_warm(self) -> None:
        """Read ahead."""
        if self._warming:
            self.tell(tr("It is reading already. Escape stops it."))
            return
        self.start(self._warm, group="warm", exclusive=True)

    async def _warm(self) -> None:
        from copilot.answering.writing import reading_prompt
        from copilot.engines.base import ReadingEngine
        from copilot.hardware.machine import detect_power
        from copilot.prefixes.warming import WarmProgress, warm

        progress = self.query_one(Progress)
        progress.begin(tr("Loading the model …"))
        self._warming = True
        try:
            assembly = await self.services.assembly()
            engine = await assembly.engine()
            if not isinstance(engine, ReadingEngine):
                progress.end(tr("The configured server keeps no passages for this device."))
                return
            family, prefixes = engine.info.family, assembly.prefixes
            total = await self.services.off(assembly.excerpts.count)
            excerpts = await self.services.off(lambda: list(assembly.excerpts.all()))

            def show(state: WarmProgress) -> None:
                progress.tell(
                    tr("{done} of {total} passages read ahead", done=state.done, total=state.total),
                    state.done,
                    state.total,
                )

            state = await warm(
                engine,
                (reading_prompt(family, excerpt, "") for excerpt in excerpts),
                total,
                progress=show,
                may_go_on=lambda: self._warming and prefixes.has_room() and detect_power().on_mains,
            )
            ended = (
                ""
                if state.done == state.total
                else " " + tr("It ended early: stopped, no mains power, or no room left.")
            )
            progress.end(tr("✓ {done} of {total} passages are read ahead.", done=state.done, total=state.total) + ended)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            message, remedy = told(error)
            progress.end(f"✗ {message} {remedy}".strip())
        finally:
            self._warming = False
        await self._show_warm()

    def action_stop(self) -> None:
        """Stop reading ahead; else go back to asking."""
        if self._warming:
            self._warming = False
            self.query_one(Progress).tell(tr("Stopping …"))
        else:
            super().action_stop()
