"""Procedures: what was begun and not finished, what the manuals hold, what was done before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from textual import on
from textual.app import ComposeResult
from textual.widgets import DataTable, Input, Static

from copilot.tui.keys import PROCEDURES, bound
from copilot.tui.screens.base import Room
from copilot.tui.screens.dialogs import ConfirmScreen
from copilot.tui.widgets.prose import Prose
from copilot.tui.widgets.table import Table
from copilot.tui.words import mark, ntr, tr

if TYPE_CHECKING:
    from copilot.notes import Note
    from copilot.procedures import Guide, Procedure
    from copilot.procedures.guide import Walking

_MOST_RECORDS = 30


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list: something begun, found, or done."""

    kind: Literal["begun", "found", "done"]
    walking: Walking | None = None
    procedure: Procedure | None = None
    record: Note | None = None


class ProceduresScreen(Room):
    """Finds procedures and begins to walk them."""

    room = "procedures"
    keys = PROCEDURES
    name_shown = mark("Procedures")
    about = mark(
        "Press “/” and say what is to be done: the procedures of the manuals come up. Enter walks through one, step by "
        "step. What was begun stands above and goes on where it was left, also after a crash; what was done stands "
        "below, and can be walked once more."
    )
    BINDINGS = bound(PROCEDURES)
    AUTO_FOCUS = "#procedures"
    CSS = """
    ProceduresScreen {
        #query { height: 3; border: tall $border; }
        #query:focus { border: tall $accent; }
        #preview { height: auto; max-height: 9; padding: 0 1; background: $panel; }
    }
    ProceduresScreen.-small { #preview { display: none; } #query { height: 1; border: none; } }
    """

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []
        self._found: list[Procedure] = []

    def content(self) -> ComposeResult:
        """The question and the list."""
        yield Static("", id="summary", classes="title", markup=False)
        yield Input(placeholder=tr("What is to be done? Such as: replace the timing belt"), id="query", max_length=400)
        yield Table(("", tr("Procedure"), tr("Steps"), tr("Where it stands")), id="procedures")
        yield Prose("", id="preview", most=9)

    def on_screen_resume(self) -> None:
        """Look."""
        self.start(self._look, exclusive=True, group="look")

    async def _guide(self) -> Guide:
        return (await self.services.assembly()).procedures

    async def _look(self, query: str | None = None) -> None:
        try:
            guide = await self._guide()
            if query is not None:
                self._found = await self.services.off(lambda: guide.find(query, None, 8)) if query else []
            begun = await self.services.off(guide.unfinished)
            done = await self.services.off(lambda: guide.records(limit=_MOST_RECORDS))
        except Exception as error:
            self.tell_fault(error)
            return
        self._rows = [
            *(Row("begun", walking=one) for one in begun),
            *(Row("found", procedure=one) for one in self._found),
            *(Row("done", record=one) for one in done),
        ]
        self._fill()

    def _fill(self) -> None:
        rows = []
        for number, row in enumerate(self._rows):
            if row.walking is not None:
                walk = row.walking.walk
                ended = len(walk.steps) - len(walk.open_steps)
                rows.append(
                    (
                        f"begun {row.walking.id}",
                        ("▶", walk.procedure.title, f"{ended}/{len(walk.steps)}", walk.procedure.document_title),
                    )
                )
            elif row.procedure is not None:
                one = row.procedure
                where = one.document_title + (tr(", page {page}", page=one.page) if one.page is not None else "")
                rows.append((f"found {number}", ("·", one.title, str(len(one.steps)), where)))
            elif row.record is not None:
                when = row.record.changed_at.astimezone().strftime("%Y-%m-%d %H:%M")
                rows.append((f"done {row.record.id}", ("✓", row.record.title, "", f"{when} {row.record.machine}")))
        self.query_one(Table).fill(rows)
        begun = sum(row.kind == "begun" for row in self._rows)
        told = ntr("{count} procedure is begun.", "{count} procedures are begun.", begun) if begun else ""
        self.query_one("#summary", Static).update(told or tr("Say what is to be done."))
        self._preview()

    @property
    def _chosen(self) -> Row | None:
        table = self.query_one(Table)
        return self._rows[table.cursor_row] if table.row_count and table.cursor_row < len(self._rows) else None

    @on(DataTable.RowHighlighted)
    def _preview(self) -> None:
        row = self._chosen
        text = ""
        if row is not None and row.record is not None:
            text = row.record.text
        elif row is not None:
            procedure = row.procedure or (row.walking.walk.procedure if row.walking else None)
            if procedure is not None:
                text = "\n".join(f"{one.number or '•'}. {one.text}" for one in procedure.steps)
        self.query_one("#preview", Prose).say(text)

    @on(Input.Submitted, "#query")
    def _ask(self, event: Input.Submitted) -> None:
        self.start(partial(self._search, event.value.strip()), exclusive=True, group="look")

    async def _search(self, query: str) -> None:
        await self._look(query)
        if query and not self._found:
            self.tell(tr("No procedure was found for that."))
        table = self.query_one(Table)
        first = next((at for at, row in enumerate(self._rows) if row.kind == "found"), None)
        if first is not None:
            table.move_cursor(row=first, animate=False)
        self.set_focus(table)

    def action_search(self) -> None:
        """Say what is to be done."""
        self.set_focus(self.query_one("#query", Input))

    @on(DataTable.RowSelected)
    def action_open(self) -> None:
        """Walk through it."""
        if (row := self._chosen) is not None:
            self.start(partial(self._open, row), exclusive=True, group="open")

    async def _open(self, row: Row) -> None:
        from copilot.tui.screens.walk import WalkScreen

        try:
            guide = await self._guide()
            if row.walking is not None:
                self.app.push_screen(WalkScreen(resume=row.walking.id))
                return
            procedure = row.procedure
            if row.record is not None:
                procedure = await self.services.off(guide.again, row.record.id)
        except Exception as error:
            self.tell_fault(error)
            return
        if procedure is not None:
            self.app.push_screen(WalkScreen(procedure=procedure))

    def action_view(self) -> None:
        """Read it where it stands."""
        row = self._chosen
        procedure = row.procedure or (row.walking.walk.procedure if row.walking else None) if row else None
        if procedure is None or not procedure.document:
            self.tell(tr("There is nothing to read here."))
            return
        from copilot.tui.screens.reader import ReaderScreen

        self.app.push_screen(ReaderScreen((), document=(procedure.document, procedure.collection)))

    def action_delete(self) -> None:
        """Give up what was begun."""
        row = self._chosen
        if row is None or row.walking is None:
            self.tell(tr("Only what was begun can be given up here; records are deleted among the notes."))
            return
        self.start(partial(self._give_up, row.walking), group="delete")

    async def _give_up(self, walking: Walking) -> None:
        question = tr("Give up “{title}”? Its record is thrown away.", title=walking.walk.procedure.title)
        if not await self.app.push_screen_wait(ConfirmScreen(question, tr("Give up"))):
            return
        try:
            await self.services.off(walking.discard)
        except Exception as error:
            self.tell_fault(error)
        await self._look()

    def action_back(self) -> None:
        """Leave the question, then go back to asking."""
        if self.query_one("#query", Input).has_focus:
            self.set_focus(self.query_one(Table))
        else:
            self.app.call_later(self.copilot_app.action_room, "ask")
