"""Everything is done without a mouse, and the focus is always where one expects it."""

from __future__ import annotations

from playwright.sync_api import expect

BELT = "how do I tension the timing belt"


def focused(panel) -> str:
    """What has the focus, by its name."""
    return panel.call(
        """(element) => {
          const node = element.shadowRoot.activeElement;
          return node ? (node.getAttribute("aria-label") || node.textContent).trim() : "";
        }"""
    )


def tab_to(panel, name: str, *, most: int = 60) -> None:
    """Press Tab until ``name`` has the focus."""
    seen = []
    for _ in range(most):
        panel.page.keyboard.press("Tab")
        seen.append(focused(panel))
        if name in seen[-1]:
            return
    raise AssertionError(f"Tab never came to {name!r}, only to {seen}")


def test_one_asks_reads_a_passage_and_asks_on_with_the_keyboard_alone(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    tab_to(panel, "Skip to the question")
    panel.page.keyboard.press("Enter")
    assert focused(panel) == "Question"

    panel.page.keyboard.type(BELT)
    panel.page.keyboard.press("Enter")
    panel.has_answered()
    assert focused(panel) == "Question"

    panel.page.keyboard.press("Shift+Tab")
    while "Citation 1" not in focused(panel):
        panel.page.keyboard.press("Shift+Tab")
    panel.page.keyboard.press("Enter")
    assert "Citation 1" in focused(panel)
    expect(panel.page.get_by_role("status").filter(has_text="Passage opened")).to_be_attached()

    tab_to(panel, "Passage after")
    before = panel.page.locator(".evidence h2").inner_text()
    panel.page.keyboard.press("Enter")
    expect(panel.page.locator(".evidence h2")).not_to_have_text(before)


def test_on_a_small_screen_the_focus_goes_to_the_passage_and_comes_back(no_model, open_panel) -> None:
    panel = open_panel(no_model.url, size="phone")
    panel.ask(BELT)
    panel.has_answered()
    citation = panel.answer.get_by_role("button", name="Citation 1").first
    citation.focus()

    panel.page.keyboard.press("Enter")
    expect(panel.page.locator(".evidence h2")).to_be_focused()
    expect(panel.page.get_by_role("button", name="Back to the answer")).to_be_visible()

    panel.page.keyboard.press("Escape")
    expect(panel.page.locator(".evidence")).to_be_hidden()
    expect(citation).to_be_focused()


def test_arrow_keys_go_through_the_parts(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.page.get_by_role("tab", name="Ask").focus()

    seen = []
    for _ in range(5):
        panel.page.keyboard.press("ArrowDown")
        seen.append(focused(panel))

    assert [name.split(",")[0] for name in seen] == ["Signals", "Alarms", "Notes", "Shift", "Ask"]
    panel.page.keyboard.press("End")
    expect(panel.page.get_by_role("tab", name="Shift")).to_have_attribute("aria-selected", "true")
    expect(panel.page.get_by_role("tabpanel")).to_have_count(1)


def test_shift_and_enter_is_a_new_line_and_no_question(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.box.fill("what does F0012 mean")

    panel.box.press("Shift+Enter")

    expect(panel.box).to_have_value("what does F0012 mean\n")
    expect(panel.page.locator(".turn")).to_have_count(0)


def test_escape_closes_a_window_and_gives_the_focus_back(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    settings = panel.page.get_by_role("button", name="Settings")
    settings.focus()

    panel.page.keyboard.press("Enter")
    expect(panel.page.get_by_role("dialog")).to_be_visible()
    panel.page.keyboard.press("Escape")

    expect(panel.page.get_by_role("dialog")).to_have_count(0)
    expect(settings).to_be_focused()


def test_escape_with_nothing_to_stop_is_left_to_the_page_around(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.page.evaluate("addEventListener('keydown', (event) => { window.heard = event.key; })")
    panel.box.focus()

    panel.page.keyboard.press("Escape")

    assert panel.page.evaluate("window.heard") == "Escape"
