"""``edge-copilot procedure``: procedures of the manuals, walked step by step at the prompt."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, stdout_console, write_json

if TYPE_CHECKING:
    from rich.console import Console

    from copilot.procedures import Guide, Procedure, Walk, Walking

_COLOURS: Final = {"danger": "bold red", "warning": "bold red", "caution": "bold yellow", "note": "cyan"}
_VERDICTS: Final = {"in": ("within the limit", "green"), "out": ("OUT OF THE LIMIT", "bold red")}
_HELP: Final = """\
Enter          the step is done
a value        "41 Nm" is checked against the step's limit; "2: 41 Nm" against the second one
s REASON       skip the step
b, f, g N      back, forward, go to step N
u              take back that this step was done or skipped
r TEXT         write a remark
p              pause and leave; go on later with: edge-copilot procedure resume
e REASON       end early
?              this help"""


@click.group("procedure")
def command() -> None:
    """Find procedures in the manuals and walk them step by step; each walk becomes a record in the notes.

    \b
    Examples:
      edge-copilot procedure find "change the oil"
      edge-copilot procedure walk "change the oil"
      edge-copilot procedure resume
    """


@contextmanager
def _guide(app: App) -> Iterator[Guide]:
    import asyncio

    from copilot.assembly import Assembly

    assembly = Assembly(app.settings)
    try:
        yield assembly.procedures
    finally:
        asyncio.run(assembly.close())


@command.command("find")
@click.argument("query")
@click.option("--collection", "collections", multiple=True, help="Look only in this collection (repeatable).")
@click.option("--k", type=click.IntRange(1, 50), default=5, show_default=True, help="How many at most.")
@json_option
@pass_app
def find(app: App, query: str, collections: tuple[str, ...], k: int, as_json: bool) -> None:
    """Show the procedures that fit QUERY, with their steps.

    \b
    Example:
      edge-copilot procedure find "replace the timing belt" --k 1
    """
    with _guide(app) as guide:
        found = _found(guide, app, query, collections, k)
    if as_json:
        write_json({"procedures": [one.model_dump(mode="json") for one in found]})
        return
    if not found:
        click.echo("No procedure was found. Try other words, or: edge-copilot search", err=True)
    console = stdout_console()
    for one in found:
        _head(console, one)
        for step in one.steps:
            for hazard in step.warnings:
                console.print(printable(f"   {hazard.severity.upper()} {hazard.text}"), style=_COLOURS[hazard.severity])
            console.print(printable(f"  {'  ' * step.depth}{step.number or '-'} {step.text}"))
        console.print()


@command.command("walk")
@click.argument("query")
@click.option("--collection", "collections", multiple=True, help="Look only in this collection (repeatable).")
@click.option("--n", "number", type=click.IntRange(1, 50), help="Take the n-th that was found, without asking.")
@click.option("--machine", metavar="NAME", help="The machine that it is done on; default: the current one.")
@click.option("--work-order", metavar="NUMBER", help="Default: the current one.")
@pass_app
def walk(
    app: App,
    query: str,
    collections: tuple[str, ...],
    number: int | None,
    machine: str | None,
    work_order: str | None,
) -> None:
    """Walk the procedure that fits QUERY. Everything is saved as it is done; "?" within says what can be typed.

    \b
    Example:
      edge-copilot procedure walk "change the hydraulic oil" --machine "Press 3"
    """
    from index.errors import NotThere

    with _guide(app) as guide:
        found = _found(guide, app, query, collections, number or 9)
        if not found or (number is not None and number > len(found)):
            raise NotThere("No such procedure was found.", "Try other words, or: edge-copilot search")
        context = guide.context()
        given = {"machine": machine, "work_order": work_order}
        context = context.model_copy(update={name: value for name, value in given.items() if value is not None})
        chosen = found[number - 1] if number is not None else _choose(found)
        if chosen is not None:
            _walk(guide.begin(chosen, context), stdout_console())


@command.command("resume")
@click.argument("id", required=False)
@pass_app
def resume(app: App, id: str | None) -> None:
    """Go on with a procedure that was paused or cut off: the latest one, or the one that ID names.

    \b
    Example:
      edge-copilot procedure resume
    """
    from index.errors import NotThere

    with _guide(app) as guide:
        waiting = guide.unfinished() if id is None else []
        if id is None and not waiting:
            raise NotThere("No procedure is under way.", "Begin one: edge-copilot procedure walk QUERY")
        _walk(guide.resume(id or waiting[0].id), stdout_console())


@command.command("list")
@click.option("--machine", metavar="NAME", default="", help="Only records of this machine.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
@pass_app
def list_(app: App, machine: str, limit: int, as_json: bool) -> None:
    """List procedures that are under way, and the records of those that were walked.

    \b
    Example:
      edge-copilot procedure list --machine "Press 3"
    """
    with _guide(app) as guide:
        under_way = guide.unfinished()
        records = guide.records(machine, limit)
    if as_json:
        write_json(
            {
                "under_way": [{"id": one.id, "walk": one.walk.model_dump(mode="json")} for one in under_way],
                "records": [one.model_dump(mode="json", exclude={"record"}) for one in records],
            }
        )
        return
    for one in under_way:
        title, at = one.walk.procedure.title, one.walk.at + 1
        click.echo(printable(f"{one.id}  under way, step {at} of {len(one.walk.steps)}: {title}"))
    for record in records:
        click.echo(printable(f"{record.id}  {record.written_at.astimezone():%Y-%m-%d %H:%M}  {record.title}"))
    if not under_way and not records:
        click.echo("No procedure has been walked yet.", err=True)


def _found(guide: Guide, app: App, query: str, collections: tuple[str, ...], k: int) -> list[Procedure]:
    from index.passages import SearchFilter

    return guide.find(query, SearchFilter(collections or app.settings.search.collections), k)


def _choose(found: list[Procedure]) -> Procedure | None:
    """The one that the person means; the first where nobody can be asked."""
    if len(found) == 1 or not sys.stdin.isatty():
        return found[0]
    for number, one in enumerate(found, start=1):
        click.echo(printable(f"{number}  {one.title} ({one.document_title}, {len(one.steps)} steps)"))
    answer = click.prompt("Which one", type=click.IntRange(0, len(found)), default=1)
    return found[answer - 1] if answer else None


def _head(console: Console, procedure: Procedure) -> None:
    page = f", page {procedure.page}" if procedure.page is not None else ""
    console.print(printable(procedure.title), style="bold")
    console.print(printable(f"{procedure.document_title}{page}"), style="dim")
    for hazard in procedure.warnings:
        console.print(printable(f"{hazard.severity.upper()} {hazard.text}"), style=_COLOURS[hazard.severity])


def _walk(walking: Walking, console: Console) -> None:
    """Step after step until it is over or left."""
    from index.errors import UsageError

    _head(console, walking.walk.procedure)
    console.print(f"Saved as {walking.id} with every step. Type ? for help.", style="dim")
    shown = -1
    while True:
        if not walking.walk.open_steps:
            kept = walking.finish()
            console.print(printable(f"\nAll steps done. The record is note {kept.note.id}."), style="bold")
            if kept.notice:
                console.print(printable(kept.notice))
            return
        if shown != walking.walk.at:
            _show_step(console, walking.walk)
            shown = walking.walk.at
        line = _read()
        if line is None or line == "p":
            walking.pause()
            console.print(f"Paused. Go on with: edge-copilot procedure resume {walking.id}")
            return
        try:
            if _do(walking, line, console):
                return
        except UsageError as error:
            console.print(printable(str(error)), style="yellow")
        if line[:1] in ("u", "b", "f", "g"):
            shown = -1


def _do(walking: Walking, line: str, console: Console) -> bool:
    """What the person typed; True where the walk is over."""
    word, _, rest = line.partition(" ")
    rest = rest.strip()
    match word.casefold():
        case "":
            if (short := walking.early_s()) is not None:
                console.print(f"The text says to wait; {short:.0f} s of that are missing.", style="yellow")
            walking.check_off()
        case "?":
            console.print(_HELP)
        case "s":
            walking.skip(rest)
        case "b":
            walking.back()
        case "f":
            walking.forward()
        case "g":
            walking.go(int(rest) - 1 if rest.isdigit() else -1)
        case "u":
            walking.reopen()
        case "r":
            walking.remark(rest)
        case "e":
            kept = walking.end_early(rest)
            console.print(f"Ended. The record is note {kept.note.id}.")
            return True
        case _:
            _enter(walking, line, console)
    return False


def _enter(walking: Walking, line: str, console: Console) -> None:
    number, colon, value = line.partition(":")
    limit = int(number) - 1 if colon and number.strip().isdigit() else None
    entry = walking.enter(value if limit is not None else line, limit).state.entries[-1]
    said, colour = _VERDICTS.get(entry.verdict, ("not checked", "yellow"))
    console.print(printable(f"   {entry.text}: {said}. {entry.reason}".rstrip()), style=colour)


def _show_step(console: Console, walk: Walk) -> None:
    step, state = walk.step, walk.state
    console.print()
    for hazard in step.warnings:
        console.print(printable(f"{hazard.severity.upper()} {hazard.text}"), style=_COLOURS[hazard.severity])
    status = "" if state.status == "open" else f" ({state.status})"
    console.print(printable(f"Step {step.number or walk.at + 1} of {len(walk.steps)}{status}"), style="bold")
    console.print(printable(step.text))
    for remark in step.remarks:
        console.print(printable(remark), style="dim")
    for number, limit in enumerate(step.limits, start=1):
        console.print(printable(f"   {number}: {limit.text}{f' ({limit.doubt})' if limit.doubt else ''}"), style="cyan")
    for entry in state.entries:
        console.print(printable(f"   entered {entry.text}"), style="dim")


def _read() -> str | None:
    """What is typed; None at the end of the input, or where Ctrl-C was pressed."""
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except (EOFError, KeyboardInterrupt):
        return None
