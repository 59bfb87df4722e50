"""E-books: the chapters of the spine in order, each read as HTML."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser

from index.documents import Block, LoadedDocument
from index.errors import DamagedDocument, EncryptedDocument
from index.loaders import titles
from index.loaders.base import LoadLimits
from index.loaders.blocks import heading
from index.loaders.clean import clean_blocks
from index.loaders.containers import open_container, read_member
from index.loaders.encoding import decode
from index.loaders.html import html_blocks, language, page_title

_PAGES = ("application/xhtml+xml", "text/html")


class EpubLoader:
    """Reads .epub files without digital rights management."""

    media_types = frozenset({"application/epub+zip"})

    def load(self, path: Path, media_type: str, limits: LoadLimits) -> LoadedDocument:
        """See `index.loaders.base.Loader.load`."""
        with open_container(path, "an e-book", limits) as archive:
            package, chapters = _spine(archive, path, limits)
            if _is_locked(archive, path, limits, chapters):
                raise EncryptedDocument(f"{path.name} is copy-protected.", "Get it from a source without protection.")
            first = LexborHTMLParser(_source(archive, chapters[0], path, limits)) if chapters else None
        return LoadedDocument(
            title=titles.choose(path, _field(package, "title"), page_title(first) if first is not None else None),
            media_type=media_type,
            blocks=clean_blocks(_book_blocks(path, chapters, limits)),
            language=(_field(package, "language") or "")[:2].lower()
            or (language(first) if first is not None else None),
        )


def _book_blocks(path: Path, chapters: list[str], limits: LoadLimits) -> Iterator[Block]:
    tables = 0
    with open_container(path, "an e-book", limits) as archive:
        for name in chapters:
            tree = LexborHTMLParser(_source(archive, name, path, limits))
            opened = False
            for block in html_blocks(tree, tables):
                if block.row is not None:
                    tables = max(tables, block.row.table + 1)
                if not opened and block.kind != "heading" and (title := titles.sensible(page_title(tree))):
                    yield heading(title, 1)
                opened = True
                yield block


def _source(archive: zipfile.ZipFile, name: str, path: Path, limits: LoadLimits) -> str:
    return decode(read_member(archive, name, path, limits), declared=True)


def _spine(archive: zipfile.ZipFile, path: Path, limits: LoadLimits) -> tuple[LexborHTMLParser, list[str]]:
    """The package document, and the members that hold the chapters, in reading order."""
    # Read as HTML on purpose: that parser knows no entities to expand and forgives what e-books get wrong.
    container = LexborHTMLParser(decode(read_member(archive, "META-INF/container.xml", path, limits)))
    roots = [node.attributes.get("full-path") for node in container.css("rootfile")]
    root = next((name for name in roots if name), None)
    if root is None:
        raise DamagedDocument(f"{path.name} doesn't name its content.", "Get the e-book again.")
    package = LexborHTMLParser(_unclosed(decode(read_member(archive, root, path, limits))))
    folder = posixpath.dirname(root)
    items: dict[str, str] = {}
    for node in package.css("item"):
        identity, target = node.attributes.get("id"), node.attributes.get("href")
        is_page = (node.attributes.get("media-type") or "") in _PAGES
        if identity and target and is_page and "nav" not in (node.attributes.get("properties") or "").split():
            items[identity] = posixpath.normpath(posixpath.join(folder, unquote(target)))
    order = [node.attributes.get("idref") for node in package.css("itemref")]
    names = set(archive.namelist())
    chapters = [items[key] for key in order if key in items and items[key] in names]
    if not chapters:
        raise DamagedDocument(f"{path.name} holds no chapters.", "Get the e-book again.")
    return package, chapters


def _unclosed(xml: str) -> str:
    # HTML knows no self-closing elements: <item/> would swallow what follows it.
    return re.sub(r"<([\w:-]+)([^<>]*?)/>", r"<\1\2></\1>", xml)


def _field(package: LexborHTMLParser, name: str) -> str | None:
    for node in package.css("metadata *"):
        if (node.tag or "").split(":")[-1] == name:
            return node.text(deep=True).strip()
    return None


def _is_locked(archive: zipfile.ZipFile, path: Path, limits: LoadLimits, chapters: list[str]) -> bool:
    """Whether chapters are encrypted; fonts often are, in books that are free."""
    if "META-INF/encryption.xml" not in archive.namelist():
        return False
    text = decode(read_member(archive, "META-INF/encryption.xml", path, limits))
    return any(f'"{name}"' in unquote(text) for name in chapters)
