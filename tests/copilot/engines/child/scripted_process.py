"""An engine's process without a model: it does what the question says, dying included."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from copilot.engines.base import EngineInfo, GenerationOptions, GenerationStats, Prompt, Reading
from copilot.engines.child.messages import Load
from copilot.engines.child.serving import AskedEngine, EngineServer
from index.errors import EngineError, ModelCorrupt


class ObedientEngine:
    """Writes the context of a prompt word by word, after obeying its question."""

    def __init__(self, name: str) -> None:
        self.info = EngineInfo(name, "family", "tiny", "device", 512)
        self.last_stats: GenerationStats | None = None
        self.stopped: list[str] = []
        self.closed = False
        self._warm: set[str] = set()

    async def stream(self, prompt: Prompt, options: GenerationOptions) -> AsyncGenerator[str, None]:
        words = prompt.context.split()[: options.max_tokens]
        try:
            for word in words:
                yield word + " "
            await obey(prompt.question)
            self.last_stats = GenerationStats(len(words), 0, len(words))
        except BaseException:
            self.stopped.append(prompt.context)
            raise

    async def read(self, prompts: Sequence[Prompt]) -> list[Reading]:
        for prompt in prompts:
            await obey(prompt.question)
        return [Reading(float(len(prompt.context)), prompt.context in self._warm) for prompt in prompts]

    async def warm(self, prompt: Prompt) -> bool:
        await obey(prompt.question)
        self._warm.add(prompt.context)
        return True

    async def is_warm(self, prompts: Sequence[Prompt]) -> list[bool]:
        return [prompt.context in self._warm for prompt in prompts]

    async def close(self) -> None:
        self.closed = True


async def obey(question: str) -> None:
    match question.split():
        case ["die", name]:
            await asyncio.sleep(0.1)  # what was written is on its way by then
            os.kill(os.getpid(), signal.Signals[name])
            await asyncio.sleep(60)
        case ["exit"]:
            sys.stderr.write("out of paper\n")
            sys.stderr.flush()
            os._exit(3)
        case ["wait"]:
            await asyncio.Event().wait()
        case ["hang"]:
            time.sleep(600)  # noqa: ASYNC251 - as a driver would
        case ["garble"]:
            os.write(SINK, b"\xff" * 64)
            await asyncio.sleep(60)
        case ["fail"]:
            raise EngineError("It is too long.", "Ask a shorter question.")
        case ["stumble"]:
            raise ValueError("words of a document")


def load(order: Load) -> tuple[AskedEngine, tuple[str, ...]]:
    """Load as the file's name says."""
    name = order.file.model_id
    if name == "corrupt":
        raise ModelCorrupt("The file is damaged.", "Fetch it again.")
    if name == "dies":
        os.kill(os.getpid(), signal.SIGABRT)
    if name == "gpu" and order.engine.gpu_layers != 0:
        os.kill(os.getpid(), signal.SIGABRT)
    if name == "gpu later" and order.engine.gpu_layers != 0:
        if order.file.path.exists():
            os.kill(os.getpid(), signal.SIGABRT)
        order.file.path.touch()
    if name == "once":  # it loads the first time only
        if order.file.path.exists():
            raise EngineError("There is no memory left.")
        order.file.path.touch()
    return ObedientEngine(f"{name} {os.getpid()}"), ("It is slow.",)


SINK = -1

if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(str(os.getpid()), encoding="ascii")
    SINK = os.dup(1)
    os.dup2(2, 1)
    asyncio.run(EngineServer(load, 0, SINK).run())
