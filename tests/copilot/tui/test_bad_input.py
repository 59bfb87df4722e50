"""Whatever comes in and whatever goes wrong: it stays usable, and says what is wrong."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import apsw
import pytest
from textual import events

from copilot.library.indexing import Indexing, order_of
from copilot.settings import Settings
from copilot.tui.screens.note import NoteScreen
from copilot.tui.screens.setup import SetupScreen
from copilot.tui.widgets.prompt import LONGEST, Prompt
from index.store import Store
from tests.copilot.tui.conftest import make_app, make_settings, scripted, type_in, until

MEGABYTE = "F0012 and much more text. " * 40_000


async def ask(pilot, question: str = "what does F0012 mean") -> None:
    await type_in(pilot, question)
    await pilot.press("enter")


def told(app) -> str:
    return " ".join(one.text for one in app.ask_screen._current.query("Prose"))


async def test_escape_stops_the_model_at_once_and_what_it_wrote_stays(library: Path):
    async with scripted() as model:
        model.words, model.endless = ["word "], True
        app = make_app(make_settings(library, model.url))
        async with app.run_test(size=(100, 30)) as pilot:
            await ask(pilot)
            await until(pilot, lambda: model.asked > 0)
            await pilot.pause(0.2)
            await pilot.press("escape")
            await until(pilot, lambda: app.ask_screen._current.done)
            await until(pilot, model.gone.is_set)
            model.endless = False
            await ask(pilot, "F0013")
            await until(pilot, lambda: len(app.screen.query("Exchange")) == 2 and app.ask_screen._current.done)
        await app.services.close()


async def test_a_line_that_breaks_in_mid_answer_costs_nobody_the_answer(library: Path):
    async with scripted() as model:
        model.cut_after = 2
        app = make_app(make_settings(library, model.url))
        async with app.run_test(size=(100, 30)) as pilot:
            await ask(pilot)
            await until(pilot, lambda: app.ask_screen._current is not None and app.ask_screen._current.done)
            answer = app.ask_screen._current.answer
            assert answer.route.target == "quotes"
            assert "F0012" in answer.text
        await app.services.close()


async def test_a_paste_of_a_megabyte_is_cut_and_told(library: Path):
    app = make_app(make_settings(library))
    async with app.run_test(size=(100, 30)) as pilot:
        app.query_one(Prompt).post_message(events.Paste(MEGABYTE))
        await until(pilot, lambda: bool(app.query_one(Prompt).value))
        assert len(app.query_one(Prompt).value) <= LONGEST
        await pilot.press("x")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: isinstance(app.screen, NoteScreen) and app.screen._notes is not None)
        text = app.screen.query_one("#text")
        text.post_message(events.Paste(MEGABYTE))
        await until(pilot, lambda: len(text.text) > 1000)
        assert len(text.text) <= 50_000
        await pilot.press("z")
        assert text.text.endswith("z")
    await app.services.close()


@pytest.mark.parametrize("size", [(20, 5), (10, 3), (40, 10), (300, 90)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_terminal_of_any_size_is_usable(library: Path, size: tuple[int, int]):
    async with scripted() as model:
        app = make_app(make_settings(library, model.url))
        async with app.run_test(size=size) as pilot:
            await ask(pilot)
            await until(pilot, lambda: app.ask_screen._current is not None and app.ask_screen._current.done)
            for key in ("1", "escape", "f3", "f4", "f5", "f6", "f7", "f8", "f1", "escape", "ctrl+n", "escape", "f2"):
                await pilot.press(key)
                await pilot.pause(0.05)
            await pilot.resize_terminal(120, 40)
            await pilot.pause(0.1)
            await pilot.resize_terminal(*size)
            await pilot.pause(0.1)
            app.query_one(Prompt).focus()
            await pilot.press("q")
            assert app.query_one(Prompt).value == "q"
            assert app.query_one(Prompt).region.bottom <= size[1]
        await app.services.close()


async def test_without_anything_the_first_screen_says_what_is_missing(data_dir: Path):
    settings = Settings(data_dir=data_dir, models={"shared": False}, tui={"language": "en"})
    app = make_app(settings)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SetupScreen))
        await until(pilot, lambda: "choose the folder" in app.screen.query_one("#documents").text)
        assert "Not here yet" in app.screen.query_one("#models").text
        assert app.focused.id == "do-documents"
        await pilot.press("escape")
        await ask(pilot)
        await until(pilot, lambda: app.ask_screen._current is not None and app.ask_screen._current.done)
        assert "no index" in told(app).lower()
    await app.services.close()


async def test_documents_are_put_in_from_the_first_screen(data_dir: Path, tmp_path: Path):
    (tmp_path / "pump.md").write_text("# Pump\n\nF0042: the pump is dry. Fill 16 l of HLP 46.\n")
    settings = make_settings(data_dir)
    app = make_app(settings)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SetupScreen) and app.focused is not None)
        await until(pilot, lambda: app.focused.id == "do-documents")
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.screen.query("#path")))
        app.screen.query_one("#path").value = str(tmp_path / "pump.md")
        await pilot.press("enter")
        await until(
            pilot, lambda: app.screen.query("#documents") and "1 document is" in app.screen.query_one("#documents").text
        )
        await pilot.press("escape")
        await ask(pilot, "F0042")
        await until(pilot, lambda: app.ask_screen._current is not None and app.ask_screen._current.done)
        assert "pump is dry" in told(app)
    await app.services.close()


async def test_without_a_model_the_documents_are_quoted(library: Path):
    settings = Settings(data_dir=library, embedding={"kind": "none"}, models={"shared": False}, tui={"language": "en"})
    app = make_app(settings)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SetupScreen))
        await pilot.press("escape")
        await ask(pilot)
        await until(pilot, lambda: app.ask_screen._current is not None and app.ask_screen._current.done)
        assert app.ask_screen._current.answer.route.target == "quotes"
        assert "models pull" in told(app)
    await app.services.close()


async def test_a_locked_index_is_told_and_asking_goes_on(library: Path, tmp_path: Path):
    app = make_app(make_settings(library))
    (tmp_path / "new.md").write_text("# New\n\ntext\n")
    async with app.run_test(size=(100, 30)) as pilot:
        with Store.open(library / "index.db") as store, store.writing("a test"):
            await pilot.press("f5")
            app.screen.start(partial(app.screen.ingest, tmp_path / "new.md", "halden"), group="add")
            await until(pilot, lambda: "✗" in str(app.screen.query_one("Progress Static").render()), 60)
        await pilot.press("f2")
        await ask(pilot)
        await until(pilot, lambda: app.ask_screen._current is not None and app.ask_screen._current.done)
    await app.services.close()


async def test_notes_that_are_locked_are_told_and_saved_later(library: Path):
    app = make_app(make_settings(library))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("ctrl+n")
        await until(pilot, lambda: isinstance(app.screen, NoteScreen) and app.screen._notes is not None)
        await type_in(pilot, "first")
        await until(pilot, lambda: "saved" in str(app.screen.query_one("#saved").render()))
        notes = app.screen._notes
        notes.flush()
        other = apsw.Connection(str(app.services.settings.notes_file))
        other.set_busy_timeout(10_000)  # what was typed may still be on its way
        other.execute("BEGIN EXCLUSIVE")
        await type_in(pilot, " second")
        await until(pilot, lambda: "✗" in str(app.screen.query_one("#saved").render()), 60)
        other.execute("ROLLBACK")
        other.close()
        await until(pilot, lambda: "✓" in str(app.screen.query_one("#saved").render()), 60)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, NoteScreen))
        assert [note.text for note in notes.listed()] == ["first second"]
    await app.services.close()


async def test_text_from_right_to_left_is_shown_letter_for_letter(data_dir: Path, tmp_path: Path):
    (tmp_path / "rtl.md").write_text("# משאבה\n\nF0042 המשאבה יבשה 16 ליטר\n")
    async with scripted() as model:
        settings = make_settings(data_dir, model.url)
        Indexing(settings, None).run(order_of([tmp_path], "default"))
        app = make_app(settings)
        async with app.run_test(size=(80, 24)) as pilot:
            await ask(pilot, "F0042")
            await until(pilot, lambda: app.ask_screen._current is not None and app.ask_screen._current.done)
            assert "המשאבה יבשה" in told(app)
        await app.services.close()


async def test_own_keys_hold_and_wrong_ones_are_told(library: Path):
    (library / "keys.toml").write_text('notes = "f10"\n')
    app = make_app(make_settings(library))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f10")
        assert app.current_mode == "notes"
    await app.services.close()
    (library / "keys.toml").write_text('noets = "f10"\n')
    app = make_app(make_settings(library))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "Did you mean notes" in "".join(one.message for one in app._notifications)
        await pilot.press("f3")
        assert app.current_mode == "notes"
    await app.services.close()
