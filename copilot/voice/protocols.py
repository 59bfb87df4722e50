"""The seams of voice: where audio comes from, what listens, what turns speech into text, what understands it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from copilot.voice.values import (
    AudioFrame,
    Hints,
    Intent,
    ListeningEvent,
    ListeningMode,
    MicrophoneState,
    Samples,
    Transcript,
    Written,
)

Compare = Callable[[Sequence[str]], list[float]]


class AudioSource(Protocol):
    """Where audio comes from: a microphone, a file, a headset behind a WebSocket.

    Opened by iterating, closed by leaving the iteration: there is no audio, and no open device, outside of it.
    """

    @property
    def name(self) -> str:
        """The device or file, for the person."""
        ...

    def frames(self) -> AsyncIterator[AudioFrame]:
        """Open the source and yield windows until it ends; closing the iterator closes the device.

        Raises:
            AudioError: There is no such device, it can't be opened, or it went away.
        """
        ...


class Transcriber(Protocol):
    """Turns speech into text. Blocking; used from one thread only."""

    @property
    def language(self) -> str:
        """The language that it expects, ISO 639-1; "" where it finds out by itself."""
        ...

    def load(self) -> None:
        """Load the model, if that isn't done.

        Raises:
            ModelMissing, ModelCorrupt: It is not here or must not be used.
        """
        ...

    def transcribe(self, samples: Samples, prompt: str = "", *, final: bool = True) -> Transcript:
        """Return what was said in up to 30 seconds of audio.

        Args:
            samples: 16 kHz, one channel.
            prompt: Words to expect, in a natural order.
            final: Take the time to read it well; False for what is only shown meanwhile.
        """
        ...

    def compare(self, texts: Sequence[str]) -> list[float]:
        """Return how likely each text is as what was said in the sound last transcribed with ``final``.

        Returns:
            For each a log probability: 0 is certain. Comparable among texts for one sound.
        """
        ...


class Writer(Protocol):
    """Puts spoken identifiers and numbers back into writing."""

    def write(self, transcript: Transcript, hints: Hints, compare: Compare | None = None) -> Written:
        """Return the text as the documents would have it.

        Args:
            transcript: What speech to text made of it.
            hints: What is probably talked about.
            compare: Tells how likely other texts are for the same sound; None where that isn't worth the time.
        """
        ...


class Commands(Protocol):
    """Knows what may be said besides asking."""

    def near(self, text: str, language: str) -> list[str]:
        """Return the commands that are near to what was heard; nothing where it is a command already."""
        ...


class Prompter(Protocol):
    """Chooses the words that speech to text should expect."""

    def prompt(self, hints: Hints) -> str:
        """Return a prompt of a bounded length; "" where nothing is known."""
        ...


class Listener(Protocol):
    """Listens to a source and tells what happens. One per session."""

    @property
    def microphone(self) -> MicrophoneState:
        """Whether audio is being taken in at this moment."""
        ...

    @property
    def mode(self) -> ListeningMode:
        """How an utterance begins and ends; may be set at any time."""
        ...

    @mode.setter
    def mode(self, mode: ListeningMode) -> None: ...

    def events(self) -> AsyncIterator[ListeningEvent]:
        """Open the source and yield what happens until the source ends or `close`. To be iterated once.

        What goes wrong comes as `ListeningProblem`; nothing is raised but programming errors.
        """
        ...

    def press(self) -> None:
        """The talk button goes down: what follows is an utterance. In every mode."""
        ...

    def release(self) -> None:
        """The talk button comes up: the utterance is over."""
        ...

    def cancel(self) -> None:
        """Forget the utterance that is being taken in or read."""
        ...

    def expect_reply(self, seconds: float) -> None:
        """The copilot has asked back: for so long no wake word is needed."""
        ...

    def hold(self, on: bool) -> None:
        """Take nothing in while ``on``: half-duplex, while the loudspeaker talks. The device stays open."""
        ...

    def be_quick(self, on: bool) -> None:
        """Tell of speech as soon as possible while ``on``, also where it may turn out to be none (`NotSpeech`): while
        the copilot speaks, so that it gives way at once."""
        ...

    def hint(self, hints: Hints) -> None:
        """Say what will probably be talked about next."""
        ...

    async def mute(self) -> None:
        """Close the device; returns when no audio can reach this process any more."""
        ...

    async def unmute(self) -> None:
        """Open it again."""
        ...

    async def close(self) -> None:
        """Stop listening, close the device, end `events`."""
        ...


class Understanding(Protocol):
    """Finds what an utterance asks for, without a language model."""

    def understand(self, text: str, *, language: str = "en", expecting: str = "") -> Intent:
        """Return the intent of what was heard.

        Args:
            text: In writing, as `Heard.text`.
            language: ISO 639-1.
            expecting: What was asked back: "confirmation", "value", "note", "choice"; "" for nothing. A bare "four
                point two" is a value only where one is expected.
        """
        ...
