"""The states that a panel can be in, and how one comes there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from playwright.sync_api import expect

BELT: Final = "how do I tension the timing belt"


def _empty(panel) -> None:
    expect(panel.page.locator(".welcome")).to_be_visible()


def _answered(panel) -> None:
    panel.ask("what does F0012 mean?")
    panel.has_answered()
    expect(panel.page.locator("canvas")).to_have_js_property("hidden", False)


def _text(panel) -> None:
    _answered(panel)
    if panel.page.get_by_role("button", name="Back to the answer").count() == 0:
        panel.answer.get_by_role("button", name="Citation 1").first.click()
    panel.page.locator(".evidence").get_by_role("button", name="Text", exact=True).click()


def _abstained(panel) -> None:
    panel.ask("zylophonic quuxification of wimbledon")
    panel.has_answered()


def _refused(panel) -> None:
    panel.page.locator(".panel").wait_for()
    panel.call("(element) => { element.ask('\\u0007'); }")
    expect(panel.turn).to_have_attribute("data-state", "failed")


def _notes(panel) -> None:
    panel.go("notes")
    panel.page.get_by_role("textbox", name="Write a note").fill("Air gap set to 0.30 mm.")
    panel.page.get_by_role("button", name="Save note").click()
    expect(panel.page.locator(".note").first).to_be_visible()
    panel.page.get_by_role("button", name="Delete note").first.click()


def _talks(panel) -> None:
    _answered(panel)
    panel.page.get_by_role("button", name="Conversations").click()
    expect(panel.page.locator(".talks li").first).to_be_visible()


def _settings(panel) -> None:
    expect(panel.page.locator(".panel")).to_have_attribute("data-state", "here")
    panel.page.get_by_role("button", name="Settings").click()
    expect(panel.page.get_by_role("dialog")).to_be_visible()


STATES: Final[dict[str, Callable]] = {
    "empty": _empty,
    "answered": _answered,
    "text": _text,
    "abstained": _abstained,
    "refused": _refused,
    "notes": _notes,
    "conversations": _talks,
    "settings": _settings,
}
