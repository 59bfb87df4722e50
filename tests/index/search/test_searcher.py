from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import QuestionError, UsageError
from index.passages import SearchFilter
from index.search import Searcher
from index.search.merging import LONGEST
from index.search.searcher import NO_EMBEDDER, NO_VECTORS, OTHER_EMBEDDER
from index.store import Store
from tests.index.hashing_embedder import HashingEmbedder
from tests.index.search.conftest import Index


def test_the_section_that_answers_comes_first(searcher: Searcher) -> None:
    first = searcher.search("how do I replace the brake").passages[0]

    assert first.section[-1] == "2 Brake"
    assert first.title == "Halden TX-200 Service Manual"
    assert first.collection == "halden"
    assert "four M6x20 screws" in first.text


@pytest.mark.parametrize("typed", ["F0012", "f0012", "f 0012", "F-0012", "what does F0012 mean?", "fault f 0012"])
def test_a_fault_code_is_found_however_it_is_typed(searcher: Searcher, typed: str) -> None:
    first = searcher.search(typed).passages[0]

    assert "F0012" in first.text
    assert first.exact


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("br 120", "BR-120"),
        ("BR120", "BR-120"),
        ("m6 x 20", "M6x20"),
        ("hm2 7i76e 0", "hm2_7i76e.0"),
        ("/etc/nut/ups.conf", "/etc/nut/ups.conf"),
        ("ups.conf", "/etc/nut/ups.conf"),
        ("UPSDRVCTL", "upsdrvctl"),
    ],
)
def test_any_identifier_is_found_however_it_is_typed(searcher: Searcher, typed: str, written: str) -> None:
    first = searcher.search(typed).passages[0]

    assert written in first.text
    assert first.exact


def test_an_exact_identifier_stands_above_its_neighbours(index: Index) -> None:
    store = index(
        codes="# Codes\n\n## F0013\n\nF0013, fault, fault: the arm drifts.\n\n## F0012\n\nThe brake does not open."
    )

    found = Searcher(store, HashingEmbedder()).search("F0012 fault").passages

    assert found[0].section[-1] == "F0012"
    assert [passage.exact for passage in found[:2]] == [True, False]


def test_a_code_that_is_missing_is_never_taken_for_another(index: Index) -> None:
    store = index(codes="# Codes\n\n## P1112\n\nPressure too low.\n\n## Pump\n\nThe pump makes pressure.")

    result = Searcher(store, HashingEmbedder()).search("P1121")

    assert not any(passage.exact for passage in result.passages)
    assert result.notices == ("“P1121” is not in the documents. Similar, but not the same: “P1112”.",)


@pytest.mark.parametrize(
    ("typed", "written"),
    [("upsdvrctl", "upsdrvctl"), ("F12", "F0012"), ("FOO12", "F0012"), ("axis.0.jog-counts", "axis.N.jog-counts")],
)
def test_a_nearly_right_identifier_is_found_with_a_notice(searcher: Searcher, typed: str, written: str) -> None:
    result = searcher.search(typed)

    assert written in result.passages[0].text
    assert any(typed in notice and written in notice for notice in result.notices)


def test_typing_errors_are_forgiven_with_a_notice(searcher: Searcher) -> None:
    result = searcher.search("encoder calibraton temprature")

    assert result.passages[0].section[-1] == "4 Calibration"
    assert "“calibraton” was taken for “calibration”." in result.notices
    assert "“temprature” was taken for “temperature”." in result.notices


def test_without_an_embedder_words_decide_and_the_result_says_so(indexed: Store) -> None:
    result = Searcher(indexed, None).search("replace the brake")

    assert result.mode == "lexical"
    assert result.notices == (NO_EMBEDDER,)
    assert result.passages[0].section[-1] == "2 Brake"
    assert result.passages[0].similarity is None


def test_vectors_of_another_embedder_are_never_compared(indexed: Store) -> None:
    result = Searcher(indexed, HashingEmbedder(name="another")).search("replace the brake")

    assert result.mode == "lexical"
    assert OTHER_EMBEDDER in result.notices


def test_an_index_without_vectors_is_searched_by_words(tmp_path_factory: pytest.TempPathFactory) -> None:
    from index.ingest import Ingestor

    folder = tmp_path_factory.mktemp("plain")
    (folder / "a.md").write_text("# Pump\n\nThe pump makes pressure.", encoding="utf-8")
    with Store.open(folder / "index.db") as store:
        Ingestor(store, None).run([folder / "a.md"])
        result = Searcher(store, HashingEmbedder()).search("pump")

    assert result.mode == "lexical"
    assert NO_VECTORS in result.notices
    assert result.passages[0].title == "Pump"


def test_a_filter_shows_only_what_it_lets_through(searcher: Searcher) -> None:
    everywhere = {passage.collection for passage in searcher.search("brake battery driver", k=20).passages}
    filtered = searcher.search("brake battery driver", k=20, filter=SearchFilter(collections=("power",))).passages
    document = searcher.search("brake", filter=SearchFilter(documents=("power.md",))).passages

    assert everywhere == {"halden", "power"}
    assert {passage.collection for passage in filtered} == {"power"}
    assert {passage.title for passage in document} == {"Uninterruptible supply"}


