"""Pages drawn as they were printed, with a quote pointed out. Needs the PDF file itself, where it was ingested from."""

from __future__ import annotations

import io
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from index.errors import DamagedDocument, UnreadableFile, UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

_PDFIUM: Final = threading.Lock()
"""PDFium may be used by one thread at a time (pypdfium2's documentation). Ingesting PDF files in this process uses it
too: don't draw meanwhile."""
_LEAST_WIDTH: Final = 100
_MOST_WIDTH: Final = 4000
_MOST_RATIO: Final = 8  # a page this much higher than wide is a strip, not a page
_MARKER: Final = (255, 225, 77)
_SPAN: Final = "edge_copilot_marked"  # not one of the names that a PNG file would take along
_SEPARATOR: Final = " | "
_LEAST_PIECE: Final = 3  # characters: a cell that holds "1" stands everywhere


def draw_page(path: str, page: int, *, quote: str = "", width: int = 1200) -> Image:
    """Draw one page of a PDF file.

    Args:
        path: The file.
        page: From 1.
        quote: Text of the page that is marked; what of it can't be found stays unmarked.
        width: Of the picture, in pixels.

    Raises:
        UnreadableFile: The file isn't there any more.
        DamagedDocument: It can't be drawn.
        UsageError: It has no such page.
    """
    import pypdfium2 as pdfium

    if not Path(path).is_file():
        raise UnreadableFile(
            f"The file {Path(path).name} is not on this device any more.", "Its text is still in the index."
        )
    width = max(_LEAST_WIDTH, min(_MOST_WIDTH, width))
    with _PDFIUM:
        try:
            document = pdfium.PdfDocument(path)
        except pdfium.PdfiumError as error:
            raise DamagedDocument(f"{Path(path).name} can't be drawn.", "Its text is still in the index.") from error
        try:
            if not 1 <= page <= len(document):
                raise UsageError(f"{Path(path).name} has {len(document)} pages, no page {page}.", "")
            return _drawn(document[page - 1], quote, width)
        except (pdfium.PdfiumError, MemoryError) as error:
            raise DamagedDocument(
                f"Page {page} of {Path(path).name} can't be drawn.", "Its text is still in the index."
            ) from error
        finally:
            document.close()


def marked_span(picture: Image) -> tuple[float, float] | None:
    """From where to where the marks of a drawn page reach, as shares of its height from the top; None without marks."""
    span: tuple[float, float] | None = picture.info.get(_SPAN)
    return span


def as_png(picture: Image) -> bytes:
    """The picture as a PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _drawn(page: Any, quote: str, width: int) -> Image:  # noqa: ANN401 - pypdfium2 has no types
    from PIL import ImageChops, ImageDraw

    page_width, page_height = page.get_size()
    if page_width <= 0 or page_height > page_width * _MOST_RATIO:
        scale = min(width / max(page_width, 1), width * _MOST_RATIO / max(page_height, 1))
    else:
        scale = width / page_width
    picture = page.render(scale=scale).to_pil().convert("RGB")
    marker = picture.copy()
    marker.paste((255, 255, 255), (0, 0, *marker.size))
    drawing = ImageDraw.Draw(marker)
    text = page.get_textpage()
    try:
        places = _places(text, quote)
        for left, bottom, right, top in places:
            box = (
                left * scale - 2,
                (page_height - top) * scale - 2,
                right * scale + 2,
                (page_height - bottom) * scale + 2,
            )
            drawing.rectangle(box, fill=_MARKER)
    finally:
        text.close()
    # Like a text marker: what is black stays black.
    drawn = ImageChops.multiply(picture, marker)
    if places:
        highest, lowest = max(top for *_, top in places), min(bottom for _, bottom, *_ in places)
        drawn.info[_SPAN] = (1 - highest / page_height, 1 - lowest / page_height)
    return drawn


def _places(text: Any, quote: str) -> list[tuple[float, float, float, float]]:  # noqa: ANN401 - as above
    """Rectangles, in points from the lower left, of the pieces of a quote: PDFium finds no text across a line's end."""
    found: list[tuple[float, float, float, float]] = []
    whole = text.get_text_range()
    for start, count in _ranges(whole, quote):
        rectangles = text.count_rects(start, count)
        found += [text.get_rect(number) for number in range(rectangles)]
    return found


def _ranges(whole: str, quote: str) -> list[tuple[int, int]]:
    """Where the quote's lines, or else their cells and sentences, stand in a page's text: start and length."""
    ranges: list[tuple[int, int]] = []
    for line in quote.splitlines():
        pieces = [line] if _SEPARATOR not in line else line.split(_SEPARATOR)
        at = 0
        for piece in pieces:
            words = piece.split()
            if sum(map(len, words)) < _LEAST_PIECE:
                continue
            pattern = re.compile(r"[\s\u0002\ufffe-]*".join(re.escape(word) for word in words))
            match = pattern.search(whole, at) or pattern.search(whole)
            if match is not None:
                at = match.end()
                ranges.append((match.start(), match.end() - match.start()))
    return ranges
