"""The bar above, with a target for each room, and the bar below, with the keys of the screen."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal

from copilot.tui.keys import ROOMS, Key
from copilot.tui.widgets.target import Target
from copilot.tui.words import tr


class RoomBar(Horizontal):
    """Where one is, and where one can go.

    Args:
        current: The room that is shown; "" for none of them.
    """

    DEFAULT_CSS = """
    RoomBar {
        height: 1;
        background: $panel;
        padding: 0;
        Target { background: $panel; margin-right: 1; }
        Target:ansi { text-style: none; }
    }
    """

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current = current

    def compose(self) -> ComposeResult:
        """One target for each room."""
        for key in ROOMS:
            name = key.action.partition("'")[2].partition("'")[0]
            target = Target(tr(key.label), key.action, key.cap)
            target.can_focus = False  # the function keys are quicker than a walk with Tab
            target.set_class(name == self._current, "-current")
            yield target


class KeyBar(Horizontal):
    """The keys of the screen, as targets.

    Args:
        keys: In the order of their worth: what doesn't fit any more falls off at the end.
    """

    DEFAULT_CSS = """
    KeyBar {
        height: 1;
        dock: bottom;
        background: $panel;
        overflow: hidden hidden;
        Target { background: $panel; margin-right: 1; }
        Target:ansi { text-style: none; }
    }
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """One target for each key that is to be seen."""
        for key in self._keys:
            if key.bar:
                target = Target(tr(key.label), key.action, key.cap)
                target.can_focus = False
                yield target
