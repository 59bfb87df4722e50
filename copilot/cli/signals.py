"""``edge-copilot signals``: check, list, watch the machine's signals; advice for a code; the summary of a shift."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.lazy import LazyCommand, LazyGroup

if TYPE_CHECKING:
    from rich.table import Table

    from copilot.hmi.parts import Live
    from copilot.hmi.values import Advice, SignalState

_HERE = "copilot.cli.signals"
_COMMANDS = {
    "check": LazyCommand(f"{_HERE}:check", "Check signals.toml, and whether every source brings its signals."),
    "list": LazyCommand(f"{_HERE}:list_", "Show every signal with its value as of now."),
    "watch": LazyCommand(f"{_HERE}:watch", "Show changes and alarms as they come, until Ctrl-C."),
    "advice": LazyCommand(f"{_HERE}:advice", "Show what to do about an alarm or a fault code."),
    "summary": LazyCommand(f"{_HERE}:summary", "Tell what happened in a shift."),
}

_EPILOG = """\b
Examples:
  edge-copilot signals check
  edge-copilot signals list
  edge-copilot signals watch dc_bus
  edge-copilot signals advice F0012
  edge-copilot signals summary --since 8h
"""

_wait = click.option(
    "--wait", "wait_s", type=click.FloatRange(0.1, 120), default=5.0, show_default=True, metavar="SECONDS",
    help="How long to wait for the sources.",
)  # fmt: skip


@click.group("signals", cls=LazyGroup, lazy=_COMMANDS, epilog=_EPILOG)
def command() -> None:
    """Live signals of the machine: read from OPC UA, MQTT and Modbus as signals.toml says. Nothing is ever written."""


@click.command(
    "check",
    epilog="\b\nExamples:\n  edge-copilot signals check\n  edge-copilot signals check --offline\n",
)
@click.option("--offline", is_flag=True, help="Look at the file alone, and connect to nothing.")
@_wait
@json_option
@pass_app
def check(app: App, offline: bool, wait_s: float, as_json: bool) -> int:
    """Check signals.toml, connect to every source, and say of each signal whether it comes.

    Exit code 6 where a source can't be reached or a signal doesn't come.
    """
    from copilot.cli.output import printable, stdout_console, write_json
    from copilot.hmi.wire import SignalJson, SignalsJson, SourceJson

    with _live(app, required=True) as live:
        states: list[SignalState] = []
        if not offline:
            live.look(wait_s)
        states = live.signals()
        sources = live.sources()
        wrong = [] if offline else [state for state in states if not state.is_current]
        if as_json:
            told = SignalsJson(signals=tuple(map(SignalJson.of, states)), sources=tuple(map(SourceJson.of, sources)))
            write_json(told.model_dump(mode="json"))
            return 6 if wrong else 0
        console = stdout_console()
        console.print(printable(f"{live.registry.path}: {len(sources)} sources, {len(states)} signals."))
        if offline:
            return 0
        for source in sources:
            said = "up" if source.condition == "up" else f"{source.condition}: {source.reason}"
            console.print(printable(f"  {source.name} ({source.kind}): {said}"), soft_wrap=True)
        for state in wrong:
            console.print(printable(f"  {state.signal.name}: no current value ({state.quality})"), style="yellow")
        console.print("Every signal comes." if not wrong else f"{len(wrong)} of {len(states)} signals don't come.")
        return 6 if wrong else 0


@click.command(
    "list",
    epilog="\b\nExamples:\n  edge-copilot signals list\n  edge-copilot signals list --json | jq '.signals[].text'\n",
)
@_wait
@json_option
@pass_app
def list_(app: App, wait_s: float, as_json: bool) -> None:
    """Connect to the sources for a moment and show every signal as of now."""
    from copilot.cli.output import stdout_console, write_json
    from copilot.hmi.wire import SignalJson, SignalsJson, SourceJson

    with _live(app, required=True) as live:
        live.look(wait_s)
        states = live.signals()
        if as_json:
            told = SignalsJson(
                signals=tuple(map(SignalJson.of, states)), sources=tuple(map(SourceJson.of, live.sources()))
            )
            write_json(told.model_dump(mode="json"))
            return
        stdout_console().print(_table(states))


@click.command(
    "watch", epilog="\b\nExamples:\n  edge-copilot signals watch\n  edge-copilot signals watch dc_bus pressure\n"
)
@click.argument("names", nargs=-1)
@pass_app
def watch(app: App, names: tuple[str, ...]) -> None:
    """Show changes of all signals, or of NAMES, and alarms with their advice, until Ctrl-C."""
    from copilot.cli.output import printable, stdout_console
    from copilot.hmi.context.telling import tell_alarm, tell_signal
    from copilot.hmi.feed import AdviceReady, AlarmChanged, SignalsChanged
    from copilot.hmi.saying import clock_text

    console = stdout_console()

    async def follow(live: Live) -> None:
        live.signals(names)
        following = live.follow()
        begun = asyncio.ensure_future(anext(following))
        await asyncio.sleep(0)
        await asyncio.to_thread(live.start)
        while True:
            event = await begun
            begun = asyncio.ensure_future(anext(following))
            match event:
                case SignalsChanged(states):
                    for state in states:
                        if not names or state.signal.name in names:
                            console.print(printable(tell_signal(state)), soft_wrap=True)
                case AlarmChanged(alarm) if alarm.active:
                    console.print(printable(tell_alarm(alarm, live.clock())), style="bold yellow", soft_wrap=True)
                case AlarmChanged(alarm):
                    at = clock_text(alarm.ended_s or live.clock(), live.clock())
                    console.print(printable(f"Alarm {alarm.code or alarm.title}: over since {at}."), soft_wrap=True)
                case AdviceReady(ready):
                    _show_advice(ready)

    with _live(app, required=True) as live:
        asyncio.run(follow(live))


@click.command("advice", epilog="\b\nExamples:\n  edge-copilot signals advice\n  edge-copilot signals advice F0012\n")
@click.argument("code", required=False)
@_wait
@json_option
@pass_app
def advice(app: App, code: str | None, wait_s: float, as_json: bool) -> None:
    """Show what the documents, the notes and the logbook say about a fault CODE; without one, about what stands now."""
    from copilot.cli.output import stdout_console, write_json
    from copilot.hmi.wire import AdviceJson, AdvicesJson

    with _live(app, required=code is None) as live:
        if code is not None:
            found = [live.advise_code(code)]
        else:
            live.look(wait_s)
            found = [live.advice(alarm.id) for alarm in live.alarms()]
        if as_json:
            write_json(AdvicesJson(advice=tuple(map(AdviceJson.of, found))).model_dump(mode="json"))
            return
        for one in found:
            _show_advice(one)
        if not found:
            stdout_console().print("No alarm stands.")


@click.command(
    "summary",
    epilog="\b\nExamples:\n  edge-copilot signals summary\n  edge-copilot signals summary --since 2025-03-11T06:00\n",
)
@click.option("--since", default="8h", show_default=True, help="A moment (ISO 8601), or how long ago: 8h, 90min, 2d.")
@json_option
@pass_app
def summary(app: App, since: str, as_json: bool) -> None:
    """Tell what happened: alarms, how the signals went, notes, what was done.

    It is made of what `edge-copilot serve` has kept while it watched the machine; no model is asked.
    """
    from copilot.cli.output import printable, stderr_console, stdout_console, write_json
    from copilot.hmi.summary import since_of
    from copilot.hmi.wire import SummaryJson

    with _live(app, required=False) as live:
        told = live.summary(since_of(since, live.clock()))
    if as_json:
        write_json(SummaryJson.of(told).model_dump(mode="json"))
        return
    for notice in told.notices:
        stderr_console().print(printable(notice), style="yellow", soft_wrap=True)
    for number, line in enumerate(told.lines):
        stdout_console().print(printable(line.text if number == 0 else f"  {line.text}"), soft_wrap=True)


@contextmanager
def _live(app: App, *, required: bool) -> Iterator[Live]:
    """The live side, closed at the end.

    Raises:
        UsageError: No signals are configured, and ``required`` says that they must be.
    """
    from copilot.assembly import Assembly
    from index.errors import UsageError

    assembly = Assembly(app.settings)
    try:
        live = assembly.live
        if required and not live.configured:
            raise UsageError(
                "No live signals are configured.",
                f"Write {app.settings.data_dir / 'signals.toml'}, or name another file with hmi.signals: docs/hmi.md.",
            )
        yield live
    finally:
        asyncio.run(assembly.close())


def _table(states: list[SignalState]) -> Table:
    from rich.table import Table
    from rich.text import Text

    from copilot.cli.output import printable
    from copilot.hmi.saying import clock_text, value_text

    table = Table(box=None, pad_edge=False)
    for heading in ("signal", "value", "trend", "at", "quality", "what"):
        table.add_column(heading, style="bold" if heading == "signal" else "", no_wrap=heading == "signal")
    for state in states:
        reading = state.reading
        shown = value_text(state.signal, reading.value) if reading is not None and state.is_current else "–"
        flags = ", ".join(flag.replace("_", " ") for flag in state.flags)
        table.add_row(
            *(
                Text(printable(cell))
                for cell in (
                    state.signal.name,
                    shown,
                    "" if state.trend.direction == "unknown" else state.trend.direction,
                    clock_text(reading.at_s, state.now_s) if reading is not None else "",
                    f"{state.quality}{f', {flags}' if flags else ''}",
                    " · ".join(filter(None, (state.signal.title, state.signal.component))),
                )
            )
        )
    return table


def _show_advice(advice: Advice) -> None:
    from copilot.answering.excerpts import place_of
    from copilot.cli.output import printable, stdout_console
    from copilot.hmi.context.telling import tell_signal

    console = stdout_console()

    def say(text: str, style: str = "") -> None:
        console.print(printable(text), style=style, soft_wrap=True)

    alarm = advice.alarm
    say(alarm.title if alarm.code in alarm.title else f"{alarm.code} {alarm.title}", "bold")
    if advice.meaning and advice.meaning_citation is not None:
        say(f"  {advice.meaning} [{advice.meaning_citation + 1}]")
    elif not advice.passages:
        say("  The documents say nothing about it.")
    for step in advice.steps:
        say(f"  - {step.text} [{step.citation + 1}]")
    for state in advice.signals:
        say(f"  {tell_signal(state)}")
    for incident in advice.incidents:
        say(f"  Before ({incident.when}): {incident.text} ({incident.reference})")
    for number, passage in enumerate(advice.passages, 1):
        say(f"  [{number}] {place_of(passage)}", "dim")
