"""``edge-copilot warm``: let the model read passages before anyone asks."""

from __future__ import annotations

import asyncio

import click

from copilot.cli.app import App, json_option, pass_app

_EPILOG = """\b
Examples:
  edge-copilot warm
  edge-copilot warm --collection halden
  edge-copilot warm --limit 200 --on-battery

\b
What is warmed is kept on the disk, within engine.prefix_cache_mb. Ctrl-C ends it; what was read stays.
"""


@click.command("warm", epilog=_EPILOG)
@click.option("--collection", "collections", multiple=True, help="Only this collection (repeatable).")
@click.option("--tier", type=click.Choice(["tiny", "small", "standard", "large"]), help="Size of language model.")
@click.option("--limit", type=click.IntRange(1), help="At most so many passages.")
@click.option("--on-battery", is_flag=True, help="Go on without mains power.")
@json_option
@pass_app
def command(
    app: App, collections: tuple[str, ...], tier: str | None, limit: int | None, on_battery: bool, as_json: bool
) -> None:
    """Read passages ahead, so that answers about them begin at once.

    The model's work on a passage (its KV) is kept on the disk; a question about a warm passage skips the seconds of
    reading it. Documents read last are warmed first; what no longer fits the budget is left out.
    """
    from itertools import islice

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn

    from copilot.answering.writing import reading_prompt
    from copilot.assembly import Assembly
    from copilot.cli.output import stderr_console, stdout_console, write_json
    from copilot.engines.base import ReadingEngine
    from copilot.hardware.machine import detect_power
    from copilot.prefixes.warming import WarmProgress, warm
    from index.errors import UsageError

    app.override("engine.tier", tier)

    async def run() -> WarmProgress:
        async with Assembly(app.settings) as assembly:
            total = assembly.excerpts.count(collections)
            total = min(total, limit) if limit else total
            engine = await assembly.engine()
            if not isinstance(engine, ReadingEngine):
                raise UsageError(
                    "The configured server keeps no passages for this device.", "Set engine.kind to llama to warm them."
                )
            family = engine.info.family
            prompts = (
                reading_prompt(family, excerpt, "") for excerpt in islice(assembly.excerpts.all(collections), total)
            )
            prefixes = assembly.prefixes
            columns = ("Reading", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
            with Progress(*columns, console=stderr_console(), transient=True) as progress:
                task = progress.add_task("", total=total)
                return await warm(
                    engine,
                    prompts,
                    total,
                    progress=lambda state: progress.update(task, completed=state.done),
                    may_go_on=lambda: prefixes.has_room() and (on_battery or detect_power().on_mains),
                )

    state = asyncio.run(run())
    if as_json:
        write_json(
            {"done": state.done, "total": state.total, "computed": state.computed, "took_s": round(state.took_s, 2)}
        )
        return
    console = stdout_console()
    console.print(f"{state.done} of {state.total} passages are warm; {state.computed} read now, {state.took_s:.0f} s.")
    if state.done < state.total:
        console.print("It ended early: the budget (engine.prefix_cache_mb) is used up, or mains power is missing.")
