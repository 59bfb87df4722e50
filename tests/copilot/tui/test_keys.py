"""Every key does what the help says it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from copilot.tui import keys
from copilot.tui.app import CopilotApp
from copilot.tui.screens.conversations import ConversationsScreen
from copilot.tui.screens.dialogs import AskTextScreen, ChooseScreen, ConfirmScreen, HelpScreen
from copilot.tui.screens.files import FilesScreen
from copilot.tui.screens.note import NoteScreen
from copilot.tui.screens.reader import ReaderScreen
from copilot.tui.screens.walk import WalkScreen
from copilot.tui.widgets.page import Page
from copilot.tui.widgets.prompt import Prompt
from copilot.tui.widgets.target import Target
from tests.copilot.tui.conftest import ScriptedModel, make_app, make_settings, scripted, type_in, until


@pytest.fixture
async def model():
    async with scripted() as server:
        yield server


@pytest.fixture
async def opened(library: Path, model: ScriptedModel):
    """The app, opened on the example manuals."""
    app = make_app(make_settings(library, model.url))
    async with app.run_test(size=(110, 40)) as pilot:
        yield app, pilot
    await app.services.close()


Opened = tuple[CopilotApp, Pilot[Any]]


async def answered(app: CopilotApp, pilot: Pilot[Any], question: str = "what does F0012 mean") -> None:
    await type_in(pilot, question)
    await pilot.press("enter")
    await until(pilot, lambda: app.ask_screen._current is not None and app.ask_screen._current.done)
    await pilot.pause()


async def on(pilot: Pilot[Any], kind: type) -> Any:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))
    await pilot.pause(0.1)
    return pilot.app.screen


@pytest.mark.parametrize("key", keys.ROOMS, ids=lambda key: key.cap)
async def test_a_function_key_goes_to_its_room(opened: Opened, key: keys.Key):
    app, pilot = opened
    await pilot.press("f5", key.key)
    assert key.action == f"app.room('{app.current_mode}')"


async def test_the_bar_above_does_the_same_by_touch(opened: Opened):
    app, pilot = opened
    for target in app.screen.query("RoomBar Target").results(Target):
        if target.does == "app.room('sync')":
            await pilot.click(target)
    await pilot.pause()
    assert app.current_mode == "sync"


@pytest.mark.parametrize("room", ["f2", "f3", "f4", "f5", "f6", "f7", "f8"])
async def test_every_screen_has_help_that_names_all_its_keys(opened: Opened, room: str):
    app, pilot = opened
    await pilot.press(room)
    screen = app.screen
    await pilot.press("f1")
    assert isinstance(app.screen, HelpScreen)
    listed = "\n".join(str(one.render()) for one in app.screen.query(Static))
    for key in screen.keys:
        assert key.label in listed, key
    await pilot.press("escape")
    assert app.screen is screen


async def test_a_question_mark_helps_where_nobody_types(opened: Opened):
    app, pilot = opened
    await pilot.press("question_mark")
    assert app.query_one(Prompt).value == "?"
    await pilot.press("f5", "question_mark")
    assert isinstance(app.screen, HelpScreen)


async def test_every_key_has_an_action_that_is_there():
    from copilot.tui.screens.ask import AskScreen
    from copilot.tui.screens.documents import DocumentsScreen
    from copilot.tui.screens.health import HealthScreen
    from copilot.tui.screens.models import ModelsScreen
    from copilot.tui.screens.notes import NotesScreen
    from copilot.tui.screens.procedures import ProceduresScreen
    from copilot.tui.screens.setup import SetupScreen
    from copilot.tui.screens.sync import SyncScreen

    screens = (
        AskScreen,
        ConversationsScreen,
        DocumentsScreen,
        HealthScreen,
        ModelsScreen,
        NoteScreen,
        NotesScreen,
        ProceduresScreen,
        ReaderScreen,
        SetupScreen,
        SyncScreen,
        WalkScreen,
    )
    for screen in screens:
        for key in screen.keys:
            owner, _, name = key.action.partition("(")[0].rpartition(".")
            assert hasattr(CopilotApp if owner == "app" else screen, f"action_{name}"), (screen, key)


async def test_letters_go_to_the_question_and_digits_open_sources(opened: Opened):
    app, pilot = opened
    await answered(app, pilot)
    await pilot.press("a", "n", "d")
    assert app.query_one(Prompt).value == "and"
    await pilot.press("escape")
    assert app.query_one(Prompt).value == ""
    app.ask_screen.query_one("#transcript").focus()
    await pilot.press("1")
    assert isinstance(app.screen, ReaderScreen)


async def test_a_source_that_is_not_there_is_told(opened: Opened):
    app, pilot = opened
    app.ask_screen.query_one("#transcript").focus()
    await pilot.press("7")
    assert app.screen is app.ask_screen
    await answered(app, pilot)
    await pilot.press("9")
    assert app.screen is app.ask_screen


async def test_passages_are_opened_by_enter_and_by_touch(opened: Opened):
    app, pilot = opened
    await answered(app, pilot)
    cards = list(app.screen.query("PassageCard"))
    cards[1].focus()
    await pilot.press("enter")
    reader = await on(pilot, ReaderScreen)
    assert "2/" in str(reader.query_one("#where").render())
    await pilot.press("escape")
    cards[0].scroll_visible(animate=False)
    await pilot.pause()
    await pilot.click(cards[0])
    await on(pilot, ReaderScreen)


async def test_up_brings_an_earlier_question_back(opened: Opened):
    app, pilot = opened
    await answered(app, pilot, "F0012")
    app.query_one(Prompt).focus()
    await pilot.press("up")
    assert app.query_one(Prompt).value == "F0012"
    await pilot.press("down")
    assert app.query_one(Prompt).value == ""


async def test_keys_of_the_question_screen(opened: Opened):
    app, pilot = opened
    ask = app.ask_screen
    await pilot.press("ctrl+r")
    assert ask._detail
    await pilot.press("ctrl+l")
    chooser = await on(pilot, ChooseScreen)
    await pilot.press("down", "enter")
    await until(pilot, lambda: app.screen is ask)
    assert ask._collections == ("halden",)
    assert chooser is not ask
    await pilot.press("ctrl+g")  # without a larger model there is nothing to choose
    assert ask._wish == "auto"
    await answered(app, pilot, "F0012")
    first = ask._conversation
    await pilot.press("ctrl+s")
    note = await on(pilot, NoteScreen)
    await until(pilot, lambda: "F0012" in note.query_one("#text").text)
    await pilot.press("escape")
    await until(pilot, lambda: app.screen is ask)
    await pilot.press("ctrl+b")
    await until(pilot, lambda: ask._conversation != first)
    await pilot.press("plus")
    await pilot.press("pageup", "pagedown")


async def test_with_a_larger_model_one_key_chooses_where(library: Path, model: ScriptedModel):
    settings = make_settings(library, model.url)
    endpoint = {"name": "hall", "base_url": model.url, "model": "large", "trusted": True}
    settings = settings.model_copy(update={"cloud": settings.cloud.model_validate({"endpoints": [endpoint]})})
    app = make_app(settings)
    async with app.run_test(size=(110, 40)) as pilot:
        seen = []
        for _ in range(3):
            await pilot.press("ctrl+g")
            seen.append(app.ask_screen._wish)
        assert seen == ["local", "cloud", "auto"]
        await answered(app, pilot, "F0012")
        await pilot.press("ctrl+y")
        await until(pilot, lambda: len(app.screen.query("Exchange")) == 2 and app.ask_screen._current.done)
        assert app.ask_screen._current.answer.route.target == "cloud"
        assert app.ask_screen._current.answer.route.reason in str(
            [one.text for one in app.ask_screen._current.query("Prose")]
        )
    await app.services.close()


async def test_keys_of_the_reader(opened: Opened):
    app, pilot = opened
    await answered(app, pilot)
    app.ask_screen._open([(one.passage, "") for one in app.ask_screen._current.found], 0)
    reader = await on(pilot, ReaderScreen)
    page = reader.query_one(Page)
    section = page.text
    assert page.marked
    assert "F0012" in page.text[page.marked[0][0] : page.marked[-1][1]]
    await pilot.press("n")
    await until(pilot, lambda: page.text != section)
    await pilot.press("left")
    await until(pilot, lambda: page.text == section)
    await pilot.press("w")
    await until(pilot, lambda: len(page.text) > len(section))
    await pilot.press("c")
    await until(pilot, lambda: reader.query_one("#contents").has_class("-shown"))
    await pilot.press("down", "down", "enter")
    await pilot.press("slash")
    await type_in(pilot, "torque")
    await until(pilot, lambda: len(page.hits) > 1)
    assert all(page.text[start:end].lower() == "torque" for start, end in page.hits)
    await pilot.press("enter")
    where = reader.query_one("#where")
    await pilot.press("n")
    assert "Hit 2" in str(where.render())
    await pilot.press("p")
    assert "Hit 1" in str(where.render())
    await pilot.press("escape")
    assert not page.hits
    await pilot.press("escape")
    assert not reader.query_one("#contents").has_class("-shown")
    await pilot.press("i")
    assert reader.has_class("-picture")
    await pilot.press("escape")
    assert not reader.has_class("-picture")
    await pilot.press("m")
    await on(pilot, NoteScreen)
    await pilot.press("escape")
    await on(pilot, ReaderScreen)
    await pilot.press("escape")
    assert app.screen is app.ask_screen


async def test_a_procedure_is_walked_from_the_page_that_it_stands_on(opened: Opened):
    app, pilot = opened
    await answered(app, pilot, "how do I replace the timing belt")
    found = [one.passage for one in app.ask_screen._current.found if "timing belt" in " ".join(one.passage.section)]
    app.ask_screen._open([(found[0], "")], 0)
    await on(pilot, ReaderScreen)
    await pilot.press("o")
    await until(pilot, lambda: isinstance(app.screen, WalkScreen) and app.screen._walking is not None)


async def test_keys_of_the_conversations(opened: Opened, tmp_path: Path):
    app, pilot = opened
    await answered(app, pilot, "F0012")
    await pilot.press("ctrl+b")
    await pilot.press("f9")
    talks = await on(pilot, ConversationsScreen)
    await until(pilot, lambda: len(talks._talks) == 1)
    await pilot.press("slash")
    await type_in(pilot, "nothing like it")
    await until(pilot, lambda: len(talks._talks) == 0)
    await pilot.press("escape")
    await until(pilot, lambda: len(talks._talks) == 1)
    await pilot.press("e")
    dialog = await on(pilot, AskTextScreen)
    dialog.query_one(Input).value = str(tmp_path / "talk.md")
    await pilot.press("enter")
    await until(pilot, (tmp_path / "talk.md").exists)
    assert "F0012" in (tmp_path / "talk.md").read_text()
    await on(pilot, ConversationsScreen)
    await pilot.press("enter")
    await until(pilot, lambda: app.screen is app.ask_screen and app.ask_screen._conversation is not None)
    assert len(app.screen.query("Exchange")) == 1
    await pilot.press("f9")
    await on(pilot, ConversationsScreen)
    await until(pilot, lambda: app.screen.query_one("#talks").row_count == 1)
    await pilot.press("delete")
    await on(pilot, ConfirmScreen)
    await pilot.press("escape")
    await on(pilot, ConversationsScreen)
    await pilot.press("d")
    await on(pilot, ConfirmScreen)
    await pilot.press("y")
    await on(pilot, ConversationsScreen)
    await until(pilot, lambda: app.screen.query_one("#talks").row_count == 0)


async def test_keys_of_the_notes(opened: Opened, tmp_path: Path):
    app, pilot = opened
    await pilot.press("f3", "x")
    dialog = await on(pilot, AskTextScreen)
    dialog.query_one(Input).value = "Press 3"
    await pilot.press("enter")
    await until(pilot, lambda: app.screen is not dialog and isinstance(app.screen, AskTextScreen))
    await type_in(pilot, "A-17")
    await pilot.press("enter")
    await until(pilot, lambda: "Press 3" in str(app.screen.query("#context").first().render()))
    await pilot.press("n")
    note = await on(pilot, NoteScreen)
    await until(pilot, lambda: note.query_one("#machine").value == "Press 3")
    await type_in(pilot, "Filter replaced")
    await pilot.press("ctrl+o")
    files = await on(pilot, FilesScreen)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8 a picture")
    files.query_one("#path").value = str(tmp_path / "photo.jpg")
    await pilot.press("enter")
    await on(pilot, NoteScreen)
    await until(pilot, lambda: "photo.jpg" in str(note.query_one("#files").render()))
    await pilot.press("ctrl+e")
    await on(pilot, ChooseScreen)
    await pilot.press("enter")
    await until(pilot, lambda: len(note.query_one("#text").text) > 40)
    assert "Filter replaced" in note.query_one("#text").text
    await pilot.press("escape")
    await until(pilot, lambda: app.screen.query("#notes") and app.screen.query_one("#notes").row_count == 1)
    kept = (await app.services.assembly()).notes.listed()
    assert [one.name for one in kept[0].attachments] == ["photo.jpg"]
    assert (kept[0].machine, kept[0].work_order, kept[0].state) == ("Press 3", "A-17", "kept")
    await pilot.press("slash")
    await type_in(pilot, "filter")
    await until(pilot, lambda: app.screen.query_one("#notes").row_count == 1)
    await pilot.press("enter", "enter")
    note = await on(pilot, NoteScreen)
    await until(pilot, lambda: "Filter replaced" in note.query_one("#text").text)
    await pilot.press("ctrl+d")
    await on(pilot, ConfirmScreen)
    await pilot.press("y")
    await until(pilot, lambda: bool(app.screen.query("#notes")))
    await pilot.press("delete")
    await on(pilot, ConfirmScreen)
    await pilot.press("y")
    await until(pilot, lambda: app.screen.query("#notes") and app.screen.query_one("#notes").row_count == 0)
    await pilot.press("t")
    await on(pilot, ChooseScreen)


async def test_keys_of_a_procedure(opened: Opened):
    app, pilot = opened
    await pilot.press("f4", "slash")
    await type_in(pilot, "replace the timing belt")
    await pilot.press("enter")
    await until(pilot, lambda: app.screen.query_one("#procedures").row_count > 0)
    await pilot.press("v")
    await on(pilot, ReaderScreen)
    await pilot.press("escape", "enter")
    walk = await on(pilot, WalkScreen)
    await until(pilot, lambda: walk._walking is not None)
    walking = walk._walking
    await pilot.press("enter")
    await until(pilot, lambda: walking.walk.at == 1)
    await pilot.press("n")
    await until(pilot, lambda: walking.walk.at == 2)
    await pilot.press("p")
    await until(pilot, lambda: walking.walk.at == 1)
    await pilot.press("s")
    await on(pilot, AskTextScreen)
    await type_in(pilot, "done before")
    await pilot.press("enter")
    await until(pilot, lambda: walking.walk.steps[1].status == "skipped")
    limited = next(at for at, step in enumerate(walking.walk.procedure.steps) if step.limits)
    while walking.walk.at != limited:
        at = walking.walk.at
        await pilot.press("n" if at < limited else "p")
        await until(pilot, lambda at=at: walking.walk.at != at)
    await on(pilot, WalkScreen)
    await pilot.press("v")
    await pilot.pause(0.1)
    if isinstance(app.screen, ChooseScreen):
        await pilot.press("enter")
        await on(pilot, WalkScreen)
    await until(pilot, lambda: walk.query_one("#value").has_focus)
    await type_in(pilot, "9000 mm")
    assert walking.walk.state.typed == "9000 mm"
    await pilot.press("enter")
    await until(pilot, lambda: bool(walking.walk.state.entries))
    assert walking.walk.state.entries[-1].verdict == "out"
    await pilot.press("r")
    await on(pilot, AskTextScreen)
    await type_in(pilot, "pulley worn")
    await pilot.press("enter")
    await until(pilot, lambda: walking.walk.state.remark == "pulley worn")
    await on(pilot, WalkScreen)
    await pilot.press("escape")
    await until(pilot, lambda: app.screen.query("#procedures"))
    assert walking.walk.status == "paused"
    await until(pilot, lambda: app.screen._rows and app.screen._rows[0].kind == "begun")
    app.screen.query_one("#procedures").focus()
    await pilot.press("home", "enter")
    walk = await on(pilot, WalkScreen)
    await until(pilot, lambda: walk._walking is not None)
    await pilot.press("f")
    await on(pilot, AskTextScreen)
    await type_in(pilot, "shift ends")
    await pilot.press("enter")
    await until(pilot, lambda: app.screen.query("#procedures") and app.screen._rows[0].kind != "begun")
    records = (await app.services.assembly()).procedures.records()
    assert len(records) == 1
    assert "9000 mm" in records[0].text


async def test_a_begun_procedure_is_given_up(opened: Opened):
    app, pilot = opened
    await pilot.press("f4", "slash")
    await type_in(pilot, "replace the timing belt")
    await pilot.press("enter")
    await until(pilot, lambda: app.screen.query_one("#procedures").row_count > 0)
    await pilot.press("enter")
    walk = await on(pilot, WalkScreen)
    await until(pilot, lambda: walk._walking is not None)
    await pilot.press("escape")
    await until(pilot, lambda: app.screen.query("#procedures") and app.screen._rows[0].kind == "begun")
    app.screen.query_one("#procedures").focus()
    await pilot.press("home", "delete")
    await on(pilot, ConfirmScreen)
    await pilot.press("y")
    await until(pilot, lambda: app.screen.query("#procedures") and app.screen._rows[0].kind == "found")


async def test_keys_of_the_documents(opened: Opened, tmp_path: Path):
    app, pilot = opened
    await pilot.press("f5")
    await until(pilot, lambda: app.screen.query_one("#documents").row_count == 6)
    await pilot.press("a")
    files = await on(pilot, FilesScreen)
    (tmp_path / "new.md").write_text("# A new manual\n\nF9999 means nothing.\n")
    files.query_one("#path").value = str(tmp_path / "new.md")
    await pilot.press("enter")
    await until(pilot, lambda: app.screen.query("#documents") and app.screen.query_one("#documents").row_count == 7)
    await pilot.press("slash")
    await type_in(pilot, "a new manual")
    await until(pilot, lambda: app.screen.query_one("#documents").row_count == 1)
    await pilot.press("enter", "enter")
    reader = await on(pilot, ReaderScreen)
    await until(pilot, lambda: "F9999" in reader.query_one(Page).text)
    await pilot.press("escape", "r")
    await until(pilot, lambda: not app.screen.working)
    await pilot.press("delete")
    await on(pilot, ConfirmScreen)
    await pilot.press("y")
    await until(pilot, lambda: app.screen.query("#documents") and app.screen.query_one("#documents").row_count == 0)
    assert (tmp_path / "new.md").exists()


async def test_keys_of_sync_without_a_hub_say_what_is_missing(opened: Opened):
    app, pilot = opened
    await pilot.press("f6")
    for key in ("s", "b", "i", "q"):
        await pilot.press(key)
        await until(pilot, lambda: not app.screen.working)
    assert app.current_mode == "sync"
    await pilot.press("f")
    await on(pilot, FilesScreen)
    await pilot.press("escape", "e")
    await on(pilot, AskTextScreen)
    await pilot.press("escape", "escape")
    await until(pilot, lambda: app.current_mode == "ask")


async def test_keys_of_the_models(opened: Opened, tmp_path: Path):
    app, pilot = opened
    await pilot.press("f7")
    await until(pilot, lambda: app.screen.query_one("#models").row_count > 5)
    await pilot.press("v")
    await until(pilot, lambda: "not right" in str(app.screen.query_one("Progress Static").render()))
    await pilot.press("i")
    files = await on(pilot, FilesScreen)
    (tmp_path / "strange.gguf").write_bytes(b"no model that is known")
    files.query_one("#path").value = str(tmp_path)
    await pilot.press("enter")
    await until(
        pilot,
        lambda: app.screen.query("#models") and "imported" in str(app.screen.query_one("Progress Static").render()),
    )
    await pilot.press("delete")
    await on(pilot, ConfirmScreen)
    await pilot.press("n")
    await until(pilot, lambda: bool(app.screen.query("#models")))


async def test_keys_of_health(opened: Opened):
    app, pilot = opened
    await pilot.press("f8")
    summary = app.screen.query_one("#summary")
    await until(pilot, lambda: "1 faults, 1 warnings" in str(summary.render()))
    await pilot.press("r")
    await until(pilot, lambda: len(app.screen.query(".remedy")) == 2)
    await pilot.press("w")
    await until(pilot, lambda: "keeps no passages" in str(app.screen.query_one("Progress Static").render()))
    await pilot.press("escape")
    await until(pilot, lambda: app.current_mode == "ask")


async def test_theme_and_touch_mode_are_kept_for_next_time(library: Path, model: ScriptedModel):
    settings = make_settings(library, model.url)
    app = make_app(settings)
    async with app.run_test(size=(110, 40)) as pilot:
        await pilot.press("f11", "f12")
        assert app.theme == "night"
        await until(pilot, (library / "tui.json").exists)
        await pilot.pause(0.2)
    await app.services.close()
    again = make_app(settings)
    async with again.run_test(size=(110, 40)):
        assert (again.theme, again.touch) == ("night", True)
    await again.services.close()


async def test_in_touch_mode_every_target_is_three_rows_high(library: Path, model: ScriptedModel):
    app = make_app(make_settings(library, model.url, touch=True))
    async with app.run_test(size=(110, 40)) as pilot:
        await answered(app, pilot)
        for key in ("f2", "f3", "f4", "f5", "f6", "f7", "f8", "ctrl+n"):
            await pilot.press(key)
            await pilot.pause(0.1)
            targets = [one for one in app.screen.query(Target) if one.is_on_screen]
            assert targets
            assert [(key, one) for one in targets if one.size.height < 3] == []
            fields = [one for one in app.screen.query("PassageCard, Input, Prompt") if one.is_on_screen]
            assert [(key, one) for one in fields if one.outer_size.height < 3] == []
    await app.services.close()


async def test_the_palette_has_every_command_of_the_screen(opened: Opened):
    app, pilot = opened
    await pilot.press("f5")
    names = {command.title for command in app.get_system_commands(app.screen)}
    assert {"Put in", "Take out", "New note", "Touch mode", "Theme: night", "Quit"} <= names
    await pilot.press("ctrl+p")
    assert type(app.screen).__name__ == "CommandPalette"


async def test_it_is_left_with_one_key(opened: Opened):
    app, pilot = opened
    await pilot.press("ctrl+q")
    await pilot.pause()
    assert app._exit
