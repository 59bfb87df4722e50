"""The engine whose model lives in a process of its own.

What llama.cpp, a driver or the kernel's out-of-memory killer does to that process ends the reply that was being
written, with `EngineGone`, and nothing else: the process is started again meanwhile, and until it is there requests
fail at once, so that the answer flow quotes the documents instead of waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from time import monotonic
from typing import Final

from copilot.engines.base import (
    EngineHealth,
    EngineInfo,
    GenerationOptions,
    GenerationStats,
    Prompt,
    Reading,
)
from copilot.engines.child.framing import FrameError
from copilot.engines.child.life import Life, Reply, Request
from copilot.engines.child.messages import AskWarm, Ended, Kept, Load, Piece, Read, Readings, Stream, Warm, clean
from copilot.engines.child.restarting import RestartPolicy
from index.errors import EdgeCopilotError, EngineError, EngineGone

log = logging.getLogger(__name__)

ENGINE_PROCESS: Final = (sys.executable, "-P", "-m", "copilot.engine_process")
"""``-P``: the folder that the program happens to run in is no place to import from."""

_CLOSING_S: Final = 20.0
_LOOK_EVERY_S: Final = 5.0


class ChildEngine:
    """A `ReadingEngine` and `WatchedEngine` over a child process. Build one with `load`."""

    def __init__(self, command: Sequence[str], load: Load, policy: RestartPolicy, clock: Callable[[], float]) -> None:
        self._command = command
        self._load = load
        self._policy = policy
        self._clock = clock
        self._numbers = itertools.count(1)
        self._stats: GenerationStats | None = None
        self._closing = threading.Event()
        self._restarts = 0
        self._last_end = ""
        life = self._start()
        life.begun.wait()
        warnings: tuple[str, ...] = ()
        if _died_loading(life) and self._may_use_gpu:
            warnings = (self._give_up_gpu(life),)
            life = self._start()
            life.begun.wait()
        if life.loaded is None:
            life.close(_CLOSING_S)
            raise life.refusal or EngineError(
                f"The language model's process {life.how} while it was loading.{_quoted(life)}",
                "Choose a smaller model with engine.tier; edge-copilot doctor tells what fits.",
            )
        self._life: Life | None = life
        self._info = life.loaded.info
        self.warnings = (*warnings, *life.loaded.warnings)
        self._supervisor = threading.Thread(target=self._supervise, name="engine process: supervising", daemon=True)
        self._supervisor.start()

    @classmethod
    def load(
        cls,
        load: Load,
        *,
        command: Sequence[str] = ENGINE_PROCESS,
        policy: RestartPolicy | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> ChildEngine:
        """Start the process and wait until it has loaded the model.

        Args:
            load: What it loads.
            command: Starts the process.
            policy: When it is started again.
            clock: Seconds, only ever compared with each other.

        Raises:
            EngineError: The process can't be started, or can't load the model.
            ModelError: The file is no model.
        """
        return cls(command, load, policy or RestartPolicy(), clock)

    def _start(self) -> Life:
        try:
            return Life(self._command, self._load, self._clock)
        except OSError as error:
            raise EngineError(
                f"The language model's process can't be started ({error.strerror or type(error).__name__}).",
                "Free some memory, or set engine.process to inside.",
            ) from error

    @property
    def _may_use_gpu(self) -> bool:
        return self._load.engine.gpu_layers != 0

    def _give_up_gpu(self, life: Life) -> str:
        """Load without the GPU from now on: libraries of GPUs abort the process where they lack memory."""
        self._load = self._load.on_cpu()
        return f"Loading the model, its process {life.how}; it is tried without the GPU."

    @property
    def info(self) -> EngineInfo:
        """See `ChatEngine.info`."""
        return self._info

    @property
    def last_stats(self) -> GenerationStats | None:
        """See `ChatEngine.last_stats`."""
        return self._stats

    @property
    def health(self) -> EngineHealth:
        """See `WatchedEngine.health`."""
        life = self._life
        alive = life is not None and not life.ended.is_set()
        if self._closing.is_set():
            return EngineHealth("closed", None, self._restarts, self._last_end)
        if life is None or not alive:
            return EngineHealth("waiting", None, self._restarts, life.how if life is not None else self._last_end)
        return EngineHealth("ready" if life.loaded else "starting", life.pid, self._restarts, self._last_end)

    def _supervise(self) -> None:
        failures = 0
        while not self._closing.is_set():
            life = self._life
            if life is not None:
                self._watch(life)
                if self._closing.is_set():
                    return
                failures = 1 if life.answered else failures + 1
                self._last_end = life.how
                log.warning("The language model's process %s.%s", life.how, _quoted(life))
                if _died_loading(life) and self._may_use_gpu and failures > 1:
                    log.warning(self._give_up_gpu(life))
            pause_s = self._policy.pause_s(failures)
            if self._closing.wait(pause_s):
                return
            self._restarts += 1
            try:
                self._life = self._start()
            except EngineError as error:
                self._life = None
                failures += 1
                self._last_end = error.message
                log.warning(error.message)

    def _watch(self, life: Life) -> None:
        """Wait for the end of ``life``; end it where it makes somebody wait and says nothing."""
        told = False
        look_every_s = min(_LOOK_EVERY_S, self._policy.stalled_after_s / 2)
        while not life.ended.wait(look_every_s if life.begun.is_set() else 0.05):
            if self._closing.is_set():
                return
            if not told and life.loaded is not None:
                told = True
                self._info = life.loaded.info
            if life.silent_s() > self._policy.stalled_after_s:
                life.kill(f"said nothing for {self._policy.stalled_after_s:.0f} seconds and was ended")

    def _present(self) -> Life:
        life = self._life
        if self._closing.is_set():
            raise EngineError("The language model has been closed.")
        if life is None or life.loaded is None or life.ended.is_set():
            how = f"{life.how}; it " if life is not None and life.how else ""
            raise EngineGone(
                f"The language model's process {how}is being started again.", "Ask again in a few seconds."
            )
        return life

    async def stream(self, prompt: Prompt, options: GenerationOptions) -> AsyncGenerator[str, None]:
        """See `ChatEngine.stream`.

        Raises:
            EngineGone: The process ended, or is not there yet again.
            EngineError: The model failed, or the prompt is longer than its context.
        """
        request = Stream(id=next(self._numbers), prompt=clean(prompt), options=options)
        async with contextlib.aclosing(self._replies(request)) as replies:
            async for reply in replies:
                match reply:
                    case Piece():
                        yield reply.text
                    case Ended():
                        self._stats = reply.stats

    async def read(self, prompts: Sequence[Prompt]) -> list[Reading]:
        """See `ReadingEngine.read`; raises as `stream` does."""
        reply = await self._ask(Read(id=next(self._numbers), prompts=tuple(map(clean, prompts))))
        assert isinstance(reply, Readings)
        return list(reply.readings)

    async def warm(self, prompt: Prompt) -> bool:
        """See `ReadingEngine.warm`; raises as `stream` does."""
        reply = await self._ask(Warm(id=next(self._numbers), prompt=clean(prompt)))
        assert isinstance(reply, Kept)
        return all(reply.flags)

    async def is_warm(self, prompts: Sequence[Prompt]) -> list[bool]:
        """See `ReadingEngine.is_warm`; raises as `stream` does."""
        reply = await self._ask(AskWarm(id=next(self._numbers), prompts=tuple(map(clean, prompts))))
        assert isinstance(reply, Kept)
        return list(reply.flags)

    async def _ask(self, request: Request) -> Reply:
        async with contextlib.aclosing(self._replies(request)) as replies:
            return [reply async for reply in replies][-1]

    async def _replies(self, request: Request) -> AsyncGenerator[Reply, None]:
        """What comes back to ``request``, the last included; closing the generator cancels it at once."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[Reply] = asyncio.Queue()

        def hear(reply: Reply) -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(heard.put_nowait, reply)

        life = self._present()
        try:
            life.send(request, hear)
        except FrameError as error:
            raise EngineError("The question with its evidence is too long.", "Ask a shorter question.") from error
        try:
            while True:
                reply = await heard.get()
                if isinstance(reply, EdgeCopilotError):
                    raise reply
                yield reply
                if not isinstance(reply, Piece):
                    return
        finally:
            life.cancel(request.id)

    async def close(self) -> None:
        """End the process, which first keeps what it has read. Closing twice is closing once."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._closing.set()
        self._end_life()
        self._supervisor.join()
        self._end_life()  # one that was started in the same moment

    def _end_life(self) -> None:
        life = self._life
        if life is not None and not life.ended.is_set():
            life.close(_CLOSING_S)


def _died_loading(life: Life) -> bool:
    return life.ended.is_set() and life.loaded is None and life.refusal is None


def _quoted(life: Life) -> str:
    words = life.last_words()
    return f" Its last words: {words}" if words else ""
