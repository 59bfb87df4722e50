"""What every screen has: the rooms above, its own content, the keys below, help, and a way to tell what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.worker import Worker

from copilot.tui.faults import told
from copilot.tui.keys import EVERYWHERE, Key
from copilot.tui.widgets.bars import KeyBar, RoomBar
from copilot.tui.words import tr
from index.errors import EdgeCopilotError

if TYPE_CHECKING:
    from copilot.tui.app import CopilotApp
    from copilot.tui.services import Services

_SMALL_ROWS = 14
_SMALL_COLUMNS = 50
_WIDE_COLUMNS = 110


class Room(Screen[None]):
    """A whole screen.

    Attributes:
        room: Its name in the bar above; "" for a screen that lies over a room.
        keys: Its own keys, the most useful first.
        about: What it is for, told by its help; English, translated there.
        name_shown: What its help is headed by; English, translated there.
    """

    room: ClassVar[str] = ""
    keys: ClassVar[Sequence[Key]] = ()
    about: ClassVar[str] = ""
    name_shown: ClassVar[str] = ""

    def compose(self) -> ComposeResult:
        """The bars, and the content between them."""
        yield RoomBar(self.room)
        yield from self.content()
        helping = [key for key in EVERYWHERE if key.key in ("f1",)]
        yield KeyBar([*helping, *self.keys])

    def content(self) -> ComposeResult:
        """What stands between the bars."""
        raise NotImplementedError

    @property
    def copilot_app(self) -> CopilotApp:
        """The app."""
        return cast("CopilotApp", self.app)

    @property
    def services(self) -> Services:
        """The application."""
        return self.copilot_app.services

    def on_resize(self, event: events.Resize) -> None:
        """Leave out what a small screen has no room for."""
        self.set_class(event.size.height < _SMALL_ROWS or event.size.width < _SMALL_COLUMNS, "-small")
        self.set_class(event.size.width >= _WIDE_COLUMNS, "-wide")
        self.set_class(self.copilot_app.touch, "-touch")

    def on_mount(self) -> None:
        """Take over touch mode."""
        self.set_class(self.copilot_app.touch, "-touch")

    def start(
        self, work: Callable[[], Coroutine[Any, Any, object]], *, group: str, exclusive: bool = False
    ) -> Worker[object]:
        """Do something beside the screen; with ``exclusive`` what runs in the same group is given up."""
        # A call, not a coroutine: one that is given up before it began would never be awaited.
        worker: Worker[object] = self.run_worker(work, group=group, exclusive=exclusive)
        return worker

    def tell(self, text: str, *, title: str = "", bad: bool = False, seconds: float = 6) -> None:
        """Say something in passing."""
        self.copilot_app.announce(text, title=title, bad=bad, seconds=seconds)

    def tell_fault(self, error: BaseException) -> None:
        """Say what went wrong and what to do."""
        message, remedy = told(error)
        self.tell(f"{message} {remedy}".strip(), title=tr("That did not work"), bad=True, seconds=15)

    def is_known(self, error: BaseException) -> bool:
        """Whether an error is one that people can do something about."""
        return isinstance(error, EdgeCopilotError | OSError | MemoryError)
