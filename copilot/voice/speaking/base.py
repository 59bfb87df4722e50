"""The seams of speaking: what makes audio of text, and where audio goes."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, Protocol

from copilot.voice.values import Samples

VoiceKind = Literal["piper", "kokoro", "sherpa", "espeak"]


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """A voice.

    Attributes:
        kind: What computes it.
        name: Id in the catalogue, or what the system calls it.
        language: ISO 639-1 code of the language that it speaks.
    """

    kind: VoiceKind
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class SpokenAudio:
    """A piece of speech: one channel of 16-bit samples at ``rate_hz``."""

    samples: Samples
    rate_hz: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate_hz


class Voice(Protocol):
    """Makes audio of text. Blocking: called off the event loop, by one thread at a time."""

    @property
    def info(self) -> VoiceInfo:
        """Which voice it is."""
        ...

    def load(self) -> None:
        """Get ready, so that the first sentence doesn't wait for it.

        Raises:
            AudioError: It can't be made ready.
        """
        ...

    def synthesise(self, text: str, speed: float = 1.0) -> Generator[SpokenAudio]:
        """Speak ``text``, which is in words already (`copilot.voice.spoken`), in one or more pieces.

        Args:
            text: A sentence or a part of one.
            speed: 1 is the voice's own; 2 twice as fast.

        Raises:
            AudioError: The voice failed, also when it was started anew.
        """
        ...

    def cancel(self) -> None:
        """End a `synthesise` that is under way in another thread; what it has not yielded yet is dropped."""
        ...

    def close(self) -> None:
        """End its process and free its memory."""
        ...


class Sink(Protocol):
    """Where speech goes. To be used from the event loop."""

    @property
    def name(self) -> str:
        """The device or file, for the person."""
        ...

    async def prepare(self) -> None:
        """Get ready: there will soon be something to play. May be called as often as one likes.

        Raises:
            AudioError: There is no loudspeaker, or it can't be opened.
        """
        ...

    async def play(self, audio: SpokenAudio) -> None:
        """Take ``audio``, after what it has taken already; waits while it holds more than it needs to play on.

        Raises:
            AudioError: It can't be played: no loudspeaker, or it went away.
        """
        ...

    async def drain(self) -> None:
        """Return when everything that was taken has been heard, or was stopped."""
        ...

    def stop(self) -> None:
        """Be silent at once; what was not heard yet is dropped. From any thread."""
        ...

    @property
    def begun_at(self) -> float | None:
        """When the first sound since the last `stop` or `drain` was heard, in monotonic seconds; None before."""
        ...

    async def close(self) -> None:
        """Let go of the device."""
        ...
