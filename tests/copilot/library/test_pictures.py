"""Pages are drawn as they were printed, with the quote pointed out."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.library.pictures import as_png, draw_page
from index.errors import DamagedDocument, UnreadableFile, UsageError

MANUAL = Path(__file__).resolve().parents[3] / "examples" / "manuals" / "tx200-service-manual.pdf"
ROW = "F0012 | Brake BR-120 does not release | Release switch S12 has not opened within P1218 (0.40 s)"


def _yellow(picture) -> int:
    """Pixels that look like a text marker on light paper."""
    return sum(
        count for count, (red, green, blue) in picture.getcolors(1 << 20) if red > 200 and green > 170 and blue < 110
    )


def test_a_quote_is_marked_and_nothing_else_is():
    plain, marked = (draw_page(str(MANUAL), 13, quote=quote, width=600) for quote in ("", ROW))
    assert plain.size == marked.size and plain.width == 600
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
