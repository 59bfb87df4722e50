"""Speaking in place of typing, where voice is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from copilot.tui.words import tr

if TYPE_CHECKING:
    from textual.widgets import Input, TextArea

    from copilot.tui.app import CopilotApp


def talk(app: CopilotApp, into: Input | TextArea) -> None:
    """Listen once, and put what was said into a field; a second press ends it."""
    if find_spec("faster_whisper") is None or find_spec("sounddevice") is None:
        app.announce(tr("Voice is not installed: pip install 'edge-copilot[voice]'"))
        return
    from copilot.tui.dictating import dictate

    dictate(app, into)
