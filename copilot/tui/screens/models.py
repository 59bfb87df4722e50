"""Models: what is known, what is here, what fits this machine, and how it gets here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widgets import DataTable, Static

from copilot.tui.keys import MODELS, bound
from copilot.tui.screens.dialogs import ConfirmScreen
from copilot.tui.screens.working import Job, WorkingRoom
from copilot.tui.widgets.progress import Progress
from copilot.tui.widgets.table import Table
from copilot.tui.words import mark, said, tr

if TYPE_CHECKING:
    from copilot.catalogue import Catalogue, ModelEntry, ModelStore
    from copilot.catalogue import Progress as Report

_STATES = {
    "present": mark("here"),
    "partial": mark("a part"),
    "missing": mark("not here"),
    "corrupt": mark("damaged"),
}
_STAGES = {
    "checking": mark("looking at what is here"),
    "downloading": mark("fetching"),
    "copying": mark("copying"),
    "joining": mark("joining"),
    "verifying": mark("checking"),
    "waiting": mark("waiting for another process"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A model as it is listed."""

    entry: ModelEntry
    state: str
    fits: bool
    used: bool


class ModelsScreen(WorkingRoom):
    """What reads and writes."""

    room = "models"
    keys = MODELS
    name_shown = mark("Models")
    about = mark(
        "Every model that is known: what it is for, its size, whether it is here, whether it fits this machine. A star "
        "marks those in use. Enter fetches one, going on where it was interrupted. “i” takes models from a stick."
    )
    BINDINGS = bound(MODELS)
    AUTO_FOCUS = "#models"

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []

    def content(self) -> ComposeResult:
        """The list."""
        yield Static("", id="summary", classes="title", markup=False)
        yield Table(("", tr("Model"), tr("For"), tr("Size"), tr("Is it here?"), tr("Does it fit?")), id="models")
        yield Static("", id="described", classes="quiet", markup=False)
        yield Progress()

    def on_mount(self) -> None:
        """Look."""
        super().on_mount()
        self.start(self._look, exclusive=True, group="look")

    async def _look(self) -> None:
        try:
            self._rows, told = await self.services.off(self._read)
        except Exception as error:
            self.tell_fault(error)
            return
        from copilot.catalogue import size_text

        self.query_one("#summary", Static).update(told)
        self.query_one(Table).fill(
            [
                (
                    row.entry.id,
                    (
                        "★" if row.used else " ",
                        row.entry.id,
                        f"{row.entry.role} {row.entry.tier or ''}".strip(),
                        size_text(row.entry.bytes),
                        ("✓ " if row.state == "present" else "") + tr(_STATES[row.state]),
                        tr("yes") if row.fits else tr("no: {size} of memory", size=size_text(row.entry.ram_bytes)),
                    ),
                )
                for row in self._rows
            ]
        )
        self._describe()

    def _open(self) -> tuple[Catalogue, ModelStore]:
        from copilot.catalogue import open_catalogue, open_store

        catalogue = open_catalogue(self.services.settings)
        return catalogue, open_store(self.services.settings, catalogue)

    def _read(self) -> tuple[list[Row], str]:
        from copilot.catalogue import fits, size_text
        from copilot.catalogue.choosing import models_for_asking, models_for_voice, tier_of_machine
        from copilot.hardware.machine import detect_memory, usable_cores

        catalogue, store = self._open()
        memory = detect_memory().total_bytes
        used = {one.id for one in (*models_for_asking(self.services.settings, catalogue), *models_for_voice(catalogue))}
        rows = [Row(entry, store.state(entry), fits(entry, memory), entry.id in used) for entry in catalogue]
        told = tr(
            "This machine: {memory} of memory, {cores} cores; what suits it: {tier}",
            memory=size_text(memory),
            cores=usable_cores(),
            tier=tier_of_machine(),
        )
        return rows, told

    @property
    def _chosen(self) -> Row | None:
        key = self.query_one(Table).chosen
        return next((row for row in self._rows if row.entry.id == key), None)

    @on(DataTable.RowHighlighted)
    def _describe(self) -> None:
        from copilot.printing import printable

        if (row := self._chosen) is not None:
            entry = row.entry
            self.query_one("#described", Static).update(
                printable(f"{entry.title} · {entry.licence} · {entry.description}".replace("\n", " "))
            )

    @on(DataTable.RowSelected)
    def action_pull(self) -> None:
        """Fetch it."""
        if (row := self._chosen) is not None:
            self.start(partial(self._pull, row), group="pull")

    async def _pull(self, row: Row) -> None:
        if row.state == "present":
            self.tell(tr("“{model}” is here already.", model=row.entry.id))
            return
        from copilot.catalogue import size_text

        if not row.fits:
            question = tr(
                "“{model}” wants {size} of memory, more than this machine has. Fetch it all the same?",
                model=row.entry.id,
                size=size_text(row.entry.ram_bytes),
            )
            if not await self.app.push_screen_wait(ConfirmScreen(question, tr("Fetch"))):
                return

        def do(job: Job) -> bool:
            from copilot.catalogue.pulling import pull_all

            _, store = self._open()
            pull_all(store, [row.entry], lambda at: watch(job, at), job.cancel)
            return True

        done = await self.work(tr("Fetching {model}", model=row.entry.id), do)
        if done:
            self.query_one(Progress).end("✓ " + tr("“{model}” is here.", model=row.entry.id))
            await self.copilot_app.changed()
        await self._look()

    def action_bring(self) -> None:
        """Take models from a stick."""
        self.start(self._bring, group="pull")

    async def _bring(self) -> None:
        from copilot.tui.screens.files import FilesScreen

        path: Path | None = await self.app.push_screen_wait(FilesScreen(tr("Where are the models?"), folders=True))
        if path is None:
            return

        def do(job: Job) -> str:
            catalogue, store = self._open()
            report = store.import_([path], catalogue, None, lambda at: watch(job, at), job.cancel)
            return tr(
                "{installed} taken in, {already} known, {refused} belong to no model.",
                installed=len(report.installed),
                already=len(report.already),
                refused=len(report.refused),
            )

        told = await self.work(tr("Looking at {path}", path=path), do)
        if told:
            self.query_one(Progress).end("✓ " + told)
            await self.copilot_app.changed()
        await self._look()

    def action_verify(self) -> None:
        """Read it anew, byte for byte."""
        if (row := self._chosen) is not None:
            self.start(partial(self._verify, row), group="pull")

    async def _verify(self, row: Row) -> None:
        def do(job: Job) -> bool:
            _, store = self._open()
            verdicts = store.verify(row.entry, lambda at: watch(job, at), job.cancel)
            return all(one.state in ("good", "unpinned") for one in verdicts)

        good = await self.work(tr("Checking {model}", model=row.entry.id), do)
        if good is not None:
            told = tr("✓ “{model}” is right.") if good else tr("✗ “{model}” is not right: fetch it again.")
            self.query_one(Progress).end(told.format(model=row.entry.id))
        await self._look()

    def action_delete(self) -> None:
        """Remove it."""
        if (row := self._chosen) is not None:
            self.start(partial(self._delete, row), group="delete")

    async def _delete(self, row: Row) -> None:
        from copilot.catalogue import size_text

        question = tr("Remove “{model}” from this device?", model=row.entry.id)
        if not await self.app.push_screen_wait(ConfirmScreen(question, tr("Remove"))):
            return
        try:
            freed = await self.services.off(lambda: self._open()[1].remove(row.entry))
        except Exception as error:
            self.tell_fault(error)
            return
        self.tell(
            tr("{size} free again.", size=size_text(freed))
            if freed
            else tr("It lies in a shared folder, which stays as it is.")
        )
        await self.copilot_app.changed()
        await self._look()


def watch(job: Job, at: Report) -> None:
    """Show a report of the catalogue."""
    from copilot.catalogue import size_text

    if at.stage in ("remark", "done"):
        job.tell(said(at.text), at.done_bytes, at.total_bytes, always=True)
        return
    told = f"{at.model_id}: {tr(_STAGES[at.stage])}"
    if at.total_bytes:
        told += f" {size_text(at.done_bytes)} / {size_text(at.total_bytes)}"
    job.tell(told, at.done_bytes, at.total_bytes)
