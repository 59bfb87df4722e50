"""Settings of the terminal UI. What a person changes within it is kept beside these, in ``tui.json``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from copilot.settings.sections import Section

ThemeName = Literal["auto", "sunlight", "night", "workshop", "plain"]


class TuiSettings(Section):
    """The terminal UI: how it looks and how it is touched. F11 and F12 change theme and touch mode within it."""

    theme: ThemeName = Field(
        default="auto", description="Colours; auto: sunlight, and plain where the terminal has 16 colours or none."
    )
    touch: bool = Field(default=False, description="Whether everything that can be touched is three rows high.")
    language: str = Field(
        default="auto", max_length=20, description="Language of the screens, such as de; auto: the system's."
    )
    screen_reader: bool = Field(
        default=False, description="Whether everything is printed line after line, for a screen reader."
    )
    machine: str = Field(
        default="", max_length=200, description="The machine at which this device stands, filled into notes."
    )
    pictures: bool = Field(default=True, description="Whether pages are drawn as pictures where the terminal can.")
    times: bool = Field(default=True, description="Whether it is shown how long a search and an answer took.")
