"""What a file is, judged by its content; its name only breaks ties between kinds of text."""

from __future__ import annotations

import csv
import re
import zipfile
from collections import Counter
from pathlib import Path

from index.errors import EncryptedDocument, UnsupportedDocument
from index.loaders.encoding import SAMPLE_BYTES, guess_encoding
from index.loaders.files import damaged, unreadable

PDF = "application/pdf"
HTML = "text/html"
MARKDOWN = "text/markdown"
PLAIN = "text/plain"
CSV = "text/csv"
TSV = "text/tab-separated-values"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EPUB = "application/epub+zip"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3\x00", "a database"),
    (b"OggS", "a sound recording"),
    (b"ID3", "a sound recording"),
    (b"fLaC", "a sound recording"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_CLAIMS = {
    ".pdf": "a PDF", ".docx": "a Word document", ".pptx": "a presentation", ".xlsx": "a workbook",
    ".epub": "an e-book", ".html": "a web page", ".htm": "a web page", ".md": "Markdown", ".txt": "text",
    ".csv": "a table", ".tsv": "a table",
}  # fmt: skip
_HTML = re.compile(
    rb"<!doctype\s+html|<html[\s>]|<(?:head|body|article|main|section|h[1-6]|p|div|table|ul|ol|span)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
_MARKDOWN = (
    re.compile(r"^#{1,6} \S", re.MULTILINE),
    re.compile(r"^(```|~~~)", re.MULTILINE),
    re.compile(r"\[[^\]\n]+\]\([^)\s]+\)"),
    re.compile(r"^\|?.*\|.*\n\|?\s*:?-{3,}:?\s*\|", re.MULTILINE),
    re.compile(r"(?<!\*)\*\*\w[^*\n]*\*\*(?!\*)"),
    re.compile(r"^[-*] \S.*\n[-*] \S", re.MULTILINE),
)


def detect(path: Path) -> str:
    """The media type of the file at ``path``.

    Raises:
        UnreadableFile: It can't be opened.
        EncryptedDocument: An Office file behind a password.
        UnsupportedDocument: A kind that no loader reads.
        DamagedDocument: It claims by its name to be what it isn't, or its container is broken.
    """
    try:
        with path.open("rb") as stream:
            sample = stream.read(SAMPLE_BYTES)
    except OSError as error:
        raise unreadable(path, error) from error
    if b"%PDF-" in sample[:1024]:
        return PDF
    if sample.startswith(_ZIP):
        return _zip_type(path)
    if sample.startswith(_OLE):
        raise _ole_error(path, sample)
    if (kind := _binary_kind(sample)) is not None:
        raise _not_readable(path, kind)
    encoding = guess_encoding(sample)
    if encoding is None:
        raise _not_readable(path, "no text and no known kind of document")
    if sample.startswith(b"{\\rtf"):
        raise UnsupportedDocument(f"{path.name} is an RTF document.", "Save it as .docx or PDF.")
    text = sample.decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return _text_type(path, text)


def _binary_kind(sample: bytes) -> str | None:
    for magic, kind in _MAGIC:
        # Two-letter signatures begin English words too: there must be bytes that no text has.
        if sample.startswith(magic) and (len(magic) > 3 or b"\x00" in sample[:512] or magic == b"\xff\xd8\xff"):
            return kind
    if sample[4:8] == b"ftyp":
        return "a film, sound recording or picture"
    if sample[:4] == b"RIFF" and sample[8:12] in (b"WAVE", b"AVI ", b"WEBP"):
        return "a film, sound recording or picture"
    return None


def _not_readable(path: Path, kind: str) -> UnsupportedDocument:
    claim = _CLAIMS.get(path.suffix.lower())
    if claim is not None:
        return UnsupportedDocument(
            f"{path.name} is not {claim}: its content is {kind}.",
            "Someone gave it the wrong name or saved the wrong file; get the document again.",
        )
    remedy = "Put it into a PDF, and read it with the ocr extra." if "picture" in kind else ""
    return UnsupportedDocument(f"{path.name} holds {kind}, which can't be searched.", remedy)


def _zip_type(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = archive.read("mimetype")[:80].decode("ascii", "replace").strip() if "mimetype" in names else ""
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, KeyError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise unreadable(path, error) from error
        raise damaged(path, _CLAIMS.get(path.suffix.lower(), "a zip container")) from error
    if kind == EPUB or "META-INF/container.xml" in names:
        return EPUB
    if "[Content_Types].xml" in names:
        for folder, media_type in (("word/", DOCX), ("ppt/", PPTX), ("xl/", XLSX)):
            if any(name.startswith(folder) for name in names):
                return media_type
    if kind.startswith("application/vnd.oasis.opendocument"):
        raise UnsupportedDocument(f"{path.name} is an OpenDocument file.", "Save it as .docx, .xlsx, .pptx or PDF.")
    claim = _CLAIMS.get(path.suffix.lower())
    if claim is not None:
        raise damaged(path, claim, "it is a zip archive without the parts of one")
    raise UnsupportedDocument(f"{path.name} is a zip archive.", "Unpack it and ingest the files in it.")


def _ole_error(path: Path, sample: bytes) -> UnsupportedDocument | EncryptedDocument:
    if "EncryptedPackage".encode("utf-16-le") in sample:
        return EncryptedDocument(
            f"{path.name} is protected by a password.", "Open it in Office, remove the password, and save it again."
        )
    return UnsupportedDocument(
        f"{path.name} is in the Office format from before 2007.", "Save it as .docx, .xlsx, .pptx or PDF."
    )


def _text_type(path: Path, text: str) -> str:
    suffix = path.suffix.lower()
    if _is_html(text, suffix):
        return HTML
    delimiter = sniff_delimiter(text)
    if delimiter is not None and suffix not in (".md", ".markdown", ".txt", ".log", ".rst"):
        return TSV if delimiter == "\t" else CSV
    if suffix in (".csv", ".tsv"):
        return TSV if suffix == ".tsv" else CSV
    marks = [len(pattern.findall(text)) for pattern in _MARKDOWN]
    kinds = sum(count > 0 for count in marks)
    if suffix in (".md", ".markdown"):
        return MARKDOWN
    if kinds >= 2 and (marks[0] or marks[1] or marks[3]) and suffix not in (".txt", ".log", ".rst", ".adoc"):
        return MARKDOWN
    # Named as text, it must be Markdown beyond doubt: shell scripts and logs have "# " and "- " lines as well.
    if kinds >= 3 and marks[0] >= 2 and suffix not in (".log", ".rst", ".adoc"):
        return MARKDOWN
    if delimiter is not None and suffix != ".log":
        return TSV if delimiter == "\t" else CSV
    return PLAIN


def _is_html(text: str, suffix: str) -> bool:
    head = text[:4096].lstrip("\ufeff \n\t").lower()
    if re.match(r"(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*(<!doctype\s+html|<html[\s>])", head, re.DOTALL):
        return True
    tags = len(_HTML.findall(text[:65536].encode("utf-8", "replace")))
    if suffix in (".html", ".htm", ".xhtml"):
        return tags > 0
    return tags >= 3 and head.startswith("<") and not head.startswith("<?xml")


def sniff_delimiter(text: str) -> str | None:
    """The character between the columns of a table in text form, or None where ``text`` is no such table.

    It is one if, read with that delimiter, at least three rows (or two of three columns) have the same number of
    columns, all but one in ten.
    """
    lines = text.split("\n")
    if len(text) >= SAMPLE_BYTES // 4:
        lines.pop()  # cut off by the end of the sample
    lines = [line for line in lines[:200] if line.strip()]
    if len(lines) < 2:
        return None
    best: tuple[float, str] | None = None
    for delimiter in "\t;,|":
        if sum(delimiter in line for line in lines) < 0.9 * len(lines) and '"' not in text:
            continue
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows)
        width, same = widths.most_common(1)[0]
        if width < 2 or same < 2 or (same < 3 and width < 3) or same < 0.9 * len(rows):
            continue
        # Prose may hold one comma a line; a table's cells don't go on for sentences.
        if delimiter == "," and width == 2 and sum(len(row[0].split()) > 8 for row in rows) > len(rows) / 3:
            continue
        score = same / len(rows) + width / 100
        if best is None or score > best[0]:
            best = (score, delimiter)
    return best[1] if best is not None else None
