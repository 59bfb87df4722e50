"""Colours: for the sun, for the night, for the workshop, and for terminals that have few or none.

Contrast of text is at least 7:1 in the first three (WCAG 2.2, criterion 1.4.6); `tests/copilot/tui/test_themes.py`
computes it. No meaning hangs on a colour alone: a mark or a word always says the same.
"""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

from copilot.tui.words import mark

SUNLIGHT: Final = Theme(
    name="sunlight",
    dark=False,
    primary="#003a78",
    secondary="#4a3b00",
    accent="#7a1f00",
    foreground="#000000",
    background="#ffffff",
    surface="#ffffff",
    panel="#e6eaf0",
    success="#00511f",
    warning="#6b3d00",
    error="#990000",
    variables={
        "border": "#003a78",
        "quote": "#00511f",
        "quiet": "#3d3d3d",
        "mark-background": "#ffe14d",
        "mark-foreground": "#000000",
        "hit-background": "#b9dcff",
        "target-background": "#dbe4f0",
        "target-foreground": "#000000",
        "target-focus-background": "#003a78",
        "target-focus-foreground": "#ffffff",
        "input-cursor-background": "#000000",
        "input-cursor-foreground": "#ffffff",
        "block-cursor-background": "#003a78",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#dbe4f0",
        "block-cursor-blurred-foreground": "#000000",
        "scrollbar": "#5a6a80",
        "scrollbar-background": "#e6eaf0",
    },
)
"""Black on white: what stays readable in direct light."""

NIGHT: Final = Theme(
    name="night",
    dark=True,
    primary="#f0a04b",
    secondary="#d9a05b",
    accent="#ffb86b",
    foreground="#e8b27a",
    background="#000000",
    surface="#0a0603",
    panel="#1c1107",
    success="#c9b458",
    warning="#ffb347",
    error="#ff8a70",
    variables={
        "border": "#8a5a2a",
        "quote": "#c9b458",
        "quiet": "#cfa274",
        "mark-background": "#6b3a00",
        "mark-foreground": "#ffe0bd",
        "hit-background": "#3d2400",
        "target-background": "#2b1a0a",
        "target-foreground": "#f3c08a",
        "target-focus-background": "#f0a04b",
        "target-focus-foreground": "#000000",
        "input-cursor-background": "#ffb86b",
        "input-cursor-foreground": "#000000",
        "block-cursor-background": "#f0a04b",
        "block-cursor-foreground": "#000000",
        "block-cursor-blurred-background": "#2b1a0a",
        "block-cursor-blurred-foreground": "#f3c08a",
        "scrollbar": "#8a5a2a",
        "scrollbar-background": "#120b05",
    },
)
"""Amber on black, without blue: eyes stay used to the dark."""

WORKSHOP: Final = Theme(
    name="workshop",
    dark=True,
    primary="#6cc5ff",
    secondary="#ffd166",
    accent="#ffb454",
    foreground="#f2f5f7",
    background="#10161c",
    surface="#141c24",
    panel="#1d2832",
    success="#7fe0a0",
    warning="#ffd166",
    error="#ff9c8f",
    variables={
        "border": "#3f6a87",
        "quote": "#7fe0a0",
        "quiet": "#b4c2cc",
        "mark-background": "#5c4a00",
        "mark-foreground": "#fff3c4",
        "hit-background": "#12405e",
        "target-background": "#24323e",
        "target-foreground": "#f2f5f7",
        "target-focus-background": "#6cc5ff",
        "target-focus-foreground": "#08131b",
        "input-cursor-background": "#f2f5f7",
        "input-cursor-foreground": "#10161c",
        "block-cursor-background": "#6cc5ff",
        "block-cursor-foreground": "#08131b",
        "block-cursor-blurred-background": "#24323e",
        "block-cursor-blurred-foreground": "#f2f5f7",
        "scrollbar": "#3f6a87",
        "scrollbar-background": "#141c24",
    },
)
"""Indoors, in ordinary light."""

PLAIN: Final = Theme(
    name="plain",
    ansi=True,
    dark=False,
    primary="ansi_blue",
    secondary="ansi_blue",
    accent="ansi_magenta",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    success="ansi_green",
    warning="ansi_magenta",
    error="ansi_red",
    variables={
        "border": "ansi_blue",
        "quote": "ansi_green",
        "quiet": "ansi_default",
        "mark-background": "ansi_yellow",
        "mark-foreground": "ansi_black",
        "hit-background": "ansi_cyan",
        "target-background": "ansi_default",
        "target-foreground": "ansi_default",
        "target-focus-background": "ansi_blue",
        "target-focus-foreground": "ansi_bright_white",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "block-cursor-background": "ansi_blue",
        "block-cursor-foreground": "ansi_bright_white",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-foreground": "ansi_default",
        "scrollbar": "ansi_blue",
        "scrollbar-hover": "ansi_blue",
        "scrollbar-active": "ansi_blue",
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
        "scrollbar-corner-color": "ansi_default",
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "border-blurred": "ansi_blue",
        "block-hover-background": "ansi_default",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_cyan",
        "screen-selection-foreground": "ansi_black",
    },
)
"""The terminal's own sixteen colours; where it has none, bold, underlined and reversed say everything."""

THEMES: Final = (SUNLIGHT, NIGHT, WORKSHOP, PLAIN)
NAMES: Final = {
    "sunlight": mark("sunlight"),
    "night": mark("night"),
    "workshop": mark("workshop"),
    "plain": mark("plain"),
}
ORDER: Final = tuple(NAMES)
"""In which one key goes through them."""


def theme_for(wanted: str, color_system: str | None) -> str:
    """The theme to begin with.

    Args:
        wanted: A theme's name, or ``auto``.
        color_system: What rich found of the terminal: ``truecolor``, ``256``, ``standard``, ``windows`` or None.
    """
    if wanted != "auto":
        return wanted
    return "sunlight" if color_system in ("truecolor", "256") else "plain"
