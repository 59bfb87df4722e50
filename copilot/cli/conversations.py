"""``edge-copilot conversations``: what was asked and answered on this device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, stdout_console, write_json

if TYPE_CHECKING:
    from copilot.answering.conversations import Conversations, Talk
    from copilot.answering.turns import Turn


@click.group("conversations")
def command() -> None:
    """List, search, show, rename, delete and export conversations. Go on with one: edge-copilot chat --conversation ID.

    \b
    Examples:
      edge-copilot conversations list
      edge-copilot conversations search "brake torque"
      edge-copilot conversations export 3f2a --output brake.md
    """


@contextmanager
def _open(app: App) -> Iterator[Conversations]:
    from copilot.answering.conversations import Conversations

    conversations = Conversations(app.settings.conversations_file, app.settings.index.read_key())
    try:
        yield conversations
    finally:
        conversations.close()


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
@pass_app
def list_(app: App, limit: int, as_json: bool) -> None:
    """List conversations, the newest first.

    \b
    Example:
      edge-copilot conversations list
    """
    with _open(app) as conversations:
        _show(conversations.listed(limit=limit), as_json, "There are no conversations.")


@command.command("search")
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@json_option
@pass_app
def search(app: App, query: str, limit: int, as_json: bool) -> None:
    """Find conversations that hold every word of QUERY, the best first.

    \b
    Example:
      edge-copilot conversations search "brake torque"
    """
    with _open(app) as conversations:
        _show(conversations.listed(query, limit=limit), as_json, "No conversation holds that.")


@command.command("show")
@click.argument("id")
@json_option
@pass_app
def show(app: App, id: str, as_json: bool) -> None:
    """Show a conversation; its ID may be shortened.

    \b
    Example:
      edge-copilot conversations show 3f2a
    """
    from copilot.answering.exporting import as_markdown

    with _open(app) as conversations:
        talk = conversations.get(id)
        turns = conversations.turns(talk.id)
    if as_json:
        write_json(_talk_dict(talk) | {"turns": [_turn_dict(turn) for turn in turns]})
    else:
        click.echo(printable(as_markdown(talk, turns)), nl=False)


@command.command("rename")
@click.argument("id")
@click.argument("title")
@json_option
@pass_app
def rename(app: App, id: str, title: str, as_json: bool) -> None:
    """Give a conversation a name of its own.

    \b
    Example:
      edge-copilot conversations rename 3f2a "Brake of press 3"
    """
    with _open(app) as conversations:
        talk = conversations.rename(id, title)
    if as_json:
        write_json(_talk_dict(talk))
    else:
        click.echo(printable(f"{talk.id} is called “{talk.title}”."))


@command.command("delete")
@click.argument("ids", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@pass_app
def delete(app: App, ids: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Delete conversations with everything that was said in them.

    \b
    Example:
      edge-copilot conversations delete 3f2a
    """
    with _open(app) as conversations:
        talks = [conversations.get(one) for one in ids]
        if not yes:
            named = ", ".join(f"“{printable(talk.title)}”" for talk in talks)
            click.confirm(f"Delete {named} for good?", abort=True, err=True)
        for talk in {talk.id: talk for talk in talks}.values():
            conversations.delete(talk.id)
    if as_json:
        write_json({"deleted": [talk.id for talk in talks]})
    else:
        click.echo(f"Deleted {', '.join(talk.id for talk in talks)}.")


@command.command("export")
@click.argument("id")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write here instead of stdout.")
@pass_app
def export(app: App, id: str, output: Path | None) -> None:
    """Export a conversation as Markdown, with the places that its answers stand on.

    \b
    Example:
      edge-copilot conversations export 3f2a --output brake.md
    """
    from copilot.answering.exporting import as_markdown

    with _open(app) as conversations:
        talk = conversations.get(id)
        text = as_markdown(talk, conversations.turns(talk.id))
    if output is None:
        click.echo(printable(text), nl=False)
        return
    from index.store.files import write_atomically

    output.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(output, text)
    click.echo(f"Written to {output}.", err=True)


def _show(talks: list[Talk], as_json: bool, none: str) -> None:
    if as_json:
        write_json({"conversations": [_talk_dict(talk) for talk in talks]})
        return
    if not talks:
        click.echo(none, err=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("id", "last", "turns", "title", ""):
        table.add_column(heading, no_wrap=heading in ("id", "last"), overflow="ellipsis")
    for talk in talks:
        same = talk.snippet == talk.title
        last = f"{talk.last_at.astimezone():%Y-%m-%d %H:%M}"
        table.add_row(
            talk.id, last, str(talk.turns), printable(talk.title[:60]), "" if same else printable(talk.snippet[:60])
        )
    stdout_console().print(table)


def _talk_dict(talk: Talk) -> dict[str, Any]:
    return {
        "id": talk.id,
        "title": talk.title,
        "begun_at": talk.begun_at.isoformat(),
        "last_at": talk.last_at.isoformat(),
        "turns_count": talk.turns,
        "snippet": talk.snippet,
    }


def _turn_dict(turn: Turn) -> dict[str, Any]:
    return {
        "question": turn.question,
        "answer": turn.answer,
        "status": turn.status,
        "asked_at": turn.asked_at.isoformat() if turn.asked_at is not None else None,
        "citations": [
            {
                "n": one.n,
                "document": one.document,
                "title": one.title,
                "section": list(one.section),
                "page": one.page,
                "quote": one.quote,
                "chunk_id": one.chunk_id,
                "collection": one.collection,
                "access": str(one.access),
            }
            for one in turn.cited
        ],
    }
