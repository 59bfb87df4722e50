"""The keys of every screen, in one place: what is bound, what the bar below shows, and what the help tells."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from textual.binding import Binding, BindingType

from copilot.tui.words import mark
from index.errors import UsageError


@dataclass(frozen=True, slots=True)
class Key:
    """A key.

    Attributes:
        key: As Textual names it; several with commas.
        action: What it does, such as ``stop`` of the screen or ``app.help``.
        label: In a word or two, English; translated where it is shown.
        cap: What stands on the key.
        bar: Whether the bar below shows it.
        priority: Whether it works while something else takes the typing.
    """

    key: str
    action: str
    label: str
    cap: str
    bar: bool = True
    priority: bool = False


def bound(keys: Sequence[Key]) -> list[BindingType]:
    """The bindings for Textual."""
    return [Binding(one.key, one.action, one.label, show=False, priority=one.priority, id=name_of(one)) for one in keys]


def name_of(key: Key) -> str:
    """By what a person's own key is named in ``keys.toml``: the English label, such as ``new-note``."""
    name = key.label.lower().replace(",", "").replace(" ", "-")
    number = key.action.partition("cite(")[2].partition(")")[0]
    return f"{name}-{number}" if number else name


def own_keys(path: Path) -> dict[str, str]:
    """A person's own keys, by the names of `name_of`; none where there is no such file.

    Raises:
        UsageError: The file can't be read, or names what there is not.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} can't be read: {error}.", "See docs/tui.md for what stands in it.") from error
    known = {name_of(one) for keys in ALL for one in keys}
    for name, key in found.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UsageError(f"{path} names “{name}”, which is no command.{hint}", "See docs/tui.md for the names.")
        if not isinstance(key, str):
            raise UsageError(f'{path}: {name} must be a key, such as "ctrl+w".', "See docs/tui.md.")
    return {name: str(key) for name, key in found.items()}


ROOMS: Final = (
    Key("f2", "app.room('ask')", mark("Ask"), "F2", priority=True),
    Key("f3", "app.room('notes')", mark("Notes"), "F3", priority=True),
    Key("f4", "app.room('procedures')", mark("Procedures"), "F4", priority=True),
    Key("f5", "app.room('documents')", mark("Documents"), "F5", priority=True),
    Key("f6", "app.room('sync')", mark("Sync"), "F6", priority=True),
    Key("f7", "app.room('models')", mark("Models"), "F7", priority=True),
    Key("f8", "app.room('health')", mark("Health"), "F8", priority=True),
)
"""One key, and one target in the bar above, for each room."""

EVERYWHERE: Final = (
    Key("f1", "app.help", mark("Help"), "F1", priority=True),
    Key("question_mark", "app.help", mark("Help"), "?", bar=False),
    *ROOMS,
    Key("ctrl+n", "app.new_note", mark("New note"), "Ctrl-N", bar=False, priority=True),
    Key("f9", "app.conversations", mark("Conversations"), "F9", bar=False, priority=True),
    Key("ctrl+p", "app.command_palette", mark("All commands"), "Ctrl-P", bar=False, priority=True),
    Key("f11", "app.next_theme", mark("Theme"), "F11", bar=False, priority=True),
    Key("f12", "app.touch", mark("Touch mode"), "F12", bar=False, priority=True),
    Key("ctrl+q", "app.quit", mark("Quit"), "Ctrl-Q", bar=False, priority=True),
)

BACK: Final = Key("escape", "back", mark("Back"), "Esc")

ASK: Final = (
    Key("escape", "stop", mark("Stop"), "Esc"),
    Key("1", "cite(1)", mark("Open source"), "1-9"),
    *(Key(str(digit), f"cite({digit})", mark("Open source"), str(digit), bar=False) for digit in range(2, 10)),
    Key("ctrl+g", "wish", mark("Where"), "Ctrl-G", priority=True),
    Key("ctrl+y", "cloud", mark("Ask the cloud"), "Ctrl-Y", priority=True),
    Key("ctrl+s", "note", mark("Note it"), "Ctrl-S", priority=True),
    Key("ctrl+b", "begin", mark("New"), "Ctrl-B", priority=True),
    Key("ctrl+r", "detail", mark("Longer answer"), "Ctrl-R", bar=False, priority=True),
    Key("ctrl+l", "scope", mark("Look only in"), "Ctrl-L", bar=False, priority=True),
    Key("ctrl+t", "talk", mark("Speak"), "Ctrl-T", bar=False, priority=True),
    Key("ctrl+k", "copy", mark("Copy answer"), "Ctrl-K", bar=False, priority=True),
    Key("plus", "rate(True)", mark("Good answer"), "+", bar=False),
    Key("minus", "rate(False)", mark("Wrong answer"), "-", bar=False),
    Key("pageup", "page(-1)", mark("Scroll up"), "PgUp", bar=False, priority=True),
    Key("pagedown", "page(1)", mark("Scroll down"), "PgDn", bar=False, priority=True),
)

READER: Final = (
    BACK,
    Key("n,right", "step(1)", mark("Next"), "→"),
    Key("p,left", "step(-1)", mark("Previous"), "←"),
    Key("w", "whole", mark("Whole document"), "w"),
    Key("c", "contents", mark("Contents"), "c"),
    Key("slash,ctrl+f", "search", mark("Search"), "/"),
    Key("i", "picture", mark("Picture"), "i"),
    Key("m", "note", mark("Note it"), "m"),
    Key("o", "walk", mark("Walk through"), "o"),
)

CONVERSATIONS: Final = (
    BACK,
    Key("enter", "resume", mark("Go on"), "Enter"),
    Key("slash,ctrl+f", "search", mark("Search"), "/"),
    Key("e", "export", mark("Export"), "e"),
    Key("r", "rename", mark("Rename"), "r"),
    Key("delete,d", "delete", mark("Delete"), "Del"),
)

NOTES: Final = (
    Key("enter", "open", mark("Open"), "Enter"),
    Key("n", "app.new_note", mark("New note"), "n"),
    Key("t", "template", mark("Template"), "t"),
    Key("slash,ctrl+f", "search", mark("Search"), "/"),
    Key("x", "context", mark("Machine and order"), "x"),
    Key("delete,d", "delete", mark("Delete"), "Del"),
    Key("escape", "back", mark("Back"), "Esc", bar=False),
)

NOTE: Final = (
    Key("escape", "keep", mark("Done"), "Esc", priority=True),
    Key("ctrl+o", "attach", mark("Attach file"), "Ctrl-O", priority=True),
    Key("ctrl+e", "template", mark("Template"), "Ctrl-E", priority=True),
    Key("ctrl+t", "talk", mark("Speak"), "Ctrl-T", bar=False, priority=True),
    Key("ctrl+d", "throw_away", mark("Throw away"), "Ctrl-D", priority=True),
)

PROCEDURES: Final = (
    Key("enter", "open", mark("Walk through"), "Enter"),
    Key("slash,ctrl+f", "search", mark("Search"), "/"),
    Key("v", "view", mark("Read"), "v"),
    Key("delete,d", "delete", mark("Give up"), "Del"),
    Key("escape", "back", mark("Back"), "Esc", bar=False),
)

WALK: Final = (
    Key("escape", "back", mark("Pause"), "Esc"),
    Key("enter,space", "check", mark("Done, next"), "Enter"),
    Key("n,right", "step(1)", mark("Next"), "→"),
    Key("p,left", "step(-1)", mark("Previous"), "←"),
    Key("v", "value", mark("Value"), "v"),
    Key("s", "skip", mark("Skip"), "s"),
    Key("r", "remark", mark("Remark"), "r"),
    Key("f", "finish", mark("Finish"), "f"),
)

DOCUMENTS: Final = (
    Key("enter", "open", mark("Read"), "Enter"),
    Key("a", "add", mark("Put in"), "a"),
    Key("r", "again", mark("Read again"), "r"),
    Key("slash,ctrl+f", "search", mark("Search"), "/"),
    Key("delete,d", "delete", mark("Take out"), "Del"),
    Key("escape", "stop", mark("Stop"), "Esc"),
)

SYNC: Final = (
    Key("s", "sync", mark("Sync now"), "s"),
    Key("f", "from_folder", mark("From a stick"), "f"),
    Key("b", "rollback", mark("Go back"), "b"),
    Key("i", "pin", mark("Pin"), "i"),
    Key("e", "enrol", mark("Enrol"), "e"),
    Key("q", "send", mark("Send questions"), "q"),
    Key("escape", "stop", mark("Stop"), "Esc"),
)

MODELS: Final = (
    Key("enter,g", "pull", mark("Fetch"), "Enter"),
    Key("i", "bring", mark("From a stick"), "i"),
    Key("v", "verify", mark("Check"), "v"),
    Key("delete,d", "delete", mark("Remove"), "Del"),
    Key("escape", "stop", mark("Stop"), "Esc"),
)

HEALTH: Final = (
    Key("r", "again", mark("Look again"), "r"),
    Key("w", "warm", mark("Read ahead"), "w"),
    Key("escape", "stop", mark("Stop"), "Esc"),
)

SETUP: Final = (
    Key("enter", "go", mark("Do it"), "Enter", bar=False),
    Key("escape", "stop", mark("Stop"), "Esc"),
)

ALL: Final = (
    EVERYWHERE,
    ASK,
    READER,
    CONVERSATIONS,
    NOTES,
    NOTE,
    PROCEDURES,
    WALK,
    DOCUMENTS,
    SYNC,
    MODELS,
    HEALTH,
    SETUP,
)
"""Of every screen."""
