from __future__ import annotations

import pytest

from index.errors import DamagedDocument, EncryptedDocument, UnsupportedDocument
from index.loaders import detect
from index.loaders.detection import CSV, HTML, MARKDOWN, PLAIN, TSV

MANUAL = "# Pump DX-40\n\nSee [the parts](parts.md).\n\n- seal\n- bearing\n\n```\nreset 7\n```\n"
PROSE = "The pump must not run dry, because the seal needs water.\nIf it does, stop it at once, and let it cool.\n"
TABLE = "code;meaning;remedy\nF0012;Overtemperature;Clean the filter\nF0013;Overload;Free the rotor\n"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.md", MANUAL, MARKDOWN),
        ("named-as-text.txt", MANUAL + "# Second\n", MARKDOWN),
        ("no-suffix", MANUAL, MARKDOWN),
        ("a.txt", PROSE, PLAIN),
        ("prose-called.csv", "only one column\nof plain words\n", CSV),
        ("a.md", PROSE, MARKDOWN),
        ("a.csv", TABLE, CSV),
        ("table-without-suffix", TABLE, CSV),
        ("tabs.dat", TABLE.replace(";", "\t"), TSV),
        ("page.html", "<p>Hello", HTML),
        ("page", "<!DOCTYPE html><title>x</title><p>Hello", HTML),
        ("xhtml.txt", '<?xml version="1.0"?>\n<!DOCTYPE html><html><body>Hello</body></html>', HTML),
        ("script.txt", "# set up\nexport A=1\n# tear down\nunset A\n", PLAIN),
        ("events.log", "10:00,start\n10:01,stop\n10:02,start\n", PLAIN),
    ],
)
def test_text_is_told_by_its_content_and_the_suffix_breaks_ties(write, name, content, expected) -> None:
    assert detect(write(name, content)) == expected


def test_a_renamed_picture_is_refused_by_what_it_is(write) -> None:
    path = write("report.docx", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200))
    with pytest.raises(
        UnsupportedDocument, match=r"report\.docx is not a Word document: its content is a JPEG picture"
    ):
        detect(path)


def test_a_text_named_pdf_is_still_text(write) -> None:
    assert detect(write("notes.pdf", PROSE)) == PLAIN


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG picture"),
        (b"\x7fELF" + bytes(50), "program"),
        (bytes(range(256)) * 4, "no text"),
        (b"{\\rtf1 hello}", "RTF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "before 2007"),
    ],
)
def test_what_no_loader_reads_is_named(write, content, words) -> None:
    with pytest.raises(UnsupportedDocument, match=words):
        detect(write("file.bin", content))


def test_an_office_file_behind_a_password_asks_for_a_copy_without(write) -> None:
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(EncryptedDocument, match="password"):
        detect(write("secret.docx", content))


def test_zip_containers_are_told_by_their_members(zipped) -> None:
    types = "[Content_Types].xml"
    assert detect(zipped("a.zip", [(types, ""), ("word/document.xml", "")])).endswith("wordprocessingml.document")
    assert detect(zipped("b.zip", [(types, ""), ("xl/workbook.xml", "")])).endswith("spreadsheetml.sheet")
    assert detect(zipped("c.zip", [(types, ""), ("ppt/presentation.xml", "")])).endswith("presentation")
    assert detect(zipped("d.zip", [("mimetype", "application/epub+zip")])) == "application/epub+zip"
    with pytest.raises(UnsupportedDocument, match="zip archive"):
        detect(zipped("e.zip", [("readme.txt", "hello")]))
    with pytest.raises(DamagedDocument, match="Word document"):
        detect(zipped("f.docx", [("readme.txt", "hello")]))


def test_a_truncated_container_is_damaged(zipped, write) -> None:
    whole = zipped("a.docx", [("[Content_Types].xml", "x" * 500), ("word/document.xml", "y" * 500)]).read_bytes()
    with pytest.raises(DamagedDocument):
        detect(write("cut.docx", whole[: len(whole) // 2]))
