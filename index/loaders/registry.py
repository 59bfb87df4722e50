"""Which loader reads which media type; a loader's module is imported when it is first needed."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from index.errors import UnsupportedDocument
from index.loaders import detection
from index.loaders.base import Loader

_LOADERS: dict[str, tuple[str, str]] = {
    detection.MARKDOWN: ("index.loaders.markdown:MarkdownLoader", "Markdown"),
    detection.PLAIN: ("index.loaders.plain:PlainTextLoader", "text"),
    detection.HTML: ("index.loaders.html:HtmlLoader", "HTML"),
    detection.PDF: ("index.loaders.pdf:PdfLoader", "PDF"),
    detection.DOCX: ("index.loaders.docx:DocxLoader", "a Word document"),
    detection.PPTX: ("index.loaders.pptx:PptxLoader", "a presentation"),
    detection.XLSX: ("index.loaders.xlsx:XlsxLoader", "a workbook"),
    detection.CSV: ("index.loaders.delimited:DelimitedLoader", "a table"),
    detection.TSV: ("index.loaders.delimited:DelimitedLoader", "a table"),
    detection.EPUB: ("index.loaders.epub:EpubLoader", "an e-book"),
}


def media_types() -> frozenset[str]:
    """Every media type that can be loaded."""
    return frozenset(_LOADERS)


def loader_for(media_type: str) -> Loader:
    """The loader of ``media_type``.

    Raises:
        UnsupportedDocument: There is none.
    """
    try:
        target, _ = _LOADERS[media_type]
    except KeyError:
        raise UnsupportedDocument(f"There is no loader for {media_type}.") from None
    module, name = target.split(":")
    return cast("Loader", getattr(import_module(module), name)())


def kind_of(media_type: str) -> str:
    """The kind of document in a technician's words: "a Word document"."""
    return _LOADERS[media_type][1]
