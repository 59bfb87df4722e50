from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import PackError
from sync.format import Publication
from sync.format.limits import PUBLICATION

MANIFEST = {"sha256": "ab" * 32, "bytes": 812}
GOOD: dict[str, Any] = {
    "format": 1,
    "collection": "presses",
    "access": "internal",
    "kind": "documents",
    "embedder": "all-MiniLM-L6-v2/mean",
    "dimensions": 384,
    "releases": [
        {"number": 1, "published_at": "2026-05-01T10:00:00Z", "manifest": MANIFEST, "documents": 3},
        {
            "number": 2,
            "published_at": "2026-05-02T10:00:00+02:00",
            "manifest": MANIFEST,
            "deltas": [{"from": "ab" * 32, "sha256": "cd" * 32, "bytes": 40}],
            "documents": 4,
            "note": "Revision C",
        },
    ],
    "rollout": {
        "stable": 1,
        "candidate": 2,
        "stage": "canary",
        "cohorts": {"canary": {"percent": 5, "tags": ["bench"]}},
        "gates": {"reports": 3},
    },
    "canaries": [{"question": "What does F0012 mean?", "documents": ["service.pdf"]}],
}


def read(**changes: Any) -> Publication:
    return Publication.decode(json.dumps({**GOOD, **changes}).encode())


def test_a_publication_comes_back_as_it_was() -> None:
    publication = read()

    assert Publication.decode(publication.encode()) == publication
    assert json.loads(publication.encode())["releases"][1]["deltas"] == GOOD["releases"][1]["deltas"]
    release = publication.release(2)
    assert release is not None
    assert release.published_at.isoformat() == "2026-05-02T08:00:00+00:00"
    assert publication.release(3) is None


def test_a_publication_of_a_newer_version_says_so_whatever_else_is_in_it() -> None:
    with pytest.raises(PackError, match="newer version") as error:
        Publication.decode(b'{"format": 2, "collections": []}')

    assert "Update" in error.value.remedy


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 0},
        {"format": "1"},
        {"collection": "../up"},
        {"collection": "a/b"},
        {"access": "secret"},
        {"unknown": 1},
        {"releases": []},
        {"releases": GOOD["releases"][::-1]},
        {"rollout": {"stable": 3}},
        {"rollout": {"stable": 1, "candidate": 9}},
        {"rollout": {"stable": 1, "stage": "most"}},
        {"embedder": None},
        {"dimensions": 100},
        {"canaries": [{"question": "?", "documents": []}]},
        {"releases": [{**GOOD["releases"][0], "manifest": {"sha256": "AB" * 32, "bytes": 1}}, GOOD["releases"][1]]},
        {"releases": [{**GOOD["releases"][0], "published_at": "2026-05-01T10:00:00"}, GOOD["releases"][1]]},
        {"releases": [{**GOOD["releases"][0], "documents": -1}, GOOD["releases"][1]]},
    ],
    ids=str,
)
def test_a_publication_that_does_not_hold_what_it_should_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(PackError):
        read(**changes)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!DOCTYPE html><title>Please log in</title>",
        b"[]",
        b"null",
        b'{"format": 1',
        b"\xff\xfe",
        b"[" * 100_000,
        b" " * (PUBLICATION + 1),
    ],
    ids=lambda data: repr(data[:16]),
)
def test_what_is_no_publication_is_a_pack_error(data: bytes) -> None:
    with pytest.raises(PackError):
        Publication.decode(data)


@given(st.integers(0, len(json.dumps(GOOD)) - 1), st.integers(1, 255))
def test_a_damaged_publication_is_a_pack_error_or_a_publication(at: int, flip: int) -> None:
    bad = bytearray(json.dumps(GOOD).encode())
    bad[at] ^= flip
    for data in (bytes(bad), bytes(bad[:at])):
        try:
            Publication.decode(data)
        except PackError:
            continue
