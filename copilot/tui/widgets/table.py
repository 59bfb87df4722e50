"""A list of things with columns: rows as high as a finger in touch mode, and cells that no document can colour."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import DataTable

from copilot.printing import printable


class Table(DataTable[Text]):
    """Keeps its cursor on the same thing when it is filled anew.

    Args:
        headings: Of the columns.
        id: Of the widget.
    """

    def __init__(self, headings: Sequence[str], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, cursor_type="row", zebra_stripes=False)
        self._headings = headings

    def on_mount(self) -> None:
        """Make the columns."""
        for heading in self._headings:
            self.add_column(heading, key=heading)

    def fill(self, rows: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Show ``rows``: of each its key and its cells."""
        chosen, at = self.chosen, self.cursor_row
        self.clear()
        height = 3 if self.screen.has_class("-touch") else 1
        for key, cells in rows:
            drawn = [Text(("\n" if height == 3 else "") + printable(cell).replace("\n", " ")) for cell in cells]
            self.add_row(*drawn, key=key, height=height)
        keys = [key for key, _ in rows]
        if chosen in keys:
            self.move_cursor(row=keys.index(chosen), animate=False)
        elif rows:
            self.move_cursor(row=min(at, len(rows) - 1), animate=False)

    @property
    def chosen(self) -> str | None:
        """The key of the row that the cursor is on; None where there is none."""
        if not self.row_count or not self.is_valid_row_index(self.cursor_row):
            return None
        return self.ordered_rows[self.cursor_row].key.value
