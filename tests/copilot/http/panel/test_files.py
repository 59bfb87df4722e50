"""The files of the panel: joined, small, complete, and without a way for text to become markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.join_panel import ENTRY, JOINED, LIMIT_BYTES, PANEL, join, ordered

SOURCES = sorted((PANEL / "src").rglob("*.js"))
FILES = sorted(PANEL.glob("files/*"))


def test_the_file_is_what_its_modules_say() -> None:
    assert JOINED.read_text(encoding="utf-8") == join(ENTRY), "run: python scripts/join_panel.py"


def test_every_module_is_part_of_it() -> None:
    assert {path.resolve() for path in SOURCES} == set(ordered(ENTRY))


def test_it_is_small() -> None:
    assert len(JOINED.read_bytes()) < LIMIT_BYTES == 150_000


def test_two_modules_with_one_name_are_not_joined(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("const NAME = 1;\n")
    (tmp_path / "b.js").write_text('import "./a.js";\nconst NAME = 2;\n')

    with pytest.raises(ValueError, match="NAME"):
        join(tmp_path / "b.js")


def test_modules_that_need_one_another_are_not_joined(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import "./b.js";\n')
    (tmp_path / "b.js").write_text('import "./a.js";\n')

    with pytest.raises(ValueError, match="needs itself"):
        join(tmp_path / "a.js")


MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTMLUnsafe"
    r"|\beval\b|new Function|setAttribute\(\s*[\"'](?:style|on)|srcdoc"
)


@pytest.mark.parametrize("path", [*SOURCES, *FILES], ids=lambda path: path.name)
def test_nothing_makes_markup_of_text(path: Path) -> None:
    assert MARKUP.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    addresses = re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'`)]*", path.read_text(encoding="utf-8"))

    # Names of namespaces and addresses in comments are not fetched.
    assert [one for one in addresses if "www.w3.org/2000/svg" not in one and "copilot.plant" not in one] == []


def test_the_page_has_no_inline_script_or_style() -> None:
    page = (PANEL / "files" / "index.html").read_text(encoding="utf-8")

    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page) == []
