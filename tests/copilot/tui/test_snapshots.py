"""Every screen as it looks, in three sizes and two themes.

After a change that is meant: ``pytest tests/copilot/tui/test_snapshots.py --snapshot-update``, then look at the files
(``gunzip -c FILE > picture.svg``) before they are committed. They are kept compressed: plain, they are ten
times larger.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy import SnapshotAssertion
from textual.pilot import Pilot

from copilot.answering.conversations import Conversations
from copilot.answering.turns import Turn
from copilot.notes import Context
from copilot.notes.store import Notes
from copilot.tui.app import CopilotApp
from copilot.tui.screens.setup import SetupScreen
from tests.copilot.tui.conftest import make_app, make_settings, scripted, type_in, until

SIZES = ((80, 24), (120, 36), (200, 60))
THEMES = ("sunlight", "night")
MORNING = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


class CompressedSVG(SVGImageExtension):
    """The plugin's pictures, compressed on the disk."""

    _file_extension = "svg.gz"

    @classmethod
    def _write_snapshot_collection(cls, *, snapshot_collection: Any) -> None:
        path = Path(snapshot_collection.location)
        (snapshot,) = snapshot_collection
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(snapshot.data.encode(), mtime=0))

    def _read_snapshot_data_from_location(self, *, snapshot_location: str, **_: Any) -> str | None:
        path = Path(snapshot_location)
        return gzip.decompress(path.read_bytes()).decode() if path.exists() else None


@pytest.fixture
def steady(library: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory and a machine that are the same everywhere, with a note and a conversation of one morning."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    from copilot.hardware import machine

    memory = machine.Memory(8 << 30, 6 << 30)
    monkeypatch.setattr(machine, "detect_memory", lambda *_: memory)
    monkeypatch.setattr(machine, "usable_cores", lambda *_: 4)
    settings = make_settings(library)
    ticks = (MORNING + timedelta(minutes=number) for number in range(100))
    with Notes(settings.notes_file, now=lambda: next(ticks), new_id=iter(["n1", "n2", "n3"]).__next__) as notes:
        context = Context(machine="Press 3", work_order="A-17")
        notes.set_context(context)
        notes.add("Filter replaced, pressure 140 bar again.\n\nOld one was black.", tags=("hydraulics",))
        notes.add("Timing belt measured: 39 Hz. Set to 42 Hz.", tags=("belt",))
    conversations = Conversations(settings.conversations_file, now=lambda: MORNING)
    conversations.add("c1", Turn("what does F0012 mean", "Brake BR-120 does not release. [1]"))
    conversations.add("c1", Turn("and F0013?", "Brake BR-120 worn. [1]"))
    conversations.close()
    return library


async def settled(pilot: Pilot[Any]) -> None:
    """Let everything that was begun come to its end, and the screen be drawn."""
    quiet = 0
    for _ in range(400):
        await pilot.pause(0.02)
        busy = [worker for worker in pilot.app.workers if not worker.is_finished and worker.group != "load"]
        quiet = 0 if busy else quiet + 1
        if quiet == 5:
            break
    for field in pilot.app.screen.query("Input, TextArea"):
        field.cursor_blink = False
    await pilot.pause(0.05)


async def tour(app: CopilotApp, pilot: Pilot[Any]) -> AsyncIterator[str]:
    """Go through every screen; yields the name of each once it stands."""
    await until(pilot, lambda: "tiny" in str(app.ask_screen.query_one("StatusLine Static").render()))
    await settled(pilot)
    yield "ask"
    await pilot.press("f9")
    await settled(pilot)
    yield "conversations"
    await pilot.press("escape")
    await type_in(pilot, "what does F0012 mean")
    await pilot.press("enter")
    await until(pilot, lambda: app.ask_screen._current is not None and app.ask_screen._current.done)
    await settled(pilot)
    yield "answer"
    await pilot.press("1")
    await settled(pilot)
    yield "reader"
    await pilot.press("w", "c")
    await settled(pilot)
    yield "contents"
    await pilot.press("escape", "escape", "f1")
    await settled(pilot)
    yield "help"
    await pilot.press("escape")
    app.push_screen(SetupScreen())
    await settled(pilot)
    yield "setup"
    await pilot.press("escape")
    for key, name in (
        ("f3", "notes"),
        ("f4", "procedures"),
        ("f5", "documents"),
        ("f6", "sync"),
        ("f7", "models"),
        ("f8", "health"),
    ):
        await pilot.press(key)
        await settled(pilot)
        if name == "procedures":
            await pilot.press("slash")
            await type_in(pilot, "replace the timing belt")
            await pilot.press("enter")
            await settled(pilot)
        yield name
        if name == "procedures":
            await pilot.press("enter")
            await settled(pilot)
            await pilot.press("enter", "enter", "v")
            await type_in(pilot, "0.4 mm")
            await pilot.press("enter")
            await settled(pilot)
            yield "walk"
            await pilot.press("escape")
    await pilot.press("f3", "n")
    await settled(pilot)
    await type_in(pilot, "Cable of X22 loose")
    await until(pilot, lambda: "saved" in str(app.screen.query_one("#saved").render()))
    await pilot.pause(0.6)
    await settled(pilot)
    yield "note"
    await pilot.press("ctrl+d")
    await settled(pilot)
    yield "confirm"
    await pilot.press("y")
    await settled(pilot)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_screen_looks_as_it_should(
    steady: Path, snapshot: SnapshotAssertion, size: tuple[int, int], theme: str
):
    snapshot = snapshot.use_extension(CompressedSVG)
    async with scripted() as model:
        app = make_app(make_settings(steady, model.url, theme=theme))
        different = []
        async with app.run_test(size=size, tooltips=False, notifications=False) as pilot:
            async for name in tour(app, pilot):
                if snapshot(name=name) != app.export_screenshot(title="Edge Copilot"):
                    different.append(name)  # noqa: PERF401 - each is looked at as it comes
        await app.services.close()
    assert different == []
