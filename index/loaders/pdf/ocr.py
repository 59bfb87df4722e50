"""Reading pictures of pages, where the ``ocr`` extra is installed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from index.loaders.pdf.page import PageText, Segment

_PIXELS_ACROSS = 1700  # of an upright A4 page: about 200 dots an inch
_SCALE = 4.0  # pixels a point: more shows nothing new
_MEGAPIXELS = 16e6  # a poster would fill the memory
_CONFIDENCE = 0.5
_BLANK = 0.19  # of a line's height: wider than between letters, narrower than between words
_BLANK_AFTER_ONE = 0.32  # the narrow digit 1 stands in a field as wide as the others

OCR_SYSTEM_PACKAGES = "libxcb1 libgl1 libglib2.0-0"
"""Debian's packages with the libraries that OpenCV's wheel, which RapidOCR stands on, takes from the system."""


class Ocr(Protocol):
    """Reads a page of a PDF from its picture."""

    def read_page(self, document: Any, index: int) -> PageText:
        """The text seen on page ``index`` (from 0) of an open pdfium document; empty where there is none.

        Raises:
            ImportError: A library of the system is missing.
        """
        ...


_found: Ocr | None = None


def find_ocr() -> Ocr | None:
    """The OCR of this installation, or None; its models are loaded when it first reads."""
    from index.loaders import ocr_available

    global _found
    if _found is None and ocr_available():
        _found = RapidOcr()
    return _found


class RapidOcr:
    """RapidOCR (Apache-2.0) over ONNX Runtime: PaddleOCR's models, which lie in its wheel, so nothing is fetched."""

    def __init__(self) -> None:
        self._engine: Any = None

    def read_page(self, document: Any, index: int) -> PageText:
        """See `Ocr.read_page`."""
        import numpy as np

        from index.loaders.pdf.glyphs import PDFIUM

        if self._engine is None:
            from rapidocr_onnxruntime import RapidOCR

            self._engine = RapidOCR()
        with PDFIUM:
            page = document[index]
            width, height = page.get_size()
            wanted = _PIXELS_ACROSS / max(min(width, height), 1)
            scale = min(wanted, _SCALE, (_MEGAPIXELS / max(width * height, 1)) ** 0.5)
            picture = np.asarray(page.render(scale=scale).to_pil().convert("RGB"))
            page.close()
        content = PageText(index + 1, width, height, pictured=True)
        result, _ = self._engine(picture, return_word_box=True)
        grey = picture.mean(axis=2)
        for box, text, confidence, *details in result or ():
            if float(confidence) < _CONFIDENCE or not text.strip():
                continue
            xs, ys = [point[0] for point in box], [point[1] for point in box]
            if details:
                strip = grey[int(max(min(ys), 0)) : int(max(ys)) + 1, int(max(min(xs), 0)) : int(max(xs)) + 1]
                text = with_spaces(strip, min(xs), details[1], details[0])
            tall = (max(ys) - min(ys)) / scale
            content.segments.append(
                Segment(text.strip(), min(xs) / scale, max(xs) / scale, max(ys) / scale - 0.22 * tall, 0.72 * tall)
            )
        content.segments = _even_sizes(content.segments)
        return content


def with_spaces(strip: Any, left: float, letters: Sequence[str], boxes: Sequence[Any]) -> str:
    """The letters of a line with a space wherever its picture has a blank as wide as one.

    The recogniser was trained mostly on Chinese and swallows spaces, but tells where each letter stands.

    Args:
        strip: The line's picture in grey, shape (height, width), 255 for white.
        left: Where the strip begins on the page, in pixels.
        letters: What was read, one entry a letter.
        boxes: Four corners of each letter.
    """
    if len(letters) != len(boxes) or strip.size == 0:
        return "".join(letters)
    threshold = (float(strip.min()) + float(strip.max())) / 2
    inked = (strip < threshold) if float(strip.mean()) > threshold else (strip > threshold)
    columns = inked.any(axis=0)
    blanks: list[tuple[float, float]] = []
    start = None
    for x, ink in enumerate(columns):
        if not ink and start is None:
            start = x
        elif ink and start is not None:
            if start > 0 and x - start >= _BLANK * strip.shape[0]:
                blanks.append((left + (start + x) / 2, (x - start) / strip.shape[0]))
            start = None
    middles = [sum(point[0] for point in box) / len(box) for box in boxes]
    after: set[int] = set()
    for blank, width in blanks if len(middles) > 1 else ():
        place = min(range(len(middles) - 1), key=lambda k: abs((middles[k] + middles[k + 1]) / 2 - blank))
        if letters[place] != "1" or width >= _BLANK_AFTER_ONE:
            after.add(place)
    return "".join(letter + (" " if k in after else "") for k, letter in enumerate(letters))


def _even_sizes(segments: list[Segment]) -> list[Segment]:
    """Sizes measured from pictures vary with the letters of a line; those near the usual one are made equal."""
    if not segments:
        return segments
    usual = round(statistics.median(segment.size for segment in segments), 1)
    return [
        replace(segment, size=usual if 0.72 * usual < segment.size < 1.32 * usual else round(segment.size, 1))
        for segment in segments
    ]
