"""The German UI is German throughout: what other parts of the program say reaches the screen in German too."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import pytest

from copilot.answering.events import Citation
from copilot.doctor import Finding
from copilot.settings import Settings
from copilot.tui.app import CopilotApp
from copilot.tui.faults import told
from copilot.tui.plain.session import run
from copilot.tui.reading.own_words import said_answer, said_beginning, said_place
from copilot.tui.screens.setup import SetupScreen
from copilot.tui.services import Services
from copilot.tui.words import said, speak
from index.errors import StoreBusy
from index.passages import Passage
from index.store import Store
from tests.copilot.tui.conftest import make_app, make_settings, scripted, type_in, until

_NOTHING_NEAR = "zwqx vbnkj"


@pytest.fixture(autouse=True)
def _english_again():
    yield
    speak("en")


def _progress(app) -> str:
    return str(app.screen.query_one("Progress Static").render())


def _shown(app) -> str:
    return "\n".join(one.text for one in app.screen.query("Prose"))


async def _asked(app, pilot, question: str) -> str:
    await type_in(pilot, question)
    await pilot.press("enter")
    await until(pilot, lambda: app.ask_screen._current is not None and app.ask_screen._current.done)
    return _shown(app)


async def test_a_missing_model_is_told_in_german(library: Path):
    settings = Settings(data_dir=library, embedding={"kind": "none"}, models={"shared": False}, tui={"language": "de"})
    app = make_app(settings)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SetupScreen))
        await until(pilot, lambda: "Noch nicht da:" in _shown(app))
        await pilot.press("escape")
        shown = await _asked(app, pilot, "F0012")
        assert "ist nicht auf diesem Gerät. Stattdessen werden die Dokumente zitiert. Holen: edge-copilot" in shown
        assert "is not on this device" not in shown
    await app.services.close()


async def test_a_locked_index_is_told_in_german(library: Path, tmp_path: Path):
    app = make_app(make_settings(library, language="de"))
    (tmp_path / "new.md").write_text("# New\n\ntext\n")
    async with app.run_test(size=(100, 30)) as pilot:
        with Store.open(library / "index.db") as store, store.writing("ingesting"):
            await pilot.press("f5")
            app.screen.start(partial(app.screen.ingest, tmp_path / "new.md", "halden"), group="add")
            await until(pilot, lambda: "✗" in _progress(app), 60)
            told_there = _progress(app)
        assert "schreibt gerade in den Index (nimmt Dokumente auf, seit" in told_there
        assert "dann noch einmal versuchen." in told_there
    await app.services.close()


async def test_documents_that_cannot_be_read_are_told_in_german(library: Path, tmp_path: Path):
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing of the kind\n%%EOF")
    (folder / "empty.md").write_bytes(b"")
    (folder / "photo.pdf").write_bytes(b"\xff\xd8\xff" + bytes(200))
    app = make_app(make_settings(library, language="de"))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f5")
        app.screen.start(partial(app.screen.ingest, folder, "halden"), group="add")
        await until(pilot, lambda: "broken.pdf" in str(app.screen.query_one("#skipped").render()), 60)
        skipped = str(app.screen.query_one("#skipped").render())
    await app.services.close()
    assert "broken.pdf ist beschädigt und nicht lesbar als ein PDF" in skipped
    assert "empty.md ist leer (null Bytes)." in skipped
    assert "photo.pdf soll ein PDF sein, enthält aber ein JPEG-Bild." in skipped


async def test_an_answer_that_there_is_none_is_german_and_its_places_too(library: Path):
    async with scripted() as model:
        app = make_app(make_settings(library, model.url, language="de"))
        async with app.run_test(size=(120, 40)) as pilot:
            shown = await _asked(app, pilot, _NOTHING_NEAR)
            assert app.ask_screen._current.answer.status == "abstained"
            assert "Nichts in den Dokumenten kommt der Frage nahe." in shown
            assert "Nothing in the documents" not in shown
        await app.services.close()


async def test_notices_about_the_question_are_german(library: Path):
    async with scripted() as model:
        app = make_app(make_settings(library, model.url, language="de"))
        async with app.run_test(size=(120, 40)) as pilot:
            shown = await _asked(app, pilot, "what does F0099 mean")
            assert "„F0099“ steht nicht in den Dokumenten" in shown
            assert "is not in the documents" not in shown
        await app.services.close()


async def test_the_doctors_findings_are_german(library: Path):
    findings = (
        Finding("data directory", "ok", f"{library} can be written to."),
        Finding("disk", "warning", "Only 812 MiB are free.", "Free some space before models are fetched."),
        Finding("index", "fault", "There are no documents yet.", "Put documents in: edge-copilot ingest FOLDER"),
    )
    services = Services(make_settings(library, language="de"), examine=lambda: iter(findings), look=lambda _: {})
    app = CopilotApp(services)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f8")
        await until(pilot, lambda: "Dokumente aufnehmen" in _shown(app))
        shown = _shown(app)
    await app.services.close()
    assert f"✓ Datenordner: {library} ist beschreibbar." in shown
    assert "! Platte: Nur 812 MiB sind frei." in shown
    assert "→ Platz schaffen, bevor Modelle geholt werden." in shown
    assert "→ Dokumente aufnehmen: edge-copilot ingest ORDNER" in shown


async def test_everything_that_the_doctor_of_this_machine_finds_is_german(library: Path):
    from copilot.doctor import examine

    settings = make_settings(library, language="de")
    speak("de")
    for finding in examine(lambda: settings, settings.data_dir, lambda _: None):
        for text in (finding.name, finding.what, finding.remedy):
            # Names of programs and models are the same in both.
            same = {"llama.cpp", "onnxruntime", ""}
            assert text in same or text.startswith(("model ", "Edge Copilot ")) or said(text) != text, text


async def test_wrong_keys_of_ones_own_are_told_in_german(library: Path):
    (library / "keys.toml").write_text('noets = "f10"\n')
    app = make_app(make_settings(library, language="de"))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: len(app._notifications) > 0)
        message = next(iter(app._notifications)).message
    await app.services.close()
    assert "einen solchen Befehl gibt es nicht. War" in message
    assert "Die Namen stehen in docs/tui.md." in message


def test_a_screen_reader_hears_german(library: Path):
    lines: list[str] = []
    settings = make_settings(library, language="de")
    assert (
        run(settings, io.StringIO(f"what does F0099 mean\n{_NOTHING_NEAR}\n/resume nowhere\n/quit\n"), lines.append)
        == 0
    )
    heard = "\n".join(lines)
    assert "„F0099“ steht nicht in den Dokumenten" in heard
    assert "Stattdessen werden die Dokumente zitiert. engine.base_url prüfen, und ob der Server läuft." in heard
    assert "Die Dokumente sagen es nicht.\nDie nächstliegenden Stellen sind:\n- Halden" in heard
    assert "Ein Gespräch nowhere gibt es nicht." in heard
    assert "There is no" not in heard


def test_a_fault_has_its_message_and_its_remedy_in_german():
    speak("de")
    error = StoreBusy("Another process is writing to the index.", "Wait until it is done, then try again.")
    assert told(error) == (
        "Ein anderer Prozess schreibt gerade in den Index.",
        "Warten, bis er fertig ist, dann noch einmal versuchen.",
    )
    assert told(FileNotFoundError(2, "No such file or directory", "a.md"))[0] == (
        "Es lässt sich nicht öffnen: Datei oder Ordner nicht gefunden (a.md)"
    )
    speak("en")
    assert told(error)[0] == "Another process is writing to the index."


def _passage(text: str, collection: str, title: str = "Manual") -> Passage:
    return Passage(
        rank=1, chunk_id=1, chunk_ids=(1,), score=1.0, exact=False, document="d", title=title, collection=collection,
        section=("Brakes",), page=3, page_end=3, start=0, end=len(text), text=text, access="internal", language="en",
    )  # fmt: skip


def test_what_documents_say_is_never_translated():
    speak("de")
    sentence = "The disk that holds the index is full (/x)."
    passage = _passage(sentence, "halden", title="The question is empty.")
    answer = f"Nothing in the documents comes near the question.\nNearest comes {passage.title}, page 3:\n> {sentence}"
    assert said_answer(answer, "abstained") == (
        f"Nichts in den Dokumenten kommt der Frage nahe.\nAm nächsten kommt {passage.title}, Seite 3:\n> {sentence}"
    )
    assert said_answer(f"The question is empty. [1]\n\n> {sentence} [1]", "grounded") == (
        f"The question is empty. [1]\n\n> {sentence} [1]"
    )
    assert said_place(passage, 3) == "The question is empty. › Brakes, Seite 3"


def test_a_word_that_the_model_begins_with_is_its_own():
    speak("de")
    for word in ("and", "The", "index", "Nothing", "The disk is"):
        assert said_beginning(word) == word
    assert said_beginning("Nothing in the documents comes near the question.") == (
        "Nichts in den Dokumenten kommt der Frage nahe."
    )


def test_what_the_plant_says_now_is_put_into_german():
    speak("de")
    text = "Alarm F12 Brake: active since 10:00:00 (3 h 2 min), not acknowledged."
    citation = Citation(1, _passage(text, "signals", title="Live signals"), text, None)
    assert said_answer(f"Right now:\n> {text} [1]", "grounded", (citation,)) == (
        "Im Moment:\n> Alarm F12 Brake: steht an seit 10:00:00 (3 h 2 min), nicht quittiert. [1]"
    )
