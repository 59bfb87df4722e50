"""How text of documents is laid out on a screen: pure functions from text and width to lines."""

from copilot.tui.reading.layout import Heading, Laid, Row, Run, lay_out

__all__ = ["Heading", "Laid", "Row", "Run", "lay_out"]
