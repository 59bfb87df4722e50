"""`edge-copilot documents`: list, show and remove what was ingested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, stdout_console, write_json

if TYPE_CHECKING:
    from index.store.reading import DocumentInfo

_collection_option = click.option("--collection", metavar="NAME", help="Look in this collection only.")


@click.group("documents")
def command() -> None:
    """List, show or remove indexed documents."""


@command.command("list")
@_collection_option
@json_option
@pass_app
def list_(app: App, collection: str | None, as_json: bool) -> None:
    """List every document.

    \b
    Examples:
      edge-copilot documents list
      edge-copilot documents list --collection hydraulics --json
    """
    from copilot.library import Shelf

    documents = Shelf(app.settings).documents(collection)
    if as_json:
        write_json({"documents": [_as_dict(document) for document in documents]})
        return
    if not documents:
        click.echo("There are no documents yet. Put some in: edge-copilot ingest PATH", err=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("title", "collection", "access", "pages", "chunks", "ingested", "path"):
        table.add_column(heading, justify="right" if heading in ("pages", "chunks") else "left", overflow="fold")
    for document in documents:
        table.add_row(
            printable(document.title),
            printable(document.collection),
            document.access.value,
            "" if document.pages is None else str(document.pages),
            str(document.chunks),
            document.ingested_at[:10],
            printable(document.path),
        )
    stdout_console().print(table)


@command.command()
@click.argument("path")
@_collection_option
@click.option("--text", "text_only", is_flag=True, help="Print the document's text and nothing else.")
@json_option
@pass_app
def show(app: App, path: str, collection: str | None, text_only: bool, as_json: bool) -> None:
    """Show a document's contents, or all of its text.

    PATH is the document's path, or enough of its end that only one is meant.

    \b
    Examples:
      edge-copilot documents show manual.pdf
      edge-copilot documents show pumps/manual.pdf --text
    """
    from copilot.library import Shelf

    content = Shelf(app.settings).content(path, collection)
    document = content.document
    if as_json:
        write_json(
            _as_dict(document)
            | {
                "media_type": document.media_type,
                "language": document.language,
                "bytes": document.bytes,
                "notices": list(document.notices),
                "sections": [list(section) for section in content.sections],
                "text": content.text,
            }
        )
        return
    if text_only:
        click.echo(printable(content.text))
        return
    pages = "" if document.pages is None else f"{document.pages} pages, "
    click.echo(printable(document.title))
    click.echo(printable(document.path))
    language = f"language {document.language}, " if document.language else ""
    click.echo(f"{pages}{document.chunks} chunks, {language}collection {printable(document.collection)}"
               f" ({document.access.value}), ingested {document.ingested_at}")  # fmt: skip
    for notice in document.notices:
        click.echo(f"note: {printable(notice)}")
    click.echo()
    shown: tuple[str, ...] = ()
    for section in content.sections:
        common = next((i for i, (a, b) in enumerate(zip(shown, section, strict=False)) if a != b), len(shown))
        for depth in range(min(common, len(section)), len(section)):
            click.echo(f"{'  ' * depth}{printable(section[depth])}")
        shown = section


@command.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@_collection_option
@json_option
@pass_app
def remove(app: App, paths: tuple[str, ...], collection: str | None, as_json: bool) -> None:
    """Take documents out of the index. Their files stay.

    PATH is a document's path, enough of its end that only one is meant, or a folder with all below it. A folder that
    is ingested again brings them back.

    \b
    Examples:
      edge-copilot documents remove old-manual.pdf
      edge-copilot documents remove ~/manuals/2019
    """
    from copilot.library import Shelf

    removed = Shelf(app.settings).remove(paths, collection)
    if as_json:
        write_json({"removed": [{"path": document.path, "collection": document.collection} for document in removed]})
        return
    for document in removed:
        click.echo(f"Removed {printable(document.path)} from {printable(document.collection)}.")


def _as_dict(document: DocumentInfo) -> dict[str, object]:
    return {
        "path": document.path,
        "title": document.title,
        "collection": document.collection,
        "access": document.access.value,
        "pages": document.pages,
        "chunks": document.chunks,
        "ingested_at": document.ingested_at,
    }
