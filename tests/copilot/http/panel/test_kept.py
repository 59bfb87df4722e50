"""What is kept: notes and conversations, written, found, opened, deleted."""

from __future__ import annotations

from playwright.sync_api import expect


def write(panel, text: str) -> None:
    panel.page.get_by_role("textbox", name="Write a note").fill(text)
    panel.page.get_by_role("button", name="Save note").click()
    expect(panel.page.get_by_text("The note is kept.")).to_be_visible()


def test_a_note_is_written_with_its_machine_and_found_again(no_model, open_panel) -> None:
    panel = open_panel(no_model.url, query="view=notes&machine=TX-200")
    write(panel, "Coil of BR-120 replaced.")
    write(panel, "Belt cleaned.")

    panel.page.get_by_role("searchbox", name="Find in the notes").fill("coil")

    expect(panel.page.locator(".note")).to_have_count(1)
    expect(panel.page.locator(".note")).to_contain_text("Coil of BR-120 replaced.")
    expect(panel.page.locator(".note")).to_contain_text("TX-200")
    panel.page.get_by_role("searchbox", name="Find in the notes").fill("zebra")
    expect(panel.page.get_by_text("No note has these words.")).to_be_visible()


def test_a_note_is_deleted_only_when_one_is_sure(no_model, open_panel) -> None:
    panel = open_panel(no_model.url, query="view=notes")
    write(panel, "Belt cleaned.")

    panel.page.get_by_role("button", name="Delete note").click()
    expect(panel.page.get_by_role("button", name="Keep")).to_be_focused()
    panel.page.get_by_role("button", name="Keep").click()
    expect(panel.page.locator(".note")).to_have_count(1)
    panel.page.get_by_role("button", name="Delete note").click()
    panel.page.get_by_role("button", name="Delete", exact=True).click()

    expect(panel.page.get_by_text("No notes yet.")).to_be_visible()
    with no_model.client() as client:
        assert client.get("/v1/notes").json()["notes"] == []


def test_a_note_that_is_being_written_is_there_when_one_comes_back(no_model, open_panel) -> None:
    panel = open_panel(no_model.url, query="view=notes")
    panel.page.get_by_role("textbox", name="Write a note").fill("Half a sen")

    panel.go("ask")
    panel.go("notes")

    expect(panel.page.get_by_role("textbox", name="Write a note")).to_have_value("Half a sen")


def test_a_note_is_begun_from_an_answer(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.ask("what does F0012 mean?")
    panel.has_answered()

    panel.page.get_by_role("button", name="Write a note").click()

    field = panel.page.get_by_role("textbox", name="Write a note")
    expect(field).to_be_focused()
    expect(field).to_have_value("what does F0012 mean?\n")


def test_a_conversation_is_found_gone_on_with_and_deleted(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.ask("what does F0012 mean?")
    panel.has_answered()
    panel.page.get_by_role("button", name="New conversation").click()
    panel.ask("how do I tension the timing belt")
    panel.has_answered()

    panel.page.get_by_role("button", name="Conversations").click()
    expect(panel.page.locator(".talks li")).to_have_count(2)
    panel.page.get_by_role("searchbox", name="Find a conversation").fill("F0012")
    expect(panel.page.locator(".talks li")).to_have_count(1)
    panel.page.locator(".talks .source").click()

    expect(panel.page.get_by_role("dialog")).to_have_count(0)
    expect(panel.answer).to_contain_text("Brake BR-120 does not release")
    panel.answer.get_by_role("button", name="Citation 1").first.click()
    expect(panel.page.locator(".evidence h2")).to_have_text("7.2 Fault codes")
    expect(panel.page.locator("canvas")).to_be_visible()

    panel.page.get_by_role("button", name="Conversations").click()
    panel.page.locator(".talks li", has_text="F0012").get_by_role("button", name="Delete").click()
    panel.page.locator(".talks .danger:visible").click()
    expect(panel.page.locator(".talks li")).to_have_count(1)
    with no_model.client() as client:
        assert len(client.get("/v1/conversations").json()["conversations"]) == 1


def test_a_conversation_is_saved_as_a_file(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.ask("what does F0012 mean?")
    panel.has_answered()
    panel.page.get_by_role("button", name="Conversations").click()

    with panel.page.expect_download() as saved:
        panel.page.get_by_role("button", name="Save as a file").click()

    text = saved.value.path().read_text(encoding="utf-8")
    assert saved.value.suggested_filename.endswith(".md")
    assert "Brake BR-120 does not release" in text


def test_looks_are_kept_in_the_browser_and_nothing_of_what_was_asked(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.page.get_by_role("button", name="Settings").click()
    panel.page.get_by_role("button", name="Dark").click()
    panel.page.keyboard.press("Escape")
    panel.ask("what does F0012 mean?")
    panel.has_answered()

    kept = panel.page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")

    assert "F0012" not in kept
    panel.page.reload()
    expect(panel.page.locator(".panel")).to_have_attribute("data-theme", "dark")
