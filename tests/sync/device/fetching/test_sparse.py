"""Files that arrive in parts."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.device.fetching.sparse import SparseFile, merged

SIZE = 400
CONTENT = bytes(byte % 251 for byte in range(SIZE))
spans = st.lists(
    st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)).map(lambda pair: (min(pair), max(pair))), max_size=12
)


@given(written=spans, forgotten=spans, reopen=st.booleans())
def test_what_has_arrived_is_known_also_by_the_next_process(
    written: list[tuple[int, int]], forgotten: list[tuple[int, int]], reopen: bool
) -> None:
    here = set()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.pack"
        file = SparseFile(path, SIZE)
        for start, end in written:
            file.write(start, CONTENT[start:end])
            here |= set(range(start, end))
        for start, end in forgotten:
            file.forget(start, end)
            here -= set(range(start, end))
        if reopen:
            file.close()
            file = SparseFile(path, SIZE)

        missing = {at for start, end in file.missing() for at in range(start, end)}
        assert missing == set(range(SIZE)) - here
        assert file.arrived_bytes == len(here)
        assert all(file.read(at, 1) == CONTENT[at : at + 1] for at in here)
        file.close()


def test_half_a_record_at_the_end_of_the_journal_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.pack"
    with SparseFile(path, SIZE) as file:
        file.write(0, CONTENT[:100])
    journal = tmp_path / "x.pack.parts"
    journal.write_bytes(journal.read_bytes() + b"\0\0\0")

    with SparseFile(path, SIZE) as file:
        assert list(file.missing()) == [(100, SIZE)]
        file.write(100, CONTENT[100:])
    with SparseFile(path, SIZE) as file:
        assert list(file.missing()) == []


def test_a_record_of_bytes_that_never_reached_the_disk_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.pack"
    with SparseFile(path, SIZE) as file:
        file.write(0, CONTENT)
    with path.open("r+b") as raw:
        raw.truncate(50)

    with SparseFile(path, SIZE) as file:
        assert list(file.missing()) == [(50, SIZE)]


def test_nothing_is_written_beyond_the_end(tmp_path: Path) -> None:
    with SparseFile(tmp_path / "x", 10) as file, pytest.raises(ValueError, match="beyond"):
        file.write(5, b"123456")


@given(given_spans=spans, gap=st.integers(0, 50))
def test_merged_spans_cover_the_same_and_keep_their_distance(given_spans: list[tuple[int, int]], gap: int) -> None:
    joined = merged(given_spans, gap)

    assert all(later[0] - earlier[1] > gap for earlier, later in itertools.pairwise(joined))
    covered = {at for start, end in joined for at in range(start, end)}
    assert {at for start, end in given_spans for at in range(start, end)} <= covered
