"""Notes: what was begun, what was kept, found as one types."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widgets import DataTable, Input, Static

from copilot.tui.keys import NOTES, bound
from copilot.tui.screens.base import Room
from copilot.tui.screens.dialogs import AskTextScreen, ConfirmScreen
from copilot.tui.widgets.prose import Prose
from copilot.tui.widgets.table import Table
from copilot.tui.words import mark, ntr, said, tr

if TYPE_CHECKING:
    from copilot.notes import Note


class NotesScreen(Room):
    """All notes."""

    room = "notes"
    keys = NOTES
    name_shown = mark("Notes")
    about = mark(
        "Your notes, drafts first. “n” begins one, elsewhere Ctrl-N does. “x” says at which machine and for "
        "which work order you are: new notes are filled in with it. Notes are found at once, come up in later answers, "
        "and go to the hub where one is named."
    )
    BINDINGS = bound(NOTES)
    AUTO_FOCUS = "#notes"
    CSS = """
    NotesScreen {
        #filter { height: 3; border: tall $border; display: none; }
        #filter.-shown { display: block; }
        #preview { height: auto; max-height: 8; padding: 0 1; background: $panel; }
    }
    NotesScreen.-wide #preview { max-height: 14; }
    NotesScreen.-small #preview { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._found: list[Note] = []

    def content(self) -> ComposeResult:
        """Where one stands, and the list."""
        yield Static("", id="context", classes="title", markup=False)
        yield Input(placeholder=tr("Words of a note"), id="filter")
        yield Table((tr("When"), tr("Machine"), tr("Note"), tr("Tags"), ""), id="notes")
        yield Prose("", id="preview", most=12)

    def on_screen_resume(self) -> None:
        """Look."""
        self.start(self._look, exclusive=True, group="look")

    async def _look(self) -> None:
        query = self.query_one("#filter", Input).value.strip()
        try:
            notes = (await self.services.assembly()).notes
            context = await self.services.off(notes.context)
            drafts = await self.services.off(notes.drafts) if not query else []
            found = await self.services.off(notes.search, query)
        except Exception as error:
            self.tell_fault(error)
            self.query_one("#context", Static).update(tr("The notes can't be read."))
            return
        begun = {note.id for note in drafts}
        self._found = [*drafts, *(one.note for one in found if one.note.id not in begun)]
        from copilot.printing import printable

        where = " · ".join(
            part for part in (context.machine or self.services.settings.tui.machine, context.work_order) if part
        )
        count = ntr("{count} note", "{count} notes", len(self._found))
        self.query_one("#context", Static).update(printable(f"{count}   {where}").replace("\n", " "))
        self.query_one(Table).fill(
            [
                (
                    note.id,
                    (
                        note.changed_at.astimezone().strftime("%Y-%m-%d %H:%M"),
                        note.machine,
                        note.title or tr("(empty)"),
                        ", ".join(note.tags),
                        tr("draft") if note.state == "draft" else tr("record") if note.kind == "record" else "",
                    ),
                )
                for note in self._found
            ]
        )
        self._preview()

    @property
    def _chosen(self) -> Note | None:
        key = self.query_one(Table).chosen
        return next((note for note in self._found if note.id == key), None)

    @on(DataTable.RowHighlighted)
    def _preview(self) -> None:
        note = self._chosen
        self.query_one("#preview", Prose).say(note.text if note is not None else tr("There are no notes yet."))

    @on(DataTable.RowSelected)
    def action_open(self) -> None:
        """Open it, to be read and changed."""
        if (note := self._chosen) is not None:
            self.start(partial(self._open, note), group="open", exclusive=True)

    async def _open(self, note: Note) -> None:
        from copilot.tui.screens.note import NoteScreen

        notes = (await self.services.assembly()).notes
        try:
            draft = await self.services.off(notes.revise, note.id)
        except Exception as error:
            self.tell_fault(error)
            return
        self.app.push_screen(NoteScreen(draft))

    def action_template(self) -> None:
        """Begin one with a template."""
        from copilot.tui.screens.note import NoteScreen

        screen = NoteScreen()
        self.app.push_screen(screen)
        screen.call_after_refresh(screen.action_template)

    def action_search(self) -> None:
        """Look for a note."""
        field = self.query_one("#filter", Input)
        field.add_class("-shown")
        self.set_focus(field)

    @on(Input.Changed, "#filter")
    def _typed(self) -> None:
        self.start(self._look, exclusive=True, group="look")

    @on(Input.Submitted, "#filter")
    def _submitted(self) -> None:
        self.set_focus(self.query_one(Table))

    def action_back(self) -> None:
        """Close the search, then go back to asking."""
        field = self.query_one("#filter", Input)
        if field.has_class("-shown"):
            field.remove_class("-shown")
            field.value = ""
            self.set_focus(self.query_one(Table))
        else:
            self.app.call_later(self.copilot_app.action_room, "ask")

    def action_context(self) -> None:
        """Say where one stands."""
        self.start(self._ask_context, group="context", exclusive=True)

    async def _ask_context(self) -> None:
        notes = (await self.services.assembly()).notes
        context = await self.services.off(notes.context)
        machine = await self.app.push_screen_wait(AskTextScreen(tr("At which machine?"), context.machine))
        if machine is None:
            return
        order = await self.app.push_screen_wait(AskTextScreen(tr("For which work order?"), context.work_order))
        if order is None:
            return
        try:
            new = type(context)(machine=machine[:200], work_order=order[:200], author=context.author)
            await self.services.off(notes.set_context, new)
        except Exception as error:
            self.tell_fault(error)
        await self._look()

    def action_delete(self) -> None:
        """Delete it."""
        if (note := self._chosen) is not None:
            self.start(partial(self._delete, note), group="delete")

    async def _delete(self, note: Note) -> None:
        question = tr("Delete the note “{title}”?", title=note.title or tr("(empty)"))
        if not await self.app.push_screen_wait(ConfirmScreen(question, tr("Delete"))):
            return
        notes = (await self.services.assembly()).notes
        try:
            notice = await self.services.off(notes.delete, note.id)
        except Exception as error:
            self.tell_fault(error)
            return
        if notice:
            self.tell(said(notice))
        await self._look()
