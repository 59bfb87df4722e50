"""From pdfium's characters and drawing objects to `PageText`.

pdfium keeps global state and is not safe to call from two threads at once: every caller in this package holds
`PDFIUM` while it does.
"""

from __future__ import annotations

import ctypes
import math
import re
import threading
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from index.loaders.pdf.page import PageText, Rule, Segment

PDFIUM = threading.RLock()

_BOLD = re.compile(r"bold|black|heavy|demi|semibold", re.IGNORECASE)
_MONO = re.compile(
    r"mono|courier|consol|typewriter|cmtt|lmtt|menlo|andale|fixed|terminal|lucidasanstyp|inconsolata|source ?code",
    re.IGNORECASE,
)
_FIXED_PITCH, _FORCE_BOLD = 1 << 0, 1 << 18  # PDF 32000-1, table 123
_SPACE = 0.17  # of the type size: a wider gap between two letters is a space that the file leaves out
_CELL = 1.0  # of the type size: a wider gap between two words separates cells
_OBJECTS = 6000  # a page with more objects is a drawing: its lines are no table's
_RULE = 3.0  # points: a filled box thinner than this is a rule


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    mono: bool
    angle: int  # counter-clockwise, in degrees


@dataclass(slots=True)
class _Word:
    text: str
    x0: float
    x1: float
    y: float
    style: _Style


def read_page(document: pdfium.PdfDocument, index: int) -> PageText:
    """The content of page ``index`` (from 0).

    Raises:
        pypdfium2.PdfiumError: The page can't be loaded.
    """
    with PDFIUM:
        page = document[index]
        try:
            width, height = page.get_size()
            content = PageText(index + 1, width, height)
            place = _Place(page, page.get_rotation())
            text = page.get_textpage()
            try:
                words = _words(text.raw, place, content)
                angle = _main_angle(words)
                if angle != place.rotation:
                    # A wide table set sideways on an upright page: turn the page, as its reader would.
                    if (angle - place.rotation) % 180:
                        content.width, content.height = height, width
                    place = _Place(page, angle)
                    words = _words(text.raw, place, content)
            finally:
                text.close()
            content.segments = _segments([word for word in words if word.style.angle == place.rotation])
            content.sideways = _sideways(words, place.rotation)
            _read_objects(page.raw, place, content)
        finally:
            page.close()
    return content


class _Place:
    """Turns the coordinates of a page into those in which it is shown."""

    def __init__(self, page: Any, rotation: int) -> None:
        left, bottom, right, top = page.get_bbox()
        self._left, self._bottom, self._right, self._top = left, bottom, right, top
        self.rotation = rotation

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        if self.rotation == 90:
            return y - self._bottom, x - self._left
        if self.rotation == 180:
            return self._right - x, y - self._bottom
        if self.rotation == 270:
            return self._top - y, self._right - x
        return x - self._left, self._top - y


def _words(text: Any, place: _Place, content: PageText) -> list[_Word]:
    count = raw.FPDFText_CountChars(text)
    if count <= 0:
        return []
    letters = _letters(text, count)
    styles: dict[int, _Style] = {}
    fonts: dict[int, tuple[bool, bool]] = {}
    words: list[_Word] = []
    rect = raw.FS_RECTF()
    rect_ref = ctypes.byref(rect)
    box = raw.FPDFText_GetLooseCharBox
    rotation = place.rotation
    unreadable = 0
    current: _Word | None = None
    held: list[str] = []
    reach = 0.0  # where the last letter ends, along the line

    def close() -> None:
        nonlocal current
        if current is not None:
            current.text = "".join(held)
            words.append(current)
            current = None
        held.clear()

    for index, letter in enumerate(letters):
        if letter.isspace() or letter in "\x00\x02\ufffe":
            if letter in "\x02\ufffe" and current is not None:
                held.append("-")  # pdfium's sign for a hyphen at the end of a line
            close()
            continue
        if letter == "\ufffd" or "\ue000" <= letter <= "\uf8ff":
            unreadable += 1
        if not box(text, index, rect_ref):
            continue
        if rotation == 0:
            x0, x1 = rect.left, rect.right
        elif rotation == 90:
            x0, x1 = rect.bottom, rect.top
        elif rotation == 180:
            x0, x1 = -rect.right, -rect.left
        else:
            x0, x1 = -rect.top, -rect.bottom
        if current is not None:
            gap = x0 - reach
            size = current.style.size
            if current.style.angle == rotation and (gap > _SPACE * size or gap < -2 * size):
                close()
        if current is None:
            style = _style_at(text, index, styles, fonts)
            x, y = ctypes.c_double(), ctypes.c_double()
            raw.FPDFText_GetCharOrigin(text, index, x, y)
            left, baseline = place(x.value, y.value)
            current = _Word("", left, left, baseline, style)
            shift = left - x0
        held.append(letter)
        reach = max(x1, reach) if len(held) > 1 else x1
        current.x1 = reach + shift
    close()
    content.garbled = unreadable > 20 and unreadable * 2 > count
    return words


