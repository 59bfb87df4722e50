"""``edge-copilot ask``: one question, evidence first, then the answer as it is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import click

from copilot.cli.app import App, json_option, pass_app

_EPILOG = """\b
Examples:
  edge-copilot ask "what does F0012 mean"
  edge-copilot ask "how do I replace the brake?" --collection halden
  edge-copilot ask "torque for M8 bolts" --no-llm
  edge-copilot ask "and for M10?" --conversation 3f2a9c1b
  edge-copilot ask "why does F0013 follow F0012" --cloud
  edge-copilot ask "torque of the clamp" --deadline 2
  edge-copilot ask "why is it tripping?" --live
  edge-copilot ask "which fuse is F3" --json | jq .citations
"""


@click.command("ask", epilog=_EPILOG)
@click.argument("question")
@click.option("-k", "passages", type=click.IntRange(1, 50), default=5, show_default=True, help="Passages of evidence.")
@click.option("--collection", "collections", multiple=True, help="Look only in this collection (repeatable).")
@click.option("--document", "documents", multiple=True, help="Look only in this document (repeatable).")
@click.option("--language", "languages", multiple=True, help="Look only at documents in this language, such as en.")
@click.option("--no-llm", is_flag=True, help="Answer in the documents' own words, without a language model.")
@click.option(
    "--tier",
    type=click.Choice(["tiny", "small", "standard", "large"]),
    help="Size of language model; default: what suits this machine.",
)
@click.option("--conversation", metavar="ID", help="Continue the conversation with this id, or begin it.")
@click.option("--detail", is_flag=True, help="A longer answer.")
@click.option("--local", "here", is_flag=True, help="Answer on this device, whatever the router would say.")
@click.option("--cloud", "elsewhere", is_flag=True, help="Prefer a larger model elsewhere, as far as it may be asked.")
@click.option(
    "--deadline",
    "deadline_s",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="The answer must begin by then: a larger model that would be late is not asked.",
)
@click.option("--live", is_flag=True, help="Connect to the machine's signals first, for at most three seconds.")
@json_option
@pass_app
def command(
    app: App,
    question: str,
    passages: int,
    collections: tuple[str, ...],
    documents: tuple[str, ...],
    languages: tuple[str, ...],
    no_llm: bool,
    tier: str | None,
    conversation: str | None,
    detail: bool,
    here: bool,
    elsewhere: bool,
    deadline_s: float | None,
    live: bool,
    as_json: bool,
) -> None:
    """Ask your documents a QUESTION.

    The passages found are shown at once, then the answer with numbered citations. Where the documents don't tell,
    the answer says so and names the nearest passages. Nothing leaves this device unless cloud.endpoints names a larger
    model; what may go there then, says the privacy policy, also for --cloud.
    """
    from copilot.answering.events import Answer, Event
    from copilot.answering.flow import AskOptions
    from copilot.answering.wire import AnswerJson
    from copilot.assembly import Assembly
    from copilot.cli.news import news
    from copilot.cli.output import printable, stderr_console, stdout_console, write_json
    from index.passages import SearchFilter

    if here and elsewhere:
        raise click.UsageError("--local and --cloud can't both be wished for.")
    if elsewhere and no_llm:
        raise click.UsageError("--cloud asks a model, and --no-llm asks none.")
    app.override("engine.tier", tier)
    options = AskOptions(
        k=passages,
        filter=SearchFilter(collections or app.settings.search.collections, documents, languages),
        use_model=not no_llm,
        conversation=conversation,
        detail=detail,
        wish="local" if here else "cloud" if elsewhere else "auto",
        deadline_s=deadline_s,
    )

    async def run() -> None:
        async with Assembly(app.settings) as assembly:
            if not no_llm:
                assembly.begin_loading()
            if live:
                await asyncio.to_thread(assembly.live.look, 3.0)
            copilot = assembly.copilot()
            events = copilot.ask(question, options)
            if as_json:
                answer = await _last(events)
                told = AnswerJson.of(answer, conversation, assembly.ages())
                told = told.model_copy(update={"notices": (*assembly.notices, *told.notices, *news(assembly))})
                write_json(told.model_dump(mode="json"))
                return
            from copilot.cli.answers import show

            await show(events, stdout_console(), assembly.ages)
            for notice in (*assembly.notices, *news(assembly)):
                stderr_console().print(printable(notice), style="yellow")

    async def _last(events: AsyncIterator[Event]) -> Answer:
        answer: Answer | None = None
        async for event in events:
            if isinstance(event, Answer):
                answer = event
        assert answer is not None
        return answer

    asyncio.run(run())
