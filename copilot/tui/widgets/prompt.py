"""Where a question is typed."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from copilot.printing import printable
from copilot.tui.words import tr

LONGEST = 4000
"""Characters; what a question may have at most (`copilot.answering.question.MAX_CHARACTERS`)."""


class Prompt(Input):
    """One line that scrolls; a paste of any size is cut to what a question may be."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", show=False),
        Binding("down", "recall(1)", show=False),
    ]

    class Cut(Message):
        """A paste was too long, and what of it is there."""

        def __init__(self, characters: int) -> None:
            super().__init__()
            self.characters = characters

    def __init__(self) -> None:
        placeholder = tr("What do you want to know?")
        super().__init__(placeholder=placeholder, id="prompt", max_length=LONGEST, select_on_focus=False)
        self.asked: list[str] = []
        self._at = 0

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        room = max(0, LONGEST - len(self.value) + (self.selection.end - self.selection.start))
        # Far more than fits is not even looked at: cleaning a megabyte would be felt.
        text = " ".join(printable(event.text[: 4 * LONGEST]).split())
        self.replace(text[:room], *sorted(self.selection))
        if len(event.text) > 4 * LONGEST or len(text) > room:
            self.post_message(self.Cut(len(event.text)))

    def remember(self, question: str) -> None:
        """Keep a question for the arrow keys."""
        if not self.asked or self.asked[-1] != question:
            self.asked.append(question)
        self._at = len(self.asked)

    def action_recall(self, step: int) -> None:
        """Bring an earlier question back."""
        if not self.asked:
            return
        self._at = max(0, min(len(self.asked), self._at + step))
        self.value = self.asked[self._at] if self._at < len(self.asked) else ""
        self.cursor_position = len(self.value)
