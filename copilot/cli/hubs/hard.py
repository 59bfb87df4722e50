"""`edge-copilot hub hard-questions`: hard cases of the fleet as a question file."""

from __future__ import annotations

from pathlib import Path

import click

from copilot.cli.hubs.parts import hub_argument
from copilot.cli.hubs.storage import opened, storage_options
from copilot.cli.output import json_text


@click.command("hard-questions")
@hub_argument
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write them here instead of to stdout.")
@click.option("--at-least", default=1, show_default=True, type=click.IntRange(1), help="Only what came so often.")
@storage_options
def hard_questions(hub_dir: Path, out: Path | None, at_least: int, database: str | None, key_env: str | None) -> None:
    """Turn questions that devices could not answer well into lines of a question file, the most frequent first.

    Say by hand what an answer must hold; then measure with “eval” and train with “eval --train-router”.

    \b
    Examples:
      edge-copilot hub hard-questions HUB_DIR > hard.jsonl
      edge-copilot hub hard-questions HUB_DIR --at-least 3 --out hard.jsonl
    """
    from sync.receiver.hard_questions import from_storage

    with opened(hub_dir, database, key_env) as storage:
        found = [one for one in from_storage(storage) if one.times >= at_least]
    text = "".join(json_text(one.as_line()) + "\n" for one in found)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
    click.echo(f"{len(found)} hard questions.", err=True)
