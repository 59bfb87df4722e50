"""Run every check, one after the other, and say what each took.

All of them run even when one fails, so that one run shows everything that is to be mended.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

# Models that tests marked `model` stand on, by their ids in models.toml: the smallest of each kind, and the small and
# the standard tier for the router, where one helps the other.
TEST_MODELS = (
    *("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b", "minilm-l6-int8", "minilm-l6"),
    *("whisper-base", "piper-joe", "wake-hey-jarvis"),
)

STAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("formatting", ("ruff", "format", "--check", ".")),
    ("style", ("ruff", "check", ".")),
    ("types", ("mypy",)),
    ("rooms", ("lint-imports",)),
    ("tests", ("pytest", "-q")),
)
SYSTEM_STAGE = ("system", ("python", "scripts/system_packages.py"))
MODELS_STAGE = ("models", ("edge-copilot", "models", "pull", *TEST_MODELS))


def run_stage(name: str, command: tuple[str, ...]) -> tuple[bool, float]:
    """Run one stage; return whether it passed and the seconds it took."""
    print(f"\n── {name}: {' '.join(command)}", flush=True)
    started = time.monotonic()
    passed = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False).returncode == 0
    return passed, time.monotonic() - started


def main() -> int:
    """Run the stages and print the list of them with their outcome."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--with-models", action="store_true", help="first install and fetch what tests need of system and models"
    )
    with_models = parser.parse_args().with_models
    stages = ((SYSTEM_STAGE, MODELS_STAGE) if with_models else ()) + STAGES
    if with_models:
        os.environ["REQUIRE_TEST_MODELS"] = "1"  # a test that lacks its model fails then, instead of being skipped
    outcomes = [(name, *run_stage(name, command)) for name, command in stages]
    print("\n── summary")
    for name, passed, took_s in outcomes:
        print(f"   {'passed' if passed else 'FAILED':<7} {name:<11} {took_s:6.1f} s")
    return 0 if all(passed for _, passed, _ in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
