"""Conversations: listed, searched, gone on with, exported, deleted."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widgets import DataTable, Input, Static

from copilot.tui.keys import CONVERSATIONS, bound
from copilot.tui.screens.base import Room
from copilot.tui.screens.dialogs import AskTextScreen, ConfirmScreen
from copilot.tui.widgets.prose import Prose
from copilot.tui.widgets.table import Table
from copilot.tui.words import mark, ntr, tr

if TYPE_CHECKING:
    from copilot.answering.conversations import Talk

_OTHERS = ":"
"""Stands in the ids of conversations that belong to somebody who asks over the network: those are theirs."""


class ConversationsScreen(Room):
    """What was asked before."""

    keys = CONVERSATIONS
    name_shown = mark("Conversations")
    about = mark(
        "What was asked and answered on this device. Enter goes on with a conversation, “/” searches in questions and "
        "answers, “e” writes one into a Markdown file."
    )
    BINDINGS = bound(CONVERSATIONS)
    AUTO_FOCUS = "#talks"
    CSS = """
    ConversationsScreen {
        #filter { height: 3; border: tall $border; display: none; }
        #filter.-shown { display: block; }
        #preview { height: auto; max-height: 6; padding: 0 1; background: $panel; }
    }
    ConversationsScreen.-small #preview { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._talks: list[Talk] = []

    def content(self) -> ComposeResult:
        """The list."""
        yield Static("", id="count", classes="title", markup=False)
        yield Input(placeholder=tr("Words of a question or an answer"), id="filter")
        yield Table((tr("When"), tr("Title"), tr("Questions")), id="talks")
        yield Prose("", id="preview", most=5)

    def on_screen_resume(self) -> None:
        """Look."""
        self.start(self._look, exclusive=True, group="look")

    async def _look(self) -> None:
        query = self.query_one("#filter", Input).value.strip()
        try:
            conversations = (await self.services.assembly()).conversations
            found = await self.services.off(conversations.listed, query)
        except Exception as error:
            self.tell_fault(error)
            self.query_one("#count", Static).update(tr("The conversations can't be read."))
            return
        self._talks = [talk for talk in found if _OTHERS not in talk.id]
        count = ntr("{count} conversation", "{count} conversations", len(self._talks))
        self.query_one("#count", Static).update(count)
        self.query_one(Table).fill(
            [
                (talk.id, (talk.last_at.astimezone().strftime("%Y-%m-%d %H:%M"), talk.title, str(talk.turns)))
                for talk in self._talks
            ]
        )
        self._preview()

    @property
    def _chosen(self) -> Talk | None:
        key = self.query_one(Table).chosen
        return next((talk for talk in self._talks if talk.id == key), None)

    @on(DataTable.RowHighlighted)
    def _preview(self) -> None:
        talk = self._chosen
        self.query_one("#preview", Prose).say(talk.snippet if talk is not None else tr("Nothing was asked yet."))

    @on(DataTable.RowSelected)
    def action_resume(self) -> None:
        """Go on with it."""
        if (talk := self._chosen) is not None:
            self.start(partial(self._resume, talk), group="resume", exclusive=True)

    async def _resume(self, talk: Talk) -> None:
        try:
            conversations = (await self.services.assembly()).conversations
            turns = await self.services.off(conversations.turns, talk.id)
        except Exception as error:
            self.tell_fault(error)
            return
        self.dismiss()
        app = self.copilot_app
        await app.action_room("ask")
        if (ask := app.ask_screen) is not None:
            await ask.open_conversation(talk.id, turns)

    def action_search(self) -> None:
        """Look for one."""
        field = self.query_one("#filter", Input)
        field.add_class("-shown")
        self.set_focus(field)

    @on(Input.Changed, "#filter")
    def _typed(self) -> None:
        self.start(self._look, exclusive=True, group="look")

    @on(Input.Submitted, "#filter")
    def _submitted(self) -> None:
        self.set_focus(self.query_one(Table))

    def action_export(self) -> None:
        """Write it into a file."""
        if (talk := self._chosen) is not None:
            self.start(partial(self._export, talk), group="export", exclusive=True)

    async def _export(self, talk: Talk) -> None:
        suggested = Path.home() / f"conversation-{talk.id}.md"
        given = await self.app.push_screen_wait(AskTextScreen(tr("Into which file?"), str(suggested)))
        if not given:
            return
        path, there = await self.services.off(_looked_at, given)
        if there and not await self.app.push_screen_wait(
            ConfirmScreen(tr("{file} is there already. Write over it?", file=path), tr("Write over"))
        ):
            return
        conversations = (await self.services.assembly()).conversations

        def write() -> None:
            from copilot.answering.exporting import as_markdown
            from index.store.files import write_atomically

            write_atomically(path, as_markdown(talk, conversations.turns(talk.id)))

        try:
            await self.services.off(write)
        except Exception as error:
            self.tell_fault(error)
            return
        self.tell(tr("Written: {file}", file=path))

    def action_rename(self) -> None:
        """Give it a name of its own."""
        if (talk := self._chosen) is not None:
            self.start(partial(self._give_name, talk), group="rename", exclusive=True)

    async def _give_name(self, talk: Talk) -> None:
        title = await self.app.push_screen_wait(AskTextScreen(tr("What is it called?"), talk.title))
        if not title:
            return
        try:
            conversations = (await self.services.assembly()).conversations
            await self.services.off(conversations.rename, talk.id, title)
        except Exception as error:
            self.tell_fault(error)
        await self._look()

    def action_delete(self) -> None:
        """Delete it."""
        if (talk := self._chosen) is not None:
            self.start(partial(self._delete, talk), group="delete")

    async def _delete(self, talk: Talk) -> None:
        question = tr("Delete the conversation “{title}” with all its answers?", title=talk.title)
        if not await self.app.push_screen_wait(ConfirmScreen(question, tr("Delete"))):
            return
        try:
            conversations = (await self.services.assembly()).conversations
            await self.services.off(conversations.delete, talk.id)
        except Exception as error:
            self.tell_fault(error)
            return
        await self._look()

    def action_back(self) -> None:
        """Close the search, then the list."""
        field = self.query_one("#filter", Input)
        if field.has_class("-shown"):
            field.remove_class("-shown")
            field.value = ""
            self.set_focus(self.query_one(Table))
        else:
            self.dismiss()


def _looked_at(given: str) -> tuple[Path, bool]:
    """A path that was typed, and whether there is anything. Called off the event loop."""
    path = Path(given).expanduser()
    return path, path.exists()
