"""The line that says where questions are answered, and how things stand: route, network, knowledge, cost, battery."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from copilot.tui.widgets.target import Target
from copilot.tui.words import mark, tr

WISHES = {
    "auto": ("⇄", mark("Where it is best")),
    "local": ("●", mark("Stay here")),
    "cloud": ("▲", mark("Prefer the cloud")),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand.

    Attributes:
        model: What the language model does, in words.
        network: Whether there is any.
        knowledge: How old it is, in words; "" where no hub sends it.
        cost: Of today, in words; "" for nothing.
        waiting: Questions that wait for a network.
        battery: In percent; None without one.
        mains: Whether there is mains power.
    """

    model: str = ""
    network: bool = False
    knowledge: str = ""
    cost: str = ""
    waiting: int = 0
    battery: float | None = None
    mains: bool = True


class StatusLine(Horizontal):
    """The line itself; its first word is a target that changes where the next question goes."""

    DEFAULT_CSS = """
    StatusLine {
        height: 1;
        background: $panel;
        color: $quiet;
        Static { width: 1fr; height: 1; padding: 0 1; text-overflow: ellipsis; text-wrap: nowrap; }
    }
    """

    def __init__(self, cloud: bool) -> None:
        super().__init__()
        self._cloud = cloud
        self._wish = "auto"
        self.standing = Standing()

    def compose(self) -> ComposeResult:
        """The wish, and the rest."""
        target = Target("", "wish", id="wish")
        target.can_focus = False
        target.display = self._cloud
        yield target
        yield Static("", markup=False)

    def wish(self, wish: str) -> None:
        """Show where the next question goes."""
        self._wish = wish
        self._draw()

    def update(self, **changes: object) -> None:
        """Show how things stand."""
        self.standing = replace(self.standing, **changes)  # type: ignore[arg-type]
        self._draw()

    def on_mount(self) -> None:
        """Show what was told before there was anything to show it in."""
        self._draw()

    def _draw(self) -> None:
        now = self.standing
        for line in self.query(Static):
            line.update(self._said(now))
        for target in self.query("#wish").results(Target):
            sign, label = WISHES[self._wish]
            target.say(f"{sign} {tr(label)}")

    def _said(self, now: Standing) -> str:
        parts = [now.model]
        parts.append(tr("network") if now.network else tr("no network"))
        if now.waiting:
            parts.append(tr("{count} waiting", count=now.waiting))
        if now.knowledge:
            parts.append(tr("knowledge: {age}", age=now.knowledge))
        if now.cost:
            parts.append(now.cost)
        if now.battery is not None:
            parts.append(f"{'⚡' if now.mains else '▮'} {now.battery:.0f} %")
        return " · ".join(part for part in parts if part)
