"""``edge-copilot eval``: how good the answers are, on questions with known answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from copilot.cli.app import App, json_option, pass_app

if TYPE_CHECKING:
    from copilot.routing.training import Trained

_EPILOG = """\b
Examples:
  edge-copilot eval questions.jsonl
  edge-copilot eval a.jsonl b.jsonl --report out --json > today.json
  edge-copilot eval questions.jsonl --baseline yesterday.json
  edge-copilot eval questions.jsonl --no-llm
  edge-copilot eval questions.jsonl --calibrate
  edge-copilot eval questions.jsonl --train-router

\b
A question file holds one JSON object a line; see docs/evaluation.md.
"""


@click.command("eval", epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-k", "passages", type=click.IntRange(1, 50), default=10, show_default=True, help="Passages of evidence.")
@click.option("--collection", "collections", multiple=True, help="Look only in this collection (repeatable).")
@click.option("--tier", type=click.Choice(["tiny", "small", "standard", "large"]), help="Size of language model.")
@click.option("--no-llm", is_flag=True, help="Measure answers quoted without a language model.")
@click.option("--limit", type=click.IntRange(1), help="Ask only so many questions of each file.")
@click.option(
    "--report", type=click.Path(path_type=Path, file_okay=False), help="Write an HTML report into this folder."
)
@click.option(
    "--baseline", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Compare with an earlier --json."
)
@click.option(
    "--calibrate", is_flag=True, help="Fit when to answer and when to abstain; keep it in the data directory."
)
@click.option(
    "--train-router",
    is_flag=True,
    help="Ask each question here and of the larger models, learn when these help, and keep it in the data directory.",
)
@json_option
@pass_app
def command(
    app: App,
    files: tuple[Path, ...],
    passages: int,
    collections: tuple[str, ...],
    tier: str | None,
    no_llm: bool,
    limit: int | None,
    report: Path | None,
    baseline: Path | None,
    calibrate: bool,
    train_router: bool,
    as_json: bool,
) -> None:
    """Ask every question of FILES through the whole answer flow and measure what comes of it."""
    from copilot.answering.flow import AskOptions
    from copilot.assembly import Assembly
    from copilot.cli.output import stderr_console, stdout_console, write_json
    from copilot.evaluation.calibration import fit, require_enough, write_calibration
    from copilot.evaluation.questions import read_questions
    from copilot.evaluation.report import as_table, write_report
    from copilot.evaluation.runner import Outcome, run
    from copilot.evaluation.summary import Summary, changes, summarise
    from copilot.hardware.machine import peak_memory_bytes
    from index.errors import UsageError
    from index.passages import SearchFilter

    if train_router:
        _train_router(app, files, passages, collections, tier, limit, as_json)
        return
    app.override("engine.tier", tier)
    questions = [question for file in files for question in read_questions(file)[:limit]]
    if calibrate:
        answerable = sum(question.answerable for question in questions)
        require_enough(answerable, len(questions) - answerable)
    before: Summary | None = None
    if baseline is not None:
        try:
            before = Summary.model_validate_json(baseline.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{baseline} is no result of an evaluation.", "Write one with `edge-copilot eval … --json > FILE`."
            ) from error
    options = AskOptions(
        k=passages,
        filter=SearchFilter(collections or app.settings.search.collections),
        use_model=not no_llm,
        wish="local",
        keep=False,
    )

    async def ask_all() -> list[Outcome]:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn

        columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        async with Assembly(app.settings) as assembly:
            if not no_llm:
                await assembly.engine()
            outcomes: list[Outcome] = []
            with Progress(*columns, console=stderr_console(), transient=True) as progress:
                task = progress.add_task("Asking", total=len(questions))
                async for outcome in run(assembly.copilot(), questions, options):
                    outcomes.append(outcome)
                    progress.advance(task)
            return outcomes

    outcomes = asyncio.run(ask_all())
    summary = summarise(" + ".join(file.stem for file in files), outcomes, peak_memory_bytes() / (1 << 20))
    differences = changes(before, summary) if before is not None else []
    stderr = stderr_console()
    if report is not None:
        page = write_report(report, summary, outcomes, before, differences)
        stderr.print(f"Report: {page}")
    if as_json:
        write_json(summary.model_dump(mode="json"))
    else:
        console = stdout_console()
        console.print(as_table(summary, before))
        for change in differences:
            console.print(f"{'better' if change.better else 'worse '}  {change.id}  {change.question}")
    if calibrate:
        fitted = fit(outcomes, summary.name)
        path = write_calibration(fitted, app.settings.data_dir)
        stderr.print(f"Calibration of tier {fitted.tier} kept in {path}.")


def _train_router(
    app: App,
    files: tuple[Path, ...],
    passages: int,
    collections: tuple[str, ...],
    tier: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    from copilot.answering.flow import AskOptions
    from copilot.assembly import Assembly
    from copilot.cli.output import printable, stderr_console, stdout_console, write_json
    from copilot.evaluation.questions import read_questions
    from index.errors import UsageError
    from index.passages import SearchFilter

    app.override("engine.tier", tier)
    app.override("route.threshold", 0.5)  # the local model reads first, also where an owner has turned it off
    if not app.settings.cloud.endpoints:
        raise UsageError(
            "To train the router there must be a larger model to compare with.",
            "Name one in the settings: [[cloud.endpoints]].",
        )
    questions = [question for file in files for question in read_questions(file)[:limit]]
    options = AskOptions(k=passages, filter=SearchFilter(collections or app.settings.search.collections))
    stderr = stderr_console()

    async def learn() -> tuple[list[str], Trained]:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn

        columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        async with Assembly(app.settings) as assembly:
            with Progress(*columns, console=stderr, transient=True) as progress:
                task = progress.add_task("Asking both", total=len(questions))
                trained = await assembly.routing.train(
                    assembly.copilot(),
                    questions,
                    options,
                    " + ".join(file.stem for file in files),
                    lambda: progress.advance(task),
                )
            return assembly.notices, trained

    notices, trained = asyncio.run(learn())
    for notice in (*notices, *trained.notices):
        stderr.print(printable(notice), style="yellow")
    if as_json:
        write_json(trained.learned.model_dump(mode="json"))
    else:
        console = stdout_console()
        console.print(f"{'threshold':>10} {'elsewhere':>10} {'right':>7}")
        for point in trained.learned.curve:
            console.print(f"{point.threshold:>10.2f} {point.share:>10.0%} {point.right:>7.1%}")
    stderr.print(f"The router, trained on {printable(trained.learned.fitted_on)}, is kept in {trained.path}.")
