"""Kill the terminal UI while somebody types notes and walks through a procedure on its screens; see what is left.

    .venv/bin/python -m bench.tui_kills [--kills 100] [--seed 8]

The real program runs in tmux, a real terminal; the keys are typed at the pace of a fast typist, and a camera takes the
screen some thirty times a second. At a random moment the process is killed with SIGKILL. What stood on the last
picture that was older than 200 ms must be in the notes: every character of the text, the steps that were checked off,
the value as far as it was typed. Then the program is started again over the same file and goes on.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from copilot.notes import Notes
from copilot.procedures.recording import walk_of
from index.documents import AccessLabel

ROOT: Final = Path(__file__).resolve().parent.parent
COPILOT: Final = Path(sys.executable).parent / "edge-copilot"
GRACE_S: Final = 0.2
PICTURE_S: Final = 0.03
PATIENCE_S: Final = 60.0
PROCEDURE: Final = "replace the timing belt"
_STEP: Final = re.compile(r"Step (\d+) of \d+")
_ENDED: Final = re.compile(r"\s(\d+)/\d+\b")
_NO_LETTERS: Final = re.compile(r"[^0-9A-Za-z.]+")
_ENVIRONMENT: Final = {
    "EDGE_COPILOT_EMBEDDING__KIND": "none",
    "EDGE_COPILOT_ENGINE__KIND": "openai",  # no model is needed to write notes, and none is to be fetched
    "EDGE_COPILOT_ENGINE__BASE_URL": "http://127.0.0.1:9/v1",
    "EDGE_COPILOT_TUI__LANGUAGE": "en",
}


class Tmux:
    """One pane of 100 × 30, of a server of its own."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._base = ["tmux", "-S", str(folder / "tmux"), "-f", os.devnull]
        self._command = command
        self._call("new-session", "-d", "-x", "100", "-y", "30", "sleep infinity")
        self._call("set-option", "-g", "remain-on-exit", "on")

    def _call(self, *arguments: str) -> str:
        return subprocess.run(
            [*self._base, *arguments], check=True, capture_output=True, text=True, env=os.environ | _ENVIRONMENT
        ).stdout

    def start(self) -> None:
        self._call("respawn-pane", "-k", *self._command)

    def type(self, text: str) -> None:
        self._call("send-keys", "-l", text)

    def key(self, name: str) -> None:
        self._call("send-keys", name)

    def screen(self) -> str:
        return self._call("capture-pane", "-p")

    def kill(self) -> float:
        """Kill the program; when that was."""
        pid = int(self._call("display-message", "-p", "#{pane_pid}"))
        os.kill(pid, signal.SIGKILL)
        return time.monotonic()

    def end(self) -> None:
        self._call("kill-server")

    def wait_for(self, text: str) -> str:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if re.search(text, screen := self.screen()):
                return screen
            time.sleep(0.05)
        raise TimeoutError(f"{text!r} did not come up:\n{self.screen()}")


class Camera:
    """Takes pictures until it is put down; each with the moment before which it showed what is on it."""

    def __init__(self, tmux: Tmux) -> None:
        self.pictures: list[tuple[float, str]] = []
        self._tmux = tmux
        self._down = threading.Event()
        self._thread = threading.Thread(target=self._take, daemon=True)

    def __enter__(self) -> Camera:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._down.set()
        self._thread.join()

    def _take(self) -> None:
        while not self._down.wait(PICTURE_S):
            screen = self._tmux.screen()
            self.pictures.append((time.monotonic(), screen))

    def due(self, killed_at: float) -> str:
        """The last picture that was on the screen for longer than the grace when the process was killed."""
        return next((screen for at, screen in reversed(self.pictures) if at <= killed_at - GRACE_S), "")


@dataclass
class Tally:
    """What was found."""

    kills: int = 0
    characters: int = 0
    steps: int = 0
    values: int = 0
    unread: int = 0
    lost: list[str] = field(default_factory=list)


def squeezed(text: str) -> str:
    """Letters, figures and points alone: lines are broken on the screen, and have borders."""
    return _NO_LETTERS.sub("", text)


def prefix_in(whole: str, screen: str) -> str:
    """The longest beginning of a text that stands on a screen."""
    seen = squeezed(screen)
    low, high = 0, len(whole)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if whole[:middle] in seen else (low, middle - 1)
    return whole[:low]


def opened(data: Path) -> Notes:
    """The notes as they lie on the disk."""
    return Notes(data / "notes.db", None, access=AccessLabel.INTERNAL)


def type_until(tmux: Tmux, text: str, chance: random.Random, end: float) -> None:
    for letter in text:
        if time.monotonic() >= end:
            return
        tmux.type(letter)
        time.sleep(chance.uniform(0.01, 0.08))


