"""``edge-copilot cache``: what is kept of passages read before."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import click

from copilot.cli.app import App, json_option, pass_app

_EPILOG = """\b
Examples:
  edge-copilot cache stats
  edge-copilot cache stats --json
  edge-copilot cache clear
"""


@click.group("cache", epilog=_EPILOG)
def command() -> None:
    """Show or clear the model's work on passages that it has read."""


@command.command("stats", epilog=_EPILOG)
@json_option
@pass_app
def stats(app: App, as_json: bool) -> None:
    """Show how many passages are warm and what they take."""
    from copilot.assembly import Assembly
    from copilot.cli.output import stdout_console, write_json

    async def look() -> None:
        async with Assembly(app.settings) as assembly:
            found = assembly.prefixes.stats()
            if as_json:
                write_json(asdict(found))
                return
            stdout_console().print(
                f"{found.entries} passages warm ({found.tokens:,} tokens): {found.bytes / 1e6:,.0f} MB "
                f"of {found.budget_bytes / 1e6:,.0f} MB allowed; {found.file_bytes / 1e6:,.0f} MB on the disk."
            )

    asyncio.run(look())


@command.command("clear", epilog=_EPILOG)
@json_option
@pass_app
def clear(app: App, as_json: bool) -> None:
    """Drop all of it; it is computed again when needed."""
    from copilot.assembly import Assembly
    from copilot.cli.output import stdout_console, write_json

    async def drop() -> None:
        async with Assembly(app.settings) as assembly:
            before = assembly.prefixes.stats()
            assembly.prefixes.clear()
            if as_json:
                write_json({"entries": before.entries, "bytes": before.bytes})
            else:
                stdout_console().print(f"Dropped {before.entries} passages, {before.bytes / 1e6:,.0f} MB.")

    asyncio.run(drop())
