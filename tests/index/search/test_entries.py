from __future__ import annotations

import pytest

from index.search.entries import has_entry
from index.search.identifiers import normalise
from index.search.searcher import Searcher
from tests.index.hashing_embedder import HashingEmbedder
from tests.index.search.conftest import Index


@pytest.mark.parametrize(
    ("identifier", "text"),
    [
        ("F0012", "F0011 | hot | wait\nF0012 | Brake does not release | Check the coil"),
        ("HT-4121", "Rotor | HT-4121 | 2"),
        ("F0012", "F0012: the brake does not release."),
        ("BR 120", "• BR-120 - holds the arm"),
        ("-t", "-v be verbose\n-t <planner> loads another planner"),
        ("P1121", "P1121 (s) ramp-down time"),
        ("P1121", "P1121"),
    ],
)
def test_a_row_or_a_line_that_says_what_it_is_is_an_entry(identifier: str, text: str) -> None:
    assert has_entry([normalise(identifier)], text)


@pytest.mark.parametrize(
    ("identifier", "text"),
    [
        ("F0012", "F0012 came three times, the drive is locked."),
        ("F0012", "Read the code: F0012 and F0021 are mixed up."),
        ("F0012", "F0021 | as F0012 | Check the coil"),
        ("P1121", "P1112: ramp-down time"),
        ("F0012", ""),
    ],
)
def test_a_mention_is_none(identifier: str, text: str) -> None:
    assert not has_entry([normalise(identifier)], text)


def test_a_heading_is_an_entry_for_what_it_names() -> None:
    assert has_entry(["2.7.3"], "Nothing.", ["Changes from 2.7.2 to 2.7.3"])


def test_the_table_of_faults_comes_before_the_log_in_which_the_fault_came_up(index: Index) -> None:
    store = index(
        log="# Log\n\n## Monday\n\nF0012 came up twice in the night and then F0012 went away by itself.",
        faults="# Manual\n\n## Codes\n\n| Code | Remedy |\n| --- | --- |\n| F0011 | Wait |\n| F0012 | Check coil |\n",
    )

    first = Searcher(store, HashingEmbedder()).search("what does F0012 mean").passages[0]

    assert first.title == "Manual"
