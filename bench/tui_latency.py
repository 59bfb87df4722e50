"""The terminal UI's figures: key to glyph while the model writes, start to usable prompt, memory over hours of use.

    python bench/tui_latency.py                      latency and start, some minutes
    python bench/tui_latency.py --hours 4            memory over four hours of scripted use
    python bench/tui_latency.py --minutes 5          the same, short

Latency: a pseudo-terminal of 100 × 30 runs `edge-copilot`; a question is asked of the real language model, and while
it writes, rare letters are typed into the line at the pace of a fast typist. For each letter the time from the write to
the pseudo-terminal until the bytes that draw it come back is measured: keyboard driver, event loop, layout and drawing
are all in it. Start: from the start of the process until a letter that was typed comes back. Limits: p95 50 ms, 1 s.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import random
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import Final

import psutil

ROOT: Final = Path(__file__).resolve().parent.parent
COPILOT: Final = Path(sys.executable).parent / "edge-copilot"
LIMIT_LATENCY_MS: Final = 50.0
LIMIT_START_S: Final = 1.0
QUESTIONS: Final = (
    "what does F0012 mean",
    "how do I tension the timing belt",
    "torque of the motor slide screws",
    "what do I check when the panel is dark",
    "how is the lift secured before work below it",
)
GLYPHS: Final = "ßøłñçåæđŧħþðŋſĸœɐɔəɛɣ"
"""Letters that no manual here has: what the model writes meanwhile can't be taken for them."""
PACE_S: Final = 0.12


_REPLIES: Final = {b"\x1b[c": b"\x1b[?62;22c", b"\x1b[16t": b"\x1b[6;20;10t"}
"""What a terminal without pictures answers when it is asked what it can do (xterm, DA1 and the size of a cell)."""


class Terminal:
    """A program on a pseudo-terminal, and everything that it writes."""

    def __init__(self, command: list[str], columns: int = 100, rows: int = 30) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.seen = b""

    def write(self, text: str) -> None:
        os.write(self.master, text.encode())

    def read(self, seconds: float) -> bytes:
        """What comes within that time, at once when anything does."""
        if not select.select([self.master], [], [], seconds)[0]:
            return b""
        try:
            piece = os.read(self.master, 1 << 16)
        except OSError:
            return b""
        self.seen = (self.seen + piece)[-(1 << 20) :]
        for asked, reply in _REPLIES.items():
            if asked in piece:
                os.write(self.master, reply)
        return piece

    def drain(self, seconds: float) -> bytes:
        """Everything that comes within that time."""
        end, found = time.perf_counter() + seconds, b""
        while (left := end - time.perf_counter()) > 0:
            found += self.read(left)
        return found

    def wait_for(self, text: str, seconds: float) -> float:
        """Seconds until the text is written; an error where it isn't."""
        begun, found = time.perf_counter(), b""
        while time.perf_counter() - begun < seconds:
            found += self.read(0.05)
            if text.encode() in found:
                return time.perf_counter() - begun
        raise TimeoutError(f"{text!r} was not drawn within {seconds} s")

    def key_to_glyph(self, letter: str) -> float:
        """Type a letter; seconds until it is drawn."""
        self.drain(0.0)
        while self.read(0.0):
            pass
        begun, found = time.perf_counter(), b""
        self.write(letter)
        while time.perf_counter() - begun < 5:
            found += self.read(0.01)
            if letter.encode() in found:
                return time.perf_counter() - begun
        raise TimeoutError(f"{letter!r} was not drawn")

    def end(self) -> None:
        self.write("\x11")
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.master)


def _without_escapes(raw: bytes) -> bytes:
    import re

    return re.sub(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]", b"", raw)


def prepared(folder: Path) -> list[str]:
    """A data directory with the example manuals; the command that opens it."""
    base = [str(COPILOT), "--data-dir", str(folder)]
    subprocess.run(
        [*base, "ingest", str(ROOT / "examples" / "manuals"), "--collection", "halden"], check=True, capture_output=True
    )
    return base


def measure_start(base: list[str], rounds: int) -> list[float]:
    """Seconds from the start of the process until a typed letter is on the screen."""
    found = []
    for _ in range(rounds):
        terminal = Terminal(base)
        typed = False
        while time.perf_counter() - terminal.begun < 30:
            piece = _without_escapes(terminal.read(0.005))
            if not typed and b"What do you want" in _without_escapes(terminal.seen):
                terminal.write("z")
                typed, terminal.seen = True, b""
            elif typed and b"z" in piece:
                found.append(time.perf_counter() - terminal.begun)
                break
        else:
            raise TimeoutError("the prompt did not come")
        terminal.end()
    return found