def test_a_filter_by_a_language_that_no_document_has_finds_nothing(searcher: Searcher) -> None:
    assert searcher.search("brake", filter=SearchFilter(languages=("xx",))).passages == ()


@pytest.mark.parametrize("wanted", [SearchFilter(collections=("nowhere",)), SearchFilter(documents=("nothing.pdf",))])
def test_a_filter_by_something_that_is_not_there_is_an_error(searcher: Searcher, wanted: SearchFilter) -> None:
    with pytest.raises(UsageError, match="There is no"):
        searcher.search("brake", filter=wanted)


def test_a_searcher_that_was_warmed_finds_the_same(indexed: Store) -> None:
    searcher = Searcher(indexed, HashingEmbedder())
    cold = searcher.search("replace the brake", k=20)
    searcher.warm()

    assert searcher.search("replace the brake", k=20).passages == cold.passages


def test_what_is_ingested_later_is_found_at_once(index: Index, tmp_path: object) -> None:
    from pathlib import Path

    from index.ingest import Ingestor

    store = index(first="# Pump\n\nThe pump makes pressure.")
    searcher = Searcher(store, HashingEmbedder())
    searcher.warm()
    path = Path(str(tmp_path)) / "later.md"
    path.write_text("# Valve\n\nThe valve X9 closes.", encoding="utf-8")
    Ingestor(store, HashingEmbedder()).run([path])

    assert searcher.search("X9").passages[0].title == "Valve"
    assert searcher.search("closing valve").passages[0].title == "Valve"


def test_neighbours_of_one_section_are_shown_as_one(index: Index) -> None:
    sentences = " ".join(f"Step {n} of draining the pump opens valve number {n} slowly." for n in range(45))
    store = index(long=f"# Pump\n\n## Draining\n\n{sentences}\n\n## Filling\n\nFilling the pump is another matter.")

    found = Searcher(store, HashingEmbedder()).search("draining the pump valve").passages

    merged = found[0]
    assert len(merged.chunk_ids) > 1
    assert merged.chunk_id in merged.chunk_ids
    assert len(merged.text) <= LONGEST
    assert merged.text in sentences
    shown = [id_ for passage in found for id_ in passage.chunk_ids]
    assert len(shown) == len(set(shown))


def test_the_ranks_count_from_one_and_the_scores_fall(searcher: Searcher) -> None:
    found = searcher.search("the brake and the encoder", k=10).passages

    assert [passage.rank for passage in found] == list(range(1, len(found) + 1))
    assert [passage.score for passage in found] == sorted((passage.score for passage in found), reverse=True)
    assert searcher.search("the brake and the encoder", k=2).passages == found[:2]


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\x00\x01\x1b", "?!… --", "\u200b\u202e"])
def test_a_question_without_words_is_an_error(searcher: Searcher, question: str) -> None:
    with pytest.raises(QuestionError) as raised:
        searcher.search(question)

    assert raised.value.remedy


def test_a_very_long_question_is_cut_and_answered(searcher: Searcher) -> None:
    result = searcher.search("replace the brake " + "and so on and on " * 7_000)

    assert result.passages
    assert any("very long" in notice for notice in result.notices)


@pytest.mark.parametrize(
    "question",
    [
        'brake" OR title:"',
        "brake NEAR(coil, 2) AND NOT fuse*",
        "-brake ^coil {title}: (",
        "brake'; DROP TABLE chunks; --",
        "Wie oft wird die Batterie getauscht?",
        "ブレーキを交換する",
        "brake\x00coil\x1b[31m",
        "what is it",
        "\ud800 brake",
    ],
)
def test_no_question_is_read_as_query_syntax(searcher: Searcher, question: str) -> None:
    assert searcher.search(question).query == question


@given(st.text(min_size=1, max_size=200))
def test_any_text_is_searched_for_or_refused_in_words(searcher: Searcher, question: str) -> None:
    if any(c.isalnum() for c in question):
        assert searcher.search(question).query == question
    else:
        with pytest.raises(QuestionError):
            searcher.search(question)


def test_a_question_in_the_language_of_the_document_finds_it(searcher: Searcher) -> None:
    first = searcher.search("wann wird die Batterie getauscht").passages[0]

    assert first.section[-1] == "Batterie"


def test_an_empty_index_finds_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Store.open(tmp_path_factory.mktemp("empty") / "index.db") as store:
        assert Searcher(store, HashingEmbedder()).search("brake F0012").passages == ()


def test_many_threads_search_at_once(indexed: Store) -> None:
    searcher = Searcher(indexed, HashingEmbedder())
    expected = searcher.search("replace the brake").passages

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: searcher.search("replace the brake").passages, range(32)))

    assert all(passages == expected for passages in found)
