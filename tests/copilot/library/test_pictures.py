"""Pages are drawn as they were printed, with the quote pointed out."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.library.pictures import as_png, draw_page, marked_span
from index.errors import DamagedDocument, UnreadableFile, UsageError

MANUAL = Path(__file__).resolve().parents[3] / "examples" / "manuals" / "tx200-service-manual.pdf"
ROW = "F0012 | Brake BR-120 does not release | Release switch S12 has not opened within P1218 (0.40 s)"


def _is_yellow(colour) -> bool:
    """Whether it looks like a text marker on light paper."""
    red, green, blue = colour
    return red > 200 and green > 170 and blue < 110


def _yellow(picture) -> int:
    """Pixels that look so."""
    return sum(count for count, colour in picture.getcolors(1 << 20) if _is_yellow(colour))


def test_a_quote_is_marked_and_nothing_else_is():
    plain, marked = (draw_page(str(MANUAL), 13, quote=quote, width=600) for quote in ("", ROW))
    assert plain.size == marked.size
    assert plain.width == 600
    assert _yellow(plain) == 0
    assert 500 < _yellow(marked) < plain.width * plain.height / 20


def test_a_quote_that_is_not_on_the_page_leaves_it_unmarked():
    assert _yellow(draw_page(str(MANUAL), 2, quote=ROW, width=300)) == 0


def test_a_page_is_a_png_file():
    assert as_png(draw_page(str(MANUAL), 1, width=200)).startswith(b"\x89PNG")


def test_a_file_that_is_gone_is_told(tmp_path):
    with pytest.raises(UnreadableFile, match="not on this device"):
        draw_page(str(tmp_path / "gone.pdf"), 1)


def test_a_file_that_is_none_is_told(tmp_path):
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    with pytest.raises(DamagedDocument):
        draw_page(str(tmp_path / "bad.pdf"), 1)


@pytest.mark.parametrize("page", [0, 18, -1])
def test_a_page_that_there_is_not_is_told(page):
    with pytest.raises(UsageError, match="17 pages"):
        draw_page(str(MANUAL), page)


def test_a_page_tells_where_its_marks_are() -> None:
    picture = draw_page(str(MANUAL), 13, quote=ROW, width=600)

    top, bottom = marked_span(picture) or (0.0, 0.0)
    rows = [y for y in range(picture.height) if any(_is_yellow(picture.getpixel((x, y))) for x in range(picture.width))]
    assert top * picture.height == pytest.approx(rows[0], abs=4)
    assert bottom * picture.height == pytest.approx(rows[-1], abs=4)
    assert marked_span(draw_page(str(MANUAL), 13, width=200)) is None
