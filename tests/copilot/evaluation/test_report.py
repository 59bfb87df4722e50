"""The report: one page that asks nothing of the network and shows documents' text as text."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from copilot.evaluation.report import SHARES, as_table, write_report
from copilot.evaluation.runner import Outcome
from copilot.evaluation.summary import changes, summarise
from tests.copilot.evaluation.outcomes import abstained, answer, outcome, passage, question

HOSTILE = '<script src="https://evil.example/x.js"></script><img src=//evil.example/p.png onerror=alert(1)>'


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def failing() -> list[Outcome]:
    found = passage(title=HOSTILE, section=(HOSTILE,), text=f"Clean {HOSTILE} it.")
    return [
        outcome(
            question(id=HOSTILE, question=HOSTILE, kind="lookup", answer=HOSTILE, must=[[HOSTILE + "!"]]),
            answer(HOSTILE, (found,)),
        ),
        outcome(question(id="fine", must=[["40.1"]]), answer("RIGHT: 40.1 Nm. [1]")),
    ]


@pytest.fixture
def page(tmp_path: Path) -> str:
    outcomes = failing()
    summary = summarise(HOSTILE, outcomes, 1.0)
    before = summarise("before", [outcome(outcomes[1].question, answer(HOSTILE))], 1.0)
    return write_report(tmp_path / "new" / "folder", summary, outcomes, before, changes(before, summary)).read_text()


def test_the_text_of_documents_and_models_is_shown_and_never_run(page: str) -> None:
    tags = Tags(page)

    assert {"script", "img", "link", "iframe", "a"} & set(tags.tags) == set()
    assert not [name for name, _ in tags.attributes if name.startswith("on")]
    assert "&lt;script src=" in page


def test_the_page_asks_nothing_of_the_network(page: str) -> None:
    assert not [name for name, _ in Tags(page).attributes if name in ("src", "href", "srcset", "action", "data")]
    assert "@import" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_failing_questions_stand_beside_their_evidence_and_right_ones_do_not(page: str) -> None:
    shown = page.partition("Failing questions")[2]

    assert "Must say:" in shown
    assert "Clean &lt;script" in shown
    assert "RIGHT: 40.1 Nm" not in shown


def test_what_got_better_is_shown_with_both_answers(page: str) -> None:
    shown = page.partition("Against the baseline")[2].partition("Failing questions")[0]

    assert re.search(r'class="right">better</strong> fine', shown)
    assert "RIGHT: 40.1 Nm" in shown


def test_a_run_of_nothing_still_makes_a_page(tmp_path: Path) -> None:
    page = write_report(tmp_path, summarise("none", [], 1.0), [], None, []).read_text("utf-8")

    assert "None." in page
    assert re.search(r"\bnan\b", page, re.IGNORECASE) is None


def test_the_plot_of_first_words_stays_in_its_frame(tmp_path: Path) -> None:
    outcomes = [outcome(question(id=str(at)), answer(first_token_ms=ms)) for at, ms in enumerate((0.0, 5e2, 9e9))]

    page = write_report(tmp_path, summarise("three", outcomes, 1.0), outcomes, None, []).read_text("utf-8")
    points = re.search(r'points="([^"]*)"', page)

    assert points is not None
    places = [tuple(map(float, point.split(","))) for point in points[1].split()]
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    assert all(0 <= x <= 600 and 0 <= y <= 160 for x, y in places)


def test_the_table_shows_every_figure_and_the_baseline_beside_it() -> None:
    now = summarise("now", failing(), 256.0)
    before = summarise("before", [outcome(question(kind="unanswerable"), abstained())], 1.0)
    console = Console(file=io.StringIO(), width=160)

    console.print(as_table(now, before))

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    for label, _ in SHARES:
        assert label in text
    assert "baseline" in text
    assert "256 MB" in text
    assert re.search(r"unanswerable refused\s*│\s*–\s*│\s*–\s*│\s*0\s*│\s*1\.000", text)
