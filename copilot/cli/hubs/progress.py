"""How far a hub is, on stderr: a bar on a terminal, a line for each step elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from copilot.cli.hubs.parts import amount, tell
from copilot.cli.output import printable, stderr_console

if TYPE_CHECKING:
    from sync.hub.report import HubProgress, Phase, Tell

_WORDS: Final[dict[Phase, str]] = {
    "fetching": "Fetching",
    "reading": "Reading",
    "packing": "Packing",
    "writing": "Copying to",
}
_NAME: Final = 30  # characters of a file's name that are shown


@contextmanager
def hub_progress() -> Iterator[Tell]:
    """Lend what is told how far a hub is."""
    console = stderr_console()
    seen: set[tuple[str, str]] = set()
    if not console.is_terminal:

        def line(at: HubProgress) -> None:
            if (at.phase, at.name) not in seen:
                seen.add((at.phase, at.name))
                tell(f"{_WORDS[at.phase]} {at.name} …")

        yield line
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, told="")

        def show(at: HubProgress) -> None:
            if (at.phase, at.name) not in seen:
                seen.add((at.phase, at.name))
                bar.reset(task)
            if at.phase == "writing":
                told = f"{amount(at.done)} of {amount(at.total)}"
            else:
                told = f"{at.done}/{at.total}" if at.total else f"{at.done} files"
            name = printable(at.text)
            name = f"{name[: _NAME - 1]}…" if len(name) > _NAME else name
            description = printable(f"{_WORDS[at.phase]} {at.name}")
            bar.update(task, description=description, completed=at.done, total=at.total or None, told=f"{told}  {name}")

        yield show
