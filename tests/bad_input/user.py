"""Someone at the command line."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from copilot.cli.main import main

_PR_CAPBSET_DROP = 24  # linux/prctl.h
_PERMISSION_CAPABILITIES = (1, 2)  # linux/capability.h: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed on stdout, as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error that it told as JSON on stderr."""
        return json.loads(self.err.splitlines()[-1])["error"]

    @property
    def skipped(self) -> dict[str, str]:
        """Of an ingest: reason by file name."""
        return {Path(one["path"]).name: one["reason"] for one in self.json["skipped"]}


@dataclass(frozen=True)
class User:
    """Runs commands in this process."""

    capsys: pytest.CaptureFixture[str]

    def runs(self, *arguments: object) -> Said:
        self.capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = self.capsys.readouterr()
        assert "Traceback" not in err
        return Said(code, out, err)


def command(*arguments: object) -> list[str]:
    """The command line of a process of its own."""
    return [sys.executable, "-m", "copilot.cli.main", *map(str, arguments)]


def process(*arguments: object, **options: Any) -> Said:
    """Run a command in a process of its own."""
    done = subprocess.run(command(*arguments), capture_output=True, encoding="utf-8", timeout=300, **options)
    assert "Traceback" not in done.stderr
    return Said(done.returncode, done.stdout, done.stderr)


def bound_by_permissions() -> Callable[[], None] | None:
    """What a child process calls so that permission bits bind it as they don't a root user; None: they do anyway."""
    if os.name != "posix":
        pytest.skip("permission bits are those of POSIX")
    if os.geteuid() != 0:
        return None
    if not sys.platform.startswith("linux"):
        pytest.skip("a root user can't give this up here")
    prctl = ctypes.CDLL(None).prctl

    def drop() -> None:
        for capability in _PERMISSION_CAPABILITIES:
            prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)

    return drop
