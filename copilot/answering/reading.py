"""The reader is the reranker: the model reads the best passages one by one and says which of them answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from copilot.answering.confidence import Calibration
from copilot.engines.base import Prompt, Reading, ReadingEngine
from index.passages import Passage


@dataclass(frozen=True, slots=True)
class Choice:
    """Which passage is answered from.

    Attributes:
        index: Into the passages.
        reading: What the model made of it.
        read: How many passages were read.
    """

    index: int
    reading: Reading
    read: int


async def choose(
    engine: ReadingEngine, passages: Sequence[Passage], prompts: Sequence[Prompt], calibration: Calibration
) -> Choice:
    """Read the passages that may be the right one (best first, one prompt each) and choose one.

    Passages whose KV is at hand are read together in one batch. One that isn't costs seconds, so cold ones are read
    one after another, only until a good reading of the next could not win any more.

    Raises:
        EngineError: The model failed.
    """
    contenders = calibration.contenders(passages)
    warm = await engine.is_warm([prompts[at] for at in contenders])
    readings: dict[int, Reading] = {}
    if at_hand := [at for at, is_warm in zip(contenders, warm, strict=True) if is_warm]:
        readings.update(zip(at_hand, await engine.read([prompts[at] for at in at_hand]), strict=True))
    for at in contenders:
        if at in readings:
            continue
        if readings and _best(readings, passages, calibration)[1] >= calibration.worth(
            passages[at], calibration.enough
        ):
            break
        readings[at] = (await engine.read([prompts[at]]))[0]
    index, _ = _best(readings, passages, calibration)
    return Choice(index, readings[index], len(readings))


def _best(readings: dict[int, Reading], passages: Sequence[Passage], calibration: Calibration) -> tuple[int, float]:
    worth = {at: calibration.worth(passages[at], reading.confidence) for at, reading in readings.items()}
    index = max(worth, key=lambda at: (worth[at], -at))
    return index, worth[index]
