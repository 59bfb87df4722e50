"""Curves as pictures for docs/: SVG that draws without a network, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt


@dataclass(frozen=True)
class Line:
    """One curve: a label, its points, and how it is drawn (matplotlib's line style)."""

    label: str
    points: Sequence[tuple[float, float]]
    style: str = "-"
    steps: bool = False


def draw(target: Path, title: str, across: str, upwards: str, lines: Sequence[Line]) -> None:
    """Draw lines over one another.

    Args:
        target: The SVG.
        title: Above the picture.
        across, upwards: What the axes are, with units.
        lines: In the order of the legend.
    """
    # Text stays text, and neither ids nor a date differ from run to run.
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": target.stem, "font.size": 10}):
        figure, axes = plt.subplots(figsize=(7.2, 4.2), layout="constrained")
        for line in lines:
            across_, upwards_ = zip(*line.points, strict=True)
            where = {"drawstyle": "steps-post"} if line.steps else {}
            axes.plot(across_, upwards_, line.style, label=line.label, linewidth=1.8, **where)
        axes.set(title=title, xlabel=across, ylabel=upwards)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        target.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
