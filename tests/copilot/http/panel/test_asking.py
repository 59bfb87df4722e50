"""Asking: evidence at once, the answer as it comes, citations that lead to the page, stopping."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

BELT = "how do I tension the timing belt"
TENSIONED = "Tension the belt with the slide spindle until the meter shows 46 Hz."


def test_the_answer_comes_with_the_page_open_at_the_passage(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)

    panel.ask("what does F0012 mean?")

    panel.has_answered()
    expect(panel.answer).to_contain_text("Brake BR-120 does not release")
    canvas = panel.page.locator("canvas")
    expect(canvas).to_be_visible()
    expect(canvas).to_have_attribute(
        "aria-label",
        "Page 13 of Halden TX-200 Service Manual, with the passage highlighted. Choose “Text” to have it read.",
    )
    marked = canvas.evaluate(
        """(canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let marked = 0;
          for (let i = 0; i < data.length; i += 4) {
            if (data[i] > 200 && data[i + 1] > 170 && data[i + 2] < 110) marked += 1;
          }
          return marked;
        }"""
    )
    assert marked > 200


def test_the_passages_are_there_before_a_word_is_written(written, scribe, open_panel) -> None:
    scribe.writes(TENSIONED, pausing_after=0)
    panel = open_panel(written)

    panel.ask(BELT)

    expect(panel.page.locator(".evidence h2")).to_have_text("5.4 Replacing and tensioning timing belt TB-1200")
    expect(panel.turn).to_have_attribute("data-state", "reading")
    expect(panel.answer).to_be_empty()
    scribe.go_on()
    panel.has_answered()


def test_the_words_are_shown_as_they_come(written, scribe, open_panel) -> None:
    scribe.writes(TENSIONED, pausing_after=4)
    panel = open_panel(written)

    panel.ask(BELT)

    expect(panel.answer).to_have_text("Tension the belt with", use_inner_text=True)
    expect(panel.turn).to_have_attribute("data-state", "writing")
    expect(panel.answer).to_have_attribute("aria-busy", "true")
    scribe.go_on()
    panel.has_answered()
    expect(panel.answer).to_contain_text("46 Hz")


@pytest.mark.parametrize("way", ["button", "escape"])
def test_cancelling_stops_the_model_and_keeps_the_passages(written, scribe, open_panel, way: str) -> None:
    scribe.writes(TENSIONED, pausing_after=2)
    panel = open_panel(written)
    panel.ask(BELT)
    expect(panel.answer).to_contain_text("Tension the")

    if way == "button":
        panel.page.get_by_role("button", name="Cancel the answer").click()
    else:
        panel.page.keyboard.press("Escape")

    expect(panel.turn).to_have_attribute("data-state", "cancelled")
    expect(panel.turn).to_contain_text("Cancelled. The passages stay.")
    expect(panel.page.locator(".evidence h2")).to_be_visible()
    expect(panel.box).to_be_focused()
    assert scribe.gone.wait(30), "the model went on writing"


def test_a_new_question_stops_the_one_before(written, scribe, open_panel) -> None:
    scribe.writes(TENSIONED, pausing_after=2)
    panel = open_panel(written)
    panel.ask(BELT)
    expect(panel.answer).to_contain_text("Tension the")

    scribe.writes(TENSIONED)
    panel.ask("how is the belt tensioned with the slide spindle")

    panel.has_answered()
    expect(panel.page.locator(".turn").first).to_have_attribute("data-state", "cancelled")


def test_a_number_at_a_sentence_opens_what_it_stands_on(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.ask(BELT)
    panel.has_answered()
    panel.page.locator(".found button").nth(1).click()
    expect(panel.page.locator(".evidence h2")).not_to_have_text("5.4 Replacing and tensioning timing belt TB-1200")

    panel.answer.get_by_role("button", name="Citation 1").first.click()

    expect(panel.page.locator(".evidence h2")).to_have_text("5.4 Replacing and tensioning timing belt TB-1200")


def test_the_text_of_the_section_is_shown_with_the_quote_marked(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.ask(BELT)
    panel.has_answered()
    expect(panel.page.locator("canvas")).to_be_visible()

    panel.page.locator(".evidence").get_by_role("button", name="Text", exact=True).click()

    marks = panel.page.locator(".evidence .text mark")
    expect(marks.first).to_be_in_viewport()
    expect(panel.page.locator(".evidence .text")).to_contain_text("until the meter shows 46 Hz")


def test_a_document_without_pages_shows_its_text_with_the_quote_marked(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)

    panel.ask("how do I check the air gap of brake BR-120 when the motor hums but nothing turns")

    panel.has_answered()
    panel.page.locator(".found button", has_text="Troubleshooting").first.click()
    expect(panel.page.locator("canvas")).to_be_hidden()
    expect(panel.page.locator(".evidence .text mark").first).to_be_in_viewport()


def test_one_leafs_to_the_passages_before_and_after(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.ask(BELT)
    panel.has_answered()
    heading = panel.page.locator(".evidence h2")
    expect(panel.page.get_by_role("button", name="Passage after")).to_be_enabled()
    first = heading.inner_text()

    panel.page.get_by_role("button", name="Passage after").click()
    expect(heading).not_to_have_text(first)
    panel.page.get_by_role("button", name="Passage before").click()
    expect(heading).to_have_text(first)


def test_what_the_documents_do_not_tell_is_said(serve, scribe, open_panel) -> None:
    scribe.writes("NONE")
    options = {"engine.kind": "openai", "engine.base_url": scribe.url, "engine.model_name": "scribe"}
    panel = open_panel(serve(use_model=True, **options).url)

    panel.ask("who won the football match in the canteen yesterday")

    panel.has_answered()
    expect(panel.turn.locator(".status")).to_have_text("Not in the documents")


def test_what_could_not_be_verified_is_marked(written, scribe, open_panel) -> None:
    scribe.writes("Tension the belt with the slide spindle until the meter shows 999 Hz.")
    panel = open_panel(written)

    panel.ask("with what is the timing belt tensioned, and until when?")

    panel.has_answered()
    expect(panel.answer.locator(".unverified").first).to_have_text("unverified")
    expect(panel.turn.locator(".warning")).to_contain_text("999 Hz")


def test_who_must_wait_sees_how_many_are_before(written, scribe, open_panel) -> None:
    scribe.writes(TENSIONED, pausing_after=2)
    first = open_panel(written)
    first.ask(BELT)
    expect(first.answer).to_contain_text("Tension the")
    second = open_panel(written)

    second.ask(BELT)

    expect(second.turn).to_have_attribute("data-state", "queued")
    expect(second.turn.locator(".state")).to_contain_text("1 question is before yours.")
    scribe.go_on()
    first.has_answered()
    second.has_answered()


def test_a_follow_up_belongs_to_the_conversation(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.ask("what does F0012 mean?")
    panel.has_answered()
    panel.ask("and F0013?")
    panel.has_answered()

    panel.page.get_by_role("button", name="New conversation").click()
    expect(panel.page.locator(".turn")).to_have_count(0)
    with no_model.client() as client:
        [talk] = client.get("/v1/conversations").json()["conversations"]
    assert talk["turns"] == 2


def test_an_answer_is_rated(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.ask("what does F0012 mean?")
    panel.has_answered()

    with panel.page.expect_response("**/v1/feedback") as sent:
        panel.page.get_by_role("button", name="Right").click()

    assert sent.value.ok
    assert sent.value.request.post_data_json["rating"] == "good"
    expect(panel.page.get_by_role("button", name="Right")).to_have_attribute("aria-pressed", "true")


def test_quotes_only_is_what_is_asked_for_when_it_is_set(written, scribe, open_panel) -> None:
    panel = open_panel(written)
    panel.page.get_by_role("button", name="Settings").click()
    panel.page.get_by_role("button", name="Quotes only, no model").click()
    panel.page.get_by_role("button", name="Close").last.click()

    panel.ask("what does F0012 mean?")

    panel.has_answered()
    assert scribe.asked == 0


@pytest.mark.model
def test_a_real_model_s_answer_is_streamed_and_checked(tiny, open_panel) -> None:
    panel = open_panel(tiny.url)

    panel.ask("what does F0012 mean?")

    panel.has_answered(within_ms=300_000)
    expect(panel.turn.locator("footer")).to_contain_text("on this device")
    assert panel.answer.inner_text().strip()
