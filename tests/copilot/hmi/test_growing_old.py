"""A value that grows old is told of, although nothing comes."""

from __future__ import annotations

from pathlib import Path

from copilot.hmi.board import Board
from copilot.hmi.registry import read_registry
from copilot.hmi.values import Reading

SIGNALS = """
[[source]]
name = "plc"
kind = "mqtt"
host = "127.0.0.1"

[[signal]]
name = "quick"
title = "Quick"
source = "plc"
topic = "quick"
stale_after_s = 10

[[signal]]
name = "slow"
title = "Slow"
source = "plc"
topic = "slow"
stale_after_s = 100
"""


def test_each_signal_is_named_once_when_it_has_become_stale(tmp_path: Path) -> None:
    file = tmp_path / "signals.toml"
    file.write_text(SIGNALS, encoding="utf-8")
    now = [1_000_000.0]
    board = Board(read_registry(file), lambda: now[0])
    board.source_up("plc")
    board.take([Reading(name, 1.0, now[0]) for name in ("quick", "slow")])
    assert board.grown_old() == []

    now[0] += 11
    assert board.grown_old() == ["quick"]
    assert board.grown_old() == []

    board.take([Reading("quick", 2.0, now[0])])
    assert board.grown_old() == []
    now[0] += 11
    assert board.grown_old() == ["quick"]

    board.source_down("plc", "gone")
    assert board.grown_old() == ["slow"]
