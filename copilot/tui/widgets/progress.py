"""How far something is that takes a while: what, how much, and a bar."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ProgressBar, Static

from copilot.printing import printable


class Progress(Vertical):
    """Hidden while nothing is being done."""

    DEFAULT_CSS = """
    Progress { height: auto; display: none; background: $panel; padding: 0 1; }
    Progress.-shown { display: block; }
    Progress Static { height: auto; color: $foreground; }
    """

    def compose(self) -> ComposeResult:
        """A line and a bar."""
        yield Static("", markup=False)
        yield ProgressBar(show_eta=False)

    def tell(self, text: str, done: float = 0, total: float = 0) -> None:
        """Show how far it is; ``total`` 0: nobody knows."""
        self.add_class("-shown")
        self.query_one(Static).update(printable(text).replace("\n", " "))
        self.query_one(ProgressBar).update(total=total or None, progress=done)

    def end(self, text: str = "") -> None:
        """Hide it, or leave a sentence."""
        self.query_one(ProgressBar).display = False
        if text:
            self.add_class("-shown")
            self.query_one(Static).update(printable(text))
        else:
            self.remove_class("-shown")

    def begin(self, text: str) -> None:
        """Show it."""
        self.query_one(ProgressBar).display = True
        self.tell(text)
