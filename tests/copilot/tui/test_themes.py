"""Colours that can be read: in the sun, at night, and where there are none."""

from __future__ import annotations

import pytest
from textual.color import Color

from copilot.tui.themes import NIGHT, SUNLIGHT, THEMES, WORKSHOP, theme_for

PAIRS = (
    ("foreground", "background"),
    ("foreground", "surface"),
    ("foreground", "panel"),
    ("primary", "surface"),
    ("accent", "background"),
    ("success", "surface"),
    ("warning", "surface"),
    ("error", "surface"),
    ("quiet", "surface"),
    ("quiet", "panel"),
    ("quote", "surface"),
    ("background", "primary"),
    ("background", "success"),
    ("mark-foreground", "mark-background"),
    ("target-foreground", "target-background"),
    ("target-focus-foreground", "target-focus-background"),
    ("block-cursor-foreground", "block-cursor-background"),
)


def luminance(colour: Color) -> float:
    parts = [channel / 255 for channel in colour.rgb]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Color, other: Color) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("pair", PAIRS, ids=" on ".join)
@pytest.mark.parametrize("theme", [SUNLIGHT, NIGHT, WORKSHOP], ids=lambda theme: theme.name)
def test_text_is_seven_times_as_bright_or_dark_as_what_it_stands_on(theme, pair):
    def colour(name: str) -> Color:
        return Color.parse(theme.variables.get(name) or getattr(theme, name))

    least = 4.5 if "mark-foreground" in pair else 7
    assert contrast(colour(pair[0]), colour(pair[1])) >= least


def test_every_theme_names_the_same_colours():
    names = {name for theme in THEMES for name in theme.variables if theme.name != "plain"}
    for theme in THEMES:
        assert names <= set(theme.variables)


@pytest.mark.parametrize(
    ("wanted", "system", "theme"),
    [
        ("auto", "truecolor", "sunlight"),
        ("auto", "256", "sunlight"),
        ("auto", "standard", "plain"),
        ("auto", "windows", "plain"),
        ("auto", None, "plain"),
        ("night", None, "night"),
    ],
)
def test_a_terminal_with_few_colours_gets_its_own(wanted, system, theme):
    assert theme_for(wanted, system) == theme
