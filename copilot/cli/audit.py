"""``edge-copilot audit``: what left this device, without a word of it."""

from __future__ import annotations

from collections.abc import Mapping

import click

from copilot.cli.app import App, json_option, pass_app

_EPILOG = """\b
Examples:
  edge-copilot audit
  edge-copilot audit --last 5 --json

\b
The hash is that of the exact bytes; "route explain QUESTION" shows what they would be.
"""


@click.command("audit", epilog=_EPILOG)
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="Show so many, the newest.")
@json_option
@pass_app
def command(app: App, last: int, as_json: bool) -> None:
    """List the requests that were sent to larger models: when, where to, how much, under which labels, and their hash.

    The log holds no text. It is written before a request is sent; where it can't be written, nothing is sent.
    """
    from copilot.cli.output import printable, stdout_console, write_json
    from copilot.privacy.audit import FILE_NAME, AuditLog

    log = AuditLog(app.settings.data_dir / FILE_NAME)
    found = list(log.requests())
    shown = found[-last:]
    if as_json:
        write_json(
            {
                "log": str(log.path),
                "total": len(found),
                "requests": [one.model_dump(mode="json") for one in shown],
            }
        )
        return
    if not found:
        click.echo("Nothing has ever been sent to a larger model.", err=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("when", "endpoint", "outcome", "bytes", "sha256", "what"):
        table.add_column(heading, no_wrap=heading != "what", justify="right" if heading == "bytes" else "left")
    for one in shown:
        passages = _counts(one.labels)
        said = [f"passages: {passages}" if passages else "the question alone"]
        said += (
            [f"kept here: {kept}"]
            if (kept := _counts({"passages": one.held_passages, "turns": one.held_turns}))
            else []
        )
        said += [f"replaced: {replaced}"] if (replaced := _counts(one.placeholders)) else []
        table.add_row(
            one.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            printable(f"{one.endpoint}{' (trusted)' if one.trusted else ''}"),
            printable(one.outcome or "not known"),
            f"{one.bytes:,}",
            printable(one.sha256[:12]),
            "; ".join(said),
        )
    stdout_console().print(table)
    if len(found) > len(shown):
        click.echo(f"{len(found) - len(shown)} older ones are in {log.path}.", err=True)


def _counts(counts: Mapping[str, int]) -> str:
    from copilot.cli.output import printable

    return ", ".join(f"{count} {printable(name).lower()}" for name, count in counts.items() if count)
