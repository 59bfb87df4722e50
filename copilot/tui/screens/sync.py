"""Sync: what a hub sends, how old it is, what it took to fetch; going back; what waits to go up."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.widgets import Static

from copilot.printing import printable
from copilot.tui.keys import SYNC, bound
from copilot.tui.screens.dialogs import AskTextScreen, ConfirmScreen
from copilot.tui.screens.working import Job, WorkingRoom
from copilot.tui.widgets.progress import Progress
from copilot.tui.widgets.prose import Prose
from copilot.tui.widgets.table import Table
from copilot.tui.words import mark, ntr, said, tr

if TYPE_CHECKING:
    from copilot.syncing.status import SyncStatus
    from sync.device.fetching import Progress as Report
    from sync.device.report import Report as Outcome


class SyncScreen(WorkingRoom):
    """Fetching what changed, and going back."""

    room = "sync"
    keys = SYNC
    name_shown = mark("Sync")
    about = mark(
        "What this device has from its hub. “s” fetches what changed; everything is verified before it is used, and "
        "whatever goes wrong, what was there before goes on answering. “b” goes back to the generation before. "
        "“f” takes the same from a stick. “q” sends the questions that wait for a network."
    )
    BINDINGS = bound(SYNC)
    AUTO_FOCUS = "#collections"
    CSS = """
    SyncScreen #report { height: auto; max-height: 10; padding: 0 1; color: $foreground; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._status: SyncStatus | None = None

    def content(self) -> ComposeResult:
        """How it stands."""
        yield Prose("", id="device", classes="title")
        yield Prose("", id="last", classes="quiet")
        yield Table(
            (tr("Collection"), tr("Generation"), tr("Published"), tr("Synced"), tr("Documents"), tr("Access"), ""),
            id="collections",
        )
        yield Static("", id="report", markup=False)
        yield Prose("", id="waiting", classes="quiet")
        yield Progress()

    def on_screen_resume(self) -> None:
        """Look."""
        self.start(self._look, exclusive=True, group="look")

    async def _look(self) -> None:
        from copilot.syncing.status import read_status

        try:
            status = self._status = await self.services.off(read_status, self.services.settings)
            waiting = await self.services.off(self._waiting)
        except Exception as error:
            self.tell_fault(error)
            return
        self._show(status, datetime.now(UTC))
        self.query_one("#waiting", Prose).say(waiting)

    def _waiting(self) -> str:
        """What waits to go up, in words. Called off the event loop."""
        from copilot.uploading import Uploading

        settings = self.services.settings
        parts = []
        with Uploading(settings) as uploading:
            count = uploading.outbox.health().waiting if settings.outbox_file.exists() else 0
        parts.append(ntr("{count} item waits in the outbox.", "{count} items wait in the outbox.", count))
        if settings.outbox.url is None:
            parts.append(tr("Nobody is named to hand it in to (outbox.url)."))
        return " ".join(parts)

    def _show(self, status: SyncStatus, now: datetime) -> None:
        from copilot.syncing.age import ago

        enrolment, state = status.enrolment, status.state
        device, last = self.query_one("#device", Prose), self.query_one("#last", Prose)
        if enrolment is None:
            device.say(tr("This device belongs to no hub. Press e to enrol it; everything else works without."))
            last.say("")
        else:
            device.say(tr("{name}, hub {hub}", name=enrolment.name, hub=enrolment.hub))
            told = (
                tr("Synced {ago}.", ago=said(ago(state.synced_at, now))) if state.synced_at else tr("Not synced yet.")
            )
            if state.last_error is not None:
                told += " " + tr(
                    "The last {count} tries failed: {why}", count=state.failures, why=said(state.last_error.message)
                )
            last.say(told)
        self.query_one(Table).fill(
            [
                (
                    one.name,
                    (
                        one.name,
                        str(one.generation),
                        one.published_at[:10],
                        said(ago(one.synced_at, now)) if one.synced_at else "",
                        str(one.documents),
                        one.access,
                        ", ".join(
                            filter(
                                None,
                                (
                                    tr("pinned") if one.pinned else "",
                                    tr("the hub has {number}", number=one.available)
                                    if one.available not in (None, one.generation)
                                    else "",
                                    tr("can go back to {number}", number=max(one.kept)) if one.kept else "",
                                ),
                            )
                        ),
                    ),
                )
                for one in status.collections
            ]
        )

    # Fetching

    def action_sync(self) -> None:
        """Fetch what changed."""
        self.start(partial(self._sync, None), group="sync")

    def action_from_folder(self) -> None:
        """Fetch it from a stick."""
        self.start(self._from_folder, group="sync")

    async def _from_folder(self) -> None:
        from copilot.tui.screens.files import FilesScreen

        path: Path | None = await self.app.push_screen_wait(FilesScreen(tr("Where is the stick?"), folders=True))
        if path is not None:
            await self._sync(str(path))

    async def _sync(self, address: str | None) -> None:
        assembly = await self.services.assembly()

        def do(job: Job) -> tuple[Outcome, list[str]]:
            syncing = assembly.syncing
            syncing.enrolment()
            if address is None:
                syncing.check_rules()
            report = syncing.sync(assembly.embedder, lambda at: _watch(job, at), job.cancel, address=address)
            remarks = []
            if address is None and (handed := assembly.uploading.after_sync()):
                remarks.append(said(handed))
            return report, remarks

        done = await self.work(tr("Asking the hub …"), do)
        if done is not None:
            report, remarks = done
            self.query_one("#report", Static).update(printable("\n".join([*_lines(report), *remarks])))
            if report.changed:
                await self.copilot_app.changed()
            if address is None:
                await self._send()
        await self._look()

    def action_send(self) -> None:
        """Send the questions that wait."""
        self.start(partial(self._send, aloud=True), group="send")

    async def _send(self, aloud: bool = False) -> None:
        """Send the questions that wait; the answers are announced."""
        assembly = await self.services.assembly()
        if not assembly.routing.configured or not assembly.routing.questions.path.exists():
            if aloud:
                self.tell(tr("No question waits."))
            return
        try:
            copilot = await self.services.copilot()
            done = await assembly.routing.sender(copilot, assembly.conversations).send()
        except Exception as error:
            self.tell_fault(error)
            return
        if aloud and not done.answered:
            self.tell(ntr("{count} question still waits.", "{count} questions still wait.", len(done.waiting)))
        await self.copilot_app.tell_news()

    # Going back, pinning

    def action_rollback(self) -> None:
        """Go back to the generation before."""
        name = self.query_one(Table).chosen
        found = next((one for one in self._status.collections if one.name == name), None) if self._status else None
        if found is None:
            self.tell(tr("There is no collection from a hub."))
        elif not found.kept:
            self.tell(tr("{name} has no generation before this one.", name=found.name))
        else:
            self.start(partial(self._rollback, found.name, found.generation, max(found.kept)), group="rollback")

    async def _rollback(self, name: str, now: int, before: int) -> None:
        question = tr(
            "Go back with {name} from generation {now} to {before}? The next sync waits for a later one.",
            name=name,
            now=now,
            before=before,
        )
        if not await self.app.push_screen_wait(ConfirmScreen(question, tr("Go back"))):
            return
        syncing = (await self.services.assembly()).syncing

        def do(job: Job) -> list[str]:
            from sync.device.lock import syncing_alone

            remarks: list[str] = []
            with syncing_alone(syncing.places):
                with syncing.generations() as (_, generations):
                    generations.rollback(name)
                syncing.settle(remarks.append)
            return remarks

        remarks = await self.work(tr("Going back …"), do)
        if remarks is not None:
            told = tr("✓ {name} is back at generation {before}.", name=name, before=before)
            self.query_one("#report", Static).update(printable("\n".join([told, *map(said, remarks)])))
            await self.copilot_app.changed()
        await self._look()

    def action_pin(self) -> None:
        """Keep a collection as it is, or let it follow the hub again."""
        name = self.query_one(Table).chosen
        found = next((one for one in self._status.collections if one.name == name), None) if self._status else None
        if found is None:
            self.tell(tr("There is no collection from a hub."))
            return
        self.start(partial(self._pin, found.name, not found.pinned), group="pin")

    async def _pin(self, name: str, pinned: bool) -> None:
        syncing = (await self.services.assembly()).syncing

        def do() -> None:
            from sync.device.lock import syncing_alone
            from sync.device.state import SyncState

            with syncing_alone(syncing.places), syncing.generations() as (_, generations):
                if pinned:
                    generations.pin(name)
                    return
                generations.unpin(name)
                highest = max(one.number for one in generations.all(name))
                state = SyncState.read(syncing.places)
                state.with_(retake={**state.retake, name: highest}).write(syncing.places)

        try:
            await self.services.off(do)
        except Exception as error:
            self.tell_fault(error)
            return
        self.tell(
            tr("{name} stays as it is.", name=name)
            if pinned
            else tr("{name} follows the hub again at the next sync.", name=name)
        )
        await self._look()

    def action_enrol(self) -> None:
        """Make this device one of a hub's devices."""
        self.start(self._enrol, group="enrol")

    async def _enrol(self) -> None:
        from copilot.tui.screens.files import FilesScreen

        hub = await self.app.push_screen_wait(
            AskTextScreen(tr("The hub's address or folder"), hint="https://hub.example.com/public")
        )
        if not hub:
            return
        root: Path | None = await self.app.push_screen_wait(
            FilesScreen(tr("The hub's root file, handed over in a way that you trust"), folders=False)
        )
        if root is None:
            return
        syncing = (await self.services.assembly()).syncing
        again = self._status is not None and self._status.enrolment is not None

        def do() -> str:
            from sync.device.enrolment import enrol
            from sync.device.lock import syncing_alone

            with syncing_alone(syncing.places):
                return enrol(syncing.places, hub, root, syncing.clock(), again=again).name

        try:
            name = await self.services.off(do)
        except Exception as error:
            self.tell_fault(error)
            return
        self.tell(tr("This device is “{name}” now. Press s to fetch.", name=name))
        await self._look()


