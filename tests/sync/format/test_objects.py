from __future__ import annotations

from dataclasses import replace

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import PackError
from sync.format import (
    ChunkObject,
    DocumentObject,
    FileRef,
    SectionObject,
    decode_document,
    decode_section,
    digest_of,
    encode_document,
    encode_section,
    pieces_of,
    safe_name,
)
from sync.format.limits import OBJECT, PIECE
from tests.sync.format.strategies import DOCUMENTS, SECTIONS

DOCUMENT = DocumentObject("Manual", "application/pdf", "en", 3, 4096, b"s" * 32, "1")
SECTION = SectionObject(("1 Safety",), (ChunkObject("", "Lock the switch.", 0, 0, (), b"w" * 8, b"b"),))


@given(DOCUMENTS)
def test_a_document_comes_back_as_it_was(document: DocumentObject) -> None:
    assert decode_document(encode_document(document)) == document


@given(SECTIONS)
def test_a_section_comes_back_as_it_was(section: SectionObject) -> None:
    assert decode_section(encode_section(section)) == section


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_a_pack_error(data: bytes) -> None:
    for decode in (decode_document, decode_section):
        with pytest.raises(PackError):
            decode(data)


@given(DOCUMENTS | SECTIONS, st.data())
def test_a_damaged_object_is_a_pack_error_or_another_object_with_another_name(
    whole: DocumentObject | SectionObject, data: st.DataObject
) -> None:
    good = encode_document(whole) if isinstance(whole, DocumentObject) else encode_section(whole)
    bad = bytearray(good)
    at = data.draw(st.integers(0, len(good) - 1))
    if data.draw(st.booleans()):
        del bad[at:]
    else:
        bad[at] ^= data.draw(st.integers(1, 255))
    for decode, encode in ((decode_document, encode_document), (decode_section, encode_section)):
        try:
            found = decode(bytes(bad))
        except PackError:
            continue
        assert encode(found) == bytes(bad)  # type: ignore[operator]
        assert digest_of(bytes(bad)) != digest_of(good)


def test_an_object_in_another_encoding_of_the_same_content_is_refused() -> None:
    value = msgpack.unpackb(encode_section(SECTION))
    longer = msgpack.packb(value, use_single_float=True).replace(b"\xa7section", b"\xd9\x07section")

    with pytest.raises(PackError, match="not in the form"):
        decode_section(longer)


def test_an_object_of_a_newer_version_says_so_and_what_to_do() -> None:
    with pytest.raises(PackError, match="newer version") as error:
        decode_document(msgpack.packb([2, "document", "something else"]))

    assert "Update" in error.value.remedy


def test_a_section_is_no_document() -> None:
    with pytest.raises(PackError, match="document"):
        decode_document(encode_section(SECTION))


def test_an_object_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(PackError, match="over the limit"):
        decode_section(b"\x93" + bytes(OBJECT))


@pytest.mark.parametrize(
    "chunk",
    [
        replace(SECTION.chunks[0], bits=b"bb"),
        replace(SECTION.chunks[0], windows=b"w" * 9),
        replace(SECTION.chunks[0], whole=b"w" * 7, bits=b"b"),
        replace(SECTION.chunks[0], whole=b"", bits=b"", windows=b"w" * 8),
    ],
    ids=["more signs than components", "half a window", "seven components", "windows without a whole"],
)
def test_vectors_that_do_not_go_together_are_refused(chunk: ChunkObject) -> None:
    with pytest.raises(PackError):
        decode_section(encode_section(replace(SECTION, chunks=(chunk,))))


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "..", "../up", "a/../b", "a//b", "a\\b", "C:x", "a\0b", "a/", ".", "dots./x", "x" * 1025],
)
def test_a_file_that_would_lead_out_of_its_folder_is_refused(name: str) -> None:
    file = FileRef(name, "text/plain", 1, b"x" * 32, (b"x" * 32,))

    assert not safe_name(name)
    with pytest.raises(PackError):
        decode_document(encode_document(replace(DOCUMENT, files=(file,))))


def test_ordinary_file_names_are_safe() -> None:
    assert all(map(safe_name, ["manual.pdf", "pages/0001.png", "Ünïcode 3.md", ".hidden"]))


def test_a_file_with_too_few_pieces_for_its_length_is_refused() -> None:
    file = FileRef("m.gguf", "application/octet-stream", PIECE + 1, b"x" * 32, (b"x" * 32,))
    with pytest.raises(PackError):
        decode_document(encode_document(replace(DOCUMENT, files=(file,))))


def test_pieces_joined_are_the_file() -> None:
    file = bytes(range(256)) * (PIECE // 100)

    pieces = pieces_of(file)

    assert b"".join(pieces) == file
    assert [len(piece) for piece in pieces[:-1]] == [PIECE] * (len(pieces) - 1)
    assert pieces_of(b"") == []
