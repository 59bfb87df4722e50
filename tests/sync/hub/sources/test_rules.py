"""Include and exclude patterns mean what people expect of them."""

from __future__ import annotations

import pytest

from sync.hub.sources.rules import PathRules


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.pdf", "a.pdf", True),
        ("*.pdf", "presses/deep/a.PDF", True),  # without a slash, at any depth
        ("*.pdf", "a.pdf.txt", False),
        ("presses/*.pdf", "presses/a.pdf", True),
        ("presses/*.pdf", "presses/old/a.pdf", False),  # * stops at a slash
        ("presses/**", "presses/old/a.pdf", True),
        ("presses/", "presses/old/a.pdf", True),
        ("presses/", "other/presses/a.pdf", True),
        ("/presses/", "other/presses/a.pdf", False),
        ("**/old/*", "presses/old/a.pdf", True),
        ("**/old/*", "old/a.pdf", True),
        ("a?.md", "ab.md", True),
        ("a?.md", "abc.md", False),
        ("a[1].md", "a[1].md", True),  # brackets are letters
    ],
)
def test_a_pattern(pattern: str, path: str, fits: bool) -> None:
    assert PathRules(include=[pattern]).wanted(path) is fits
    assert PathRules(exclude=[pattern]).wanted(path) is (not fits)


@pytest.mark.parametrize("path", [".git/config", "a/.hidden/b.md", "~$plan.docx", "sub/Thumbs.db"])
def test_hidden_files_and_litter_are_never_wanted(path: str) -> None:
    assert not PathRules().wanted(path)


def test_what_is_excluded_stays_out_though_it_is_included() -> None:
    rules = PathRules(["*.pdf"], ["drafts/"])

    assert [rules.wanted(path) for path in ("a.pdf", "drafts/a.pdf", "a.md")] == [True, False, False]


@pytest.mark.parametrize("path", ["../up.pdf", "a//b.pdf", "a/con:.pdf", "name. ", "x" * 2000])
def test_a_name_that_no_device_could_keep_is_complained_about(path: str) -> None:
    assert PathRules.complaint(path)
