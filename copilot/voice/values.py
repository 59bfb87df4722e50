"""What passes between listening, speaking and the session: audio, what was heard, what was meant.

One format of audio throughout: 16 kHz, one channel, 16-bit signed integers, in windows of 512 samples (32 ms), which
is what voice activity detection takes. Sources resample; nothing behind them knows another rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ: Final = 16_000
WINDOW_SAMPLES: Final = 512
WINDOW_S: Final = WINDOW_SAMPLES / SAMPLE_RATE_HZ

Samples = npt.NDArray[np.int16]

ListeningMode = Literal["hands-free", "push-to-talk", "wake-word"]
MicrophoneState = Literal["closed", "open", "muted", "lost"]
"""``closed``: not started or ended. ``open``: the stream runs and the sign that says so must be shown. ``muted``: the
stream is closed at the person's wish. ``lost``: the device went away; it is looked for again."""

IntentName = Literal[
    "ask",
    "ask-expert",
    "repeat",
    "slower",
    "faster",
    "louder",
    "quieter",
    "stop",
    "more",
    "sources",
    "next-step",
    "previous-step",
    "this-step",
    "log-note",
    "set-value",
    "which-machine",
    "read-alarms",
    "mute",
    "help",
    "yes",
    "no",
]

ProblemKind = Literal[
    "no-microphone",
    "microphone-lost",
    "sample-rate",
    "model-missing",
    "model-failed",
    "not-understood",
    "too-long",
    "other-language",
    "no-index",
]


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """One window of audio.

    Attributes:
        samples: `WINDOW_SAMPLES` of them at `SAMPLE_RATE_HZ`.
        started_s: Of its first sample, in seconds of audio since the source was opened.
        arrived_s: When its last sample was here, by the source's clock (monotonic seconds).
    """

    samples: Samples
    started_s: float
    arrived_s: float

    @property
    def ended_s(self) -> float:
        """Seconds of audio since the source was opened, at the end of this frame."""
        return self.started_s + len(self.samples) / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class AudioDevice:
    """A microphone or loudspeaker of this machine.

    Attributes:
        id: PortAudio's number; it may differ after a device was plugged in.
        name: As the system calls it; what the settings name it by.
        channels: How many it has in the direction asked for.
        default: Whether the system takes it when none is named.
    """

    id: int
    name: str
    channels: int
    default: bool


# What a listener tells, in order of an utterance.


@dataclass(frozen=True, slots=True)
class MicrophoneChanged:
    """The microphone was opened, closed, muted or lost."""

    state: MicrophoneState
    device: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """How loud it is, about eight times a second while the microphone is open.

    Attributes:
        rms_dbfs: Of the last windows; 0 is the loudest that there is, silence about -90.
        peak_dbfs: The loudest sample.
        speech: How much it sounds like speech, from 0 to 1.
    """

    rms_dbfs: float
    peak_dbfs: float
    speech: float


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to talk, or the talk button was pressed. Comes within 150 ms of the first sound."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Woken:
    """The wake word was heard; what follows is meant for the copilot."""

    phrase: str


@dataclass(frozen=True, slots=True)
class Partial:
    """What seems to have been said so far; replaces the partial before.

    Attributes:
        text: In writing.
        stable: How many of its first characters two readings in a row agreed on.
        settled: A pause began and this reading holds all that was said before it: if the pause lasts, `Heard` will
            say the same. Whoever wants to be early may begin to search now.
    """

    text: str
    stable: int = 0
    settled: bool = False


