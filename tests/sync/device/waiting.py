"""Patience without waiting."""

from __future__ import annotations

from sync.device.link import Patience


def impatient(fruitless: int = 4, pauses: list[float] | None = None) -> Patience:
    kept = pauses if pauses is not None else []
    return Patience(fruitless=fruitless, sleep=kept.append, random=lambda: 0.5)
