from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdfium2 import PdfDocument
from reportlab.pdfgen.canvas import Canvas

from index.loaders import load
from index.loaders.pdf import loader
from index.loaders.pdf.ocr import with_spaces
from index.loaders.pdf.page import PageText


def test_a_wide_blank_in_the_picture_is_a_space() -> None:
    strip = np.full((20, 70), 255.0)
    for x in (0, 10, 30, 40, 60):
        strip[5:15, x : x + 8] = 0
    boxes = [[(x, 0), (x + 8, 0), (x + 8, 20), (x, 20)] for x in (100, 110, 130, 140, 160)]
    assert with_spaces(strip, 100, list("abcde"), boxes) == "ab cd e"


def test_the_narrow_digit_one_is_not_followed_by_a_space() -> None:
    strip = np.full((20, 40), 255.0)
    for x in (0, 13, 24):
        strip[5:15, x : x + 8] = 0
    boxes = [[(x, 0), (x + 8, 0), (x + 8, 20), (x, 20)] for x in (0, 13, 24)]
    assert with_spaces(strip, 0, list("F13"), boxes) == "F 13"
    assert with_spaces(strip, 0, list("123"), boxes) == "123"


@pytest.mark.skipif(importlib.util.find_spec("rapidocr_onnxruntime") is None, reason="the ocr extra is not installed")
def test_a_scanned_page_is_read_with_its_table(tmp_path) -> None:
    canvas = Canvas(str(tmp_path / "text.pdf"), pagesize=(300, 130))
    canvas.setFont("Helvetica", 11)
    rows = [("Code", "Meaning"), ("F0012", "Motor too hot"), ("F0013", "Overload of the pump"), ("F0014", "No water")]
    for number, (code, meaning) in enumerate(rows):
        canvas.drawString(30, 100 - 18 * number, code)
        canvas.drawString(120, 100 - 18 * number, meaning)
    canvas.save()
    picture = PdfDocument(tmp_path / "text.pdf")[0].render(scale=3).to_pil()
    picture.save(tmp_path / "scan.pdf", resolution=216)
    document = load(tmp_path / "scan.pdf")
    assert [block.row.cells for block in document.blocks if block.row] == rows[1:]
    assert document.notices == []
    without = load(tmp_path / "scan.pdf", ocr=False)
    assert list(without.blocks) == []
    assert "install edge-copilot[ocr]" in without.notices[0]


class WithoutItsLibraries:
    """OCR as it is where the system lacks a library that OpenCV's wheel needs."""

    def read_page(self, document: object, index: int) -> PageText:
        raise ImportError("libxcb.so.1: cannot open shared object file: No such file or directory")


def test_ocr_that_can_t_start_is_told_with_what_to_install_and_costs_no_page_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "find_ocr", WithoutItsLibraries)
    Image.new("RGB", (300, 200), "white").save(
        tmp_path / "scan.pdf", save_all=True, append_images=[Image.new("RGB", (300, 200), "black")]
    )

    document = load(tmp_path / "scan.pdf")

    assert list(document.blocks) == []
    (notice,) = document.notices
    assert "libxcb.so.1" in notice
    assert "apt install libxcb1" in notice
