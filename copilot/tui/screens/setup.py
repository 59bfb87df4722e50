"""First run: what is missing on this device, and doing it from here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from copilot.tui.keys import SETUP, bound
from copilot.tui.screens.working import Job, WorkingRoom
from copilot.tui.widgets.progress import Progress
from copilot.tui.widgets.prose import Prose
from copilot.tui.widgets.target import Target
from copilot.tui.words import mark, ntr, said, tr


@dataclass(frozen=True, slots=True)
class Missing:
    """What there is and what isn't.

    Attributes:
        models: Ids of the models that asking takes and that are not here, with the bytes to fetch.
        documents: How many are in the index.
    """

    models: tuple[str, ...]
    model_bytes: int
    documents: int
    why: str = ""


class SetupScreen(WorkingRoom):
    """Two steps, each with its target."""

    keys = SETUP
    name_shown = mark("First steps")
    about = mark(
        "What this device needs before it can answer: documents, and a language model. Without the model the documents "
        "are quoted. Both can be interrupted at any time and go on where they were."
    )
    BINDINGS = bound(SETUP)
    CSS = """
    SetupScreen {
        #steps { height: 1fr; padding: 1 2; }
        .step { margin-bottom: 1; }
        .answers { height: auto; margin-bottom: 1; Target { margin-right: 1; } }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._missing: Missing | None = None

    def content(self) -> ComposeResult:
        """The steps."""
        with VerticalScroll(id="steps", can_focus=False):
            yield Prose(tr("Welcome. This device needs two things before it can answer."), classes="title step")
            yield Prose("…", id="documents", classes="step")
            with Horizontal(classes="answers"):
                yield Target(tr("Put documents in"), "documents", id="do-documents")
            yield Prose("…", id="models", classes="step")
            with Horizontal(classes="answers"):
                yield Target(tr("Fetch the models"), "models", id="do-models")
                yield Target(tr("Take them from a stick"), "bring", id="do-bring")
            with Horizontal(classes="answers"):
                yield Target(tr("Go and ask"), "leave", id="do-leave")
        yield Progress()

    def on_mount(self) -> None:
        """Look."""
        super().on_mount()
        self.start(self._look, exclusive=True, group="look")

    async def _look(self) -> None:
        from copilot.catalogue import size_text

        try:
            missing = self._missing = await self.services.off(self._read)
        except Exception as error:
            self.tell_fault(error)
            return
        documents, models = self.query_one("#documents", Prose), self.query_one("#models", Prose)
        if missing.why:
            documents.say("✗ " + missing.why)
        elif missing.documents:
            documents.say("✓ " + ntr("{count} document is here.", "{count} documents are here.", missing.documents))
        else:
            documents.say("1. " + tr("There are no documents yet: choose the folder with the manuals."))
        if missing.models:
            listed = ", ".join(missing.models)
            size = size_text(missing.model_bytes)
            models.say("2. " + tr("Not here yet: {models}, {size}. It is fetched once.", models=listed, size=size))
        else:
            models.say("✓ " + tr("The models are here."))
        self.query_one("#do-models").display = bool(missing.models)
        self.query_one("#do-bring").display = bool(missing.models)
        wanted: Literal["#do-documents", "#do-models", "#do-leave"] = "#do-leave"
        if not missing.documents:
            wanted = "#do-documents"
        elif missing.models:
            wanted = "#do-models"
        self.set_focus(self.query_one(wanted))

    def _read(self) -> Missing:
        """Called off the event loop."""
        from copilot.catalogue import open_catalogue, open_store
        from copilot.catalogue.choosing import models_for_asking
        from index.errors import EdgeCopilotError

        settings = self.services.settings
        catalogue = open_catalogue(settings)
        store = open_store(settings, catalogue)
        missing = [one for one in models_for_asking(settings, catalogue) if store.state(one) != "present"]
        why, count = "", 0
        try:
            count = sum(one.documents for one in self.services.shelf.collections())
        except EdgeCopilotError as error:
            why = said(str(error))
        return Missing(tuple(one.id for one in missing), sum(one.bytes for one in missing), count, why)

    def action_documents(self) -> None:
        """Choose a folder and read it."""
        self.start(self._documents, group="do")

    async def _documents(self) -> None:
        from copilot.tui.screens.documents import reading
        from copilot.tui.screens.files import FilesScreen

        path: Path | None = await self.app.push_screen_wait(FilesScreen(tr("Which folder or file?"), folders=True))
        if path is None:
            return
        report = await self.work(tr("Reading {path}", path=path), reading(self.services.settings, path, "default"))
        if report is not None:
            count = report.documents + report.unchanged
            self.query_one(Progress).end(
                "✓ " + ntr("{count} document is here.", "{count} documents are here.", count)
                if count
                else "! " + tr("There was nothing that can be read.")
            )
            await self.copilot_app.changed()
        await self._look()

    def action_models(self) -> None:
        """Fetch them."""
        self.start(self._models, group="do")

    async def _models(self) -> None:
        from copilot.tui.screens.models import watch

        def do(job: Job) -> bool:
            from copilot.catalogue import open_catalogue, open_store
            from copilot.catalogue.choosing import models_for_asking
            from copilot.catalogue.pulling import pull_all

            settings = self.services.settings
            catalogue = open_catalogue(settings)
            store = open_store(settings, catalogue)
            pull_all(store, models_for_asking(settings, catalogue), lambda at: watch(job, at), job.cancel)
            return True

        if await self.work(tr("Fetching the models …"), do):
            self.query_one(Progress).end("✓ " + tr("The models are here."))
            await self.copilot_app.changed()
        await self._look()

    def action_bring(self) -> None:
        """Take models from a stick."""
        self.start(self._bring, group="do")

    async def _bring(self) -> None:
        from copilot.tui.screens.files import FilesScreen
        from copilot.tui.screens.models import watch

        path: Path | None = await self.app.push_screen_wait(FilesScreen(tr("Where are the models?"), folders=True))
        if path is None:
            return

        def do(job: Job) -> int:
            from copilot.catalogue import open_catalogue, open_store

            catalogue = open_catalogue(self.services.settings)
            store = open_store(self.services.settings, catalogue)
            report = store.import_([path], catalogue, None, lambda at: watch(job, at), job.cancel)
            return len(report.installed) + len(report.parts)

        taken = await self.work(tr("Looking at {path}", path=path), do)
        if taken is not None:
            self.query_one(Progress).end(ntr("{count} file taken in.", "{count} files taken in.", taken))
            await self.copilot_app.changed()
        await self._look()

    def action_go(self) -> None:
        """What is missing first."""
        focused = self.focused
        if isinstance(focused, Target):
            self.start(focused.action_press, group="press")

    def action_leave(self) -> None:
        """Go and ask."""
        if not self.working:
            self.dismiss()

    def action_stop(self) -> None:
        """Stop what is being done, or go and ask."""
        if self.working:
            super().action_stop()
        else:
            self.dismiss()
