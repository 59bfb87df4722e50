"""``edge-copilot chat``: a conversation, line by line."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING

import click

from copilot.cli.app import App, pass_app

if TYPE_CHECKING:
    from copilot.answering.events import Answer
    from copilot.assembly import Assembly

_EPILOG = """\b
Examples:
  edge-copilot chat
  edge-copilot chat --collection halden --conversation 3f2a9c1b
  printf 'what does F0012 mean\\nand F0013?\\n' | edge-copilot chat

\b
Within: /new begins a new conversation, /quit or Ctrl-D ends. Ctrl-C stops an answer at once. /good and /bad [what would
be right] tell the hub what you think of the last answer, where outbox.url names one.
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
            answer: Answer | None = None
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
                if question.partition(" ")[0] in ("/good", "/bad"):
                    console.print(_rate(assembly, answer, question))
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


def _rate(assembly: Assembly, answer: Answer | None, line: str) -> str:
    """Keep what a person thinks of the last answer for the hub; what is to be said of that."""
    from copilot.uploading.hard import rated
    from index.errors import EdgeCopilotError

    if answer is None:
        return "There is no answer yet."
    if not assembly.uploading.configured:
        return "There is no hub to tell: outbox.url is empty."
    word, _, comment = line.partition(" ")
    try:
        receipt = assembly.uploading.put(rated(answer, word[1:], comment.strip()))
    except EdgeCopilotError as error:
        return str(error)
    return receipt.notice or "Kept for the hub."


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
