"""`edge-copilot`: the global options, the list of commands, and the way in.

Only click and the error classes are imported here; each command's module is imported when it is called, and imports
what is heavy inside its functions.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from copilot.cli.app import App
from copilot.cli.boundary import run_guarded
from copilot.cli.lazy import LazyCommand, LazyGroup
from copilot.cli.output import prepare_streams

_NAME: Final = "edge-copilot"
_COMPLETE: Final = "_EDGE_COPILOT_COMPLETE"  # set by click's completion scripts for bash, zsh and fish

COMMANDS: Final[dict[str, LazyCommand]] = {
    "ask": LazyCommand("copilot.cli.ask:command", "Answer one question from your documents, with citations."),
    "chat": LazyCommand("copilot.cli.chat:command", "Ask question after question, with follow-ups."),
    "tui": LazyCommand("copilot.cli.tui:command", "Open the screens; what edge-copilot alone does in a terminal."),
    "voice": LazyCommand("copilot.cli.voice:command", "Ask aloud and be answered aloud, hands free."),
    "search": LazyCommand("copilot.cli.search:command", "Show the passages that fit a query."),
    "conversations": LazyCommand("copilot.cli.conversations:command", "List, search and export what was asked before."),
    "notes": LazyCommand("copilot.cli.notes:command", "Write notes, and find those on this machine."),
    "procedure": LazyCommand("copilot.cli.procedures:command", "Walk a procedure of a manual step by step."),
    "ingest": LazyCommand("copilot.cli.ingest:command", "Put files and folders into the index."),
    "documents": LazyCommand("copilot.cli.documents:command", "List, show or remove indexed documents."),
    "collections": LazyCommand("copilot.cli.collections:command", "List collections and who may see them."),
    "serve": LazyCommand("copilot.cli.serve:command", "Answer programs and panels by HTTP."),
    "keys": LazyCommand("copilot.cli.keys:command", "Say who may ask by HTTP, and what they may see."),
    "signals": LazyCommand("copilot.cli.signals:command", "Live signals of the machine, alarms, advice, shift."),
    "sync": LazyCommand("copilot.cli.sync:command", "Keep this device up to date from a hub."),
    "hub": LazyCommand("copilot.cli.hub:command", "Publish documents and models to a fleet of devices."),
    "mcp": LazyCommand("copilot.cli.mcp:command", "Let assistants use the documents as tools (MCP)."),
    "warm": LazyCommand("copilot.cli.warm:command", "Read passages ahead, so that answers begin at once."),
    "cache": LazyCommand("copilot.cli.cache:command", "Show or clear what was read ahead."),
    "eval": LazyCommand("copilot.cli.evaluate:command", "Measure the answers on questions with known answers."),
    "route": LazyCommand("copilot.cli.route:command", "Say where questions go and why; what waits for a network."),
    "usage": LazyCommand("copilot.cli.usage:command", "Show what larger models elsewhere cost."),
    "audit": LazyCommand("copilot.cli.audit:command", "List what was sent to larger models, without its text."),
    "models": LazyCommand("copilot.cli.models:command", "List, fetch, check and import models."),
    "config": LazyCommand("copilot.cli.config:command", "Show the settings and where each comes from."),
    "doctor": LazyCommand("copilot.cli.doctor:command", "Check this machine and say what to mend."),
}

EXIT_CODES: Final = """\b
Exit codes:
  0    done
  1    done, but some inputs were skipped
  2    wrong usage, or a wrong setting
  3    a file or question can't be used
  4    a model is missing or damaged
  5    the index can't be used
  6    the network or a server can't be reached
  7    the machine lacks something: disk, memory, a permission
  8    the language model failed
  9    doctor found a fault
  10   new knowledge can't be fetched or used
  70   a fault in Edge Copilot itself
  130  stopped with Ctrl-C
  141  whoever read the output closed it"""


def _print_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    click.echo(f"edge-copilot {version('edge-copilot')}")
    ctx.exit()


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_CODES,
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep everything (index, models, settings, logs) in this folder.",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Read the settings from this file; default: copilot.toml in the data directory.",
)
@click.option("-v", "--verbose", count=True, help="Tell more on stderr; twice for everything.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
@click.pass_context
def cli(ctx: click.Context, data_dir: Path | None, config: Path | None, verbose: int) -> None:
    """Ask your own manuals a question, offline, and get an answer with its sources.

    Without a command it opens the screens, in a terminal.

    \b
    Examples:
      edge-copilot
      edge-copilot ingest ~/manuals
      edge-copilot search "F0012"
      edge-copilot ask "What does fault F0012 mean?"
    """
    app = ctx.ensure_object(App)
    app.data_dir_option = data_dir
    app.config_option = config
    app.verbose = verbose
    if ctx.invoked_subcommand is not None:
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        from copilot.cli.tui import open_ui

        ctx.exit(open_ui(app))
    click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: What stands after the program's name; default: the process's own arguments.
    """
    prepare_streams()
    if instruction := os.environ.get(_COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, _NAME, _COMPLETE, instruction)
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_guarded(cli, given, App(), _NAME)


if __name__ == "__main__":
    sys.exit(main())
