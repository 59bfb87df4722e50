"""PDF: pages read with pdfium, structure rebuilt from type and place."""

from __future__ import annotations

from index.loaders.pdf.loader import PdfLoader

__all__ = ["PdfLoader"]
