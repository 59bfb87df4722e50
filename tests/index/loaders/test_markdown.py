from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from index.loaders import load
from index.loaders.clean import clean_blocks
from index.loaders.markdown import markdown_blocks

MANUAL = """---
title: "Pump DX-40: Service"
lang: en
---
# Service

Read *all* of it, see [safety](safety.md) and `F0012`.

## Changing the seal

1. Close the valve.
   It turns right.
2. Drain:
   - open **B2**
   - wait

   ```sh
   drain --all
   ```
3. Fit the seal.

| Bolt | Torque |
|------|-------:|
| M6   | 10 Nm  |
| M8   | 25 Nm  |

<table><tr><th>Code</th><th>Meaning</th></tr><tr><td>F1</td><td>Hot</td></tr></table>
"""


def triples(text: str) -> list[tuple[str, int, str]]:
    return [(block.kind, block.level, block.text) for block in clean_blocks(markdown_blocks(text))]


def test_structure_comes_out_as_blocks_in_order(write) -> None:
    document = load(write("a.md", MANUAL))
    assert (document.title, document.language) == ("Pump DX-40: Service", "en")
    assert [(block.kind, block.level, block.text) for block in document.blocks] == [
        ("heading", 1, "Service"),
        ("paragraph", 0, "Read all of it, see safety and F0012."),
        ("heading", 2, "Changing the seal"),
        ("step", 0, "1. Close the valve. It turns right."),
        ("step", 0, "2. Drain:"),
        ("bullet", 1, "open B2"),
        ("bullet", 1, "wait"),
        ("code", 0, "drain --all"),
        ("step", 0, "3. Fit the seal."),
        ("row", 0, "M6 | 10 Nm"),
        ("row", 0, "M8 | 25 Nm"),
        ("row", 0, "F1 | Hot"),
    ]


def test_tables_keep_their_header_and_are_numbered(write) -> None:
    rows = [block.row for block in load(write("a.md", MANUAL)).blocks if block.row]
    assert [(row.table, row.header) for row in rows] == [
        (0, ("Bolt", "Torque")), (0, ("Bolt", "Torque")), (1, ("Code", "Meaning")),
    ]  # fmt: skip


def test_lists_start_where_they_say_and_second_paragraphs_stay_with_their_item() -> None:
    assert triples("4. four\n\n   still four\n5. five\n") == [
        ("step", 0, "4. four\nstill four"),
        ("step", 0, "5. five"),
    ]


def test_the_title_is_the_first_heading_else_the_file_name(write) -> None:
    assert load(write("a.md", "intro\n\n# Pump manual\n")).title == "Pump manual"
    assert load(write("pump_notes.md", "just words")).title == "pump_notes"
    assert load(write("b.md", "---\ntitle: untitled\n---\n# Real name\n")).title == "Real name"


@given(st.text(max_size=300))
def test_any_text_is_markdown(text) -> None:
    list(clean_blocks(markdown_blocks(text)))


@given(st.lists(st.text(alphabet="abcxyzäö019", min_size=1, max_size=8), min_size=1, max_size=40), st.data())
def test_no_word_is_lost(words, data) -> None:
    glue = st.sampled_from([" ", "\n", "\n\n", "\n\n# ", "\n\n- ", "\n\n1. ", " **", "** ", "\n> "])
    text = "".join(word + data.draw(glue) for word in words)
    kept = " ".join(block.text for block in clean_blocks(markdown_blocks(text)))
    for word in words:
        assert word in re.sub(r"[*]", "", kept)
