"""The commissioning guide as an HTML page such as a vendor's site would serve, menu and footer included."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from drawing.manuscript import Bullets, Element, Heading, Notice, Paragraph, Steps, Table

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; }} th, td {{ border: 1px solid #999; padding: .2rem .5rem; text-align: left; }}
.notice {{ border-left: .4rem solid #c40; padding-left: 1rem; }}
</style>
</head>
<body>
<nav><ul>
{menu}
</ul></nav>
<main>
{main}
</main>
<footer>© Halden Maskin · HM-TX200-CG-EN · Edition 3 · An imaginary machine, written for Edge Copilot</footer>
<script>document.documentElement.dataset.ready = "1";</script>
</body>
</html>
"""


def draw(elements: Sequence[Element], target: Path) -> None:
    """Write ``elements`` as one HTML page to ``target``."""
    headings = [element for element in elements if isinstance(element, Heading)]
    menu = "\n".join(
        f'<li><a href="#{_anchor(heading.text)}">{escape(heading.text)}</a></li>'
        for heading in headings
        if heading.level == 2
    )
    main = "\n".join(_markup(element) for element in elements)
    target.write_text(
        _PAGE.format(title=escape(headings[0].text), menu=menu, main=main), encoding="utf-8", newline="\n"
    )


def _markup(element: Element) -> str:
    match element:
        case Heading(level, text):
            return f'<h{level} id="{_anchor(text)}">{escape(text)}</h{level}>'
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Steps(items):
            return "<ol>\n" + "\n".join(f"<li>{escape(item)}</li>" for item in items) + "\n</ol>"
        case Bullets(items):
            return "<ul>\n" + "\n".join(f"<li>{escape(item)}</li>" for item in items) + "\n</ul>"
        case Notice(word, text):
            return f'<p class="notice"><strong>{word}</strong> {escape(text)}</p>'
        case Table(caption, header, rows):
            lines = [
                "<table>",
                f"<caption>{escape(caption)}</caption>",
                f"<thead>{_row(header, 'th')}</thead>",
                "<tbody>",
            ]
            lines += [_row(row, "td") for row in rows]
            return "\n".join([*lines, "</tbody>", "</table>"])


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _anchor(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
