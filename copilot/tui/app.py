"""The app: rooms, themes, touch mode, help, and what concerns every screen."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from textual import events
from textual.app import App, SystemCommand
from textual.filter import Monochrome, NoColor
from textual.screen import Screen

from copilot.printing import printable
from copilot.settings import Settings
from copilot.tui.faults import told
from copilot.tui.hangup import ending_at_hangup
from copilot.tui.keys import EVERYWHERE, bound, own_keys
from copilot.tui.preferences import Preferences
from copilot.tui.safety import NothingToObey
from copilot.tui.services import Services
from copilot.tui.themes import ORDER, PLAIN, SUNLIGHT, THEMES, theme_for
from copilot.tui.words import said, speak, tr
from index.errors import UsageError

if TYPE_CHECKING:
    from textual.widgets import Input, TextArea

    from copilot.answering.events import Answer
    from copilot.tui.dictating import Dictation
    from copilot.tui.screens.ask import AskScreen
    from index.passages import Passage

_LONGEST_TOLD: Final = 600
"""Characters of a passing message: more would cover the screen."""


class CopilotApp(App[int]):
    """Edge Copilot on a terminal.

    Args:
        services: The application.
        fresh: Whether theme and touch mode are as the settings say, whatever was chosen last time.
    """

    TITLE = "Edge Copilot"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS = bound(EVERYWHERE)
    DEFAULT_MODE = "ask"
    CSS_PATH = "look.tcss"

    def __init__(self, services: Services, *, fresh: bool = False) -> None:
        self.services = services
        settings = services.settings
        speak(settings.tui.language, settings.data_dir / "locale")
        self._preferences = Preferences() if fresh else Preferences.read(settings.data_dir)
        self.touch = self._preferences.touch_of(settings)
        self._asked_to_set_up = False
        self.dictation: Dictation | None = None
        super().__init__()
        if self.no_color:
            # Textual greys a terminal that wants no colours before it knows the theme; ours has none to be greyed.
            self._filters = [one for one in self._filters if not isinstance(one, Monochrome | NoColor)]
            self._filters.append(NoColor())
        self._filters.append(NothingToObey())
        self._keys_complaint = ""
        try:
            self.set_keymap(own_keys(settings.data_dir / "keys.toml"))
        except UsageError as error:
            self._keys_complaint = str(error)
        for theme in THEMES:
            self.register_theme(theme)
        wanted = "plain" if self.no_color else self._preferences.theme_of(settings)
        self.theme = theme_for(wanted, self._colours())

    # Coming and going

    def on_mount(self) -> None:
        """Say what is wrong with a person's own keys; those of the program hold then."""
        if self._keys_complaint:
            self.announce(said(self._keys_complaint), bad=True, seconds=20)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours of our own, for themes that don't name them."""
        return {**PLAIN.variables, **SUNLIGHT.variables}

    def _colours(self) -> str | None:
        if self.no_color:
            return None
        return self.console.color_system or ("truecolor" if self.is_headless else None)

    def get_default_screen(self) -> Screen[Any]:
        """Never seen: the mode's screen lies over it."""
        return Screen(id="_default")

    async def action_room(self, name: str) -> None:
        """Go to a room."""
        if name == self.current_mode:
            while len(self.screen_stack) > 1 and name != "":
                before = len(self.screen_stack)
                if self.screen.is_modal:
                    return
                await self.pop_screen()
                if len(self.screen_stack) == before:
                    break
            return
        if self.screen.is_modal:
            return
        await self.switch_mode(name)

    def on_app_focus(self, event: events.AppFocus) -> None:
        """Nothing to do: what is running goes on."""

    def on_key(self, event: events.Key) -> None:
        """Take a letter that was typed ahead to the field that has the focus by now.

        A key is sent to whatever has the focus when it is typed, and comes here only when nobody wanted it: a field
        keeps its own. “/belt”, typed at once, is four letters for a list that had asked for a field meanwhile.
        """
        from textual.widgets import Input, TextArea

        field = self.focused
        if not isinstance(field, Input | TextArea) or not event.is_printable or not event.character:
            return
        if isinstance(field, Input):
            field.insert_text_at_cursor(event.character)
        else:
            field.insert(event.character)
        event.stop()
        event.prevent_default()

    # Telling

    def announce(self, text: str, *, title: str = "", bad: bool = False, seconds: float = 6) -> None:
        """Say something in passing; documents and servers may have had a hand in it, so it is cleaned and no markup."""
        text = printable(text)
        if len(text) > _LONGEST_TOLD:
            text = text[:_LONGEST_TOLD] + " …"
        self.notify(
            text, title=printable(title), severity="error" if bad else "information", timeout=seconds, markup=False
        )

    async def tell_news(self) -> None:
        """Say which questions that waited have their answers now."""
        from copilot.tui.news import untold

        assembly = await self.services.assembly()
        for text in await self.services.off(untold, assembly):
            self.bell()
            self.announce(text, title=tr("An answer has arrived"), seconds=30)
            ask = self.ask_screen
            if ask is not None:
                ask.show_notice(text)

    @property
    def ask_screen(self) -> AskScreen | None:
        """The screen on which questions are asked; None before it was first shown."""
        from copilot.tui.screens.ask import AskScreen

        for stack in self._screen_stacks.values():
            for screen in stack:
                if isinstance(screen, AskScreen):
                    return screen
        return None

    def something_missing(self) -> None:
        """Show once what is missing on this device, and offer to do it."""
        if not self._asked_to_set_up and self.current_mode == "ask":
            self._asked_to_set_up = True
            from copilot.tui.screens.setup import SetupScreen

            if len(self.screen_stack) == 1:
                self.push_screen(SetupScreen())

    async def changed(self) -> None:
        """Models or the index have changed: build the parts anew."""
        await self.services.refresh()
        if (ask := self.ask_screen) is not None:
            ask.reload()

    # Keys that work everywhere

    def action_help(self) -> None:
        """Help for the screen one is on."""
        from copilot.tui.screens.base import Room
        from copilot.tui.screens.dialogs import HelpScreen

        screen = self.screen
        if isinstance(screen, HelpScreen):
            screen.dismiss()
        elif isinstance(screen, Room):
            self.push_screen(HelpScreen(tr(screen.name_shown), tr(screen.about), screen.keys))

    def action_next_theme(self) -> None:
        """The next colours."""
        at = ORDER.index(self.theme) if self.theme in ORDER else -1
        self.theme = ORDER[(at + 1) % len(ORDER)]
        self._keep(theme=self.theme)
        self.announce(tr("Theme: {name}", name=tr(self.theme)), seconds=2)

    def action_touch(self) -> None:
        """Targets of three rows, or of one again."""
        self.touch = not self.touch
        for stack in self._screen_stacks.values():
            for screen in stack:
                screen.set_class(self.touch, "-touch")
                screen.refresh(recompose=False, layout=True)
                for target in screen.query("Target"):
                    target.refresh(layout=True)
        self._keep(touch=self.touch)
        self.announce(tr("Touch mode is on.") if self.touch else tr("Touch mode is off."), seconds=2)

    def _keep(self, **changes: object) -> None:
        self._preferences = self._preferences.model_copy(update=changes)
        preferences, folder = self._preferences, self.services.settings.data_dir
        self.run_worker(lambda: preferences.write(folder), thread=True, group="preferences")

    def action_conversations(self) -> None:
        """The conversations."""
        from copilot.tui.screens.conversations import ConversationsScreen

        if not self.screen.is_modal and not isinstance(self.screen, ConversationsScreen):
            self.push_screen(ConversationsScreen())

    async def action_quit(self) -> None:
        """Leave."""
        self.exit(0)

    # Notes and procedures from elsewhere

    def action_new_note(self) -> None:
        """A new note, from anywhere."""
        from copilot.tui.screens.note import NoteScreen

        if not self.screen.is_modal and not isinstance(self.screen, NoteScreen):
            self.push_screen(NoteScreen())

    def note_from_answer(self, question: str, answer: Answer, conversation: str | None) -> None:
        """A note that begins with an answer."""
        from copilot.tui.screens.note import NoteScreen, from_answer

        self.push_screen(NoteScreen(begin=from_answer(question, answer, conversation)))

    def note_from_passage(self, passage: Passage | None, quote: str, conversation: str | None) -> None:
        """A note that begins with a passage."""
        from copilot.tui.screens.note import NoteScreen, from_passage

        self.push_screen(NoteScreen(begin=from_passage(passage, quote, conversation) if passage else None))

    def walk_passage(self, passage: Passage) -> None:
        """Walk through the procedure that stands in a passage."""
        from copilot.tui.screens.walk import WalkScreen

        self.push_screen(WalkScreen(passage=passage))

    def talk(self, into: Input | TextArea) -> None:
        """Speak, where voice is installed."""
        from copilot.tui.talking import talk

        talk(self, into)

    # The command palette

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every key of the screen and of the app, by its name."""
        from copilot.tui.screens.base import Room

        keys = [*(screen.keys if isinstance(screen, Room) else ()), *EVERYWHERE]
        told_already: set[str] = set()
        for key in keys:
            label = tr(key.label)
            if label in told_already or key.action in ("app.command_palette",):
                continue
            told_already.add(label)
            yield SystemCommand(label, key.cap, _runner(self, screen, key.action))
        for name in ORDER:
            yield SystemCommand(tr("Theme: {name}", name=tr(name)), "", _theme_setter(self, name))

    def set_theme(self, name: str) -> None:
        """Choose colours by name."""
        self.theme = name
        self._keep(theme=name)

    def _handle_exception(self, error: Exception) -> None:
        """A fault of one screen is told and doesn't end the program; its text, maybe a document's, is not shown."""
        if self.is_headless:
            super()._handle_exception(error)  # tests must see it
            return
        message, remedy = told(error)
        self.announce(f"{message} {remedy}", title=tr("That did not work"), bad=True, seconds=20)


def _runner(app: CopilotApp, screen: Screen[Any], action: str) -> Any:  # noqa: ANN401 - Textual's callback type
    async def run() -> None:
        await app.run_action(action, app if action.startswith("app.") else screen)

    return run


def _theme_setter(app: CopilotApp, name: str) -> Any:  # noqa: ANN401 - as above
    return lambda: app.set_theme(name)


def _screen(module: str, name: str) -> Any:  # noqa: ANN401 - as above
    """Make a screen at its first use: its module is imported then."""

    def make() -> Screen[Any]:
        from importlib import import_module

        made: Screen[Any] = getattr(import_module(f"copilot.tui.screens.{module}"), name)()
        return made

    return make


CopilotApp.MODES = {
    "ask": _screen("ask", "AskScreen"),
    "notes": _screen("notes", "NotesScreen"),
    "procedures": _screen("procedures", "ProceduresScreen"),
    "documents": _screen("documents", "DocumentsScreen"),
    "sync": _screen("sync", "SyncScreen"),
    "models": _screen("models", "ModelsScreen"),
    "health": _screen("health", "HealthScreen"),
}


def run(settings: Settings, *, fresh: bool = False) -> int:
    """Open the terminal UI and stay until it is left.

    Args:
        settings: Of the data directory.
        fresh: As of `CopilotApp`.

    Returns:
        The exit code.
    """

    async def stay() -> int:
        # Made inside the loop: the services have locks of it.
        services = Services(settings)
        app = CopilotApp(services, fresh=fresh)
        loop = asyncio.get_running_loop()
        try:
            assert sys.__stdin__ is not None  # a terminal, as the command has made sure
            with ending_at_hangup(sys.__stdin__.fileno(), lambda: loop.call_soon_threadsafe(app.exit, 0)):
                await app.run_async()
        finally:
            # The terminal is the person's again by now; a passage that is being read ahead may take a moment.
            await services.close()
        return app.return_code or 0

    return asyncio.run(stay())
