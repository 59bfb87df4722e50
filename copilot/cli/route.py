"""``edge-copilot route``: where a question would go and why, and what waits for a network."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, stderr_console, stdout_console, write_json

if TYPE_CHECKING:
    from copilot.routing.questions import Queued
    from copilot.routing.sending import Round

_SHOWN_CHARACTERS = 60


@click.group("route")
def command() -> None:
    """Where questions are answered: on this device, by a larger model elsewhere, or later.

    \b
    Examples:
      edge-copilot route explain "why does F0013 follow F0012"
      edge-copilot route queue
      edge-copilot route queue send
      edge-copilot route curve
    """


@command.command("explain")
@click.argument("question")
@click.option("-k", "passages", type=click.IntRange(1, 50), default=5, show_default=True, help="Passages of evidence.")
@click.option("--collection", "collections", multiple=True, help="Look only in this collection (repeatable).")
@click.option("--document", "documents", multiple=True, help="Look only in this document (repeatable).")
@click.option("--language", "languages", multiple=True, help="Look only at documents in this language, such as en.")
@click.option("--tier", type=click.Choice(["tiny", "small", "standard", "large"]), help="Size of language model.")
@click.option("--conversation", metavar="ID", help="As if it were asked in this conversation.")
@click.option("--cloud", "elsewhere", is_flag=True, help="As if a larger model were wished for.")
@click.option(
    "--deadline",
    "deadline_s",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="As if the answer had to begin by then.",
)
@json_option
@pass_app
def explain(
    app: App,
    question: str,
    passages: int,
    collections: tuple[str, ...],
    documents: tuple[str, ...],
    languages: tuple[str, ...],
    tier: str | None,
    conversation: str | None,
    elsewhere: bool,
    deadline_s: float | None,
    as_json: bool,
) -> None:
    """Say where QUESTION would be answered, why, and exactly what would be sent. Nothing is sent.

    \b
    Examples:
      edge-copilot route explain "why does F0013 follow F0012"
      edge-copilot route explain "which fuse is F3" --json | jq .payload
    """
    from copilot.answering.escalating import Explanation
    from copilot.answering.flow import AskOptions
    from copilot.assembly import Assembly
    from index.passages import SearchFilter

    app.override("engine.tier", tier)
    options = AskOptions(
        k=passages,
        filter=SearchFilter(collections or app.settings.search.collections, documents, languages),
        conversation=conversation,
        wish="cloud" if elsewhere else "auto",
        deadline_s=deadline_s,
    )

    async def run() -> tuple[Explanation, list[str]]:
        async with Assembly(app.settings) as assembly:
            told = await assembly.copilot().explain(question, options)
            return told, assembly.notices

    told, notices = asyncio.run(run())
    stderr = stderr_console()
    for notice in notices:
        stderr.print(printable(notice), style="yellow")
    if as_json:
        write_json(
            {"target": told.target, "reason": told.reason, "signals": dict(told.signals), "payload": told.payload}
        )
        return
    from copilot.cli.output import json_text

    console = stdout_console()
    where = f" (endpoint {told.endpoint})" if told.endpoint else ""
    console.print(f"{told.target}{printable(where)}", style="bold")
    console.print(printable(told.reason))
    if told.signals:
        console.print("  ".join(f"{name} {value:g}" for name, value in told.signals.items() if value), style="dim")
    console.print("\nWould be sent:" if told.payload is not None else "\nNothing would be sent.", style="bold")
    if told.payload is not None:
        console.print(printable(json_text(told.payload, indent=2)), soft_wrap=True)


@command.command("curve")
@json_option
@pass_app
def curve(app: App, as_json: bool) -> None:
    """Show what each value of route.threshold leads to: share of calls and right answers, as measured.

    \b
    Example:
      edge-copilot route curve
    """
    from copilot.assembly import Assembly

    learned = Assembly(app.settings).routing.learned
    if as_json:
        points = [point.model_dump(mode="json") for point in learned.curve]
        write_json({"threshold": app.settings.route.threshold, "fitted_on": learned.fitted_on, "curve": points})
        return
    if not learned.curve:
        click.echo("Nothing was measured yet. Measure with: edge-copilot eval FILES --train-router", err=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, title=printable(learned.fitted_on))
    for heading in ("threshold", "of the questions elsewhere", "right answers"):
        table.add_column(heading, justify="right")
    for point in learned.curve:
        table.add_row(f"{point.threshold:.2f}", f"{point.share:.0%}", f"{point.right:.1%}")
    console = stdout_console()
    console.print(table)
    console.print(f"route.threshold is {app.settings.route.threshold}.")


@command.group("queue", invoke_without_command=True)
@json_option
@click.pass_context
def queue(ctx: click.Context, as_json: bool) -> None:
    """Questions that wait for a network, to be answered by a larger model.

    \b
    Examples:
      edge-copilot route queue
      edge-copilot route queue send
      edge-copilot route queue show 3f2a9c
      edge-copilot route queue cancel 3f2a9c
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=as_json)


