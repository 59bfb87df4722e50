"""Documents: what is in the index, read, put in with live progress, taken out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widgets import DataTable, Input, Static

from copilot.printing import printable
from copilot.tui.keys import DOCUMENTS, bound
from copilot.tui.screens.dialogs import Choice, ChooseScreen, ConfirmScreen
from copilot.tui.screens.working import Job, WorkingRoom
from copilot.tui.widgets.progress import Progress
from copilot.tui.widgets.table import Table
from copilot.tui.words import mark, ntr, said, tr

if TYPE_CHECKING:
    from copilot.settings import Settings
    from index.ingest import IngestProgress, IngestReport
    from index.store.reading import DocumentInfo

_SHOWN_SKIPPED = 8


class DocumentsScreen(WorkingRoom):
    """What answers are made from."""

    room = "documents"
    keys = DOCUMENTS
    name_shown = mark("Documents")
    about = mark(
        "All documents that answers are made from. “a” puts a file or a folder in; putting it in again reads only what "
        "has changed. “r” brings the folder of a document up to date. Taking a document out leaves its file alone."
    )
    BINDINGS = bound(DOCUMENTS)
    AUTO_FOCUS = "#documents"
    CSS = """
    DocumentsScreen {
        #filter { height: 3; border: tall $border; display: none; }
        #filter.-shown { display: block; }
        #skipped { color: $warning; height: auto; max-height: 10; padding: 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._documents: list[DocumentInfo] = []

    def content(self) -> ComposeResult:
        """The list."""
        yield Static("", id="summary", classes="title", markup=False)
        yield Input(placeholder=tr("Part of a title or a path"), id="filter")
        yield Table((tr("Title"), tr("Collection"), tr("Pages"), tr("Access"), tr("File")), id="documents")
        yield Static("", id="skipped", markup=False)
        yield Progress()

    def on_screen_resume(self) -> None:
        """Look: something may have been synced meanwhile."""
        self.start(self._look, exclusive=True, group="look")

    async def _look(self) -> None:
        try:
            self._documents = await self.services.off(lambda: self.services.shelf.documents())
        except Exception as error:
            self.tell_fault(error)
            self.query_one("#summary", Static).update(tr("The index can't be read."))
            return
        self._list()

    def _list(self) -> None:
        wanted = self.query_one("#filter", Input).value.casefold()
        found = [one for one in self._documents if wanted in f"{one.title} {one.path} {one.collection}".casefold()]
        rows = [
            (
                str(one.id),
                (
                    one.title,
                    one.collection,
                    str(one.pages) if one.pages is not None else "–",
                    one.access.value,
                    Path(one.path).name,
                ),
            )
            for one in found
        ]
        self.query_one(Table).fill(rows)
        if not self._documents:
            text = tr("There are no documents yet. Press a to put some in.")
        else:
            text = ntr("{count} document", "{count} documents", len(found))
        self.query_one("#summary", Static).update(text)

    @property
    def _chosen(self) -> DocumentInfo | None:
        key = self.query_one(Table).chosen
        return next((one for one in self._documents if str(one.id) == key), None)

    @on(DataTable.RowSelected)
    def action_open(self) -> None:
        """Read it."""
        from copilot.tui.screens.reader import ReaderScreen

        if (document := self._chosen) is not None:
            self.app.push_screen(ReaderScreen((), document=(document.path, document.collection)))

    def action_search(self) -> None:
        """Look for a document."""
        field = self.query_one("#filter", Input)
        field.toggle_class("-shown")
        if field.has_class("-shown"):
            self.set_focus(field)
        else:
            field.value = ""
            self.set_focus(self.query_one(Table))

    @on(Input.Changed, "#filter")
    def _filtered(self) -> None:
        self._list()

    @on(Input.Submitted, "#filter")
    def _found(self) -> None:
        self.set_focus(self.query_one(Table))

    def action_add(self) -> None:
        """Put a file or a folder in."""
        self.start(self._add, group="add")

    async def _add(self) -> None:
        from copilot.tui.screens.files import FilesScreen

        path = await self.app.push_screen_wait(FilesScreen(tr("Which folder or file?"), folders=True))
        if path is None:
            return
        names = sorted({one.collection for one in self._documents}) or ["default"]
        collection = names[0]
        if len(names) > 1:
            choices = [Choice(name, name) for name in names]
            chosen = await self.app.push_screen_wait(ChooseScreen(tr("Into which collection?"), choices))
            if chosen is None:
                return
            collection = chosen
        await self.ingest(path, collection)

    def action_again(self) -> None:
        """Bring the folder of a document up to date."""
        if (document := self._chosen) is None:
            return
        folder = Path(document.path).parent
        if not folder.is_dir():
            self.tell(tr("It came from a hub, or its folder is gone: {folder}", folder=folder))
            return
        self.start(partial(self.ingest, folder, document.collection), group="add")

    async def ingest(self, path: Path, collection: str) -> IngestReport | None:
        """Put a path in, with progress."""
        report = await self.work(tr("Reading {path}", path=path), reading(self.services.settings, path, collection))
        if report is not None:
            told = ntr("{count} document read", "{count} documents read", report.documents)
            told += tr(
                ", {unchanged} unchanged, in {seconds} s.", unchanged=report.unchanged, seconds=f"{report.took_s:.1f}"
            )
            self.query_one(Progress).end("✓ " + told)
            lines = [f"! {Path(one.path).name}: {said(one.reason)}" for one in report.skipped[:_SHOWN_SKIPPED]]
            if len(report.skipped) > _SHOWN_SKIPPED:
                lines.append(tr("… and {count} more", count=len(report.skipped) - _SHOWN_SKIPPED))
            self.query_one("#skipped", Static).update(printable("\n".join(lines)))
        await self._look()
        await self.copilot_app.changed()
        return report

    def action_delete(self) -> None:
        """Take it out."""
        if (document := self._chosen) is not None:
            self.start(partial(self._delete, document), group="delete")

    async def _delete(self, document: DocumentInfo) -> None:
        question = tr("Take “{title}” out of the index? Its file stays.", title=document.title)
        if not await self.app.push_screen_wait(ConfirmScreen(question, tr("Take out"))):
            return
        try:
            await self.services.off(lambda: self.services.shelf.remove([document.path], document.collection))
        except Exception as error:
            self.tell_fault(error)
            return
        await self._look()
        await self.copilot_app.changed()


def reading(settings: Settings, path: Path, collection: str) -> Callable[[Job], IngestReport]:
    """What puts a path into the index; runs on a thread."""

    def do(job: Job) -> IngestReport:
        from copilot.assembly import Assembly
        from copilot.library.indexing import Indexing, order_of

        indexing = Indexing(settings, Assembly(settings).embedder)
        return indexing.run(order_of([path], collection), lambda at: _show(job, at))

    return do


def _show(job: Job, at: IngestProgress) -> None:
    if at.phase == "vectors":
        job.tell(
            tr("Vectors: {done} of {total} passages", done=at.chunks_done, total=at.chunks_total),
            at.chunks_done,
            at.chunks_total,
        )
        return
    told = tr(
        "{done} of {total} files, {chunks} passages: {name}",
        done=at.files_done,
        total=at.files_total,
        chunks=at.chunks,
        name=Path(at.path).name,
    )
    job.tell(told, at.bytes_done, at.bytes_total)
