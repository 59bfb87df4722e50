"""A short text that takes as many lines as it needs: answers, excerpts, notices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from textual.content import Content
from textual.geometry import Size
from textual.style import Style
from textual.widget import Widget

from copilot.tui.reading import Laid, lay_out
from copilot.tui.reading.layout import shown

_CITATION: Final = re.compile(r"\[(\d{1,2})\]")
_STYLES: Final[Mapping[str, str]] = {
    "step": "bold $primary",
    "bullet": "bold $primary",
    "head": "bold $primary",
    "frame": "$border",
    "heading": "bold underline $primary",
    "quote": "bold $quote",
    "label": "$quiet",
}


class Prose(Widget):
    """Text laid out as in a document, with the numbers of its citations to touch.

    Args:
        text: Any text; what a terminal would obey is taken out.
        most: Lines shown at most; what is over becomes "…". 0: all of them.
        cites: Whether ``[1]`` opens a source.
    """

    DEFAULT_CSS = """
    Prose { height: auto; width: 1fr; }
    """

    def __init__(
        self,
        text: str = "",
        *,
        most: int = 0,
        cites: bool = False,
        words: Sequence[str] = (),
        unverified: Sequence[str] = (),
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._text = shown(text)
        self._most = most
        self._cites = cites
        self._words = _any_of(words)
        self._unverified = _any_of(unverified)
        self._laid: tuple[int, Laid] | None = None

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text

    def say(self, text: str, unverified: Sequence[str] = ()) -> None:
        """Show another text."""
        text = shown(text)
        if text == self._text and not unverified:
            return
        self._text, self._laid, self._unverified = text, None, _any_of(unverified)
        self.refresh(layout=True)

    def at_most(self, lines: int) -> None:
        """Show so many lines at most; 0: all."""
        if lines != self._most:
            self._most = lines
            self.refresh(layout=True)

    def _rows(self, width: int) -> Laid:
        if self._laid is None or self._laid[0] != width:
            self._laid = width, lay_out(self._text, width)
        return self._laid[1]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are, at most those allowed."""
        count = len(self._rows(width).rows)
        return min(count, self._most) if self._most else count

    def render(self) -> Content:
        """The lines."""
        width = self.content_size.width or 80
        rows = self._rows(width).rows
        cut = bool(self._most) and len(rows) > self._most
        lines = [
            Content.assemble(*((run.text, _STYLES.get(run.kind, "")) for run in row))
            for row in (rows[: self._most] if cut else rows)
        ]
        if cut:
            last = lines[-1].plain
            lines[-1] = Content(last[: max(0, width - 2)].rstrip() + " …")
        content = Content("\n").join(lines)
        for pattern, style in ((self._words, "bold $mark-foreground on $mark-background"),):
            if pattern is not None:
                for match in pattern.finditer(content.plain):
                    content = content.stylize(style, match.start(), match.end())
        if self._unverified is not None:
            for match in self._unverified.finditer(content.plain):
                content = content.stylize("bold underline $error", match.start(), match.end())
        if self._cites:
            for match in _CITATION.finditer(content.plain):
                content = content.stylize("bold reverse", match.start(), match.end())
                touch = Style.from_meta({"@click": f"screen.cite({match[1]})"})
                content = content.stylize(touch, match.start(), match.end())
        return content


def _any_of(words: Sequence[str]) -> re.Pattern[str] | None:
    wanted = [re.escape(shown(word)) for word in words if word.strip()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(wanted)})(?!\w)", re.IGNORECASE) if wanted else None
