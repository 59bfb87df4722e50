"""The example manuals: drawn from their sources, always the same, telling the same facts in every document."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from index.loaders import load

EXAMPLES = Path(__file__).parents[2] / "examples"
MANUALS = EXAMPLES / "manuals"
DRAWN = ("tx200-service-manual.pdf", "tx200-commissioning-guide.html", "tx200-safety-instruction.docx")


def text_of(path: Path) -> list[tuple[int | None, str]]:
    return [(block.page, block.text) for block in load(path).blocks]


@pytest.fixture(scope="module")
def redrawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("redrawn")
    subprocess.run([sys.executable, EXAMPLES / "make_manuals.py", folder], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", DRAWN)
def test_drawing_again_gives_the_text_that_is_committed(redrawn: Path, name: str) -> None:
    assert text_of(MANUALS / name) == text_of(redrawn / name)


def test_the_set_stays_small_enough_to_carry() -> None:
    assert sum(path.stat().st_size for path in MANUALS.iterdir()) < 1_000_000


def test_every_fault_and_parameter_of_the_sources_stands_in_the_service_manual() -> None:
    text = "\n".join(block for _, block in text_of(MANUALS / DRAWN[0]))
    for source in ("faults.csv", "parameters.csv"):
        with (EXAMPLES / "sources" / source).open(encoding="utf-8", newline="") as lines:
            identifiers = [row[0] for row in csv.reader(lines)][1:]

        assert [identifier for identifier in identifiers if identifier not in text] == []


def test_every_document_of_the_set_is_read_with_its_title() -> None:
    titles = {path.name: load(path).title for path in MANUALS.iterdir()}

    assert titles["tx200-service-manual.pdf"] == "Halden TX-200 Service Manual"
    assert titles["tx200-commissioning-guide.html"] == "Halden TX-200 Commissioning and HMI Guide"
    assert titles["tx200-safety-instruction.docx"] == "Safety Instruction SI-07: Lock-out of the TX-200"
    assert titles["troubleshooting.md"] == "TX-200 Troubleshooting Playbook"
    assert titles["shift-logbook.md"] == "Shift logbook TX-200, hall 3, line 2"
    assert titles["spare-parts.csv"] == "spare-parts"
