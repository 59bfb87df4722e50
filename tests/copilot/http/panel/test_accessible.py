"""WCAG AA in every state, theme and size; and targets that a hand in a glove hits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.copilot.http.panel.conftest import SIZES
from tests.copilot.http.panel.looking import faults, faults_by_theme, small_targets
from tests.copilot.http.panel.states import STATES


@pytest.mark.parametrize("state", STATES)
def test_every_state_passes_axe_in_every_theme(state: str, shown: Callable) -> None:
    panel = shown(state)

    assert faults_by_theme(panel) == []


@pytest.mark.parametrize("state", STATES)
def test_small_screens_pass_too_and_can_be_used_in_gloves(state: str, shown: Callable) -> None:
    found = {}
    for size in ("hmi", "phone"):
        panel = shown(state, size=size)
        found[size] = [*faults(panel), *small_targets(panel)]

    assert found == {"hmi": [], "phone": []}


def test_nothing_hangs_over_the_edge(shown: Callable) -> None:
    panel = shown("answered")

    over = {}
    for size, (width, height) in SIZES.items():
        panel.page.set_viewport_size({"width": width, "height": height})
        over[size] = panel.call(
            """(element) => [...element.shadowRoot.querySelectorAll(".frame *")]
              .filter((node) => node.checkVisibility() && !node.closest(".unseen, .found, .page, .table, svg, .tabs"))
              .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
              .map((node) => node.className || node.tagName)"""
        )
    assert over == {size: [] for size in SIZES}


def test_very_large_text_still_fits(no_model, open_panel) -> None:
    panel = open_panel(no_model.url, size="hmi")
    panel.page.get_by_role("button", name="Settings").click()
    panel.page.get_by_role("button", name="Very large").click()
    panel.page.keyboard.press("Escape")

    panel.ask("what does F0012 mean?")

    panel.has_answered()
    expect(panel.box).to_be_in_viewport()
    assert panel.call("(element) => element.shadowRoot.querySelector('.frame').scrollWidth") <= 800
    assert faults(panel) == []


def test_without_wanted_motion_nothing_moves(written, scribe, open_panel) -> None:
    scribe.writes("Tension the belt with the slide spindle.", pausing_after=2)
    panel = open_panel(written, reduced_motion="reduce")
    panel.ask("how do I tension the timing belt")
    expect(panel.answer).to_contain_text("Tension the")

    moving = panel.call("(element) => element.shadowRoot.getAnimations({ subtree: true }).length")

    assert moving == 0
    scribe.go_on()
    panel.has_answered()


def test_the_answer_is_read_out_once_and_not_word_by_word(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.call(
        """(element) => {
          window.said = [];
          const node = element.shadowRoot.querySelector(".panel > [role=status]");
          const heard = () => node.textContent && said.push(node.textContent);
          new MutationObserver(heard).observe(node, { childList: true });
        }"""
    )

    panel.ask("what does F0012 mean?")

    panel.has_answered()
    panel.comes("said.some((text) => text.startsWith('Answer:'))")
    said = panel.page.evaluate("said")
    assert len([text for text in said if "Brake BR-120 does not release" in text]) == 1


@pytest.mark.parametrize(
    ("options", "theme", "contrast"),
    [
        ({"color_scheme": "dark"}, "dark", "standard"),
        ({"color_scheme": "light"}, "light", "standard"),
        ({"color_scheme": "dark", "contrast": "more"}, "dark", "more"),
    ],
)
def test_the_device_s_own_colours_and_contrast_are_followed(no_model, open_panel, options, theme, contrast) -> None:
    panel = open_panel(no_model.url, **options)

    frame = panel.page.locator(".panel")
    expect(frame).to_have_attribute("data-theme", theme)
    expect(frame).to_have_attribute("data-contrast", contrast)
