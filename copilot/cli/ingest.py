"""`edge-copilot ingest`: files and folders into the index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import json_text, printable, stderr_console, write_json
from index.errors import StoreBusy, UsageError

if TYPE_CHECKING:
    from copilot.library.indexing import Indexing, Order
    from index.ingest import IngestProgress, IngestReport, Skipped
    from index.ingest.ingestor import ProgressCallback

SOME_SKIPPED: Final = 1
_SHOWN: Final = 20  # skipped files and notices listed for a person; JSON has them all


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="PATH…")
@click.option("--collection", default="default", show_default=True, metavar="NAME", help="Put the documents here.")
@click.option(
    "--access",
    type=click.Choice(["public", "internal", "restricted"]),
    help="Who may see a new collection. Default: internal.",
)
@click.option("--prune", is_flag=True, help="Remove documents under PATH whose file is gone.")
@click.option("--watch", is_flag=True, help="Stay, and follow every change until Ctrl-C.")
@click.option("--ocr/--no-ocr", default=None, help="Read pages without text by OCR, or don't. Default: index.ocr.")
@click.option("--rebuild", is_flag=True, help="Set a damaged index aside and read all of its sources again.")
@json_option
@pass_app
def command(
    app: App,
    paths: tuple[Path, ...],
    collection: str,
    access: str | None,
    prune: bool,
    watch: bool,
    ocr: bool | None,
    rebuild: bool,
    as_json: bool,
) -> int:
    """Put files and folders into the index, or bring it up to date with them.

    Reads Markdown, text, HTML, PDF, Word, PowerPoint, Excel, CSV and EPUB, told apart by their content. What is
    unchanged costs nothing; what can't be read is named and left out (exit code 1), the rest goes on.

    \b
    Examples:
      edge-copilot ingest ~/manuals
      edge-copilot ingest pump.pdf valves/ --collection hydraulics --access restricted
      edge-copilot ingest ~/manuals --prune --json
      edge-copilot ingest ~/manuals --watch
      edge-copilot ingest --rebuild
    """
    if not paths and not rebuild:
        raise UsageError("Name the files or folders to ingest.", "For example: edge-copilot ingest ~/manuals")
    if paths and rebuild:
        raise UsageError("--rebuild reads what was ingested before; it takes no paths.", "Leave the paths out.")
    if rebuild and watch:
        raise UsageError("--rebuild and --watch don't go together.", "Rebuild first, then watch.")
    app.override("index.ocr", ocr)
    from copilot.assembly import Assembly
    from copilot.library.indexing import Indexing, order_of

    assembly = Assembly(app.settings)
    indexing = Indexing(app.settings, assembly.embedder)
    _tell(assembly.notices)
    order = order_of(paths, collection, access, prune)
    if watch:
        return _watch(indexing, order, as_json)
    with _progress() as progress:
        report = indexing.rebuild(progress) if rebuild else indexing.run(order, progress)
    _tell(indexing.notices)
    if as_json:
        write_json(as_dict(report))
    else:
        _show(report)
    return SOME_SKIPPED if report.skipped else 0


def as_dict(report: IngestReport) -> dict[str, object]:
    """Return what ``--json`` prints."""
    return {
        "documents": report.documents,
        "chunks": report.chunks,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "skipped": [{"path": skipped.path, "reason": skipped.reason} for skipped in report.skipped],
        "took_s": round(report.took_s, 3),
    }


def _watch(indexing: Indexing, order: Order, as_json: bool) -> int:
    """Follow until Ctrl-C or SIGTERM; a line for each pass that changed something."""
    import signal
    import threading

    stop = threading.Event()
    previous = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    known: tuple[Skipped, ...] | None = None
    try:
        for outcome in indexing.watch(order, stop):
            _tell(indexing.notices)
            indexing.notices.clear()
            if isinstance(outcome, StoreBusy):
                _tell([f"{outcome.message} Trying again shortly."])
                continue
            if known is not None and outcome.skipped == known and not _changed(outcome):
                continue
            if as_json:
                click.echo(json_text(as_dict(outcome)))
            else:
                _show(outcome)
                if known is None:
                    _tell(["Watching for changes; Ctrl-C ends it."])
            known = outcome.skipped
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, previous)
    if not as_json:
        _tell(["Stopped watching."])
    return 0


def _changed(report: IngestReport) -> bool:
    return bool(report.documents or report.removed or report.embedded)


def _show(report: IngestReport) -> None:
    parts = [f"{report.documents} documents written ({report.chunks} chunks)", f"{report.unchanged} unchanged"]
    if report.removed:
        parts.append(f"{report.removed} removed")
    if report.embedded:
        parts.append(f"{report.embedded} chunks given vectors")
    if report.ignored:
        parts.append(f"{report.ignored} pictures, style sheets and the like passed over")
    if report.skipped:
        parts.append(f"{len(report.skipped)} skipped")
    click.echo(f"{', '.join(parts)}, in {report.took_s:.1f} s.")
    _tell(_shortened([f"{notice.path}: {notice.text}" for notice in report.notices]))
    _tell(_shortened([f"Skipped {skipped.path}: {skipped.reason}" for skipped in report.skipped]))


def _shortened(lines: list[str]) -> list[str]:
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"… and {more} more; --json has them all."] if more > 0 else lines


def _tell(lines: list[str]) -> None:
    for line in lines:
        click.echo(printable(line), err=True)


@contextmanager
def _progress() -> Iterator[ProgressCallback | None]:
    """Show a bar on stderr where that is a terminal."""
    console = stderr_console()
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Reading", total=None, told="")

        def show(at: IngestProgress) -> None:
            if at.phase == "vectors":
                told = f"{at.chunks_done} of {at.chunks_total} chunks"
                bar.update(task, description="Vectors", completed=at.chunks_done, total=at.chunks_total, told=told)
                return
            name = Path(at.path).name
            name = f"{name[:29]}…" if len(name) > 30 else name
            told = f"{at.files_done}/{at.files_total} files, {at.chunks} chunks  {printable(name)}"
            # An empty total would never end; bytes say more about the time left than files do.
            bar.update(task, description="Ingesting", completed=at.bytes_done, total=max(at.bytes_total, 1), told=told)

        yield show
