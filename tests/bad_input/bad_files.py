"""Files that can't be used, each made by a function that takes the path to write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

MANUALS = Path(__file__).parents[2] / "examples" / "manuals"


def pdf(path: Path, pages: int, password: str | None = None) -> None:
    """A PDF with a line on each page: "Page N holds part X-N."."""
    encrypt = StandardEncryption(password, ownerPassword="owner") if password else None
    canvas = Canvas(str(path), encrypt=encrypt, invariant=1)
    for page in range(1, pages + 1):
        canvas.drawString(72, 720, f"Page {page} holds part X-{page}.")
        canvas.showPage()
    canvas.save()


def empty(path: Path) -> None:
    path.touch()


def encrypted(path: Path) -> None:
    pdf(path, 1, password="secret")


def cut_off(path: Path) -> None:
    whole = (MANUALS / "tx200-service-manual.pdf").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def jpeg(path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(picture, "JPEG")
    path.write_bytes(picture.getvalue())


def zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(MANUALS / "tx200-safety-instruction.docx") as source, zipfile.ZipFile(path, "w") as target:
        for member in source.namelist():
            if member != "word/document.xml":
                target.writestr(member, source.read(member))
        target.writestr("word/document.xml", bytes(100 << 20), zipfile.ZIP_DEFLATED)


def cut_off_docx(path: Path) -> None:
    whole = (MANUALS / "tx200-safety-instruction.docx").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def nonsense(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 64)


BAD_FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "empty.md": (empty, "empty"),
    "encrypted.pdf": (encrypted, "password"),
    "cut-off.pdf": (cut_off, "damaged|cut off|incomplete"),
    "photo.docx": (jpeg, "picture|image|JPEG"),
    "bomb.docx": (zip_bomb, "unpack"),
    "cut-off.docx": (cut_off_docx, "damaged"),
    "nonsense.bin.txt": (nonsense, "binary|text|kind"),
}
"""By file name: how it is made, and what the reason has to speak of."""