@queue.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List the questions with what became of them.

    \b
    Example:
      edge-copilot route queue list --json
    """
    from copilot.assembly import Assembly

    questions = Assembly(app.settings).routing.questions
    found = questions.everything()
    questions.close()
    if as_json:
        write_json({"questions": [_as_dict(one) for one in found]})
        return
    if not found:
        click.echo("No question waits.", err=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("id", "asked", "expires", "state", "question"):
        table.add_column(heading)
    for one in found:
        asked, expires = (at.astimezone().strftime("%d %b %H:%M") for at in (one.asked_at, one.expires_at))
        text = one.waiting.question
        short = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
        table.add_row(one.id[-6:], asked, expires, one.state, printable(short))
    stdout_console().print(table)


@queue.command("show")
@click.argument("id_", metavar="ID")
@json_option
@pass_app
def show(app: App, id_: str, as_json: bool) -> None:
    """Show a question and its answer.

    \b
    Example:
      edge-copilot route queue show 3f2a9c
    """
    from copilot.assembly import Assembly

    questions = Assembly(app.settings).routing.questions
    one = questions.find(id_)
    questions.told([one.id])
    questions.close()
    if as_json:
        write_json(_as_dict(one))
        return
    console = stdout_console()
    console.print(printable(one.waiting.question), style="bold")
    console.print(printable(one.answer) if one.answer is not None else f"({one.state})", soft_wrap=True)


@queue.command("send")
@click.argument("id_", metavar="[ID]", required=False)
@json_option
@pass_app
def send(app: App, id_: str | None, as_json: bool) -> None:
    """Send what waits now, or one question, and file the answers in their conversations.

    \b
    Examples:
      edge-copilot route queue send
      edge-copilot route queue send 3f2a9c
    """
    from copilot.assembly import Assembly
    from index.errors import NetworkError

    async def run() -> Round:
        async with Assembly(app.settings) as assembly:
            only = assembly.routing.questions.find(id_).id if id_ is not None else None
            done = await assembly.routing.sender(assembly.copilot(), assembly.conversations).send(only)
            assembly.routing.questions.told([one.id for one, _ in done.answered])
            return done

    done = asyncio.run(run())
    if as_json:
        answered = [{"id": one.id, "status": answer.status, "text": answer.text} for one, answer in done.answered]
        write_json({"answered": answered, "waiting": done.waiting, "kept": done.kept})
    else:
        console = stdout_console()
        for one, answer in done.answered:
            console.print(printable(one.waiting.question), style="bold")
            console.print(printable(answer.text) + "\n", soft_wrap=True)
        for reason in done.kept.values():
            click.echo(f"Not sent any more: {reason}", err=True)
        if not done.answered and not done.waiting and not done.kept:
            click.echo("No question waits.", err=True)
    if done.waiting and not done.answered:
        raise NetworkError(
            f"{len(done.waiting)} questions still wait: no larger model answered.", "Try again when there is a network."
        )


@queue.command("cancel")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@pass_app
def cancel(app: App, ids: tuple[str, ...]) -> None:
    """Take questions out; an answer that is on its way is not filed.

    \b
    Example:
      edge-copilot route queue cancel 3f2a9c
    """
    from copilot.assembly import Assembly

    questions = Assembly(app.settings).routing.questions
    for id_ in ids:
        done = questions.cancel(id_)
        click.echo(f"{id_}: {'cancelled' if done else 'no longer waits'}", err=True)
    questions.close()


def _as_dict(one: Queued) -> dict[str, Any]:
    return {
        "id": one.id,
        "question": one.waiting.question,
        "conversation": one.waiting.conversation,
        "state": one.state,
        "reason": one.waiting.reason,
        "asked_at": one.asked_at.isoformat(),
        "expires_at": one.expires_at.isoformat(),
        "attempts": one.attempts,
        "answer": one.answer,
        "answered_at": one.answered_at.isoformat() if one.answered_at is not None else None,
    }
