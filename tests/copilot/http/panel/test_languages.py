"""German and English, and any other that somebody adds."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from scripts.join_panel import PANEL

LANGUAGES = PANEL / "src" / "language"


def messages(panel, tag: str) -> dict:
    found: dict = panel.page.evaluate("(tag) => customElements.get('edge-copilot').languages[tag]", tag)
    return found


def blanks(message: str | dict) -> set[str]:
    forms = message.values() if isinstance(message, dict) else [message]
    return {name for form in forms for name in re.findall(r"\{(\w+)\}", form)}


def test_every_language_says_everything_with_the_same_blanks(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)

    english, german = messages(panel, "en"), messages(panel, "de")

    assert list(english) == list(german)
    assert {key: blanks(text) for key, text in english.items()} == {key: blanks(text) for key, text in german.items()}


def test_every_message_is_used_and_every_one_used_is_there() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (PANEL / "src").rglob("*.js"))
    keys = set(re.findall(r'^  "?([\w.]+)"?:', (LANGUAGES / "en.js").read_text(encoding="utf-8"), re.MULTILINE))
    said = set(re.findall(r'(?:say\(|")([a-z]+\.[\w.]+)"', source)) & {key for key in keys if "." in key}
    # Some keys are put together: say(`view.${name}`).
    put_together = re.findall(r"say\(`([\w.]+)\$\{", source)
    literal = set(re.findall(r'say\("([\w.]+)"', source))

    assert literal <= keys
    unused = {key for key in keys if f'"{key}"' not in source.replace(f'"{key}":', "")} - said
    assert {key for key in unused if "." in key and not key.startswith(tuple(put_together))} == set()


def test_it_is_german_where_the_browser_is(no_model, open_panel) -> None:
    panel = open_panel(no_model.url, locale="de-DE")

    panel.ask("what does F0012 mean?")

    panel.has_answered()
    expect(panel.page.get_by_role("tab", name="Fragen")).to_be_visible()
    expect(panel.turn).to_contain_text("Steht in")
    expect(panel.turn).to_contain_text("Zitiert aus den Unterlagen")
    expect(panel.page.locator(".evidence header")).to_contain_text("Seite 13")
    expect(panel.page.locator("html")).to_have_attribute("lang", "de")
    expect(panel.page.locator(".panel")).to_have_attribute("lang", "de")


@pytest.mark.parametrize(("query", "tab"), [("lang=de", "Fragen"), ("lang=en", "Ask"), ("lang=xx", "Ask")])
def test_the_address_chooses_the_language(no_model, open_panel, query: str, tab: str) -> None:
    panel = open_panel(no_model.url, query=query)

    expect(panel.page.get_by_role("tab", name=tab)).to_be_visible()


def test_a_person_changes_it_and_nothing_is_lost(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.ask("what does F0012 mean?")
    panel.has_answered()

    panel.page.get_by_role("button", name="Settings").click()
    panel.page.get_by_role("button", name="Deutsch").click()
    panel.page.keyboard.press("Escape")

    expect(panel.page.get_by_role("tab", name="Fragen")).to_be_visible()
    expect(panel.answer).to_contain_text("Brake BR-120 does not release")
    expect(panel.page.locator(".evidence h2")).to_have_text("7.2 Fault codes")
    panel.page.reload()
    expect(panel.page.get_by_role("tab", name="Fragen")).to_be_visible()


def test_another_language_is_another_entry(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.page.evaluate(
        """() => {
          customElements.get("edge-copilot").languages.fr = { name: "Français", "view.ask": "Demander" };
          document.querySelector("edge-copilot").setAttribute("lang", "fr");
        }"""
    )

    expect(panel.page.get_by_role("tab", name="Demander")).to_be_visible()
    expect(panel.page.get_by_role("tab", name="Signals")).to_be_visible()