def _letters(text: Any, count: int) -> str:
    """One character for each of pdfium's, so that positions agree."""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = raw.FPDFText_GetText(text, 0, count, buffer)
    if written == count + 1:
        return "".join(map(chr, buffer[:count]))
    get = raw.FPDFText_GetUnicode
    return "".join(chr(code) if 0 < code < 0x110000 else "\ufffd" for code in (get(text, i) for i in range(count)))


def _style_at(text: Any, index: int, styles: dict[int, _Style], fonts: dict[int, tuple[bool, bool]]) -> _Style:
    shape = raw.FPDFText_GetTextObject(text, index)
    key = ctypes.addressof(shape.contents) if shape else 0
    known = styles.get(key)
    if known is not None and key:
        return known
    matrix = raw.FS_MATRIX()
    size = raw.FPDFText_GetFontSize(text, index)
    angle = 0
    if raw.FPDFText_GetMatrix(text, index, matrix):
        size *= math.hypot(matrix.c, matrix.d) or 1.0
        exact = math.degrees(math.atan2(matrix.b, matrix.a)) % 360
        nearest = round(exact / 90) * 90
        angle = nearest % 360 if abs(exact - nearest) < 8 else round(exact)
    bold = mono = False
    if shape:
        font = raw.FPDFTextObj_GetFont(shape)
        if font:
            font_key = ctypes.addressof(font.contents)
            if font_key not in fonts:
                fonts[font_key] = _font(font)
            bold, mono = fonts[font_key]
    style = _Style(round(max(size, 0.5), 1), bold, mono, angle)
    styles[key] = style
    return style


def _font(font: Any) -> tuple[bool, bool]:
    """Whether ``font`` is bold, and whether it is of fixed pitch."""
    buffer = ctypes.create_string_buffer(256)
    raw.FPDFFont_GetBaseFontName(font, buffer, 256)
    name = buffer.value.decode("latin-1").split("+")[-1]
    flags = raw.FPDFFont_GetFlags(font)
    # Not by FPDFFont_GetWeight: it takes Times-Roman for a weight of 695.
    bold = _BOLD.search(name) is not None
    mono = _MONO.search(name) is not None or bool(flags != -1 and flags & _FIXED_PITCH)
    return bold or bool(flags != -1 and flags & _FORCE_BOLD), mono


def _main_angle(words: list[_Word]) -> int:
    """The right angle at which most of the text runs."""
    weights = {0: 0, 90: 0, 180: 0, 270: 0}
    for word in words:
        if word.style.angle in weights:
            weights[word.style.angle] += len(word.text)
    return max(weights, key=weights.__getitem__)


def _sideways(words: list[_Word], rotation: int) -> list[Segment]:
    """Text at a right angle to the rest, as in the narrow columns of a table; watermarks at a slant are left out."""
    found: list[Segment] = []
    for word in words:
        if (word.style.angle - rotation) % 180 != 90:
            continue
        size = word.style.size
        if found and abs(found[-1].x1 - word.x0) < 0.3 * size:
            found[-1] = replace(found[-1], text=f"{found[-1].text} {word.text}")
        else:
            found.append(Segment(word.text, word.x0 - size, word.x0, word.y - 0.2 * size, size, word.style.bold))
    return found