def measure_latency(base: list[str], rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds from key to glyph while the model writes, and while nothing happens."""
    draw = random.Random(7)
    terminal = Terminal(base)
    terminal.wait_for("What do you want", 30)
    terminal.drain(20)  # the model is loaded meanwhile
    idle = [1000 * terminal.key_to_glyph(letter) for letter in GLYPHS]
    terminal.write("\x1b")
    terminal.drain(1)
    busy: list[float] = []
    for number in range(rounds):
        terminal.write(QUESTIONS[number % len(QUESTIONS)] + "\r")
        terminal.drain(0.3)
        end = time.perf_counter() + 6
        while time.perf_counter() < end:
            letters = draw.sample(GLYPHS, 12)  # each once, then the line is emptied: an old one is never seen for a new
            for letter in letters:
                busy.append(1000 * terminal.key_to_glyph(letter))
                terminal.drain(PACE_S)
            terminal.write("\x15")
            terminal.drain(0.2)
        terminal.write("\x1b")
        terminal.drain(0.5)
        terminal.write("\x1b")
        terminal.drain(1.5)
    terminal.end()
    return busy, idle


def measure_memory(base: list[str], seconds: float) -> list[tuple[float, int]]:
    """Resident bytes over scripted use: asking, reading, notes, every room, themes, resizing, again and again."""
    terminal = Terminal(base)
    terminal.wait_for("What do you want", 30)
    terminal.drain(20)
    process = psutil.Process(terminal.process.pid)
    begun, found, number = time.monotonic(), list[tuple[float, int]](), 0
    while time.monotonic() - begun < seconds:
        terminal.write(QUESTIONS[number % len(QUESTIONS)] + "\r")
        terminal.drain(6)
        for keys in ("1", "w", "/torque\r", "\x1b", "\x1b", "\x1b"):
            terminal.write(keys)
            terminal.drain(0.5)
        for room in ("\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[17~", "\x1b[18~", "\x1b[19~", "\x1bOQ"):
            terminal.write(room)
            terminal.drain(0.4)
        terminal.write("\x0e")
        terminal.drain(0.5)
        terminal.write(f"Note {number}: filter replaced, all well.")
        terminal.drain(0.5)
        terminal.write("\x1b")
        terminal.drain(0.7)
        terminal.write("\x1b[23~\x1b[24~\x1b[24~")
        size = ((24, 80), (36, 120), (60, 200))[number % 3]
        fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        os.killpg(terminal.process.pid, signal.SIGWINCH)
        terminal.drain(0.5)
        if number % 10 == 9:
            terminal.write("\x02")  # a new conversation
        number += 1
        found.append((time.monotonic() - begun, process.memory_info().rss))
        print(f"{found[-1][0] / 60:7.1f} min  {number:5d} rounds  {found[-1][1] / 1e6:8.1f} MB", flush=True)
        if terminal.process.poll() is not None:
            raise RuntimeError("it has ended by itself")
    terminal.end()
    return found


def percentile(values: list[float], share: float) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[round(100 * share) - 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=0.0, help="measure memory for so long")
    parser.add_argument("--minutes", type=float, default=0.0, help="the same, in minutes")
    parser.add_argument("--rounds", type=int, default=8, help="questions during which is typed")
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tui-bench-"))
    figures: dict[str, object] = {}
    try:
        base = prepared(folder / "data")
        if seconds := given.hours * 3600 + given.minutes * 60:
            found = measure_memory(base, seconds)
            settled = [rss for at, rss in found if at > seconds * 0.25] or [rss for _, rss in found]
            half = len(settled) // 2 or 1
            first, last = statistics.median(settled[:half]), statistics.median(settled[half:] or settled)
            figures["memory_mb"] = {
                "early": first / 1e6,
                "late": last / 1e6,
                "growth_percent": 100 * (last / first - 1),
            }
            print(f"memory: {first / 1e6:.1f} MB early, {last / 1e6:.1f} MB late, {100 * (last / first - 1):+.1f} %")
        else:
            starts = measure_start(base, given.starts)
            middle = statistics.median(starts)
            print(f"start to usable prompt: median {middle:.2f} s of {len(starts)}, limit {LIMIT_START_S} s")
            busy, idle = measure_latency(base, given.rounds)
            for name, values in (("while the model writes", busy), ("idle", idle)):
                middle, p95 = statistics.median(values), percentile(values, 0.95)
                print(
                    f"key to glyph {name}: median {middle:.1f} ms, p95 {p95:.1f} ms, worst {max(values):.1f} ms, "
                    f"{len(values)} keys; limit p95 {LIMIT_LATENCY_MS} ms"
                )
            figures |= {
                "start_s": starts,
                "busy_ms": {"p50": statistics.median(busy), "p95": percentile(busy, 0.95), "keys": len(busy)},
                "idle_ms": {"p50": statistics.median(idle), "p95": percentile(idle, 0.95), "keys": len(idle)},
            }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
