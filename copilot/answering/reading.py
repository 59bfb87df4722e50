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
    """Read ``passages`` (best first, one prompt each) and choose one.

    Passages whose KV is at hand are read together in one batch. One that isn't costs seconds, so cold ones are read
    one after another, only until one is good enough.

    Raises:
        EngineError: The model failed.
    """
    warm = await engine.is_warm(prompts)
    readings: dict[int, Reading] = {}
    at_hand = [at for at, is_warm in enumerate(warm) if is_warm]
    if calibration.sure_by_retrieval(passages):
        at_hand = at_hand if at_hand[:1] == [0] else []
        at_hand = at_hand[:1]
    if at_hand:
        readings.update(zip(at_hand, await engine.read([prompts[at] for at in at_hand]), strict=True))
    for at in range(len(prompts)):
        if readings and _best(readings, calibration)[1] >= calibration.enough:
            break
        if at not in readings:
            readings[at] = (await engine.read([prompts[at]]))[0]
    index, _ = _best(readings, calibration)
    return Choice(index, readings[index], len(readings))


def _best(readings: dict[int, Reading], calibration: Calibration) -> tuple[int, float]:
    worth = {at: reading.confidence - calibration.rank_penalty * at for at, reading in readings.items()}
    index = max(worth, key=lambda at: (worth[at], -at))
    return index, worth[index]
