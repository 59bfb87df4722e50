"""Says sentences one after another: the next is computed while one is heard; stopped, it is silent at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np

from copilot.voice.speaking.base import Sink, SpokenAudio, Voice
from copilot.voice.speaking.sentences import pieces
from copilot.voice.spoken import speakable
from copilot.voice.values import Samples
from index.errors import AudioError

_SLICE_S: Final = 0.1
SLOWEST: Final = 0.5
FASTEST: Final = 2.0
QUIETEST: Final = 0.05
LOUDEST: Final = 2.0


@dataclass(slots=True)
class _Sentence:
    text: str
    spoken: str
    audio: list[SpokenAudio] = field(default_factory=list)
    complete: bool = False
    told: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something to play; None where its sentence is over, an error where it can't be spoken."""

    sentence: _Sentence
    audio: SpokenAudio | AudioError | None


class Speaker:
    """Speaks what it is given, in order. To be used from the event loop.

    Args:
        voice: Makes the audio.
        sink: Where it goes.
        speed: 1 is the voice's own.
        volume: 1 is the voice's own.
        on_sentence: Told of each sentence when its first sound goes out, as it was written.
        on_problem: Told why nothing can be heard; the text goes on, on the screen.

    Attributes:
        on_sentence, on_problem: As given; may be changed.
        muted: Nothing is said while it is true.
    """

    def __init__(
        self,
        voice: Voice,
        sink: Sink,
        *,
        speed: float = 1.0,
        volume: float = 1.0,
        on_sentence: Callable[[str], None] | None = None,
        on_problem: Callable[[AudioError], None] | None = None,
    ) -> None:
        self._voice = voice
        self._sink = sink
        self._speed = speed
        self._volume = volume
        self.on_sentence = on_sentence or _pass_over
        self.on_problem = on_problem or _pass_over
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="voice")
        self._sentences: list[_Sentence] = []
        self._at = 0  # the sentence that is being heard, or will be next
        self._more = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None
        self._paused = False
        self.muted = False

    @property
    def name(self) -> str:
        """The voice's."""
        return self._voice.info.name

    @property
    def language(self) -> str:
        """The voice's, ISO 639-1."""
        return self._voice.info.language

    @property
    def speaking(self) -> bool:
        """Whether something is being said, or waits to be said."""
        return not self._idle.is_set()

    @property
    def waiting(self) -> bool:
        """Whether there is something left to say."""
        return self._at < len(self._sentences)

    @property
    def begun_at(self) -> float | None:
        """When the sound that is being heard began, in monotonic seconds."""
        return self._sink.begun_at

    @property
    def speed(self) -> float:
        """From `SLOWEST` to `FASTEST`; holds from the next sentence on."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._speed = min(FASTEST, max(SLOWEST, speed))

    @property
    def volume(self) -> float:
        """From `QUIETEST` to `LOUDEST`; holds at once."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self._volume = min(LOUDEST, max(QUIETEST, volume))

    async def load(self) -> None:
        """Get the voice ready. What is wrong with it is told to ``on_problem``."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._voice.load)
        except AudioError as error:
            self.on_problem(error)

    async def prepare(self) -> None:
        """Open the loudspeaker ahead: there will soon be something to say.

        Raises:
            AudioError: It can't be opened.
        """
        if not self.muted:
            await self._sink.prepare()

    def say(self, text: str) -> None:
        """Add ``text``, a sentence or several as they are written, to what is said. Muted, nothing is."""
        spoken = speakable(text, self.language)
        if self.muted or not spoken:
            return
        self._sentences.append(_Sentence(text, spoken))
        self._idle.clear()
        self._more.set()
        self._go_on()

    def pause(self) -> None:
        """Be silent at once, and keep what was not heard to its end; what is added meanwhile waits too."""
        self._paused = True
        self._halt()

    def resume(self) -> None:
        """Go on after `pause`, with the sentence that was cut short."""
        self._paused = False
        if self.waiting:
            self._go_on()

    def stop(self) -> list[str]:
        """Be silent at once and return what was not heard to its end, as it was written."""
        self._paused = False
        self._halt()
        left = [sentence.text for sentence in self._sentences[self._at :]]
        self._sentences.clear()
        self._at = 0
        self._idle.set()
        return left

    def _go_on(self) -> None:
        if not self._paused and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run(), name="speaking")

    async def finished(self) -> None:
        """Return when everything has been heard, or was stopped; paused speech is waited for."""
        await self._idle.wait()

    async def close(self) -> None:
        """Stop, end the voice's process, let go of the device."""
        self.stop()
        await asyncio.to_thread(self._voice.close)
        self._thread.shutdown(wait=False)
        await self._sink.close()

    def _halt(self) -> None:
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            self._voice.cancel()
        self._sink.stop()

    async def _run(self) -> None:
        ready: asyncio.Queue[_Piece] = asyncio.Queue(maxsize=4)
        computing = asyncio.create_task(self._compute(ready), name="computing speech")
        try:
            while (piece := await self._next(ready)) is not None:
                if isinstance(piece.audio, AudioError):
                    raise piece.audio
                if piece.audio is None:
                    self._at += 1
                else:
                    await self._play(piece.sentence, piece.audio)
        except AudioError as error:
            self._sink.stop()
            self.on_problem(error)
        finally:
            computing.cancel()
        # Not reached where it was cancelled: then `_halt` has done what is to be done.
        self._sentences.clear()
        self._at = 0
        self._idle.set()

    async def _next(self, ready: asyncio.Queue[_Piece]) -> _Piece | None:
        """What is to be played next; None when all has been heard and nothing was added meanwhile."""
        getting = asyncio.create_task(ready.get())
        draining: asyncio.Task[None] | None = None
        try:
            while not getting.done():
                if self._at < len(self._sentences):
                    await asyncio.wait([getting])
                    break
                draining = asyncio.create_task(self._sink.drain())
                await asyncio.wait([getting, draining], return_when=asyncio.FIRST_COMPLETED)
                if draining.done():
                    draining.result()
                    if self._at >= len(self._sentences):
                        return None
            return getting.result()
        finally:
            getting.cancel()
            if draining is not None:
                draining.cancel()

    async def _compute(self, ready: asyncio.Queue[_Piece]) -> None:
        at = self._at
        while True:
            while at >= len(self._sentences):
                self._more.clear()
                await self._more.wait()
            sentence = self._sentences[at]
            try:
                async for audio in self._audio_of(sentence, first=at == self._at and self._sink.begun_at is None):
                    await ready.put(_Piece(sentence, audio))
                await ready.put(_Piece(sentence, None))
            except AudioError as error:
                await ready.put(_Piece(sentence, error))
                return
            at += 1

    async def _audio_of(self, sentence: _Sentence, first: bool) -> AsyncIterator[SpokenAudio]:
        """The sound of a sentence; computed once, as it may be resumed."""
        if sentence.complete:
            for audio in sentence.audio:
                yield audio
            return
        sentence.audio.clear()
        loop = asyncio.get_running_loop()
        for piece in pieces(sentence.spoken, first):
            made = self._voice.synthesise(piece, self._speed)
            try:
                while (audio := await loop.run_in_executor(self._thread, partial(next, made, None))) is not None:
                    sentence.audio.append(audio)
                    yield audio
            finally:
                # On its own thread, after whatever it is doing there: a cancelled sentence must let go of the voice.
                self._thread.submit(made.close)
        sentence.complete = True

    async def _play(self, sentence: _Sentence, audio: SpokenAudio) -> None:
        if not sentence.told:
            sentence.told = True
            self.on_sentence(sentence.text)
        step = max(1, int(audio.rate_hz * _SLICE_S))
        for start in range(0, len(audio.samples), step):
            await self._sink.play(
                SpokenAudio(_louder(audio.samples[start : start + step], self._volume), audio.rate_hz)
            )


def _louder(samples: Samples, volume: float) -> Samples:
    if volume == 1.0:
        return samples
    return np.asarray(np.clip(samples.astype(np.float32) * volume, -32768, 32767).astype(np.int16))


def _pass_over(_: object) -> None:
    """Nobody wants to know."""
