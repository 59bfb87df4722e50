"""A live side over real servers: what tests of this room build on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from copilot.hmi.parts import Live
from copilot.settings import Settings
from copilot.settings.hmi import HmiSettings
from tests.copilot.hmi.plant import Broker, broker

OpenLive = Callable[..., Live]


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    """A broker on a port of its own."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with broker(folder) as one:
        yield one


@pytest.fixture
def open_live(tmp_path: Path) -> Iterator[OpenLive]:
    """Opens the live side of a ``signals.toml``; it is not started yet. All are closed at the end."""
    opened: list[Live] = []

    def make(signals: str, **parts: object) -> Live:
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        file = tmp_path / "signals.toml"
        file.write_text(signals, encoding="utf-8")
        live = Live(Settings(data_dir=folder, hmi=HmiSettings(signals=file)), **parts)
        opened.append(live)
        return live

    yield make
    for live in opened:
        live.close()
