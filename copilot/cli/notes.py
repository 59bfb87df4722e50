"""``edge-copilot notes``: what technicians write down, from the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, stdout_console, write_json

if TYPE_CHECKING:
    from copilot.notes import Kept, Note, Notes, Wanted

_LABELS: Final = ("public", "internal", "restricted")


@click.group("notes")
def command() -> None:
    """Write notes, find them again, and say which machine you stand at.

    Notes are saved on this device under the index's key, come up as evidence in answers about the same machine, and are
    handed in to the hub where one is configured and their label allows it (notes.access).

    \b
    Examples:
      edge-copilot notes machine "Press 3" --work-order 4711
      edge-copilot notes add "Filter replaced, oil was dark" --tag filter --attach photo.jpg
      edge-copilot notes search "filter"
      edge-copilot notes export --machine "Press 3" --output press3.md
    """


@contextmanager
def open_notes(app: App) -> Iterator[Notes]:
    """The notes of this data directory, with the way to the outbox."""
    from copilot.notes.parts import open_notes as build
    from copilot.uploading import Uploading

    with (
        Uploading(app.settings) as uploading,
        build(app.settings, app.settings.index.read_key(), uploading) as notes,
    ):
        yield notes


@command.command("add")
@click.argument("text", required=False)
@click.option("--template", metavar="NAME", default="", help="Begin with a template: inspection, repair, handover.")
@click.option("--machine", metavar="NAME", help="The machine that it is about; default: the current one.")
@click.option("--work-order", metavar="NUMBER", help="Default: the current one.")
@click.option("--tag", "tags", multiple=True, help="A tag (repeatable).")
@click.option(
    "--attach", "files", multiple=True, type=click.Path(path_type=Path), help="A file to copy in (repeatable)."
)
@click.option("--access", type=click.Choice(_LABELS), help="A label stricter than the configured one.")
@click.option("--edit", "in_editor", is_flag=True, help="Write it in the editor that EDITOR names.")
@json_option
@pass_app
def add(
    app: App,
    text: str | None,
    template: str,
    machine: str | None,
    work_order: str | None,
    tags: tuple[str, ...],
    files: tuple[Path, ...],
    access: str | None,
    in_editor: bool,
    as_json: bool,
) -> None:
    """Write a note. Without TEXT it is read from stdin, or written in an editor.

    \b
    Examples:
      edge-copilot notes add "Coil of press 3 hums" --machine "Press 3"
      edge-copilot notes add --template repair --edit
      journalctl -u plc | edge-copilot notes add --tag plc
    """
    from index.documents import AccessLabel

    with open_notes(app) as notes:
        context = notes.context()
        context = context.model_copy(
            update={
                "machine": context.machine if machine is None else machine,
                "work_order": context.work_order if work_order is None else work_order,
            }
        )
        if text is None and not in_editor and not sys.stdin.isatty():
            text = sys.stdin.read()
        label = AccessLabel(access) if access else None
        if in_editor or (text is None and not files):
            draft = notes.begin(context, text=text or "", template=template, tags=tags, access=label)
            draft = draft.model_copy(update={"text": _edited(draft.text)})
            for path in files:
                draft = notes.attach(draft, path)
            kept = notes.keep(draft)
        else:
            kept = notes.add(text or "", context=context, template=template, tags=tags, access=label, files=files)
    _tell(kept, as_json)


@command.command("list")
@click.option("--machine", metavar="NAME", default="", help="Only notes about this machine.")
@click.option("--work-order", metavar="NUMBER", default="", help="Only notes of this work order.")
@click.option("--tag", "tags", multiple=True, help="Only notes with this tag (repeatable: all of them).")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Only notes from then on.")
@click.option("--drafts", is_flag=True, help="Only what was begun and not kept.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
@pass_app
def list_(
    app: App,
    machine: str,
    work_order: str,
    tags: tuple[str, ...],
    since: datetime | None,
    drafts: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List notes, the newest first.

    \b
    Example:
      edge-copilot notes list --machine "Press 3" --since 2026-03-01
    """
    wanted = _wanted(machine, work_order, tags, since, drafts, limit)
    with open_notes(app) as notes:
        _show_list(notes, notes.listed(wanted), as_json)


