"""When the copilot can't be reached: it is said, nothing is lost, and the panel comes back by itself."""

from __future__ import annotations

from playwright.sync_api import expect


def test_a_server_that_stopped_is_told_and_its_return_too(switch, open_panel) -> None:
    panel = open_panel(switch.url)
    panel.ask("what does F0012 mean?")
    panel.has_answered()

    switch.stop()
    panel.page.evaluate("dispatchEvent(new Event('online'))")

    expect(panel.page.locator(".badge")).to_have_text(
        "No connection. The copilot can't be reached. What is on the screen stays; it isn't renewed."
    )
    expect(panel.page.locator(".lost")).to_be_visible()
    expect(panel.page.locator(".lost")).to_contain_text("Trying")
    expect(panel.answer).to_contain_text("Brake BR-120 does not release")
    switch.start()
    expect(panel.page.locator(".lost")).to_be_hidden()
    expect(panel.page.get_by_role("status").filter(has_text="The copilot is back.")).to_be_attached()


def test_a_question_to_nobody_is_kept_and_can_be_asked_again(switch, open_panel) -> None:
    panel = open_panel(switch.url)
    expect(panel.page.locator(".panel")).to_have_attribute("data-state", "here")
    switch.stop()

    panel.ask("what does F0012 mean?")

    expect(panel.turn).to_have_attribute("data-state", "failed")
    expect(panel.turn.locator(".problem")).to_contain_text("The copilot can't be reached.")
    expect(panel.turn.locator(".problem")).to_contain_text("It can be asked again as soon as the connection is back.")
    switch.start()
    expect(panel.page.locator(".lost")).to_be_hidden()
    panel.turn.get_by_role("button", name="Ask again").click()
    panel.has_answered()
    expect(panel.answer).to_contain_text("Brake BR-120 does not release")


def test_trying_now_does_not_wait_for_the_next_time(switch, open_panel) -> None:
    panel = open_panel(switch.url)
    expect(panel.page.locator(".panel")).to_have_attribute("data-state", "here")
    switch.stop()
    panel.page.evaluate("dispatchEvent(new Event('online'))")
    expect(panel.page.locator(".lost")).to_be_visible()
    switch.start()

    panel.page.get_by_role("button", name="Try now").click()

    expect(panel.page.locator(".lost")).to_be_hidden()


def test_a_note_that_can_not_be_kept_stays_in_its_field(switch, open_panel) -> None:
    panel = open_panel(switch.url)
    panel.go("notes")
    field = panel.page.get_by_role("textbox", name="Write a note")
    field.fill("Air gap set to 0.30 mm.")
    switch.stop()

    panel.page.get_by_role("button", name="Save note").click()

    expect(panel.page.locator(".write .problem")).to_contain_text("The copilot can't be reached.")
    expect(field).to_have_value("Air gap set to 0.30 mm.")
    switch.start()
    expect(panel.page.locator(".lost")).to_be_hidden()
    panel.page.get_by_role("button", name="Save note").click()
    expect(panel.page.locator(".note")).to_contain_text("Air gap set to 0.30 mm.")


def test_an_answer_that_breaks_off_keeps_what_had_come(written_switch, scribe, open_panel) -> None:
    scribe.writes("Tension the belt with the slide spindle until the meter shows 46 Hz.", pausing_after=4)
    panel = open_panel(written_switch.url)
    panel.ask("how do I tension the timing belt")
    expect(panel.answer).to_contain_text("Tension the belt with")

    written_switch.stop()

    expect(panel.turn).to_have_attribute("data-state", "failed")
    expect(panel.turn.locator(".problem")).to_be_visible()
    expect(panel.answer).to_contain_text("Tension the belt with")
    expect(panel.turn.get_by_role("button", name="Ask again")).to_be_visible()
