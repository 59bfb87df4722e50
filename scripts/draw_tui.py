"""Draw the pictures of the terminal UI: the real program over the example manuals, asked real questions.

    python scripts/draw_tui.py [NAME…]

Needs the models (`edge-copilot models pull --defaults`). Everything happens in a data directory that is thrown away;
nothing in a picture is typed by hand.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from textual.pilot import Pilot

from copilot.library.indexing import Indexing, order_of
from copilot.settings import Settings
from copilot.tui.app import CopilotApp
from copilot.tui.services import Services

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURES: Final = ROOT / "docs" / "pictures"
PATIENCE_S: Final = 300.0

Script = Callable[[CopilotApp, "Pilot[Any]"], Awaitable[None]]


async def _wait(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    end = asyncio.get_running_loop().time() + PATIENCE_S
    while not condition():
        if asyncio.get_running_loop().time() > end:
            raise TimeoutError(f"what was waited for did not come on {pilot.app.screen}")
        await pilot.pause(0.1)
    await pilot.pause(0.5)


async def _type(pilot: Pilot[Any], text: str) -> None:
    for character in text:
        await pilot.press("space" if character == " " else character)


async def _answer(app: CopilotApp, pilot: Pilot[Any], question: str) -> None:
    await _type(pilot, question)
    await pilot.press("enter")
    await _wait(pilot, lambda: app.ask_screen is not None and app.ask_screen.answered)


async def ask(app: CopilotApp, pilot: Pilot[Any]) -> None:
    await _answer(app, pilot, "what does F0012 mean and what do I do")


async def reader(app: CopilotApp, pilot: Pilot[Any]) -> None:
    await _answer(app, pilot, "what does F0012 mean and what do I do")
    await pilot.press("1")
    await pilot.pause(1.5)


async def note(app: CopilotApp, pilot: Pilot[Any]) -> None:
    await pilot.press("ctrl+n")
    await pilot.pause(2)
    await _type(pilot, "Air gap of BR-120 measured: 0.55 mm. Set to 0.30 mm.")
    await pilot.press("enter")
    await _type(pilot, "Runs again. Rotor 8.1 mm.")
    await pilot.pause(1.5)


async def walk(app: CopilotApp, pilot: Pilot[Any]) -> None:
    await pilot.press("f4", "slash")
    await _type(pilot, "replace the timing belt")
    await pilot.press("enter")
    await _wait(pilot, lambda: bool(app.screen.query("#procedures").first().row_count))  # type: ignore[attr-defined]
    await pilot.press("enter")
    await pilot.pause(2)
    for _ in range(4):
        await pilot.press("n")
        await pilot.pause(0.3)
    await pilot.press("v")
    await pilot.pause(0.5)
    await _type(pilot, "50 Hz")
    await pilot.press("enter")
    await pilot.pause(1)


async def models(app: CopilotApp, pilot: Pilot[Any]) -> None:
    await pilot.press("f7")
    await pilot.pause(2)


SCENES: Final[dict[str, tuple[Script, tuple[int, int], str, bool, str]]] = {
    "tui-ask": (ask, (140, 36), "sunlight", False, "en"),
    "tui-ask-night": (ask, (100, 32), "night", False, "en"),
    "tui-reader": (reader, (110, 32), "sunlight", False, "en"),
    "tui-touch": (walk, (100, 32), "workshop", True, "en"),
    "tui-note": (note, (100, 24), "workshop", False, "en"),
    "tui-models": (models, (100, 28), "workshop", False, "de"),
}
"""By name: what is done, columns and rows, theme, touch mode, language."""


async def draw(name: str, data_dir: Path) -> Path:
    """Play one scene and draw what is on the screen then."""
    script, size, theme, touch, language = SCENES[name]
    settings = Settings.load(
        None, data_dir, {"tui.theme": theme, "tui.touch": touch, "tui.language": language, "tui.times": False}
    )
    services = Services(settings, look=lambda _: {"network": False, "battery": 71.0, "mains": False})
    app = CopilotApp(services, fresh=True)
    async with app.run_test(size=size) as pilot:
        await _wait(pilot, lambda: app.ask_screen is not None and app.ask_screen.ready)
        await script(app, pilot)
        svg = app.export_screenshot(title="edge-copilot")
    await services.close()
    # A picture must draw without a network, and be the same where the screen is.
    svg = re.sub(r"@font-face \{.*?\n\s*\}\n", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace")
    svg = re.sub(r"terminal-\d+-", f"{name}-", svg)
    target = PICTURES / f"{name}.svg"
    target.write_text(svg, encoding="utf-8", newline="\n")
    return target


def main() -> None:
    """Draw the pictures that are named, or all."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the terminal UI.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SCENES)}")
    names = parser.parse_args().names or list(SCENES)
    if unknown := set(names) - set(SCENES):
        parser.error(f"no picture {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        settings = Settings.load(None, data_dir)
        from copilot.assembly import Assembly

        assembly = Assembly(settings)
        Indexing(settings, assembly.embedder).run(order_of([ROOT / "examples" / "manuals"], "halden"))
        with assembly.notes as notes:
            from copilot.notes import Context

            notes.set_context(Context(machine="TX-200, hall 3", work_order="A-1207"))
        for name in names:
            print(asyncio.run(draw(name, data_dir)).relative_to(ROOT))


if __name__ == "__main__":
    main()
