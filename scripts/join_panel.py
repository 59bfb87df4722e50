"""Join the modules of the panel into the one file that pages load.

    python scripts/join_panel.py            write it
    python scripts/join_panel.py --check    fail where it isn't what the modules say

The modules stand in ``copilot/http/panel/src`` and work in a browser as they are; joining saves the requests, and
leaves out comments and indentation.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PANEL: Final = ROOT / "copilot" / "http" / "panel"
ENTRY: Final = PANEL / "src" / "element.js"
JOINED: Final = PANEL / "files" / "edge-copilot.js"
LIMIT_BYTES: Final = 150_000

_HEAD: Final = "// Edge Copilot, <edge-copilot>. Apache-2.0. Joined from src/ by scripts/join_panel.py.\n"
_IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|class|function))", re.MULTILINE)
_COMMENT = re.compile(r"^[ ]*(?:/\*(?!\s*css).*?\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^[ ]+", re.MULTILINE)
_NAME = re.compile(r"^(?:export )?(?:async )?(?:const|let|class|function) (\w+)", re.MULTILINE)


def main() -> int:
    """Write the joined file, or check it."""
    parser = argparse.ArgumentParser(description="Join the modules of the panel.")
    parser.add_argument("--check", action="store_true", help="only say whether the file is up to date")
    joined = join(ENTRY)
    size = len(joined.encode())
    if size >= LIMIT_BYTES:
        print(f"The panel has {size:,} bytes; it must stay under {LIMIT_BYTES:,}.", file=sys.stderr)
        return 1
    if parser.parse_args().check:
        if JOINED.exists() and JOINED.read_text(encoding="utf-8") == joined:
            return 0
        print("The panel's file is not what its modules say: python scripts/join_panel.py", file=sys.stderr)
        return 1
    JOINED.write_text(joined, encoding="utf-8", newline="\n")
    print(f"{JOINED.relative_to(ROOT)}: {size:,} bytes")
    return 0


def join(entry: Path) -> str:
    """All modules that ``entry`` needs, each after what it needs, as one module.

    Raises:
        ValueError: Two modules have the same name for different things, or an import can't be joined.
    """
    parts: list[str] = []
    owners: dict[str, Path] = {}
    for module in ordered(entry):
        source = module.read_text(encoding="utf-8")
        for name in _NAME.findall(source):
            if name in owners:
                raise ValueError(f"{name} stands in {owners[name]} and in {module}; in one file there is room for one")
            owners[name] = module
        body = _IMPORT.sub("", source)
        if re.search(r"^(?:import\s|export (?!(?:async )?(?:const|class|function)))", body, re.MULTILINE):
            raise ValueError(f"{module} has an import or export that can't be joined")
        # What the element's module exports stays exported: pages may want the class.
        parts.append(body if module == entry else _EXPORT.sub("", body))
    whole = "\n".join(part.strip() for part in parts) + "\n"
    return _HEAD + re.sub(r"\n{2,}", "\n", _INDENT.sub("", _COMMENT.sub("", whole)))


def ordered(entry: Path) -> list[Path]:
    """The modules that ``entry`` needs, and itself as the last.

    Raises:
        ValueError: They need one another in a circle.
    """
    order: list[Path] = []
    open_now: list[Path] = []

    def visit(module: Path) -> None:
        if module in order:
            return
        if module in open_now:
            raise ValueError(f"{module} needs itself")
        open_now.append(module)
        for needed in _IMPORT.findall(module.read_text(encoding="utf-8")):
            visit((module.parent / needed).resolve())
        open_now.remove(module)
        order.append(module)

    visit(entry.resolve())
    return order


if __name__ == "__main__":
    raise SystemExit(main())
