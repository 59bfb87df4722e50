"""Something to touch: a word on a patch that a gloved finger finds, and a key can reach."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget


class Target(Widget, can_focus=True):
    """A button: one row high, three in touch mode.

    Args:
        label: What it says.
        action: What it does, as in a binding; looked up from the widget upwards, then on the screen and the app.
        cap: The key that does the same, shown before the label.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "press", show=False)]
    DEFAULT_CSS = """
    Target {
        width: auto;
        height: 1;
        padding: 0 1;
        content-align: center middle;
        background: $target-background;
        color: $target-foreground;
        &:ansi { text-style: reverse; }
        &:hover { text-style: underline; }
        &:focus { background: $target-focus-background; color: $target-focus-foreground; text-style: bold; }
        &:ansi:focus { text-style: bold reverse underline; }
        &.-current { background: $primary; color: $background; text-style: bold; }
        &.-current:ansi { text-style: bold reverse; background: ansi_default; color: ansi_default; }
        &:disabled { opacity: 60%; }
    }
    """

    def __init__(
        self,
        label: str,
        action: str,
        cap: str = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        super().__init__(id=id, classes=classes, disabled=disabled)
        self.label = label
        self.cap = cap
        self.does = action

    def render(self) -> Content:
        """The key and the word; where there are no keys but fingers, the word."""
        if not self.cap or self.screen.has_class("-touch"):
            return Content(self.label)
        return Content.assemble((self.cap, "bold"), " ", self.label)

    def say(self, label: str) -> None:
        """Change the word."""
        if label != self.label:
            self.label = label
            self.refresh(layout=True)

    async def action_press(self) -> None:
        """Do it."""
        if not self.disabled:
            # As if the screen's binding had been pressed, wherever the target stands.
            await self.app.run_action(self.does, self.screen)

    async def on_click(self, event: events.Click) -> None:
        """A touch does it."""
        event.stop()
        await self.action_press()
