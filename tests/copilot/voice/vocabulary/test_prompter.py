"""Which words speech to text is told to expect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.values import Hints
from copilot.voice.vocabulary import IndexPrompter, compose
from copilot.voice.vocabulary.prompter import MOST_CHARACTERS
from copilot.voice.written.lexicon import IndexLexicon
from index.errors import StoreError
from index.ingest import Ingestor
from index.store import Store

MANUAL = """# Drive

## Timing belt

Fault F0012: the belt slips. The brake BR-120 holds. Parts come from our store in Nordhafen, as Nordhafen knows.

## Motor brake

Fault F0021: the brake BR-120 drags. F0021 comes with F0012.
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "drive.md").write_text(MANUAL, encoding="utf-8")
    (tmp_path / "pump.md").write_text("# Pump\n\n## Seal\n\nFault P7001: the seal leaks.\n", encoding="utf-8")
    with Store.open(tmp_path / "index.db") as store:
        Ingestor(store, None).run([tmp_path / "drive.md"], "drives")
        Ingestor(store, None).run([tmp_path / "pump.md"], "pumps")
        yield store


def prompter(store: Store, **more) -> IndexPrompter:
    lexicon = IndexLexicon(lambda: store)
    return IndexPrompter(lambda: store, lexicon, **more)


def test_identifiers_parts_and_sites_are_expected_as_they_are_written(store: Store) -> None:
    prompt = prompter(store).prompt(Hints())

    for word in ("F0012", "F0021", "BR-120", "Nordhafen", "timing belt"):
        assert word in prompt


def test_only_what_the_asked_collections_hold_is_expected(store: Store) -> None:
    prompt = prompter(store).prompt(Hints(collections=("pumps",)))

    assert "P7001" in prompt
    assert "F0012" not in prompt


def test_what_was_talked_about_last_stands_last(store: Store) -> None:
    prompt = prompter(store, words=("Halle Ost",)).prompt(Hints(recent=("F0012",)))

    assert prompt.endswith("Halle Ost, F0012.")


def test_without_an_index_the_own_words_are_left() -> None:
    def none() -> Store:
        raise StoreError("There is no index yet.")

    lexicon = IndexLexicon(none)

    assert "Nordhafen" in IndexPrompter(none, lexicon, ("Nordhafen",)).prompt(Hints())
    assert not lexicon.knows("f0012")
    assert lexicon.likely(Hints(passages=(1,))) == frozenset()


def test_what_was_ingested_since_is_known(store: Store, tmp_path: Path) -> None:
    lexicon = IndexLexicon(lambda: store)
    assert not lexicon.knows("zz99")
    (tmp_path / "new.md").write_text("# New\n\nFault ZZ-99 is new.\n", encoding="utf-8")

    Ingestor(store, None).run([tmp_path / "new.md"], "drives")

    assert lexicon.knows("zz99")
    assert lexicon.written("zz99") == "ZZ-99"


def test_a_part_of_a_longer_identifier_is_written_as_that_part(store: Store, tmp_path: Path) -> None:
    (tmp_path / "plugs.md").write_text("# Plugs\n\nThe drive is at X4:2 and X4:3.\n", encoding="utf-8")
    Ingestor(store, None).run([tmp_path / "plugs.md"], "drives")

    assert IndexLexicon(lambda: store).written("x4") == "X4"


def test_the_identifiers_on_the_screen_are_the_likely_ones(store: Store) -> None:
    with store.reader() as connection:
        chunk = connection.execute("SELECT chunk_id FROM identifiers WHERE identifier = 'p7001'").get

    assert IndexLexicon(lambda: store).likely(Hints(passages=(int(chunk),))) >= {"p7001"}


words = st.lists(st.text(st.characters(whitelist_categories=["L", "N"]), min_size=1, max_size=30), max_size=60)


@given(words, words)
def test_a_prompt_is_never_too_long_and_keeps_the_likeliest(frequent: list[str], likely: list[str]) -> None:
    prompt = compose(frequent, likely)

    assert len(prompt) <= MOST_CHARACTERS + 20
    if likely:
        assert " ".join(likely[-1].split()) in prompt
