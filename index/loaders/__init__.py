"""Documents in, blocks out: the right loader for a file, chosen by its content.

document = load(Path("manual.pdf"))
for block in document.blocks:
    ...
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from index.documents import LoadedDocument
from index.errors import DocumentTooLarge, InputError
from index.loaders.base import Loader, LoadLimits
from index.loaders.detection import detect
from index.loaders.files import checked_size, damaged, guarded, unreadable
from index.loaders.registry import kind_of, loader_for, media_types

__all__ = ["LoadLimits", "Loader", "detect", "load", "media_types", "ocr_available"]


def load(path: Path, limits: LoadLimits | None = None, ocr: bool = True) -> LoadedDocument:
    """Open the document at ``path``; its blocks come as a lazy stream.

    Args:
        path: A regular file; a symlink is followed.
        limits: Bounds on size, pages and unpacking.
        ocr: Whether pages without text are read by OCR, where the ``ocr`` extra is installed.

    Raises:
        InputError: The file can't be used; its subclass says why. Reading the blocks may raise it too.
    """
    limits = limits or LoadLimits()
    checked_size(path, limits)
    media_type = detect(path)
    kind = kind_of(media_type)
    try:
        document = loader_for(media_type).load(path, media_type, replace(limits, ocr=limits.ocr and ocr))
    except InputError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    except MemoryError as error:
        raise DocumentTooLarge(f"{path.name} needs more memory than there is.", "Split the document.") from error
    except Exception as error:  # parsers of hostile files raise anything; see `guarded`
        raise damaged(path, kind, type(error).__name__) from error
    document.blocks = guarded(path, kind, document.blocks)
    return document


def ocr_available() -> bool:
    """Whether the ``ocr`` extra is installed, so that pages without text are read from their picture."""
    from importlib.util import find_spec

    return find_spec("rapidocr_onnxruntime") is not None