@dataclass(frozen=True, slots=True)
class HeardIdentifier:
    """A part number, fault code or other name in what was said.

    Attributes:
        written: As the documents write it.
        spoken: What was heard.
        known: Whether the index has it.
        corrected: Whether it differs from what was heard letter for letter.
    """

    written: str
    spoken: str
    known: bool
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """An identifier that could be one of several: to be asked back.

    Attributes:
        spoken: What was heard.
        choices: The known ones that are close, the likeliest first; two or three.
        at: Characters of the text that it stands at, from and to; the text has the likeliest choice there.
    """

    spoken: str
    choices: tuple[str, ...]
    at: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance, to its end.

    Attributes:
        text: In writing: identifiers, numbers and units as the documents have them.
        raw: What speech to text gave.
        identifiers: The identifiers in it.
        doubts: Identifiers that should be asked back before anything is done with them.
        confidence: From 0 to 1; below 0.4 it is better to ask again.
        language: ISO 639-1.
        started_s: Seconds of audio since the source was opened.
        ended_s: The same, of the end of speech (not of the pause after it).
        speech_ended_s: The end of speech by the source's clock (monotonic seconds): what "time to the first word" is
            counted from.
        took_s: Seconds from the end of the pause to this event.
        cut: It was longer than may be, and what came after is missing.
    """

    text: str
    raw: str
    identifiers: tuple[HeardIdentifier, ...]
    confidence: float
    language: str
    started_s: float
    ended_s: float
    speech_ended_s: float
    took_s: float
    doubts: tuple[Doubt, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class NotSpeech:
    """Something started like speech and was none: a noise, music, or nothing that can be understood. To be passed
    over in silence; whoever stopped speaking because of `SpeechStarted` may go on."""

    at_s: float


@dataclass(frozen=True, slots=True)
class ListeningProblem:
    """Something is wrong; the listener goes on as far as it can.

    Attributes:
        message: For the technician.
        remedy: What to do next; may be empty.
        lasting: Nothing will be heard before it is mended (otherwise only this utterance is lost).
    """

    kind: ProblemKind
    message: str
    remedy: str = ""
    lasting: bool = False


ListeningEvent = MicrophoneChanged | Level | SpeechStarted | Woken | Partial | Heard | NotSpeech | ListeningProblem


@dataclass(frozen=True, slots=True)
class Hints:
    """What will probably be talked about; speech to text leans on it, and so does the choice between identifiers.

    Attributes:
        collections: Names of the collections that are asked; empty: all.
        passages: Chunk ids on the screen or read aloud last: their identifiers are the likeliest.
        recent: Identifiers and names said or answered lately, the latest last.
        words: Other words to expect: of the step that is being worked on, site and machine names.
    """

    collections: tuple[str, ...] = ()
    passages: tuple[int, ...] = ()
    recent: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """What speech to text made of some audio.

    Attributes:
        text: As the model wrote it; empty where there was no speech.
        language: ISO 639-1; "" where it is another than expected, and not clear which.
        language_probability: 1 where the language was given.
        confidence: Mean probability of its tokens, from 0 to 1.
        no_speech: How likely it is that nobody spoke.
        rejected: Why a text was thrown away: "silence", "noise", "repetition", "stock phrase", "unsure", "language";
            empty where it was not.
        others: What else it may have been, the likeliest first.
    """

    text: str
    language: str
    language_probability: float
    confidence: float
    no_speech: float
    rejected: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """Spoken text put into writing.

    Attributes:
        command: Whether it was taken for a command of the grammar by its sound, whatever speech to text made of it.
    """

    text: str
    identifiers: tuple[HeardIdentifier, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    command: bool = False


@dataclass(frozen=True, slots=True)
class Intent:
    """What an utterance asks for.

    Attributes:
        name: One of the closed set; ``ask`` for everything that is no command.
        text: The question (``ask``, ``ask-expert``, "" where the last one is meant), or the note (``log-note``, ""
            where it is still to be said).
        value: What is set by ``set-value``, in writing, with its unit: "1.3 Nm", "yes", "ok".
        step: The step that it is set for, or that is gone to; None for the present one.
        confidence: From 0 to 1; 1 for a phrase word for word.
    """

    name: IntentName
    text: str = ""
    value: str = ""
    step: int | None = None
    confidence: float = 1.0

    @property
    def stores(self) -> bool:
        """Whether something would be kept, so that it wants a confirmation first."""
        return self.name in ("log-note", "set-value")
