"""Shows the events of an answer on a terminal; used by `ask` and `chat`."""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator, Callable

from rich.console import Console
from rich.text import Text

from copilot.answering.events import Answer, Event, Evidence, Route, Token
from copilot.answering.excerpts import place, place_of
from copilot.cli.output import printable
from copilot.syncing.age import Ages
from index.passages import Passage

SHOWN_PASSAGES = 3
SHOWN_LINES = 4


async def show(events: AsyncIterator[Event], console: Console, ages: Callable[[], Ages] | None = None) -> Answer:
    """Print ``events`` as they come and return the answer.

    Args:
        events: Of one question.
        console: Where to.
        ages: Looks up how old the passages' documents are, as of now; None leaves that out.
    """
    answer: Answer | None = None
    column_open = False
    async for event in events:
        match event:
            case Evidence():
                _show_evidence(event, console, ages() if ages is not None and event.result.passages else None)
            case Route(target="quotes" | "cloud" | "queue"):
                console.print(Text(printable(event.reason), style="yellow"))
            case Route():
                pass
            case Token():
                if not column_open:
                    console.print(Text("Answer", style="bold"))
                    column_open = True
                style = "green" if event.quoted else ""
                console.print(Text(printable(event.text), style=style), end="", soft_wrap=True)
            case Answer():
                answer = event
    assert answer is not None, "the flow ends with an Answer"
    if column_open:
        console.print()
    _show_sources(answer, console, ages() if ages is not None and answer.citations else None)
    return answer


def _show_evidence(evidence: Evidence, console: Console, ages: Ages | None) -> None:
    result = evidence.result
    for notice in result.notices:
        console.print(Text(printable(notice), style="yellow"))
    if not result.passages:
        return
    console.print(Text(f"Evidence ({result.took_ms:.0f} ms)", style="bold"))
    for passage in result.passages[:SHOWN_PASSAGES]:
        console.print(Text(f"{passage.rank:>2}  {printable(place_of(passage))}{_age(passage, ages)}", style="cyan"))
        for line in _excerpt(passage, console.width - 6):
            console.print(Text("    " + line, style="dim"))
    console.print()


def _age(passage: Passage, ages: Ages | None) -> str:
    text = ages.text(passage) if ages is not None else ""
    return f" ({printable(text)})" if text else ""


def _excerpt(passage: Passage, width: int) -> list[str]:
    lines = [
        wrapped
        for line in printable(passage.text).splitlines()
        if line.strip()
        for wrapped in textwrap.wrap(line, max(20, width))
    ]
    if len(lines) > SHOWN_LINES:
        return [*lines[: SHOWN_LINES - 1], "…"]
    return lines


def _show_sources(answer: Answer, console: Console, ages: Ages | None) -> None:
    console.print()
    for citation in answer.citations:
        where = place(citation.passage.title, citation.passage.section, citation.page)
        console.print(Text(f"[{citation.n}] {printable(where)}{_age(citation.passage, ages)}", style="cyan"))
    if answer.unverified:
        listed = ", ".join(printable(claim) for claim in answer.unverified)
        console.print(Text(f"Not found in the cited passage: {listed}. Check before you rely on it.", style="bold red"))
    for notice in answer.notices:
        console.print(Text(printable(notice), style="yellow"))
    timings = answer.timings
    first = f"first word after {timings.first_token_ms / 1000:.1f} s, " if timings.first_token_ms is not None else ""
    by = printable(answer.model) if answer.model else "quoted from the documents"
    console.print(Text(f"{by} · {first}{timings.total_ms / 1000:.1f} s in all", style="dim"))
