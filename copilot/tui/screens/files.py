"""Choosing a file or a folder: a tree to touch, and a line for those who type."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import DirectoryTree, Input, Static

from copilot.tui.screens.dialogs import _DIALOG_CSS
from copilot.tui.widgets.target import Target
from copilot.tui.words import tr


class _Tree(DirectoryTree):
    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Leave out what is hidden."""
        return [path for path in paths if not path.name.startswith(".")]


class FilesScreen(ModalScreen[Path | None]):
    """Lets choose.

    Args:
        title: What for.
        folders: Whether a folder will do.
        start: Where to begin; default: the home folder.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)"), ("ctrl+s", "done")]
    CSS = f"""
    FilesScreen {{ {_DIALOG_CSS}
        .dialog {{ height: 90%; }}
        DirectoryTree {{ height: 1fr; background: $surface; color: $foreground; }}
    }}
    """

    def __init__(self, title: str, *, folders: bool, start: Path | None = None) -> None:
        super().__init__()
        self._title = title
        self._folders = folders
        self._start = start or Path.home()

    def compose(self) -> ComposeResult:
        """The line and the tree."""
        with Vertical(classes="dialog"):
            yield Static(self._title, classes="title", markup=False)
            yield Input(str(self._start), id="path", max_length=4096)
            yield _Tree(self._start)
            yield Static("", classes="fault", id="wrong", markup=False)
            with Horizontal(classes="answers"):
                yield Target(tr("Back"), "dismiss(None)", "Esc")
                yield Target(tr("Take it"), "done", "Ctrl-S")

    def on_mount(self) -> None:
        """Take over touch mode."""
        self.set_class(bool(getattr(self.app, "touch", False)), "-touch")
        line = self.query_one("#path", Input)
        self.set_focus(line)
        line.cursor_position = len(line.value)

    @on(DirectoryTree.DirectorySelected)
    def _folder(self, event: DirectoryTree.DirectorySelected) -> None:
        self.query_one("#path", Input).value = str(event.path)

    @on(DirectoryTree.FileSelected)
    def _file(self, event: DirectoryTree.FileSelected) -> None:
        self.query_one("#path", Input).value = str(event.path)

    @on(Input.Submitted, "#path")
    def action_done(self) -> None:
        """Take what the line says."""
        path = Path(self.query_one("#path", Input).value.strip()).expanduser()
        wrong = self.query_one("#wrong", Static)
        try:
            there, folder = path.exists(), path.is_dir()
        except OSError:
            there = folder = False
        if not there:
            wrong.update(tr("There is nothing at this path."))
        elif folder and not self._folders:
            wrong.update(tr("That is a folder; a file is wanted."))
        else:
            self.dismiss(path.absolute())
