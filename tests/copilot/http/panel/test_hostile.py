"""Documents, models and whoever else writes: all of it is shown as the text that it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from index.ingest import Ingestor
from index.store import Store

EVIL = '<img src=x onerror="window.hit=1"><script>window.hit=1</script><svg onload="window.hit=1">'
QUESTION = "how is the wobble plate aligned"


@pytest.fixture
def poisoned(indexed: Path, tmp_path: Path) -> None:
    """A document that would like to be more than text."""
    document = tmp_path / f"wobble {EVIL.replace('/', '')[:60]}.txt"
    document.write_text(
        f"Wobble plate {EVIL}\n\nThe wobble plate is aligned with the {EVIL} gauge until it reads 7 mm.\n\n"
        f"Part | Value\nwobble plate {EVIL} | javascript:alert(1)\n",
        encoding="utf-8",
    )
    with Store.open(indexed / "index.db") as store:
        Ingestor(store, None).run([document], collection=f"c{EVIL[:20]}".replace("<", "").replace(" ", "")[:3])
        store.checkpoint()


def untouched(panel) -> bool:
    found: bool = panel.call(
        """(element) => window.hit === undefined
          && !element.shadowRoot.querySelector("script, img, iframe, object, a, [onerror], [onload], [onclick]")"""
    )
    return found


def test_a_document_s_markup_is_text(poisoned, no_model, open_panel) -> None:
    panel = open_panel(no_model.url)

    panel.ask(QUESTION)

    panel.has_answered()
    expect(panel.page.locator(".evidence .text")).to_contain_text('<img src=x onerror="window.hit=1">')
    expect(panel.answer).to_contain_text("gauge until it reads 7 mm")
    assert untouched(panel)


def test_a_model_s_markup_is_text(written, scribe, open_panel) -> None:
    scribe.writes(f"Tension the belt {EVIL} with the slide spindle [1] until 46 Hz. [99] [1](javascript:alert(1))")
    panel = open_panel(written)

    panel.ask("how do I tension the timing belt")

    panel.has_answered()
    assert untouched(panel)


def test_an_address_s_markup_is_text(no_model, open_panel) -> None:
    panel = open_panel(no_model.url, query=f"machine={EVIL}&heading={EVIL}&questions={EVIL}&ask={EVIL} F0012")

    expect(panel.page.locator("h1")).to_contain_text("<img src=x onerror")
    panel.has_answered()
    assert untouched(panel)


def test_a_note_s_markup_is_text(no_model, open_panel) -> None:
    with no_model.client() as client:
        client.post("/v1/notes", json={"text": EVIL, "machine": EVIL, "author": EVIL}).raise_for_status()
    panel = open_panel(no_model.url, query="view=notes")

    expect(panel.page.locator(".note")).to_contain_text("<script>window.hit=1</script>")
    assert untouched(panel)


@pytest.mark.parametrize(
    "mistake",
    [
        "document.body.innerHTML = '<b>x</b>'",
        "document.body.setAttribute('onclick', 'window.hit = 1')",
        "document.createElement('script').text = 'window.hit = 1'",
        "setTimeout('window.hit = 1')",
        "document.write('<b>x</b>')",
    ],
)
def test_even_by_mistake_text_can_not_become_markup_or_a_script(no_model, open_panel, mistake: str) -> None:
    panel = open_panel(no_model.url)

    refused = panel.page.evaluate(f"() => {{ try {{ {mistake}; return false; }} catch {{ return true; }} }}")

    assert refused
    assert panel.watch.errors, "the browser tells of it"
    panel.watch.errors.clear()
