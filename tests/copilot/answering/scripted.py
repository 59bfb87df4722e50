"""Engines that say what they are told to: real implementations of the protocols, without a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from copilot.engines.base import ChatEngine, EngineInfo, GenerationOptions, GenerationStats, Prompt, Reading

Script = Sequence[str | Exception]


class ScriptedChat:
    """Writes the pieces of its script; raises the errors in it; waits for ever after the last one where told to.

    Attributes:
        prompts, options: What it was given.
        begun: Set when the first reply begins.
        closed_streams: How many replies have ended, by themselves or because nobody listened any more.
    """

    def __init__(self, script: Script = (), *, tier: str = "", endless: bool = False) -> None:
        self._script = script
        self._endless = endless
        self.prompts: list[Prompt] = []
        self.options: list[GenerationOptions] = []
        self.closed_streams = 0
        self.begun = asyncio.Event()
        self.info = EngineInfo("scripted", "default", tier, "device", 4096)
        self.last_stats: GenerationStats | None = None

    async def stream(self, prompt: Prompt, options: GenerationOptions) -> AsyncGenerator[str, None]:
        self.prompts.append(prompt)
        self.options.append(options)
        self.begun.set()
        try:
            for piece in self._script:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
            if self._endless:
                await asyncio.Event().wait()
            self.last_stats = GenerationStats(100, 90, len(self._script))
        finally:
            self.closed_streams += 1

    async def close(self) -> None:
        return None


class ScriptedReader(ScriptedChat):
    """Judges each prompt by a function of it.

    Attributes:
        read_batches: How many prompts were read at once, each time.
    """

    def __init__(self, script: Script, judge: Callable[[Prompt], float], *, tier: str = "standard") -> None:
        super().__init__(script, tier=tier)
        self._judge = judge
        self._warm: set[str] = set()
        self.read_batches: list[int] = []

    async def read(self, prompts: Sequence[Prompt]) -> list[Reading]:
        self.read_batches.append(len(prompts))
        readings = [Reading(self._judge(prompt), prompt.context in self._warm) for prompt in prompts]
        self._warm.update(prompt.context for prompt in prompts)
        return readings

    async def warm(self, prompt: Prompt) -> bool:
        self._warm.add(prompt.context)
        return True

    async def is_warm(self, prompts: Sequence[Prompt]) -> list[bool]:
        return [prompt.context in self._warm for prompt in prompts]


class Source:
    """Gives an engine, or fails to; counts how often it was asked."""

    def __init__(self, engine: ChatEngine | Exception) -> None:
        self._engine = engine
        self.asked = 0

    async def __call__(self) -> ChatEngine:
        self.asked += 1
        if isinstance(self._engine, Exception):
            raise self._engine
        return self._engine
