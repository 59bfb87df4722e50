"""Draw the example manuals of the imaginary machine Halden TX-200 from `examples/sources`.

    python examples/make_manuals.py [FOLDER]

FOLDER is `examples/manuals` unless another is given. The Markdown and CSV documents there are written by hand and are
their own source. The same sources give the same bytes, so the drawn files change only when their text does.
Needs the development packages (`pip install -e .[dev]`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from drawing import html, manuscript, pdf, word

_HERE = Path(__file__).parent
_SOURCES = _HERE / "sources"


def make(folder: Path) -> list[Path]:
    """Draw every manual into ``folder`` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    manual, guide, instruction = (
        folder / "tx200-service-manual.pdf",
        folder / "tx200-commissioning-guide.html",
        folder / "tx200-safety-instruction.docx",
    )
    pdf.draw(manuscript.read(_SOURCES / "service-manual.md"), manual, footer="HM-TX200-SM-EN · Edition 4")
    html.draw(manuscript.read(_SOURCES / "commissioning-guide.md"), guide)
    word.draw(manuscript.read(_SOURCES / "safety-instruction.md"), instruction)
    return [manual, guide, instruction]


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the example manuals.")
    parser.add_argument("folder", nargs="?", type=Path, default=_HERE / "manuals")
    for path in make(parser.parse_args().folder):
        print(f"{path} ({path.stat().st_size / 1024:.0f} KiB)")


if __name__ == "__main__":
    main()