def _segments(words: list[_Word]) -> list[Segment]:
    """Words that follow each other on a line, joined."""
    segments: list[Segment] = []
    run: list[_Word] = []
    for word in words:
        if run:
            last = run[-1]
            size = max(last.style.size, word.style.size)
            gap = word.x0 - last.x1
            near = abs(word.y - last.y) <= 0.32 * size or (
                # An index or exponent stands off the line, but close.
                abs(word.y - last.y) <= 0.5 * size and abs(gap) < 0.2 * size and word.style.size != last.style.size
            )
            if not near or not -0.6 * size < gap < _CELL * size:
                segments.append(_segment(run))
                run = []
        run.append(word)
    if run:
        segments.append(_segment(run))
    return segments


def _segment(run: list[_Word]) -> Segment:
    parts = [run[0].text]
    for before, word in pairwise(run):
        size = max(before.style.size, word.style.size)
        parts.append(word.text if word.x0 - before.x1 < 0.08 * size else " " + word.text)
    main = max(run, key=lambda word: len(word.text)).style if len(run) < 4 else _main_style(run)
    return Segment(
        text="".join(parts),
        x0=run[0].x0,
        x1=max(word.x1 for word in run),
        y=next(word.y for word in run if word.style.size == main.size),
        size=main.size,
        bold=all(word.style.bold for word in run),
        # A sign from another font (an arrow where a long line was broken) leaves a listing a listing.
        mono=sum(len(word.text) for word in run if word.style.mono) >= 0.85 * sum(len(word.text) for word in run),
        words=tuple((word.text, word.x0, word.x1) for word in run),
    )


def _main_style(run: list[_Word]) -> _Style:
    weights: dict[_Style, int] = {}
    for word in run:
        weights[word.style] = weights.get(word.style, 0) + len(word.text)
    return max(weights, key=weights.__getitem__)


def _read_objects(page: Any, place: _Place, content: PageText) -> None:
    """Rules and pictures, out of the page's drawing objects."""
    count = raw.FPDFPage_CountObjects(page)
    drawn = 0
    for index in range(min(count, _OBJECTS)):
        item = raw.FPDFPage_GetObject(page, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            drawn += 1
            _read_path(item, place, content)
        elif kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM):
            content.pictured = True
    content.pictured = content.pictured or drawn > 40
    if count > _OBJECTS:
        content.across, content.down = [], []


def _read_path(item: Any, place: _Place, content: PageText) -> None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return
    x0, y0 = place(left.value, top.value)
    x1, y1 = place(right.value, bottom.value)
    x0, x1 = min(x0, x1), max(x0, x1)
    y0, y1 = min(y0, y1), max(y0, y1)
    wide, high = x1 - x0, y1 - y0
    if high <= _RULE and wide <= _RULE:
        return
    if high <= _RULE:
        content.across.append(Rule((y0 + y1) / 2, x0, x1))
        return
    if wide <= _RULE:
        content.down.append(Rule((x0 + x1) / 2, y0, y1))
        return
    segments = raw.FPDFPath_CountSegments(item)
    if segments <= 0 or segments > 2000:
        return
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    start = last = (0.0, 0.0)
    for number in range(segments):
        piece = raw.FPDFPath_GetPathSegment(item, number)
        if not raw.FPDFPathSegment_GetPoint(piece, x, y):
            continue
        point = place(
            matrix.a * x.value + matrix.c * y.value + matrix.e, matrix.b * x.value + matrix.d * y.value + matrix.f
        )
        kind = raw.FPDFPathSegment_GetType(piece)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == raw.FPDF_SEGMENT_LINETO:
            _add_rule(last, point, content)
            if raw.FPDFPathSegment_GetClose(piece):
                _add_rule(point, start, content)
        last = point


def _add_rule(one: tuple[float, float], other: tuple[float, float], content: PageText) -> None:
    (x0, y0), (x1, y1) = one, other
    if abs(y0 - y1) < 0.5 and abs(x0 - x1) > _RULE:
        content.across.append(Rule((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
    elif abs(x0 - x1) < 0.5 and abs(y0 - y1) > _RULE:
        content.down.append(Rule((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