@command.command("search")
@click.argument("query")
@click.option("--machine", metavar="NAME", default="", help="Only notes about this machine.")
@click.option("--tag", "tags", multiple=True, help="Only notes with this tag (repeatable: all of them).")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@json_option
@pass_app
def search(app: App, query: str, machine: str, tags: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find notes that hold every word of QUERY, the best first. A word matches what begins with it.

    \b
    Example:
      edge-copilot notes search "filter repl" --machine "Press 3"
    """
    with open_notes(app) as notes:
        found = notes.search(query, _wanted(machine, "", tags, None, False, limit))
        if as_json:
            write_json({"notes": [as_dict(notes, one.note) | {"snippet": one.snippet} for one in found]})
            return
        if not found:
            click.echo("No note holds that.", err=True)
        console = stdout_console()
        for one in found:
            console.print(printable(_heading(one.note)), style="bold")
            console.print(printable(f"  {one.snippet}"))


@command.command("show")
@click.argument("id")
@click.option(
    "--save-files", type=click.Path(file_okay=False, path_type=Path), help="Write its files into this folder."
)
@json_option
@pass_app
def show(app: App, id: str, save_files: Path | None, as_json: bool) -> None:
    """Show a note; its ID may be shortened.

    \b
    Example:
      edge-copilot notes show 3f2a --save-files .
    """
    with open_notes(app) as notes:
        note = notes.get(id)
        if save_files is not None:
            save_files.mkdir(parents=True, exist_ok=True)
            for file in note.attachments:
                _fresh(save_files / file.name).write_bytes(notes.content(file.id))
        if as_json:
            write_json(as_dict(notes, note))
            return
        console = stdout_console()
        console.print(printable(_heading(note)), style="bold")
        facts = [f"work order {note.work_order}" if note.work_order else "", note.author, ", ".join(note.tags)]
        if shown := " · ".join(part for part in facts if part):
            console.print(printable(shown))
        console.print(f"{notes.label_of(note)}, revision {note.revision}" if note.state == "kept" else "a draft")
        console.print()
        console.print(printable(note.text))
        for file in note.attachments:
            console.print(printable(f"[{file.name}, {file.bytes:,} bytes]"))


@command.command("edit")
@click.argument("id")
@click.option("--text", help="The new text; without it an editor opens.")
@click.option("--machine", metavar="NAME")
@click.option("--work-order", metavar="NUMBER")
@click.option("--tag", "tags", multiple=True, help="The new tags, in place of all it has (repeatable).")
@click.option("--attach", "files", multiple=True, type=click.Path(path_type=Path), help="A file to add (repeatable).")
@click.option("--access", type=click.Choice(_LABELS), help="A label stricter than the configured one.")
@json_option
@pass_app
def edit(
    app: App,
    id: str,
    text: str | None,
    machine: str | None,
    work_order: str | None,
    tags: tuple[str, ...],
    files: tuple[Path, ...],
    access: str | None,
    as_json: bool,
) -> None:
    """Change a note, or go on with a draft and keep it. The hub gets the new revision.

    \b
    Examples:
      edge-copilot notes edit 3f2a
      edge-copilot notes edit 3f2a --text "Filter and seal replaced" --tag filter --tag seal
    """
    from index.documents import AccessLabel

    with open_notes(app) as notes:
        draft = notes.revise(id)
        changes: dict[str, Any] = {"machine": machine, "work_order": work_order, "tags": tags or None, "text": text}
        changes["access"] = AccessLabel(access) if access else None
        given = {name: value for name, value in changes.items() if value is not None}
        if not given and not files:
            given = {"text": _edited(draft.text)}
        draft = draft.model_copy(update=given)
        for path in files:
            draft = notes.attach(draft, path)
        kept = notes.keep(draft)
    _tell(kept, as_json)


@command.command("delete")
@click.argument("id")
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@pass_app
def delete(app: App, id: str, yes: bool, as_json: bool) -> None:
    """Delete a note with its files. What of it waits in the outbox goes too; a hub that has it is told.

    \b
    Example:
      edge-copilot notes delete 3f2a
    """
    with open_notes(app) as notes:
        note = notes.get(id)
        if not yes:
            click.confirm(f"Delete “{printable(note.title) or note.id}” for good?", abort=True, err=True)
        notice = notes.delete(note.id)
    if as_json:
        write_json({"deleted": note.id, "notice": notice})
        return
    click.echo(f"Deleted {note.id}.")
    if notice:
        click.echo(notice, err=True)


@command.command("export")
@click.argument("ids", nargs=-1)
@click.option("--machine", metavar="NAME", default="", help="Notes about this machine.")
@click.option("--tag", "tags", multiple=True, help="Notes with this tag (repeatable: all of them).")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Notes from then on.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write here instead of stdout.")
@pass_app
def export(
    app: App, ids: tuple[str, ...], machine: str, tags: tuple[str, ...], since: datetime | None, output: Path | None
) -> None:
    """Export notes as Markdown: those named, or all that are wanted, the oldest first.

    \b
    Example:
      edge-copilot notes export --machine "Press 3" --output press3.md
    """
    from copilot.notes.exporting import as_markdown

    with open_notes(app) as notes:
        if ids:
            chosen = [notes.get(one) for one in ids]
        else:
            chosen = list(notes.every(_wanted(machine, "", tags, since, False, 100)))[::-1]
    text = as_markdown([note for note in chosen if note.state == "kept" or ids])
    if output is None:
        click.echo(printable(text), nl=False)
        return
    from index.store.files import write_atomically

    output.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(output, text)
    click.echo(f"{len(chosen)} notes written to {output}.", err=True)


@command.command("machine")
@click.argument("name", required=False)
@click.option("--work-order", metavar="NUMBER", help="The work order from now on.")
@click.option("--author", metavar="NAME", help="Who writes from now on.")
@click.option("--clear", is_flag=True, help="Forget machine, work order and author.")
@json_option
@pass_app
def machine(app: App, name: str | None, work_order: str | None, author: str | None, clear: bool, as_json: bool) -> None:
    """Say which machine you stand at, or show it with the machines that notes speak of. It is filled into new notes.

    \b
    Example:
      edge-copilot notes machine "Press 3" --work-order 4711
    """
    from copilot.notes import Context

    with open_notes(app) as notes:
        context = Context() if clear else notes.context()
        given = {"machine": name, "work_order": work_order, "author": author}
        changes = {field: value for field, value in given.items() if value is not None}
        if changes or clear:
            context = Context.model_validate(context.model_dump() | changes)
            notes.set_context(context)
        known = notes.machines()
    if as_json:
        machines = [{"name": one.name, "notes": one.notes, "last_at": one.last_at.isoformat()} for one in known]
        write_json({**context.model_dump(), "machines": machines})
        return
    parts = [context.machine or "no machine", context.work_order and f"work order {context.work_order}", context.author]
    click.echo(printable(", ".join(part for part in parts if part)))
    for one in known:
        click.echo(printable(f"  {one.name}: {one.notes} notes, last {one.last_at.astimezone():%Y-%m-%d}"))


@command.command("templates")
@json_option
@pass_app
def templates(app: App, as_json: bool) -> None:
    """List the templates of notes; own ones go into the folder note-templates of the data directory.

    \b
    Example:
      edge-copilot notes templates
    """
    with open_notes(app) as notes:
        found, complaints = notes.templates.all()
    if as_json:
        write_json(
            {
                "templates": [{"name": one.name, "title": one.en.title, "tags": list(one.tags)} for one in found],
                "complaints": complaints,
            }
        )
        return
    for one in found:
        click.echo(printable(f"{one.name}: {one.en.title}"))
    for complaint in complaints:
        click.echo(printable(complaint), err=True)


def as_dict(notes: Notes, note: Note) -> dict[str, Any]:
    """A note as JSON, with the label that holds for it."""
    return note.model_dump(mode="json") | {"title": note.title, "label": str(notes.label_of(note))}


def _wanted(
    machine: str, work_order: str, tags: tuple[str, ...], since: datetime | None, drafts: bool, limit: int
) -> Wanted:
    from copilot.notes import Wanted

    at = since.astimezone() if since is not None else None
    return Wanted(
        machine=machine, work_order=work_order, tags=tags, since=at, state="draft" if drafts else None, limit=limit
    )


def _show_list(notes: Notes, listed: list[Note], as_json: bool) -> None:
    if as_json:
        write_json({"notes": [as_dict(notes, one) for one in listed]})
        return
    if not listed:
        click.echo("There are no notes.", err=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("id", "written", "machine", "what", "tags"):
        table.add_column(heading, no_wrap=heading in ("id", "written"))
    for one in listed:
        draft = "draft: " if one.state == "draft" else ""
        table.add_row(
            one.id,
            f"{one.written_at.astimezone():%Y-%m-%d %H:%M}",
            printable(one.machine),
            printable(draft + one.title[:80]),
            printable(", ".join(one.tags)),
        )
    stdout_console().print(table)


def _heading(note: Note) -> str:
    where = f" · {note.machine}" if note.machine else ""
    draft = " · draft" if note.state == "draft" else ""
    return f"{note.id} · {note.written_at.astimezone():%Y-%m-%d %H:%M}{where}{draft}"


def _tell(kept: Kept, as_json: bool) -> None:
    if as_json:
        write_json({"id": kept.note.id, "revision": kept.note.revision, "notice": kept.notice})
        return
    click.echo(f"Kept as {kept.note.id}.")
    if kept.notice:
        click.echo(printable(kept.notice), err=True)


def _edited(text: str) -> str:
    edited = click.edit(text, extension=".md", require_save=False)
    return text if edited is None else edited


def _fresh(path: Path) -> Path:
    """``path``, or the first like it that isn't taken."""
    fresh, count = path, 1
    while fresh.exists():
        fresh = path.with_name(f"{path.stem}-{count}{path.suffix}")
        count += 1
    return fresh
