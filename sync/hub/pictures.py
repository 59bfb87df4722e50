"""Pictures of a PDF's pages, for devices that show the page beside the answer."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from index.errors import DamagedDocument

MEDIA_TYPE: Final = "image/webp"
DPI: Final = 100  # legible on a tablet at full width, some 40 KB a page
_QUALITY: Final = 75
_LONGEST: Final = 4_000  # pixels: a plan of several square metres is made smaller


def page_pictures(pdf: Path) -> Iterator[tuple[str, bytes]]:
    """Yield a name and a picture for each page, in order.

    Raises:
        DamagedDocument: It can't be drawn.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise DamagedDocument(f"{pdf.name} can't be drawn ({error}).", "Get the document again.") from error
    try:
        digits = max(3, len(str(len(document))))
        for number in range(len(document)):
            page = document[number]
            try:
                scale = min(DPI / 72, _LONGEST / max(page.get_width(), page.get_height(), 1))
                picture = page.render(scale=scale).to_pil().convert("RGB")
            except pypdfium2.PdfiumError as error:
                raise DamagedDocument(f"Page {number + 1} of {pdf.name} can't be drawn ({error}).") from error
            finally:
                page.close()
            data = io.BytesIO()
            picture.save(data, "WEBP", quality=_QUALITY, method=4)
            yield f"pages/{number + 1:0{digits}}.webp", data.getvalue()
    finally:
        document.close()
