"""One note: typed, dictated or taken from an answer, saved at every keystroke."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static, TextArea

from copilot.printing import printable
from copilot.tui.keys import NOTE, bound
from copilot.tui.screens.base import Room
from copilot.tui.screens.dialogs import Choice, ChooseScreen, ConfirmScreen
from copilot.tui.words import mark, ntr, said, spoken, tr

if TYPE_CHECKING:
    from copilot.answering.events import Answer
    from copilot.notes import Note, Notes, Origin
    from index.passages import Passage

_LONGEST_PASTE: Final = 50_000
"""Characters: longer text is a file, and is attached as one."""
_LOOK_S: Final = 0.5
_MOST_TAGS: Final = 20


@dataclass(frozen=True, slots=True)
class Begin:
    """What a note begins with."""

    text: str
    origin: Origin | None = None


class NoteText(TextArea):
    """The text; a paste of any size is cut to what can be edited, and cleaned of what a terminal would obey."""

    class Cut(Message):
        """A paste was too long."""

        def __init__(self, characters: int) -> None:
            super().__init__()
            self.characters = characters

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        room = max(0, _LONGEST_PASTE - self.document.end[0] - len(self.text))
        text = printable(event.text[: 2 * _LONGEST_PASTE])[:room]
        self.replace(text, *self.selection)
        if len(event.text) > len(text) + len(event.text) // 50 + 100:
            self.post_message(self.Cut(len(event.text)))


class NoteScreen(Room):
    """Writes.

    Args:
        note: A draft to go on with; None: a new one.
        begin: What a new one begins with.
    """

    keys = NOTE
    name_shown = mark("Note")
    about = mark(
        "Write; every keystroke is saved, and Escape keeps the note. Machine, work order and tags are filled in from "
        "where you stand (F3, x). Ctrl-O copies a photograph or any other file into it, Ctrl-E puts a template in."
    )
    BINDINGS = bound(NOTE)
    AUTO_FOCUS = "#text"
    CSS = """
    NoteScreen {
        #text { height: 1fr; border: tall $border; }
        #text:focus { border: tall $accent; }
        #facts { height: auto; }
        #facts Input { width: 1fr; height: 3; border: tall $border; }
        #facts Input:focus { border: tall $accent; }
        #saved { height: auto; padding: 0 1; color: $quiet; }
        #files { height: auto; padding: 0 1; color: $quiet; }
    }
    NoteScreen.-small { #facts { display: none; } #text { border: none; } #files { display: none; } }
    """

    def __init__(self, note: Note | None = None, begin: Begin | None = None) -> None:
        super().__init__()
        self._note = note
        self._begin = begin
        self._notes: Notes | None = None
        self._leaving = False

    def content(self) -> ComposeResult:
        """Where and what for, then the text."""
        with Horizontal(id="facts"):
            yield Input(placeholder=tr("Machine"), id="machine", max_length=200)
            yield Input(placeholder=tr("Work order"), id="order", max_length=200)
            yield Input(placeholder=tr("Tags, with commas"), id="tags", max_length=400)
        yield NoteText(id="text", soft_wrap=True, show_line_numbers=False, tab_behavior="focus")
        yield Static("", id="files", markup=False)
        yield Static(tr("Type; every keystroke is saved."), id="saved", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        super().on_mount()
        self.start(self._open, group="open", exclusive=True)
        self.set_interval(_LOOK_S, self._show_saved)

    async def _open(self) -> None:
        try:
            self._notes = (await self.services.assembly()).notes
            note: Note = self._note if self._note is not None else await self.services.off(self._new)
        except Exception as error:
            self.tell_fault(error)
            self.query_one("#saved", Static).update(tr("✗ Notes can't be opened: what you type is not saved."))
            return
        text = self.query_one("#text", NoteText)
        typed = text.text
        self._note = note
        with self.prevent(TextArea.Changed, Input.Changed):
            text.text = note.text + typed
            text.move_cursor(text.document.end)
            self.query_one("#machine", Input).value = note.machine
            self.query_one("#order", Input).value = note.work_order
            self.query_one("#tags", Input).value = ", ".join(note.tags)
        if typed:
            self._changed()
        self._show_files()

    def _new(self) -> Note:
        """Called off the event loop."""
        assert self._notes is not None
        context = self._notes.context()
        if not context.machine and self.services.settings.tui.machine:
            context = context.model_copy(update={"machine": self.services.settings.tui.machine})
        begin = self._begin or Begin("")
        return self._notes.begin(context, text=begin.text, origin=begin.origin, language=spoken())

    @property
    def _current(self) -> Note | None:
        """The note as it is on the screen."""
        if self._note is None:
            return None
        tags = [tag.strip()[:60] for tag in self.query_one("#tags", Input).value.split(",") if tag.strip()]
        return self._note.model_copy(
            update={
                "text": self.query_one("#text", NoteText).text,
                "machine": self.query_one("#machine", Input).value.strip(),
                "work_order": self.query_one("#order", Input).value.strip(),
                "tags": tuple(dict.fromkeys(tags))[:_MOST_TAGS],
            }
        )

    @on(TextArea.Changed)
    @on(Input.Changed)
    def _changed(self) -> None:
        """Save what is on the screen; returns at once, the writing is done elsewhere."""
        note = self._current
        if note is None or self._notes is None or self._leaving:
            return
        try:
            self._notes.autosave(note)
        except Exception as error:
            self.tell_fault(error)
            return
        self._note = note

    def _show_saved(self) -> None:
        if self._notes is None or self._note is None:
            return
        unsaved = self._notes.unsaved
        saved = self.query_one("#saved", Static)
        count = ntr("{count} character", "{count} characters", len(self.query_one("#text", NoteText).text))
        saved.update(printable(f"✗ {unsaved}") if unsaved else tr("✓ saved") + f" · {count}")
        saved.set_class(bool(unsaved), "fault")

    def _show_files(self) -> None:
        if self._note is not None:
            names = ", ".join(one.name for one in self._note.attachments)
            self.query_one("#files", Static).update(printable(tr("Files: {names}", names=names)) if names else "")

    @on(NoteText.Cut)
    def _cut(self, message: NoteText.Cut) -> None:
        self.tell(
            tr(
                "That was {count} characters; only the first {most} are here. Attach long text as a file: Ctrl-O.",
                count=f"{message.characters:,}",
                most=f"{_LONGEST_PASTE:,}",
            ),
            seconds=12,
        )

    # Files, templates, speech

    def action_attach(self) -> None:
        """Copy a file into it."""
        self.start(self._attach_file, group="attach")

    async def _attach_file(self) -> None:
        from copilot.tui.screens.files import FilesScreen

        path: Path | None = await self.app.push_screen_wait(
            FilesScreen(tr("Which file, such as a photograph?"), folders=False)
        )
        note = self._current
        if path is None or note is None or self._notes is None:
            return
        notes = self._notes
        try:
            stored = await self.services.off(notes.attach, note, path)
        except Exception as error:
            self.tell_fault(error)
            return
        now = self._current
        self._note = stored if now is None else now.model_copy(update={"attachments": stored.attachments})
        self._show_files()

    def action_template(self) -> None:
        """Put a template in."""
        self.start(self._template, group="template")

    async def _template(self) -> None:
        if self._notes is None:
            return
        notes, language = self._notes, spoken()
        templates, complaints = await self.services.off(lambda: notes.templates.all())
        for complaint in complaints:
            self.tell(complaint, bad=True)
        choices = [Choice(one.name, one.wording(language).title) for one in templates]
        name = await self.app.push_screen_wait(ChooseScreen(tr("Which template?"), choices))
        note = self._current
        if name is None or note is None:
            return
        from copilot.notes import Context

        context = Context(machine=note.machine, work_order=note.work_order, author=note.author)
        try:
            made = await self.services.off(
                lambda: notes.begin(context, text=note.text.strip(), template=name, tags=note.tags, language=language)
            )
            await self.services.off(notes.discard, made)
        except Exception as error:
            self.tell_fault(error)
            return
        text = self.query_one("#text", NoteText)
        text.text = made.text
        text.move_cursor(text.document.end)
        self.query_one("#tags", Input).value = ", ".join(made.tags)
        self._note = (self._current or note).model_copy(update={"template": name})
        self._changed()

    def action_talk(self) -> None:
        """Dictate, where voice is installed."""
        self.copilot_app.talk(self.query_one("#text", NoteText))

    # Leaving

    def action_keep(self) -> None:
        """Keep it and leave; an empty one is thrown away."""
        self.start(self._keep, group="keep", exclusive=True)

    async def _keep(self) -> None:
        note = self._current
        if note is None or self._notes is None:
            self.dismiss()
            return
        notes = self._notes
        try:
            if not note.text.strip() and not note.attachments and not note.record:
                await self.services.off(notes.discard, note)
            else:
                kept = await self.services.off(notes.keep, note)
                self.tell(f"{tr('✓ The note is kept.')} {said(kept.notice)}".strip())
        except Exception as error:
            self.tell_fault(error)
            return
        self._leaving = True
        self.dismiss()

    def action_throw_away(self) -> None:
        """Throw it away."""
        self.start(self._throw_away, group="keep", exclusive=True)

    async def _throw_away(self) -> None:
        note = self._current
        if note is None or self._notes is None:
            self.dismiss()
            return
        if note.text.strip() and not await self.app.push_screen_wait(
            ConfirmScreen(tr("Throw this note away?"), tr("Throw away"))
        ):
            return
        self._leaving = True
        try:
            await self.services.off(self._notes.discard, note)
        except Exception as error:
            self._leaving = False
            self.tell_fault(error)
            return
        self.dismiss()


def from_answer(question: str, answer: Answer, conversation: str | None) -> Begin:
    """A note that begins with a question and its answer."""
    from copilot.notes import Origin, Quoted

    cited = tuple(
        Quoted(
            document=one.passage.document,
            title=one.passage.title,
            section=one.passage.section,
            page=one.page,
            quote=one.quote,
            collection=one.passage.collection,
            access=one.passage.access,
            chunk_id=one.passage.chunk_id,
        )
        for one in answer.citations
    )
    labels = tuple(dict.fromkeys(one.access for one in answer.sources)) if answer.sources is not None else ()
    origin = Origin(conversation=conversation, question=question, cited=cited, access=labels)
    return Begin(f"{question}\n\n{answer.text}\n\n", origin)


def from_passage(passage: Passage, quote: str, conversation: str | None) -> Begin:
    """A note that begins with a passage."""
    from copilot.notes import Origin, Quoted
    from copilot.tui.reading.own_words import said_place_of

    cited = Quoted(
        document=passage.document,
        title=passage.title,
        section=passage.section,
        page=passage.page,
        quote=quote,
        collection=passage.collection,
        access=passage.access,
        chunk_id=passage.chunk_id,
    )
    origin = Origin(conversation=conversation, cited=(cited,), access=(passage.access,))
    quoted = "\n".join(f"> {line}" for line in (quote or passage.text[:400]).splitlines())
    return Begin(f"{said_place_of(passage)}\n{quoted}\n\n", origin)
