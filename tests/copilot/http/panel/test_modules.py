"""Modules by themselves, in the browser that they are for: event streams in any pieces, waiting, quotes in texts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from scripts.join_panel import PANEL
from tests.copilot.http.panel.conftest import served

PARSED = """async (pieces) => {
  const { EventParser } = await import("/server/events.js");
  const events = [];
  const parser = new EventParser((name, data) => events.push([name, data]));
  for (const piece of pieces) parser.push(piece);
  return events;
}"""
STREAM = (
    'event: token\ndata: {"text":"Grüße"}\n\n: alive\n\n'
    "data: a\ndata: b\nid: 7\n\nevent: empty\n\nevent:answer\ndata:x\n\n"
)
EVENTS = [["token", '{"text":"Grüße"}'], ["message", "a\nb"], ["answer", "x"]]


@pytest.fixture(scope="module")
def modules(browser: Browser) -> Iterator[Page]:
    """A page that can import the modules of the panel."""
    app = Starlette(routes=[Mount("/", StaticFiles(directory=PANEL / "src"))])
    with served(app) as url:
        page = browser.new_page()
        page.goto(f"{url}/element.js")
        yield page
        page.close()


@given(cuts=st.sets(st.integers(0, len(STREAM))), end=st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_events_are_the_same_in_whatever_pieces_they_come(modules: Page, cuts: set[int], end: str) -> None:
    stream = STREAM.replace("\n", end)
    places = [0, *sorted(cuts), len(stream)]
    pieces = [stream[start:stop] for start, stop in pairwise(places)]

    assert modules.evaluate(PARSED, pieces) == EVENTS


def test_an_event_that_is_not_whole_is_not_told(modules: Page) -> None:
    assert modules.evaluate(PARSED, ["event: token\ndata: half"]) == []


def test_it_waits_longer_each_time_and_never_longer_than_half_a_minute(modules: Page) -> None:
    waits: Any = modules.evaluate(
        """async () => {
          const { waitMs } = await import("/server/events.js");
          return [0, 1, 2, 3, 10, 1000].map((failures) => [waitMs(failures, () => 0), waitMs(failures, () => 1)]);
        }"""
    )

    assert waits == [[250, 500], [500, 1000], [1000, 2000], [2000, 4000], [15000, 30000], [15000, 30000]]


@pytest.mark.parametrize(
    ("text", "quote", "marked"),
    [
        ("Set the air gap to 0.30 mm.", "air gap to 0.30 mm", ["air gap to 0.30 mm"]),
        ("Set the air\n  gap to\n0.30 mm.", "air gap to 0.30 mm", ["air\n  gap to\n0.30 mm"]),
        ("Code | Fault\nF1 | a\nF2 | b", "Code | Fault\nF2 | b", ["Code | Fault", "F2 | b"]),
        ("Price (USD) is $5.", "(USD) is $5", ["(USD) is $5"]),
        ("Nothing of it.", "something else", []),
        ("Nothing of it.", "", []),
    ],
)
def test_a_quote_is_found_however_it_is_wrapped(modules: Page, text: str, quote: str, marked: list[str]) -> None:
    found = modules.evaluate(
        """async ([text, quote]) => {
          const { findQuote } = await import("/evidence/quote.js");
          return findQuote(text, quote).map(([start, end]) => text.slice(start, end));
        }""",
        [text, quote],
    )

    assert found == marked


@given(text=st.text(max_size=80), quote=st.text(max_size=20))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_marking_changes_no_word_of_a_text(modules: Page, text: str, quote: str) -> None:
    shown = modules.evaluate(
        """async ([text, quote]) => {
          const { documentText } = await import("/evidence/quote.js");
          return documentText(text, quote).map((node) => node.textContent).join("");
        }""",
        [text, quote],
    )

    # Signs between the cells of a table, and lines under its head, are drawn and not written.
    assert _words(shown) == _words("\n".join(line for line in text.split("\n") if not _is_rule(line)))


def _words(text: str) -> str:
    return "".join(character for character in text if not character.isspace() and character not in "|\ufeff")


def _is_rule(line: str) -> bool:
    return "|" in line and "---" in line and set(line.strip()) <= set("|:- ")
