"""From bytes of unknown encoding to text, piece by piece."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

SAMPLE_BYTES = 1 << 18
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset\s*=\s*["']?|<\?xml[^>]{0,100}encoding\s*=\s*["'])([A-Za-z0-9._:-]{2,40})""")


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    # Manuals pasted together from several sources are UTF-8 here and Latin-1 there; losing those letters would lose
    # "Drehmoment für …", so each byte that is no UTF-8 is read as Windows-1252, the superset of Latin-1.
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", errors="replace"), error.end


codecs.register_error("edge-windows-1252", _as_windows_1252)


def guess_encoding(sample: bytes, declared: bool = False) -> str | None:
    """The encoding of a file that begins with ``sample``, or None where it is binary.

    Args:
        sample: The first bytes; a character cut in two at the end does no harm.
        declared: Whether to believe what an HTML or XML head declares, where it fits the bytes.
    """
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    if (wide := _utf16_without_bom(sample)) is not None:
        return wide
    if b"\x00" in sample or _looks_binary(sample):
        return None
    if declared and (match := _DECLARED.search(sample[:4096])) is not None:
        name = match.group(1).decode("ascii").lower()
        if name not in ("utf-8", "utf8", "us-ascii") and not name.startswith("utf-16") and _decodes(sample, name):
            return "cp1252" if name in ("iso-8859-1", "latin-1", "latin1") else name
    high = len(sample) - len(sample.translate(None, bytes(range(0x80, 0x100))))
    if not high or _decodes(sample, "utf-8"):
        return "utf-8"
    good = len(re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", sample))
    if good * 2 >= high * 0.5:
        return "utf-8"  # mostly UTF-8 with strays: the error handler reads those
    if high < 0.25 * len(sample):
        return "cp1252"  # a Latin script: few letters carry accents
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:65536]).best()
    return best.encoding if best is not None else "cp1252"


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(sample, final=False)
    except (UnicodeError, LookupError):
        return False
    return True


def _utf16_without_bom(sample: bytes) -> str | None:
    head = sample[:4096]
    if len(head) < 8 or head.count(0) < len(head) // 5:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 4 * even + 2 and odd > len(head) // 5:
        return "utf-16-le" if _decodes(sample, "utf-16-le") else None
    if even > 4 * odd + 2 and even > len(head) // 5:
        return "utf-16-be" if _decodes(sample, "utf-16-be") else None
    return None


def _looks_binary(sample: bytes) -> bool:
    # Tab, line feed, form feed, carriage return and escape occur in text; other control bytes hardly do.
    odd = len(sample) - len(sample.translate(None, bytes([*range(0, 8), 11, *range(14, 27), *range(28, 32), 127])))
    return odd > max(2, len(sample) // 100)


def decode(data: bytes, declared: bool = False) -> str:
    """All of ``data`` as text; bytes that fit nowhere are read as Windows-1252."""
    encoding = guess_encoding(data[:SAMPLE_BYTES], declared) or "utf-8"
    try:
        return data.decode(encoding, errors="edge-windows-1252" if encoding.startswith("utf-8") else "replace")
    except LookupError:
        return data.decode("utf-8", errors="edge-windows-1252")


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a text file of unknown encoding for reading; line ends come as ``\\n``."""
    with path.open("rb") as raw, text_over(raw) as text:
        yield text


@contextmanager
def text_over(raw: IO[bytes]) -> Iterator[TextIO]:
    """A text stream over seekable bytes of unknown encoding; ``raw`` stays open."""
    encoding = guess_encoding(raw.read(SAMPLE_BYTES)) or "utf-8"
    raw.seek(0)
    errors = "edge-windows-1252" if encoding.startswith("utf-8") else "replace"
    stream = io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline=None)
    try:
        yield stream
    finally:
        stream.detach()
