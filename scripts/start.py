"""Show Edge Copilot at work: fetch the models, read the example manuals, ask three questions.

It runs the command as a user would and prints each call before it runs, so that everything can be repeated by hand.
What is already in place is not done again.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPILOT = Path(sys.executable).parent / "edge-copilot"
MANUALS = Path("examples") / "manuals"
COLLECTION = "halden"
QUESTIONS = (
    "What does fault F0012 mean and what do I do?",
    "What is the tightening torque of an M8 screw of strength 10.9?",
    "How do I replace timing belt TB-1200?",
)

BOLD, DIM, RESET = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if sys.stdout.isatty() else ("", "", "")

NEXT = f"""
{BOLD}Now with your own documents:{RESET}
  source .venv/bin/activate
  edge-copilot ingest ~/manuals               PDF, Word, HTML, Markdown, tables, folders of them
  edge-copilot ask "…"                        an answer with its sources
  edge-copilot search "…"                     passages only, in milliseconds
  edge-copilot chat                           question after question
  edge-copilot doctor                         what this machine can do, and what to mend
  edge-copilot documents remove {MANUALS}     take the example manuals out again
"""


def run(*arguments: str, lines: tuple[str, ...] = ()) -> int:
    """Print a call of the command, run it with ``lines`` as its input, and return its exit code."""
    print(f"\n{BOLD}$ edge-copilot {shlex.join(arguments)}{RESET}", flush=True)
    given = "".join(f"{line}\n" for line in lines) if lines else None
    started = time.monotonic()
    code = subprocess.run([str(COPILOT), *arguments], cwd=ROOT, input=given, encoding="utf-8", check=False).returncode
    print(f"{DIM}{time.monotonic() - started:.1f} s{RESET}", flush=True)
    return code


def main() -> int:
    """Go through the steps; stop at the first that fails, with its exit code."""
    steps: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
        (("models", "pull", "--defaults"), ()),
        (("ingest", str(MANUALS), "--collection", COLLECTION), ()),
        # One conversation and not three times `ask`: the model is loaded once.
        (("chat", "--collection", COLLECTION), QUESTIONS),
    ]
    for arguments, lines in steps:
        code = run(*arguments, lines=lines)
        if code not in (0, 1):
            print(f"\nThat did not work. Look with: edge-copilot doctor{DIM} (then run make start again){RESET}")
            return code
    print(NEXT)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nStopped. Run make start again to go on where it was left.")
        sys.exit(130)
