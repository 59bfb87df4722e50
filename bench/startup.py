"""How long a command takes from a cold process: ``python -m bench.startup [--runs N] [--imports]``.

Each call is a fresh process with a warm disk cache. The search runs over an index of its own, made for the purpose.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "copilot.cli.main"]
GOALS_MS = {"--help": 150, "search": 1000}

MANUAL = "\n\n".join(
    f"## Fault F{number:04d}\n\nThe drive has reported condition {number}. Check connector X{number % 9} "
    f"and tighten its screws to {number % 40}.5 Nm."
    for number in range(200)
)


def time_ms(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a command once; return its wall time and its processor time, in milliseconds.

    The second one stays true on a machine that others use too.
    """
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=environment, capture_output=True, check=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall * 1000, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def slowest_imports(arguments: list[str], environment: dict[str, str], count: int) -> list[tuple[float, str]]:
    """Return the modules with the most time of their own, in milliseconds, from ``-X importtime``."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *COMMAND[1:], *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    rows = []
    for line in done.stderr.splitlines():
        if line.startswith("import time:") and "self [us]" not in line:
            own, _, module = line.removeprefix("import time:").split("|")
            rows.append((int(own) / 1000, module.strip()))
    return sorted(rows, reverse=True)[:count]


def main() -> None:
    """Measure, print a table, and say whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--imports", action="store_true", help="show the slowest imports of each command")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"EDGE_COPILOT_DATA_DIR": folder}
        manual = Path(folder) / "manual.md"
        manual.write_text(MANUAL, encoding="utf-8")
        subprocess.run([*COMMAND, "ingest", str(manual)], env=environment, capture_output=True, check=True)
        calls = {
            "--help": ["--help"],
            "config show": ["config", "show"],
            "search": ["search", "tightening torque of connector F0012"],
            "doctor": ["doctor"],
        }
        figures = {}
        for name, arguments in calls.items():
            figures[name] = measure([*COMMAND, *arguments], environment, options.runs)
        figures["(bare python)"] = measure([sys.executable, "-c", "pass"], environment, options.runs)
        if options.json:
            print(json.dumps(figures, indent=2))
            return
        print(f"milliseconds of wall time, and of processor time; {options.runs} runs each")
        print(f"{'command':<14}{'median':>8}{'least':>8}{'most':>8}{'cpu':>8}   goal")
        for name, row in figures.items():
            goal = f"< {GOALS_MS[name]} ms" if name in GOALS_MS else ""
            wall = f"{row['p50_ms']:>8.0f}{row['min_ms']:>8.0f}{row['max_ms']:>8.0f}"
            print(f"{name:<14}{wall}{row['cpu_ms']:>8.0f}   {goal}")
            if options.imports and name in calls:
                for own_ms, module in slowest_imports(calls[name], environment, 12):
                    print(f"    {own_ms:7.1f} ms  {module}")


def measure(command: list[str], environment: dict[str, str], runs: int) -> dict[str, float]:
    """Run a command several times and return the figures of its wall time, and its median processor time."""
    walls, processors = zip(*(time_ms(command, environment) for _ in range(runs)), strict=True)
    return {
        "p50_ms": statistics.median(walls),
        "min_ms": min(walls),
        "max_ms": max(walls),
        "cpu_ms": statistics.median(processors),
    }


if __name__ == "__main__":
    main()
