"""The page that is shown for a passage is the one on which the question's words stand."""

from __future__ import annotations

import json
from pathlib import Path

from index.ingest import Ingestor
from index.search import Searcher
from index.store import Store


def test_a_chunk_over_two_pages_is_shown_with_the_page_that_fits(tmp_path: Path) -> None:
    manual = tmp_path / "manual.md"
    manual.write_text("# Faults\n\nThe first part tells of the fan.\n\nOvervoltage means braking too hard.\n", "utf-8")
    with Store.open(tmp_path / "index.db") as store:
        Ingestor(store, None).run([manual])
        with store.transaction() as connection:
            body = connection.execute("SELECT body FROM chunks").get
            starts = json.dumps([[body.index("Overvoltage"), 13]])
            connection.execute("UPDATE chunks SET page = 12, page_end = 13, page_starts = ?", (starts,))
        searcher = Searcher(store, None)

        assert searcher.search("overvoltage braking").passages[0].page == 13
        assert searcher.search("fan").passages[0].page == 12
        passage = searcher.search("fan").passages[0]
        assert passage.page_at(passage.text.index("Overvoltage")) == 13
