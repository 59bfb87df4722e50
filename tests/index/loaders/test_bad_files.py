from __future__ import annotations

import os
import sys

import pytest

from index.errors import DamagedDocument, DocumentTooLarge, EncryptedDocument, InputError, UnreadableFile
from index.loaders import LoadLimits, load
from index.loaders.files import unreadable


def test_an_empty_file_is_said_to_be_empty(write) -> None:
    with pytest.raises(DamagedDocument, match="empty"):
        load(write("manual.pdf", b""))


def test_a_file_that_is_gone_is_said_to_be_gone(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="no longer there"):
        load(tmp_path / "manual.pdf")


def test_a_folder_and_a_pipe_are_no_documents(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="folder"):
        load(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.txt")
        with pytest.raises(UnreadableFile, match="pipe"):
            load(tmp_path / "pipe.txt")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(write) -> None:
    path = write("a.txt", "hello")
    path.chmod(0)
    with pytest.raises(UnreadableFile, match="may not be read"):
        load(path)


def test_a_file_over_the_limit_is_refused_before_it_is_read(write) -> None:
    with pytest.raises(DocumentTooLarge, match="limit is 10 bytes"):
        load(write("a.txt", "hello technician"), LoadLimits(file_bytes=10))


def test_a_file_removed_half_way_fails_as_unreadable(write) -> None:
    path = write("a.txt", "First.\n\nSecond.\n" * 10)
    document = load(path)
    path.unlink()
    try:
        rest = list(document.blocks)
    except UnreadableFile:
        return
    assert rest  # what was read already may still be delivered whole


def test_a_zip_bomb_is_not_unpacked(zipped) -> None:
    bomb = zipped("bomb.docx", [("[Content_Types].xml", ""), ("word/document.xml", b"\x00" * (8 << 20))])
    with pytest.raises(DocumentTooLarge, match="times its size"):
        load(bomb)


def test_a_container_over_the_unpacked_limit_is_refused(zipped) -> None:
    large = zipped("large.xlsx", [("[Content_Types].xml", ""), ("xl/workbook.xml", os.urandom(3 << 20))])
    with pytest.raises(DocumentTooLarge, match="over the limit of 1 MB"):
        load(large, LoadLimits(unpacked_bytes=1 << 20))


def test_xml_entities_are_refused(zipped) -> None:
    laughs = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    path = zipped("laughs.docx", [("[Content_Types].xml", "<Types/>"), ("word/document.xml", laughs)])
    with pytest.raises(DamagedDocument, match="declares XML entities"):
        load(path)


def test_an_encrypted_member_is_an_encrypted_document(tmp_path, zipped) -> None:
    path = zipped("a.docx", [("[Content_Types].xml", "x"), ("word/document.xml", "y")])
    content = bytearray(path.read_bytes())
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 8] |= 1  # the directory's encryption flag
    path.write_bytes(content)
    with pytest.raises(EncryptedDocument):
        load(path)


@pytest.mark.parametrize("suffix", ["docx", "pptx", "xlsx"])
def test_an_office_file_with_nonsense_inside_is_damaged(zipped, suffix) -> None:
    folder = {"docx": "word/document.xml", "pptx": "ppt/presentation.xml", "xlsx": "xl/workbook.xml"}[suffix]
    path = zipped(f"a.{suffix}", [("[Content_Types].xml", "nonsense"), (folder, "<x>not closed")])
    with pytest.raises(InputError):
        list(load(path).blocks)


@pytest.mark.parametrize("name", ["two words.txt", 'it\'s "quoted".txt', "pump 🛠️.txt", "Überdruck.txt"])
def test_names_with_blanks_quotes_and_emoji_are_fine(write, name) -> None:
    if sys.platform == "win32" and '"' in name:
        pytest.skip("not a file name there")
    assert [block.text for block in load(write(name, "Hello.")).blocks] == ["Hello."]


def test_each_way_of_not_being_readable_has_its_words(tmp_path) -> None:
    path = tmp_path / "manual.pdf"
    assert "may not be read" in str(unreadable(path, PermissionError(13, "Permission denied")))
    assert "no longer there" in str(unreadable(path, FileNotFoundError(2, "No such file")))
    assert "Input/output error" in str(unreadable(path, OSError(5, "Input/output error")))
