"""Draw the pictures of the README: run the real commands and draw what they print, colours included.

    python scripts/draw_pictures.py [NAME…]

Needs the models (`edge-copilot models pull --defaults`). The commands run in a terminal of their own, with a data
directory that is thrown away; nothing in a picture is typed by hand.
"""

from __future__ import annotations

import argparse
import fcntl
import io
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURES_FOLDER: Final = ROOT / "docs" / "pictures"
COPILOT: Final = Path(sys.executable).parent / "edge-copilot"
COLUMNS: Final = 100
COLLECTION: Final = "halden"

PICTURES: Final = {
    "ask": (("ask", "what does F0012 mean and what do I do"),),
}
"""By name: the calls that are shown one below the other. None that prints a path: it would be this machine's."""

# The fonts of rich's own format come from elsewhere; a picture must draw without a network.
_FORMAT: Final = re.sub(r"@font-face \{\{.*?\n    \}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code, monospace", "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
)


def main() -> None:
    """Draw the pictures that are named, or all."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the README.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PICTURES)}")
    names = parser.parse_args().names or list(PICTURES)
    if unknown := set(names) - set(PICTURES):
        parser.error(f"no picture {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EDGE_COPILOT_DATA_DIR"] = folder
        os.environ["EDGE_COPILOT_SEARCH__COLLECTIONS"] = COLLECTION
        subprocess.run([COPILOT, "ingest", ROOT / "examples" / "manuals", "--collection", COLLECTION], check=True)
        for name in names:
            target = PICTURES_FOLDER / f"{name}.svg"
            draw(PICTURES[name], target)
            print(target.relative_to(ROOT))


def draw(calls: tuple[tuple[str, ...], ...], target: Path) -> None:
    """Run the calls in turn and draw them, prompts and all, as one terminal."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, highlight=False)
    for call in calls:
        console.print(Text.assemble(("$ ", "bold green"), (f"edge-copilot {shlex.join(call)}", "bold")))
        for line in in_a_terminal([str(COPILOT), *call]).splitlines():
            # A line of print(…, soft_wrap=True) is wrapped by the terminal, which stands here between the two.
            console.print(Text.from_ansi(line), overflow="fold")
    svg = console.export_svg(
        title="edge-copilot", theme=DIMMED_MONOKAI, code_format=_FORMAT, unique_id=f"edge-copilot-{target.stem}"
    )
    target.write_text(svg, encoding="utf-8", newline="\n")


def in_a_terminal(command: list[str]) -> str:
    """Run a command in a pseudo-terminal and return what it printed there.

    Raises:
        subprocess.CalledProcessError: It failed; a picture of that is not wanted.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONUTF8": "1"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    printed = b"".join(_chunks(ours)).decode("utf-8").replace("\r\n", "\n")
    if process.wait():
        raise subprocess.CalledProcessError(process.returncode, command, printed)
    return printed


def _chunks(descriptor: int) -> Iterator[bytes]:
    with os.fdopen(descriptor, "rb", buffering=0) as terminal:
        while True:
            try:
                chunk = terminal.read(65536)
            except OSError:  # Linux: EIO once the other side is closed
                return
            if not chunk:
                return
            yield chunk


if __name__ == "__main__":
    main()
