"""Keys that are typed faster than the screen follows go where they were meant to."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.app import App
from textual.widgets import Input

from copilot.tui.screens.note import NoteScreen, NoteText
from copilot.tui.screens.walk import WalkScreen
from tests.copilot.tui.conftest import make_app, make_settings, scripted, type_in, until


def burst(app: App[int], *keys: str) -> None:
    """All at once, as they come out of a pipe to a terminal that was busy."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize(("room", "field"), [("f9", "#filter"), ("f3", "#filter"), ("f4", "#query"), ("f5", "#filter")])
async def test_what_is_searched_for(library: Path, room: str, field: str):
    async with scripted() as model:
        app = make_app(make_settings(library, model.url))
        async with app.run_test(size=(110, 40)) as pilot:
            await pilot.press(room)
            await until(pilot, lambda: bool(app.screen.query(field)))
            burst(app, "slash", *"belt")
            await until(pilot, lambda: app.screen.query_one(field, Input).value == "belt")
        await app.services.close()


async def test_a_note(library: Path):
    async with scripted() as model:
        app = make_app(make_settings(library, model.url))
        async with app.run_test(size=(110, 40)) as pilot:
            burst(app, "ctrl+n", *"leak")
            await until(pilot, lambda: isinstance(app.screen, NoteScreen))
            await until(pilot, lambda: app.screen.query_one(NoteText).text == "leak")
        await app.services.close()


async def test_a_measured_value(library: Path):
    async with scripted() as model:
        app = make_app(make_settings(library, model.url))
        async with app.run_test(size=(110, 40)) as pilot:
            await pilot.press("f4", "slash")
            await type_in(pilot, "replace the timing belt")
            await pilot.press("enter")
            await until(pilot, lambda: app.screen.query_one("#procedures").row_count > 0)  # type: ignore[attr-defined]
            await pilot.pause(0.2)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, WalkScreen) and app.screen._walking is not None)
            walk = app.screen
            while len(walk._walking.walk.step.limits) != 1:  # type: ignore[attr-defined]
                await pilot.press("n")
                await pilot.pause(0.2)
            burst(app, *"v48.1")
            await until(pilot, lambda: walk.query_one("#value", Input).value == "48.1")
        await app.services.close()
