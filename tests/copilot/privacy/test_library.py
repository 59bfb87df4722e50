"""Looking words up in a real index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.privacy import Outgoing, Refused, Source
from copilot.privacy.library import IndexLibrary
from copilot.privacy.policy import Never, PrivacyPolicy
from copilot.privacy.wall import Wall
from index.documents import AccessLabel
from index.ingest import Ingestor
from index.store import Store
from tests.copilot.privacy.private import TRUSTED, UNTRUSTED, passage

STAFF = "# Archive\n\nThe dóor of the archive opens with the yellow key under shelf 77123.\n"
MANUAL = "# Drive\n\nF0012 means overcurrent. Check the motor cable of the drive.\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexLibrary]:
    folder = tmp_path_factory.mktemp("docs")
    (folder / "staff.md").write_text(STAFF, "utf-8")
    (folder / "manual.md").write_text(MANUAL, "utf-8")
    with Store.open(folder / "index.db") as store:
        ingestor = Ingestor(store, None)
        ingestor.run([folder / "staff.md"], collection="staff", access=AccessLabel.RESTRICTED)
        ingestor.run([folder / "manual.md"], collection="manuals", access=AccessLabel.PUBLIC)
        yield IndexLibrary(store)


def test_collections_are_told_with_their_labels(library: IndexLibrary) -> None:
    assert set(library.collections()) == {
        Source("staff", "", AccessLabel.RESTRICTED),
        Source("manuals", "", AccessLabel.PUBLIC),
    }


@pytest.mark.parametrize("words", [["opens", "with", "the", "yellow"], ["door", "of", "the", "archive"], ["77123"]])
def test_words_in_a_row_are_found_where_they_stand(library: IndexLibrary, words: list[str]) -> None:
    (source,) = library.holding(words)

    assert (source.collection, source.access) == ("staff", AccessLabel.RESTRICTED)
    assert Path(source.document).name == "staff.md"


@pytest.mark.parametrize("words", [["yellow", "with", "opens"], ["unheard"], [], ['"'], ["a*"], ["NEAR(", "x"]])
def test_words_that_stand_nowhere_are_not_found(library: IndexLibrary, words: list[str]) -> None:
    assert list(library.holding(words)) == []


@pytest.mark.parametrize(
    "question", ["What opens with the yellow key?", "Where is 77123?", "the DOOR of the archive is shut"]
)
def test_a_question_that_repeats_a_document_that_was_not_searched_is_not_sent(
    library: IndexLibrary, question: str
) -> None:
    found = Wall(PrivacyPolicy(), library).outgoing(question, [], [passage("Keys are for doors.")], TRUSTED)

    assert isinstance(found, Refused)
    assert found.because == "question"


def test_a_question_in_the_words_of_a_public_document_is_sent(library: IndexLibrary) -> None:
    question = "Is it right to check the motor cable of the drive at F0012?"

    assert isinstance(Wall(PrivacyPolicy(), library).outgoing(question, [], [passage("Yes.")], UNTRUSTED), Outgoing)


def test_documents_that_the_policy_names_are_looked_into_too(library: IndexLibrary) -> None:
    wall = Wall(PrivacyPolicy(never=Never(documents=("manual.md",))), library)

    found = wall.outgoing("Is it right to check the motor cable of the drive?", [], [passage("Yes.")], UNTRUSTED)

    assert isinstance(found, Refused)
