"""The listener: opens the source, keeps it open while it may, and tells what is heard.

A device that goes away is looked for until it is back. Muting closes it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import cast

from copilot.voice.listening.activity import VoiceActivity
from copilot.voice.listening.hearing import Hearing
from copilot.voice.listening.options import ListeningOptions
from copilot.voice.listening.reading import ReadingParts
from copilot.voice.listening.waking import PhraseWaker, SoundWaker
from copilot.voice.protocols import AudioSource
from copilot.voice.values import (
    AudioFrame,
    Hints,
    ListeningEvent,
    ListeningMode,
    ListeningProblem,
    MicrophoneChanged,
    MicrophoneState,
    ProblemKind,
)
from index.errors import AudioError, EdgeCopilotError, ModelError

log = logging.getLogger(__name__)


class SourceListener:
    """Listens to one source.

    Args:
        source: Where sound comes from.
        activity: Tells speech from other sounds.
        reading: What turns utterances into text.
        options: How it listens.
        waker: Finds the wake word in text.
        sound_waker: Finds it in sound.
        clock: Monotonic seconds; the one that the source uses.
    """

    def __init__(
        self,
        source: AudioSource,
        activity: VoiceActivity,
        reading: ReadingParts,
        options: ListeningOptions | None = None,
        *,
        waker: PhraseWaker | None = None,
        sound_waker: SoundWaker | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        options = options or ListeningOptions()
        self._source = source
        self._parts = reading
        self._options = options
        self._state: MicrophoneState = "closed"
        self._events: asyncio.Queue[ListeningEvent | BaseException | None] = asyncio.Queue()
        self._hearing = Hearing(
            activity, reading, options, self._events.put_nowait, waker or PhraseWaker("hey copilot"), sound_waker, clock
        )
        self._open_wanted = asyncio.Event()
        self._open_wanted.set()
        self._task: asyncio.Task[None] | None = None
        self._taking: asyncio.Task[None] | None = None

    @property
    def microphone(self) -> MicrophoneState:
        """Whether sound is being taken in."""
        return self._state

    @property
    def mode(self) -> ListeningMode:
        """How an utterance begins and ends."""
        return self._hearing.mode

    @mode.setter
    def mode(self, mode: ListeningMode) -> None:
        self._hearing.mode = mode

    def press(self) -> None:
        """The talk button goes down."""
        self._hearing.press()

    def release(self) -> None:
        """The talk button comes up."""
        self._hearing.release()

    def cancel(self) -> None:
        """Forget the utterance that is being taken in or read."""
        self._hearing.forget()

    def expect_reply(self, seconds: float) -> None:
        """The copilot has asked back: for so long no wake word is needed."""
        self._hearing.expect_reply(seconds)

    def hold(self, on: bool) -> None:
        """Take nothing in while ``on``; the device stays open."""
        self._hearing.hold(on)

    def be_quick(self, on: bool) -> None:
        """Tell of speech a window sooner, also where it may turn out to be none."""
        self._hearing.be_quick(on)

    def hint(self, hints: Hints) -> None:
        """Say what will probably be talked about next."""
        self._hearing.hints = hints

    async def mute(self) -> None:
        """Close the device; returns when it is closed."""
        self._open_wanted.clear()
        self._hearing.forget()
        if self._taking is not None:
            self._taking.cancel()
            await asyncio.wait([self._taking])
        self._become("muted")

    async def unmute(self) -> None:
        """Open it again."""
        self._open_wanted.set()

    async def close(self) -> None:
        """Stop listening, close the device, end `events`."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def events(self) -> AsyncIterator[ListeningEvent]:
        """Open the source and yield what happens, until the source ends or `close`. To be iterated once.

        Raises:
            InputError: The source is a file, and nothing can be read of it.
        """
        assert self._task is None, "listened to once already"
        self._task = asyncio.create_task(self._listen())
        try:
            while (event := await self._events.get()) is not None:
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            await self.close()

    async def _listen(self) -> None:
        loading = asyncio.create_task(self._load())
        try:
            while True:
                await self._open_wanted.wait()
                self._taking = asyncio.create_task(self._take_in())
                try:
                    await self._taking
                    break
                except asyncio.CancelledError:
                    if self._open_wanted.is_set():  # not muted: the whole listener is to end
                        raise
                except AudioError as error:
                    await self._lost(error)
            await loading
            await self._hearing.settled()
        except asyncio.CancelledError:
            self._hearing.forget()
        except Exception as error:  # whoever iterates `events` is to see it
            self._events.put_nowait(error)
        finally:
            loading.cancel()
            self._become("closed")
            self._events.put_nowait(None)

    async def _take_in(self) -> None:
        """Open the source and take in what it gives until it ends. Being cancelled closes it."""
        frames = cast("AsyncGenerator[AudioFrame, None]", self._source.frames())
        try:
            async with aclosing(frames):
                async for frame in frames:
                    self._become("open")
                    self._hearing.take(frame)
        finally:
            self._hearing.end()  # what was said before the device went away counts

    async def _lost(self, error: AudioError) -> None:
        """The device is not there: say so once, and look for it again after a while."""
        if self._state != "lost":
            kind: ProblemKind = "microphone-lost" if self._state == "open" else "no-microphone"
            self._events.put_nowait(ListeningProblem(kind, error.message, error.remedy, lasting=True))
            log.warning("no microphone: %s", error.message)
        self._become("lost")
        await asyncio.sleep(self._options.look_again_s)

    async def _load(self) -> None:
        """Load speech to text before the first word is said."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._parts.thread, self._parts.transcriber.load)
        except EdgeCopilotError as error:
            kind: ProblemKind = "model-missing" if isinstance(error, ModelError) else "model-failed"
            self._events.put_nowait(ListeningProblem(kind, error.message, error.remedy, lasting=True))

    def _become(self, state: MicrophoneState) -> None:
        if state != self._state:
            self._state = state
            self._events.put_nowait(MicrophoneChanged(state, self._source.name))
