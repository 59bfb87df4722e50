"""PDF documents, page by page."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pypdfium2 as pdfium

from index.documents import Block, LoadedDocument
from index.errors import DamagedDocument, DocumentTooLarge, EncryptedDocument, UnsupportedDocument
from index.loaders import titles
from index.loaders.base import LoadLimits
from index.loaders.clean import clean_blocks
from index.loaders.files import damaged
from index.loaders.pdf.flow import Flow
from index.loaders.pdf.furniture import Furniture, find_furniture
from index.loaders.pdf.glyphs import PDFIUM, read_page
from index.loaders.pdf.headings import Headings, profile_of, read_outline
from index.loaders.pdf.ocr import OCR_SYSTEM_PACKAGES, Ocr, find_ocr
from index.loaders.pdf.page import PageText, lines_of

_SAMPLE_GROUPS, _SAMPLE_PAGES = 6, 4  # neighbouring pages show which headers recur
_ENTRY_HEAD = re.compile(r"\S{1,60}\s?\(\d\w{0,11}\)")  # "HALCMD(1)": a reference manual's running header


class PdfLoader:
    """Reads PDF files with pdfium; memory holds a few pages at a time."""

    media_types = frozenset({"application/pdf"})

    def load(self, path: Path, media_type: str, limits: LoadLimits) -> LoadedDocument:
        """See `index.loaders.base.Loader.load`."""
        document = _open(path)
        count = len(document)
        if count == 0:
            raise damaged(path, "a PDF", "it has no pages")
        if count > limits.pages:
            raise DocumentTooLarge(
                f"{path.name} has {count} pages; the limit is {limits.pages}.", "Split the document."
            )
        reading = _Reading(path, document, count, find_ocr() if limits.ocr else None)
        return LoadedDocument(
            title=reading.title(),
            media_type=media_type,
            blocks=clean_blocks(reading.blocks()),
            pages=count,
            language=reading.language(),
            notices=reading.notices,
        )


def _open(path: Path) -> pdfium.PdfDocument:
    try:
        with PDFIUM:
            return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == pdfium.raw.FPDF_ERR_PASSWORD:
            raise EncryptedDocument(
                f"{path.name} is protected by a password.", "Save a copy without a password and use that."
            ) from error
        if code == pdfium.raw.FPDF_ERR_SECURITY:
            raise UnsupportedDocument(
                f"{path.name} is encrypted in a way that can't be read.", "Print it into a new PDF and use that."
            ) from error
        raise damaged(path, "a PDF") from error


class _Reading:
    """One pass over one document."""

    def __init__(self, path: Path, document: pdfium.PdfDocument, count: int, ocr: Ocr | None) -> None:
        self._path = path
        self._document = document
        self._count = count
        self._ocr = ocr
        self._ocr_fault = ""
        self._ahead: dict[int, PageText] = {}
        self._sampled = False
        self._bare: list[int] = []
        self._lost: list[int] = []
        self.notices: list[str] = []

    def title(self) -> str:
        """From the metadata, else the largest text of the first page."""
        with PDFIUM:
            declared = self._document.get_metadata_value("Title")
        if titles.sensible(declared):
            return titles.choose(self._path, declared)
        page = self._page(0)
        if page is None or page.empty:
            return titles.choose(self._path)
        self._ahead[0] = page
        lines = lines_of(page.segments)
        largest = max(line.size for line in lines)
        body = sorted(line.size for line in lines)[len(lines) // 2]
        found = [line.text for line in lines if line.size > largest - 0.5][:3]
        return titles.choose(self._path, " ".join(found) if largest >= 1.25 * body or len(lines) < 4 else None)

    def language(self) -> str | None:
        """The two-letter language that the catalogue declares."""
        with PDFIUM:
            size = pdfium.raw.FPDFCatalog_GetLanguage(self._document.raw, None, 0)
            if size <= 2:
                return None
            buffer = (pdfium.raw.FPDF_WCHAR * (size // 2))()
            pdfium.raw.FPDFCatalog_GetLanguage(self._document.raw, buffer, size)
        code = bytes(buffer)[: size - 2].decode("utf-16-le", "replace").strip("\x00")[:2].lower()
        return code if len(code) == 2 and code.isalpha() else None

    def blocks(self) -> Iterator[Block]:
        """Every block, in order."""
        try:
            sample = self._sample()
            furniture = find_furniture(sample)
            outline = read_outline(self._document)
            entries = [self._entry_head(page, furniture) for page in sample]
            entitled = not outline and sum(map(bool, entries)) > 0.6 * max(len(sample), 3)
            body = [_bare_of(page, furniture) for page in sample]
            profile = profile_of(body)
            headings = Headings(profile, outline, self._count, offset=int(entitled))
            flow = Flow(headings)
            for index in range(self._count):
                page = self._ahead.pop(index, None) or self._page(index)
                if page is None:
                    continue
                headings.profile = profile
                if page.empty:
                    page = self._read_by_ocr(index, page)
                    if page is None:
                        continue
                    headings.profile = profile_of([page])
                page, running = furniture.split(page)
                running = [line for line in running if _ENTRY_HEAD.fullmatch(line.segments[0].text)][:1]
                yield from flow.feed(page, running if entitled else ())
            yield from flow.finish()
            self._tell()
        finally:
            with PDFIUM:
                self._document.close()

    def _sample(self) -> list[PageText]:
        groups = _SAMPLE_GROUPS if self._count > _SAMPLE_GROUPS * _SAMPLE_PAGES else 1
        size = _SAMPLE_PAGES if groups > 1 else self._count
        starts = [k * (self._count - size) // max(groups - 1, 1) for k in range(groups)]
        for index in sorted({start + k for start in starts for k in range(size)}):
            if index not in self._ahead:
                page = self._page(index)
                if page is not None:
                    self._ahead[index] = page
        return [self._ahead[index] for index in sorted(self._ahead)]

    def _entry_head(self, page: PageText, furniture: Furniture) -> bool:
        top = [s for s in page.segments if any(abs(s.y - y) <= 2.5 for y in furniture.heads)]
        return bool(top) and _ENTRY_HEAD.fullmatch(min(top, key=lambda s: s.x0).text) is not None

    def _page(self, index: int) -> PageText | None:
        """Page ``index``, or None where the file is broken there; that is reported at the end."""
        try:
            return read_page(self._document, index)
        except pdfium.PdfiumError:
            if index not in self._lost:
                self._lost.append(index)
            if len(self._lost) * 2 > self._count:
                raise damaged(self._path, "a PDF", "most of its pages can't be read") from None
            return None

    def _read_by_ocr(self, index: int, page: PageText) -> PageText | None:
        if self._ocr is not None and (page.pictured or page.garbled):
            try:
                read = self._ocr.read_page(self._document, index)
            except ImportError as error:  # a library of the system that its picture reader stands on is missing
                self._ocr, self._ocr_fault = None, str(error)
            else:
                if not read.empty:
                    return read
        if page.pictured or page.garbled:
            self._bare.append(index)
        return None

    def _tell(self) -> None:
        """Put what could not be read into the notices.

        Raises:
            DamagedDocument: Nothing at all could be read.
        """
        if self._bare:
            remedy = "OCR found none either" if self._ocr else "OCR can read it: install edge-copilot[ocr]"
            if self._ocr_fault:
                remedy = f"OCR can't start ({self._ocr_fault}); on Debian: apt install {OCR_SYSTEM_PACKAGES}"
            self.notices.append(f"{_pages(self._bare)} no text; {remedy}.")
        if self._lost:
            self.notices.append(f"{_pages(self._lost, 'is', 'are')} damaged and could not be read.")
        if len(self._lost) == self._count:
            raise DamagedDocument(f"No page of {self._path.name} can be read.", "Get the document again.")


def _bare_of(page: PageText, furniture: Furniture) -> PageText:
    kept = PageText(page.number, page.width, page.height, list(page.segments))
    return furniture.split(kept)[0]


def _pages(indices: Iterable[int], one: str = "holds", many: str = "hold") -> str:
    """ "Page 7 holds", "Pages 2-4, 9 hold"; from indices that count from 0."""
    numbers = sorted(index + 1 for index in indices)
    runs: list[str] = []
    for _, group in itertools.groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        runs.append(str(run[0]) if len(run) == 1 else f"{run[0]}\u2013{run[-1]}")
    return f"Page {runs[0]} {one}" if len(numbers) == 1 else f"Pages {', '.join(runs)} {many}"
