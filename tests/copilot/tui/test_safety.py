"""Nothing that a terminal would obey gets to it, wherever it comes from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from textual.color import Color

from copilot.library.indexing import Indexing, order_of
from copilot.printing import printable
from copilot.tui.safety import NothingToObey
from tests.copilot.tui.conftest import make_app, make_settings, scripted, type_in, until

OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
HOSTILE = "F0012 \x1b]0;owned\x07 is \x1b[2J\x1b[31mred\x1b[0m \x9b5n \x1bP+q\x1b\\ \u202edesrever\u2069 \x08\x08 ok"


@given(st.text())
def test_the_filter_leaves_nothing_of_it_in_a_line(text: str):
    (cleaned,) = NothingToObey().apply([Segment(text)], Color(0, 0, 0))
    assert not OBEYED.search(cleaned.text)
    assert len(cleaned.text) == len(text)


@given(st.text(st.sampled_from("\x1b[]0;m\x07\x9b\\PX^_a1\u202e\r\n")))
def test_texts_from_outside_are_cleaned_but_for_line_breaks(text: str):
    assert not OBEYED.search(printable(text).replace("\n", "").replace("\t", ""))


def every_line(app: object) -> list[str]:
    """What the screen writes, line by line, as the terminal gets it."""
    screen = app.screen  # type: ignore[attr-defined]
    return ["".join(segment.text for segment in strip) for strip in screen._compositor.render_strips()]


async def test_a_hostile_document_and_a_hostile_model_do_nothing_to_the_terminal(data_dir: Path, tmp_path: Path):
    (tmp_path / "bad.md").write_text(f"# Title {HOSTILE}\n\n{HOSTILE}\n\nCode | Cause\n--- | ---\nF0012 | {HOSTILE}\n")
    async with scripted() as model:
        settings = make_settings(data_dir, model.url)
        Indexing(settings, None).run(order_of([tmp_path], "default"))
        model.words = [HOSTILE, " and ", HOSTILE]
        app = make_app(settings)
        seen: list[str] = []
        async with app.run_test(size=(100, 30)) as pilot:
            await type_in(pilot, "F0012")
            await pilot.press("enter")
            await until(pilot, lambda: app.ask_screen._current is not None and app.ask_screen._current.done)
            await pilot.pause()
            seen += every_line(app)
            await pilot.press("1")
            await pilot.pause(0.3)
            seen += every_line(app)
            await pilot.press("escape", "f5")
            await pilot.pause(0.3)
            seen += every_line(app)
            app.announce(HOSTILE)
            await pilot.pause()
            seen += every_line(app)
        await app.services.close()
    assert any("F0012" in line for line in seen)
    assert [line for line in seen if OBEYED.search(line)] == []
    assert not any("owned" in line for line in seen)


@pytest.mark.parametrize("room", ["ask", "note"])
async def test_what_is_pasted_is_cleaned_too(library: Path, room: str):
    from textual import events

    app = make_app(make_settings(library))
    async with app.run_test(size=(80, 24)) as pilot:
        if room == "note":
            await pilot.press("ctrl+n")
            await pilot.pause(0.3)
        app.screen.focused.post_message(events.Paste(HOSTILE))
        await pilot.pause(0.2)
        lines = every_line(app)
    await app.services.close()
    assert any("F0012" in line for line in lines)
    assert [line for line in lines if OBEYED.search(line)] == []
