from __future__ import annotations

import hashlib
from dataclasses import replace

import msgpack
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from index.errors import PackError
from sync.format import (
    DocumentEntry,
    Manifest,
    apply_delta,
    decode_manifest,
    digest_of,
    encode_manifest,
    make_delta,
    pack_manifest,
    unpack_manifest,
)
from sync.format.limits import MANIFEST
from tests.sync.format.strategies import MANIFESTS


def numbered(count: int, changed: int = 0) -> Manifest:
    """A manifest of ``count`` documents, every ``changed``-th of which is another."""
    entries = tuple(
        DocumentEntry(
            f"folder {n % 37:02}/manual {n:06}.pdf",
            hashlib.sha256(f"{n}{'x' if changed and n % changed == 0 else ''}".encode()).digest(),
            1000 + n,
        )
        for n in range(count)
    )
    return Manifest("presses", 2 if changed else 1, tuple(sorted(entries, key=lambda entry: entry.path)))


@given(MANIFESTS)
def test_a_manifest_comes_back_as_it_was(manifest: Manifest) -> None:
    data = encode_manifest(manifest)

    assert decode_manifest(data) == manifest
    assert unpack_manifest(pack_manifest(data), digest_of(data)) == data


@given(MANIFESTS, MANIFESTS)
def test_a_delta_turns_one_manifest_into_another(old: Manifest, new: Manifest) -> None:
    before, after = encode_manifest(old), encode_manifest(new)

    assert apply_delta(before, make_delta(before, after), digest_of(after)) == after


def test_a_delta_is_as_small_as_what_changed() -> None:
    before, after = encode_manifest(numbered(20_000)), encode_manifest(numbered(20_000, changed=100))

    delta = make_delta(before, after)

    assert apply_delta(before, delta, digest_of(after)) == after
    assert len(delta) < 200 * 60  # of 200 documents a digest that can't be compressed and where it goes


@given(st.binary(max_size=300))
def test_any_bytes_are_a_manifest_or_a_pack_error(data: bytes) -> None:
    with pytest.raises(PackError):
        decode_manifest(data)
    with pytest.raises(PackError):
        unpack_manifest(data, bytes(32))
    with pytest.raises(PackError):
        apply_delta(b"old", data, bytes(32))


@given(MANIFESTS, st.data())
def test_a_damaged_manifest_is_a_pack_error(manifest: Manifest, data: st.DataObject) -> None:
    plain = encode_manifest(manifest)
    bad = bytearray(pack_manifest(plain))
    at = data.draw(st.integers(0, len(bad) - 1))
    if data.draw(st.booleans()):
        del bad[at:]
    else:
        bad[at] ^= data.draw(st.integers(1, 255))
    try:
        found = unpack_manifest(bytes(bad), digest_of(plain))
    except PackError:
        return
    assert found == plain  # the flipped bit said nothing, such as how large a window to keep


def test_a_delta_for_another_manifest_is_a_pack_error() -> None:
    old, new, other = (encode_manifest(numbered(count)) for count in (100, 101, 50))

    with pytest.raises(PackError):
        apply_delta(other, make_delta(old, new), digest_of(new))


def test_documents_out_of_order_or_twice_are_refused() -> None:
    manifest = numbered(2)
    rows = msgpack.unpackb(encode_manifest(manifest))
    for documents in (rows[3][::-1], [rows[3][0], rows[3][0]]):
        with pytest.raises(PackError):
            decode_manifest(msgpack.packb([*rows[:3], documents, *rows[4:]]))


@pytest.mark.parametrize("path", ["", "  ", "a\nb", "a\0b", "x" * 1025])
def test_a_path_that_cannot_be_shown_is_refused(path: str) -> None:
    with pytest.raises(PackError):
        decode_manifest(encode_manifest(replace(numbered(1), documents=(DocumentEntry(path, bytes(32), 1),))))


def test_a_manifest_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked() -> None:
    # A frame header (RFC 8878, 3.1.1.1) of a single segment that claims 1 TiB.
    bomb = zstandard.FRAME_HEADER + bytes([0b1110_0000]) + (1 << 40).to_bytes(8, "little") + b"\x01\x00\x00"

    with pytest.raises(PackError, match="over the limit"):
        unpack_manifest(bomb, bytes(32))


def test_a_frame_that_does_not_say_its_size_is_refused() -> None:
    frame = zstandard.ZstdCompressor(write_content_size=False).compress(b"x" * 1000)

    with pytest.raises(PackError, match="how large"):
        unpack_manifest(frame, digest_of(b"x" * 1000))


def test_bytes_after_a_frame_are_refused() -> None:
    with pytest.raises(PackError):
        unpack_manifest(pack_manifest(b"x") + b"more", digest_of(b"x"))


def test_a_manifest_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(PackError, match="over the limit"):
        decode_manifest(bytes(MANIFEST + 1))
