"""Two revisions of one manual: the newest first, and what they say differently is said."""

from __future__ import annotations

import pytest

from copilot.answering.revisions import contradictions, edition_of, newest_first
from index.documents import AccessLabel
from index.passages import Passage


def passage(rank: int, title: str, text: str, document: str = "", section: tuple[str, ...] = ("Torques",)) -> Passage:
    document = document or f"/manuals/{title}.pdf"
    return Passage(
        rank, 1.0 / rank, document, title, section, 1, text, rank, (rank,), "c", AccessLabel.PUBLIC, "en", 0, len(text)
    )


OLD = passage(1, "TX-200 Service Manual Rev. B", "Tighten the M8 bolts to 22 Nm.")
NEW = passage(2, "TX-200 Service Manual Rev. C", "Tighten the M8 bolts to 25 Nm.")


def test_the_newer_revision_goes_before_the_older_one() -> None:
    titles = [found.title[-6:] for found in newest_first((OLD, NEW))]

    assert titles == ["Rev. C", "Rev. B"]


def test_ranks_follow_the_new_order() -> None:
    assert [found.rank for found in newest_first((OLD, NEW))] == [1, 2]


def test_what_stands_between_two_revisions_keeps_its_place_behind_the_newer() -> None:
    other = passage(2, "Halden clamp", "The clamp closes at 140 bar.", section=("Clamp",))

    ordered = newest_first((OLD, other, NEW))

    assert [found.title for found in ordered] == [NEW.title, OLD.title, other.title]


def test_a_value_that_changed_is_told_with_both_revisions() -> None:
    told = contradictions(newest_first((OLD, NEW)))

    assert told == ["Revisions differ: Rev. C says 25 Nm where Rev. B says 22 Nm (TX-200 Service Manual Rev. C)."]


def test_revisions_that_agree_are_not_mentioned() -> None:
    same = passage(2, "TX-200 Service Manual Rev. C", OLD.text)

    assert contradictions(newest_first((OLD, same))) == []


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(passage(2, "DX-40 Manual Rev. C", "Tighten to 25 Nm."), id="another manual"),
        pytest.param(
            passage(2, "TX-200 Service Manual Rev. C", "Oil: 16 l of HLP 46.", section=("Oil",)), id="another place"
        ),
        pytest.param(passage(2, "TX-200 Service Manual", "Tighten the M8 bolts to 25 Nm."), id="no revision mark"),
    ],
)
def test_passages_that_only_look_alike_are_left_alone(other: Passage) -> None:
    assert newest_first((OLD, other)) == (OLD, other)
    assert contradictions((OLD, other)) == []


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Manual rev 9", "Manual rev 10"),
        ("Manual V2.8.4", "Manual V2.9.0"),
        ("Manual 2023-11", "Manual 2024-02"),
        ("Handbuch Ausgabe A", "Handbuch Ausgabe B"),
    ],
)
def test_revision_marks_are_ordered_as_people_read_them(older: str, newer: str) -> None:
    one, other = edition_of(passage(1, older, "")), edition_of(passage(1, newer, ""))

    assert one.manual == other.manual
    assert one.order < other.order


def test_the_file_name_tells_where_the_title_does_not() -> None:
    found = edition_of(passage(1, "Service Manual", "", document="/manuals/tx200_rev_d.pdf"))

    assert found.mark == "rev_d"
