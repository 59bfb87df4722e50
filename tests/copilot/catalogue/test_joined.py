"""A file joined from parts that arrive in any order, some of them damaged, with power cuts in between."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.catalogue.fetching.joined import JoinedFile, PartDamaged
from copilot.catalogue.schema import Member, ModelFile
from tests.copilot.catalogue.servers import sha256

contents = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5)


def described(parts):
    whole = b"".join(parts)
    members = tuple(Member(path="part", file="f", bytes=len(part), sha256=sha256(part)) for part in parts)
    return ModelFile(name="f", bytes=len(whole), sha256=sha256(whole)), members


@settings(deadline=None)
@given(contents, st.data())
def test_in_whatever_order_parts_arrive_the_whole_is_the_same(parts, data):
    file, members = described(parts)
    order = data.draw(st.permutations(range(len(parts))))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.parts"
        joined = JoinedFile(path, file, members)
        for number in order:
            if data.draw(st.booleans()):
                joined = JoinedFile(path, file, members)  # another process goes on
            joined.write(members[number], io.BytesIO(parts[number]))

        assert joined.complete
        assert joined.sha256() == file.sha256
        assert path.read_bytes() == b"".join(parts)


@settings(deadline=None)
@given(contents, st.data())
def test_a_part_counts_as_there_exactly_if_its_bytes_are_right(parts, data):
    file, members = described(parts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.parts"
        joined = JoinedFile(path, file, members)
        for number, part in enumerate(parts):
            joined.write(members[number], io.BytesIO(part))
        left = bytearray(path.read_bytes()[: data.draw(st.integers(0, file.bytes))])  # cut off by a power cut
        for position in data.draw(st.lists(st.integers(0, max(0, len(left) - 1)), max_size=3)) if left else ():
            left[position] ^= 0xFF
        path.write_bytes(left)

        found = JoinedFile(path, file, members)

        start = 0
        for member, part in zip(members, parts, strict=True):
            assert found.lacks(member) is (bytes(left[start : start + len(part)]) != part)
            start += len(part)


@pytest.mark.parametrize("content", [b"", b"shor", b"longer than it", b"wrong"])
def test_a_part_with_other_content_is_refused_and_the_others_stay(tmp_path, content):
    file, members = described([b"first", b"right"])
    joined = JoinedFile(tmp_path / "f.parts", file, members)
    joined.write(members[0], io.BytesIO(b"first"))

    with pytest.raises(PartDamaged):
        joined.write(members[1], io.BytesIO(content))

    assert not joined.lacks(members[0])
    assert joined.lacks(members[1])
    joined.write(members[1], io.BytesIO(b"right"))
    assert joined.sha256() == file.sha256


def test_no_more_than_a_part_is_read_of_a_stream_without_end(tmp_path):
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size=-1):
            self.given += size
            return b"x" * size

    file, members = described([b"first"])
    stream = Endless()

    with pytest.raises(PartDamaged):
        JoinedFile(tmp_path / "f.parts", file, members).write(members[0], stream)
    assert stream.given <= 6