def _watch(job: Job, at: Report) -> None:
    from copilot.catalogue import size_text

    if at.stage == "remark":
        job.tell(said(at.text), always=True)
    elif at.stage == "fetching":
        told = tr("{name}: {done} of {total}", name=at.collection, done=size_text(at.done), total=size_text(at.total))
        job.tell(told, at.done, at.total)
    elif at.stage == "building":
        told = tr("{name}: {done} of {total} documents", name=at.collection, done=at.done, total=at.total)
        job.tell(told, at.done, at.total)


def _lines(report: Outcome) -> list[str]:
    from copilot.catalogue import size_text

    lines = []
    for one in report.outcomes:
        if one.generation is None:
            lines.append(tr("{name}: removed, {why}.", name=one.collection, why=said(one.note)))
        elif one.generation == one.previous:
            lines.append(tr("{name}: generation {number}, nothing new.", name=one.collection, number=one.generation))
        else:
            lines.append(
                tr(
                    "{name}: generation {number}, {changed} documents new or changed, {removed} removed.",
                    name=one.collection,
                    number=one.generation,
                    changed=one.changed_documents,
                    removed=one.removed_documents,
                )
            )
    if not report.outcomes:
        lines.append(tr("The hub has nothing for this device yet."))
    took = f"{report.took_s:.1f}"
    return [*lines, tr("{size} fetched in {seconds} s.", size=size_text(report.fetched_bytes), seconds=took)]