def write_note(tmux: Tmux, chance: random.Random, number: int, data: Path, tally: Tally) -> None:
    """Type a note, be killed in it, look for it."""
    text = " ".join(f"N{number}w{chance.randrange(10**6)}." for _ in range(60))
    tmux.key("C-n")
    tmux.wait_for("Tags, with commas")
    end = time.monotonic() + chance.uniform(0.3, 4.0)
    with Camera(tmux) as camera:
        type_until(tmux, text, chance, end)
        killed_at = tmux.kill()
    shown = prefix_in(squeezed(text), camera.due(killed_at))
    tally.characters += len(shown)
    notes = opened(data)
    kept = [squeezed(note.text) for note in (*notes.drafts(), *notes.every())]
    notes.close()
    tally.unread += not shown
    if shown and not any(one.startswith(shown) for one in kept):
        tally.lost.append(f"kill {number}: of the note's {len(shown)} characters on the screen some are missing")


def walk(tmux: Tmux, chance: random.Random, number: int, data: Path, tally: Tally) -> None:
    """Go on with the procedure, or begin it; be killed in it, look for it."""
    tmux.key("F4")
    tmux.wait_for("What is to be done")
    time.sleep(0.5)
    if "▶" not in tmux.screen():
        tmux.key("/")
        tmux.type(PROCEDURE)
        tmux.key("Enter")
        tmux.wait_for("page ")
    tmux.key("Enter")
    tmux.wait_for("Step ")
    end = time.monotonic() + chance.uniform(0.3, 6.0)
    value = f"5{number}.{chance.randrange(10**5):05}"
    with Camera(tmux) as camera:
        while time.monotonic() < end:
            screen = tmux.screen()
            if "all the same" in screen:
                tmux.type("y")
            elif "Why does it end" in screen:
                tmux.type("no time left")
                tmux.key("Enter")
            elif "Every step is done" in screen:
                tmux.key("f")
            elif not _STEP.search(screen):
                break
            elif "Must be:" in screen and value not in screen:
                tmux.type("v")
                type_until(tmux, value, chance, end)
                time.sleep(chance.uniform(0.0, 0.5))
                if time.monotonic() < end:
                    tmux.key("Enter")
            else:
                tmux.key("Enter")
            time.sleep(chance.uniform(0.05, 0.5))
        killed_at = tmux.kill()
    look_for_walk(camera.due(killed_at), value, number, data, tally)


def look_for_walk(due: str, value: str, number: int, data: Path, tally: Tally) -> None:
    """Compare what was on the screen with the walks that are kept."""
    step, ended = _STEP.search(due), _ENDED.search(due)
    if step is None or ended is None:
        tally.unread += 1
        return
    typed = prefix_in(squeezed(value), due)
    typed = typed if len(typed) > len(f"5{number}.") else ""
    tally.steps += int(ended[1])
    tally.values += len(typed)
    notes = opened(data)
    walks = [walk_of(note) for note in (*notes.drafts(), *notes.every()) if note.kind == "record"]
    notes.close()
    newest = max(walks, key=lambda one: one.touched_at)
    stored = " ".join(squeezed(f"{one.typed} {' '.join(entry.text for entry in one.entries)}") for one in newest.steps)
    done = len(newest.steps) - len(newest.open_steps)
    if done < int(ended[1]):
        tally.lost.append(f"kill {number}: {ended[1]} steps were checked off on the screen, {done} are kept")
    if done == int(ended[1]) and newest.at + 1 < int(step[1]):
        tally.lost.append(f"kill {number}: step {step[1]} was on the screen, step {newest.at + 1} is kept")
    if typed not in stored:
        tally.lost.append(f"kill {number}: the value {typed} was on the screen, not in {stored!r}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=8)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    folder = Path(tempfile.mkdtemp(prefix="tui-kills-"))
    data = folder / "data"
    base = [str(COPILOT), "--data-dir", str(data)]
    ingest = [*base, "ingest", str(ROOT / "examples" / "manuals"), "--collection", "halden"]
    subprocess.run(ingest, check=True, capture_output=True, env=os.environ | _ENVIRONMENT)
    tally = Tally()
    tmux = Tmux(folder, base)
    ways: tuple[Callable[[Tmux, random.Random, int, Path, Tally], None], ...] = (write_note, walk)
    try:
        for number in range(given.kills):
            tmux.start()
            tmux.wait_for("What do you want")
            time.sleep(0.5)
            ways[number % 2](tmux, chance, number, data, tally)
            tally.kills += 1
            if number % 10 == 9:
                print(f"{tally.kills} kills, {len(tally.lost)} lost", flush=True)
    finally:
        tmux.end()
        shutil.rmtree(folder, ignore_errors=True)
    print(
        f"{tally.kills} kills; on the screen for more than {GRACE_S * 1000:.0f} ms: {tally.characters} characters of "
        f"notes, {tally.steps} steps checked off, {tally.values} characters of values; {tally.unread} too early to "
        f"show anything; lost: {len(tally.lost)}"
    )
    for one in tally.lost:
        print(f"  {one}")
    return 1 if tally.lost else 0


if __name__ == "__main__":
    sys.exit(main())
