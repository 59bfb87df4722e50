"""Reading ahead: in order, once each, giving way, and ending when told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from copilot.engines.base import Prompt
from copilot.prefixes.warming import IdleWarmer, WarmProgress, warm
from tests.copilot.answering.scripted import ScriptedReader

WAIT_S = 20.0
PROMPTS = [Prompt("", f"excerpt {n}", "") for n in range(4)]


class Reader(ScriptedReader):
    """Counts what it is asked to warm, and is interrupted as often as it is told."""

    def __init__(self, interruptions: int = 0) -> None:
        super().__init__([], lambda _prompt: 0.0)
        self._interruptions = interruptions
        self.asked: list[str] = []

    async def warm(self, prompt: Prompt) -> bool:
        self.asked.append(prompt.context)
        if self._interruptions:
            self._interruptions -= 1
            return False
        return await super().warm(prompt)


async def test_every_prompt_is_computed_once_in_the_order_given_and_never_again() -> None:
    reader = Reader()
    seen: list[WarmProgress] = []

    first = await warm(reader, PROMPTS, 4, progress=seen.append)
    second = await warm(reader, PROMPTS, 4)

    assert reader.asked == [prompt.context for prompt in PROMPTS]
    assert (first.done, first.total, first.computed) == (4, 4, 4)
    assert (second.done, second.computed) == (4, 0)
    assert [progress.done for progress in seen] == [1, 2, 3, 4]


async def test_what_a_question_interrupted_is_begun_again() -> None:
    reader = Reader(interruptions=2)

    progress = await warm(reader, PROMPTS[:2], 2)

    assert reader.asked == ["excerpt 0"] * 3 + ["excerpt 1"]
    assert progress.computed == 2


async def test_it_ends_when_it_may_not_go_on() -> None:
    reader = Reader()

    progress = await warm(reader, PROMPTS, 4, may_go_on=lambda: len(reader.asked) < 2)

    assert progress.done == 2


async def test_it_ends_in_an_interruption_too() -> None:
    reader = Reader(interruptions=10**9)

    progress = await warm(reader, PROMPTS, 4, may_go_on=lambda: len(reader.asked) < 3)

    assert progress.done == 0


def test_after_stop_and_join_nothing_is_read_any_more() -> None:
    begun = threading.Event()
    ended = threading.Event()

    def endless() -> Iterator[Prompt]:
        try:
            n = 0
            while True:
                yield Prompt("", f"excerpt {n}", "")
                begun.set()
                n += 1
        finally:
            ended.set()

    warmer = IdleWarmer(Reader(), endless, lambda: True)
    assert begun.wait(WAIT_S)

    warmer.stop()
    warmer.join()

    assert ended.is_set()
