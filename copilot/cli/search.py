"""``edge-copilot search``: the passages that fit a query, without a language model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from copilot.cli.app import App, json_option, pass_app

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from copilot.syncing.age import Age
    from index.passages import Passage, SearchResult

_EPILOG = """\b
Examples:
  edge-copilot search F0012
  edge-copilot search "brake does not release" -k 3
  edge-copilot search "torque M8" --collection halden --language en
  edge-copilot search "br 120" --document service-manual.pdf --json | jq '.passages[0].page'
"""


@click.command("search", epilog=_EPILOG)
@click.argument("query")
@click.option("-k", "passages", type=click.IntRange(1, 100), help="How many passages.  [default: 5, or search.k]")
@click.option("--collection", "collections", multiple=True, help="Look only in this collection (repeatable).")
@click.option("--document", "documents", multiple=True, help="Look only in this document (repeatable).")
@click.option("--language", "languages", multiple=True, help="Look only at documents in this language, such as en.")
@json_option
@pass_app
def command(
    app: App,
    query: str,
    passages: int | None,
    collections: tuple[str, ...],
    documents: tuple[str, ...],
    languages: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show the passages of your documents that fit a QUERY best: a question, some words, a fault code.

    Identifiers are found with or without dashes, case and blanks. Nothing leaves this device.
    """
    from copilot.assembly import Assembly
    from copilot.cli.output import stderr_console, stdout_console, write_json
    from index.passages import SearchFilter
    from index.search.searcher import NO_EMBEDDER

    settings = app.settings
    wanted = SearchFilter(collections or settings.search.collections, documents, languages)
    assembly = Assembly(settings)
    try:
        result = assembly.searcher.search(query, passages or settings.search.k, wanted)
        # What the assembly says of a missing embedder names the remedy too.
        told = [notice for notice in result.notices if not (assembly.notices and notice == NO_EMBEDDER)]
        notices = (*assembly.notices, *told)
        ages = {passage: age for passage in result.passages if (age := assembly.ages().of(passage)) is not None}
    finally:
        assembly.store.close()
    _tell(notices, stderr_console())
    if as_json:
        write_json(as_json_object(result, ages))
        return
    _show(result, stdout_console(), ages)


def as_json_object(result: SearchResult, ages: Mapping[Passage, Age]) -> dict[str, object]:
    """Return what ``search --json`` prints; see docs/json.md."""
    return {
        "query": result.query,
        "took_ms": result.took_ms,
        "passages": [
            {
                "rank": passage.rank,
                "score": passage.score,
                "document": passage.document,
                "title": passage.title,
                "section": list(passage.section),
                "page": passage.page,
                "text": passage.text,
                "chunk_id": passage.chunk_id,
                "collection": passage.collection,
                "revision": ages[passage].revision if passage in ages else None,
                "synced_at": ages[passage].iso if passage in ages else None,
            }
            for passage in result.passages
        ],
    }


def _tell(notices: tuple[str, ...], console: Console) -> None:
    from rich.text import Text

    from copilot.cli.output import printable

    for notice in dict.fromkeys(notices):
        console.print(Text(printable(notice), style="yellow"), soft_wrap=True)


def _show(result: SearchResult, console: Console, ages: Mapping[Passage, Age]) -> None:
    from rich.text import Text

    if not result.passages:
        console.print(
            "Nothing fits. Try other words, or see what is indexed: edge-copilot documents list", soft_wrap=True
        )
        return
    for passage in result.passages:
        console.print(_heading(passage, ages.get(passage)))
        console.print(_excerpt(passage, result.query))
        console.print()
    console.print(Text(f"{len(result.passages)} passages in {result.took_ms:.0f} ms", style="dim"))


def _heading(passage: Passage, age: Age | None) -> Text:
    from datetime import UTC, datetime

    from rich.text import Text

    from copilot.cli.output import printable

    path = passage.section if passage.section[:1] == (passage.title,) else (passage.title, *passage.section)
    line = Text(f"{passage.rank:>2}  ", style="bold")
    line.append(printable(" › ".join(path)), style="bold cyan")
    if passage.page is not None:
        line.append(f", page {passage.page}", style="cyan")
    line.append(f"  {passage.score:.2f}", style="dim")
    line.append(f"\n    {printable(passage.document)}", style="dim")
    if age is not None:
        line.append(f", {printable(age.text(datetime.now(UTC)))}", style="dim")
    return line


def _excerpt(passage: Passage, query: str) -> Text:
    from rich.text import Text

    from copilot.cli.output import printable
    from index.search.snippets import snippet

    shown = snippet(printable(passage.text), query)
    text = Text("    ")
    at = 0
    for first, last in shown.marks:
        text.append(shown.text[at:first].replace("\n", "\n    "))
        text.append(shown.text[first:last], style="bold yellow")
        at = last
    text.append(shown.text[at:].replace("\n", "\n    "))
    return text
