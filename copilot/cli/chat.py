"""``edge-copilot chat``: a conversation, line by line."""

from __future__ import annotations

import asyncio
import contextlib
import sys

import click

from copilot.cli.app import App, pass_app

_EPILOG = """\b
Examples:
  edge-copilot chat
  edge-copilot chat --collection halden --conversation 3f2a9c1b
  printf 'what does F0012 mean\\nand F0013?\\n' | edge-copilot chat

\b
Within: /new begins a new conversation, /quit or Ctrl-D ends. Ctrl-C stops an answer at once.
"""


@click.command("chat", epilog=_EPILOG)
@click.option("--collection", "collections", multiple=True, help="Look only in this collection (repeatable).")
@click.option("--no-llm", is_flag=True, help="Answer in the documents' own words, without a language model.")
@click.option("--tier", type=click.Choice(["tiny", "small", "standard", "large"]), help="Size of language model.")
@click.option("--conversation", metavar="ID", help="Continue the conversation with this id, or begin it.")
@pass_app
def command(app: App, collections: tuple[str, ...], no_llm: bool, tier: str | None, conversation: str | None) -> None:
    """Ask question after question; follow-ups are understood in their context."""
    from copilot.answering.flow import AskOptions
    from copilot.assembly import Assembly
    from copilot.cli.answers import show
    from copilot.cli.output import stdout_console
    from index.errors import InputError
    from index.passages import SearchFilter

    app.override("engine.tier", tier)
    console = stdout_console()
    interactive = sys.stdin.isatty()
    if interactive:
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - gives input() a history and line editing

    with asyncio.Runner() as runner:
        assembly = Assembly(app.settings)
        try:
            if not no_llm:
                assembly.begin_loading()
            copilot = assembly.copilot()
            current = conversation or assembly.conversations.begin()
            if interactive:
                console.print(f"Conversation {current}. Ask; /new, /quit, Ctrl-C stops an answer.")
            while (line := _read_line(interactive)) is not None:
                question = line.strip()
                if question in ("/quit", "/exit", "/q"):
                    break
                if question == "/new":
                    current = assembly.conversations.begin()
                    console.print(f"Conversation {current}.")
                    continue
                if not question:
                    continue
                if not interactive:
                    console.print(f"› {question}", style="bold")
                options = AskOptions(
                    filter=SearchFilter(collections or app.settings.search.collections),
                    use_model=not no_llm,
                    conversation=current,
                )
                try:
                    answer = runner.run(show(copilot.ask(question, options), console, assembly.ages))
                    if interactive and answer.model is not None:
                        runner.run(assembly.begin_warming(options.filter.collections))
                except InputError as error:
                    console.print(str(error), style="red")
                except KeyboardInterrupt:
                    if not interactive:
                        raise
                    console.print("\n(stopped)", style="yellow")
                console.print()
        finally:
            runner.run(assembly.close())


def _read_line(interactive: bool) -> str | None:
    """The next question, or None at the end."""
    try:
        return input("› " if interactive else "")
    except EOFError:
        return None
    except KeyboardInterrupt:
        if interactive:
            click.echo()
            return None
        raise
