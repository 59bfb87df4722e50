from __future__ import annotations

import random

import msgpack
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from index.errors import PackError
from sync.format import Codec, Frame, PackBuilder, PackIndex, digest_of, train, unpack_object
from sync.format.limits import OBJECT

OBJECTS = st.lists(st.binary(max_size=400), max_size=12)


def texts(count: int) -> list[bytes]:
    dice = random.Random(5)
    words = ["valve", "pressure", "coil", "loosen", "screw", "fault", "meter", "pump", "housing", "check"]
    return [f"section {n}: {' '.join(dice.choices(words, k=60))}".encode() for n in range(count)]


@given(OBJECTS)
def test_every_object_of_a_pack_comes_back_by_its_digest(objects: list[bytes]) -> None:
    codec = Codec()
    builder = PackBuilder(codec)
    for data in objects:
        assert builder.add(data) == digest_of(data)

    pack, index = builder.finish()
    found = PackIndex.decode(index.encode(), len(pack))

    assert set(found.frames) == {digest_of(data) for data in objects}
    for data in objects:
        frame = found.frames[digest_of(data)]
        assert unpack_object(codec, frame, pack[frame.offset : frame.offset + frame.length]) == data


def test_equal_objects_stand_in_a_pack_once() -> None:
    builder = PackBuilder(Codec())
    builder.add(b"the same")
    size = builder.size
    builder.add(b"the same")

    assert (len(builder), builder.size) == (1, size)


def test_a_dictionary_makes_small_objects_smaller() -> None:
    samples = texts(400)
    dictionary = train(samples, 8_192)
    assert dictionary is not None

    plain, with_dictionary = Codec(), Codec(dictionary)

    assert sum(len(with_dictionary.pack(one)) for one in samples) < 0.8 * sum(len(plain.pack(one)) for one in samples)
    assert Codec(dictionary).unpack(with_dictionary.pack(samples[3]), OBJECT, "object") == samples[3]


def test_too_few_samples_give_no_dictionary() -> None:
    assert train([b"one", b"two"]) is None
    assert train([b""] * 100) is None


def test_an_object_packed_with_another_dictionary_is_a_pack_error() -> None:
    samples = texts(400)
    packed = Codec(train(samples[:200], 4_096)).pack(samples[0])
    frame = Frame(digest_of(samples[0]), 0, len(packed), len(samples[0]))

    for codec in (Codec(), Codec(train(samples[200:], 4_096))):
        with pytest.raises(PackError):
            unpack_object(codec, frame, packed)


@given(st.binary(max_size=300))
def test_any_bytes_as_a_dictionary_give_a_pack_error_at_worst(dictionary: bytes) -> None:
    packed = Codec().pack(b"text " * 30)
    for data in (dictionary, b"\x37\xa4\x30\xec" + dictionary):  # the magic number of a trained one
        try:
            Codec(data).unpack(packed, OBJECT, "object")
        except PackError:
            continue


@given(st.binary(max_size=300))
def test_any_bytes_are_an_index_or_a_pack_error(data: bytes) -> None:
    for bytes_ in (data, Codec().pack(data)):
        with pytest.raises(PackError):
            PackIndex.decode(bytes_, 1 << 30)


@given(st.binary(min_size=1, max_size=400), st.data())
def test_a_damaged_frame_is_a_pack_error(content: bytes, data: st.DataObject) -> None:
    packed = Codec().pack(content)
    frame = Frame(digest_of(content), 0, len(packed), len(content))
    bad = bytearray(packed)
    at = data.draw(st.integers(0, len(bad) - 1))
    bad[at] ^= data.draw(st.integers(1, 255))
    for damaged in (bytes(bad), packed[:at], packed + b"x"):
        try:
            assert unpack_object(Codec(), frame, damaged) == content
        except PackError:
            continue


def test_a_frame_that_unpacks_to_more_than_the_index_says_is_refused() -> None:
    content = b"long " * 1000
    packed = Codec().pack(content)

    with pytest.raises(PackError, match="over the limit of 10"):
        unpack_object(Codec(), Frame(digest_of(content), 0, len(packed), 10), packed)


def test_an_index_that_points_beyond_its_pack_is_refused() -> None:
    index = PackIndex({digest_of(b"x"): Frame(digest_of(b"x"), 90, 20, 5)}).encode()

    assert PackIndex.decode(index, 110).frames
    with pytest.raises(PackError, match="beyond its pack"):
        PackIndex.decode(index, 100)


def test_an_index_with_an_object_over_the_limit_is_refused() -> None:
    index = PackIndex({digest_of(b"x"): Frame(digest_of(b"x"), 0, 20, OBJECT + 1)}).encode()

    with pytest.raises(PackError, match="over the limit"):
        PackIndex.decode(index, 100)


def test_an_index_of_a_newer_version_says_so() -> None:
    data = zstandard.ZstdCompressor().compress(msgpack.packb([2, []]))

    with pytest.raises(PackError, match="newer version"):
        PackIndex.decode(data, 100)


def test_a_hub_cannot_pack_an_object_that_no_device_accepts() -> None:
    with pytest.raises(PackError, match="over the limit"):
        PackBuilder(Codec()).add(bytes(OBJECT + 1))
