"""Small questions over a screen: yes or no, one of several, a line of text; and the help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from copilot.printing import printable
from copilot.tui.keys import EVERYWHERE, Key
from copilot.tui.widgets.prose import Prose
from copilot.tui.widgets.target import Target
from copilot.tui.words import tr

_DIALOG_CSS = """
    align: center middle;
    .dialog {
        width: 80%;
        max-width: 90;
        height: auto;
        max-height: 90%;
        background: $surface;
        border: heavy $primary;
        padding: 0 1;
    }
    .title { text-style: bold; color: $primary; height: auto; margin-bottom: 1; }
    .answers { height: auto; margin-top: 1; Target { margin-right: 2; } }
    Input { border: tall $border; }
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several: what is returned, and what is shown."""

    value: str
    label: str


class _Dialog:
    """What the dialogs share: touch mode is that of the app."""

    def _touch(self, screen: ModalScreen[object]) -> None:
        screen.set_class(bool(getattr(screen.app, "touch", False)), "-touch")
        screen.set_class(screen.app.size.height < 14 or screen.app.size.width < 50, "-small")


class ConfirmScreen(ModalScreen[bool]):
    """Asks whether to do what can't be undone.

    Args:
        question: In full, naming what it is about.
        yes: What the target for it says.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("y", "answer(True)"),
        ("j", "answer(True)"),
        ("escape,n", "answer(False)"),
    ]
    CSS = f"ConfirmScreen {{ {_DIALOG_CSS} }}"

    def __init__(self, question: str, yes: str) -> None:
        super().__init__()
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The question, and two answers; the harmless one first."""
        with Vertical(classes="dialog"):
            yield Prose(self._question, classes="title")
            with Horizontal(classes="answers"):
                yield Target(tr("No"), "answer(False)", "Esc")
                yield Target(self._yes, "answer(True)", "y")

    def on_mount(self) -> None:
        """Take over touch mode."""
        _Dialog()._touch(self)  # type: ignore[arg-type]

    def action_answer(self, answer: bool) -> None:
        """Answer."""
        self.dismiss(answer)


class ChooseScreen(ModalScreen[str | None]):
    """Lets choose one of several; None for none."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)")]
    CSS = f"ChooseScreen {{ {_DIALOG_CSS} OptionList {{ height: auto; max-height: 20; border: none; }} }}"

    def __init__(self, title: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._title = title
        self._choices = choices

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog"):
            yield Static(printable(self._title), classes="title", markup=False)
            labels = [printable(one.label).replace("\n", " ") for one in self._choices]
            gap = "\n" if getattr(self.app, "touch", False) else ""
            yield OptionList(*(Option(f"{gap}{label}{gap}") for label in labels), markup=False)
            with Horizontal(classes="answers"):
                yield Target(tr("Back"), "dismiss(None)", "Esc")

    def on_mount(self) -> None:
        """Take over touch mode."""
        _Dialog()._touch(self)  # type: ignore[arg-type]
        self.set_focus(self.query_one(OptionList))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """That one."""
        self.dismiss(self._choices[event.option_index].value)


class AskTextScreen(ModalScreen[str | None]):
    """Asks for a line of text; None where nobody wants to say any.

    Args:
        title: What for.
        value: What stands there to begin with.
        hint: What it looks like.
        secret: Whether it is hidden while it is typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)")]
    CSS = f"AskTextScreen {{ {_DIALOG_CSS} }}"

    def __init__(self, title: str, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._hint = hint

    def compose(self) -> ComposeResult:
        """The line."""
        with Vertical(classes="dialog"):
            yield Prose(self._title, classes="title")
            yield Input(self._value, placeholder=self._hint, max_length=4000)
            with Horizontal(classes="answers"):
                yield Target(tr("Back"), "dismiss(None)", "Esc")
                yield Target(tr("Done"), "done", "Enter")

    def on_mount(self) -> None:
        """Take over touch mode."""
        _Dialog()._touch(self)  # type: ignore[arg-type]

    @on(Input.Submitted)
    def action_done(self) -> None:
        """That is it."""
        self.dismiss(self.query_one(Input).value.strip())


class HelpScreen(ModalScreen[None]):
    """What the screen below is for, and every key that works there."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,f1,question_mark,q,enter", "dismiss")]
    CSS = f"""
    HelpScreen {{ {_DIALOG_CSS}
        .keys {{ height: auto; }}
        .dialog {{ height: 90%; }}
        VerticalScroll {{ height: 1fr; }}
        .about {{ margin-bottom: 1; }}
    }}
    """

    def __init__(self, title: str, about: str, keys: Sequence[Key]) -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._keys = keys

    def compose(self) -> ComposeResult:
        """The words, then the keys."""
        with Vertical(classes="dialog"):
            yield Static(tr("Help: {screen}", screen=self._title), classes="title", markup=False)
            with VerticalScroll():
                yield Prose(self._about, classes="about")
                yield Static(tr("On this screen"), classes="title", markup=False)
                yield Static(_listed(self._keys), classes="keys", markup=False)
                yield Static("\n" + tr("Everywhere"), classes="title", markup=False)
                yield Static(_listed(EVERYWHERE), classes="keys", markup=False)
            with Horizontal(classes="answers"):
                yield Target(tr("Back"), "dismiss", "Esc")

    def on_mount(self) -> None:
        """Take over touch mode; the arrow keys scroll."""
        _Dialog()._touch(self)  # type: ignore[arg-type]
        self.set_focus(self.query_one(VerticalScroll))


def _listed(keys: Sequence[Key]) -> str:
    seen: dict[str, str] = {}
    for key in keys:
        if key.action.startswith("cite(") and not key.bar:
            continue
        seen.setdefault(key.cap, tr(key.label))
    width = max((len(cap) for cap in seen), default=0)
    return "\n".join(f"{cap:<{width}}  {label}" for cap, label in seen.items())
