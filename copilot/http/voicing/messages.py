"""What goes over ``/v1/voice`` as text, as ``docs/voice.md`` has it. Sound goes over it as binary messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from copilot.answering.events import Answer, Evidence, Route, Token
from copilot.answering.wire import AnswerJson, PassageJson, RouteJson
from copilot.syncing.age import Ages
from copilot.voice.session import (
    Answering,
    Said,
    SessionEvent,
    StateChanged,
    Told,
    Trouble,
    TurnEnded,
    Understood,
)
from copilot.voice.values import (
    Level,
    ListeningProblem,
    MicrophoneChanged,
    NotSpeech,
    Partial,
    SpeechStarted,
    Woken,
)


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Start(_Message):
    """The first message: what is sent and what is wanted."""

    type: Literal["start"]
    rate_hz: int = Field(default=16_000, ge=4_000, le=384_000, description="Samples a second of what is sent.")
    channels: int = Field(default=1, ge=1, le=8, description="Interleaved in what is sent.")
    mode: Literal["hands-free", "push-to-talk", "wake-word"] | None = Field(
        default=None, description="How an utterance begins and ends; null: as the server is set."
    )
    half_duplex: bool | None = Field(default=None, description="Hear nothing while speaking; null: as set.")
    speak: bool = Field(default=True, description="Whether answers come as sound too.")
    speak_rate_hz: int = Field(default=16_000, ge=8_000, le=48_000, description="Samples a second of what comes back.")
    collections: tuple[str, ...] = Field(default=(), max_length=100, description="Where to look; empty: everywhere.")
    conversation: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")


class Press(_Message):
    """The talk button goes down."""

    type: Literal["press"]


class Release(_Message):
    """The talk button comes up."""

    type: Literal["release"]


class Stop(_Message):
    """Be silent, and end the answer."""

    type: Literal["stop"]


class Mute(_Message):
    """Take no sound in, or take it in again."""

    type: Literal["mute"]
    on: bool


class Text(_Message):
    """A typed text, taken as if it had been said."""

    type: Literal["text"]
    text: str = Field(min_length=1, max_length=4000)


class Sound(_Message):
    """Volume and speed of the voice; null leaves one as it is."""

    type: Literal["sound"]
    volume: float | None = Field(default=None, ge=0.05, le=2.0)
    speed: float | None = Field(default=None, ge=0.5, le=2.0)


class End(_Message):
    """Nothing more is said; what was said is answered, then the connection is closed."""

    type: Literal["end"]


Control = Annotated[Press | Release | Stop | Mute | Text | Sound | End, Field(discriminator="type")]
CONTROL: TypeAdapter[Press | Release | Stop | Mute | Text | Sound | End] = TypeAdapter(Control)


def message_of(event: SessionEvent, conversation: str | None, ages: Ages | None) -> dict[str, Any]:
    """An event of a session as it is sent."""
    match event:
        case MicrophoneChanged(state, _):
            return {"type": "microphone", "state": state}
        case Level(rms, peak, speech):
            return {"type": "level", "rms_dbfs": round(rms, 1), "peak_dbfs": round(peak, 1), "speech": round(speech, 2)}
        case SpeechStarted(at_s):
            return {"type": "speech", "at_s": round(at_s, 3)}
        case NotSpeech(at_s):
            return {"type": "no-speech", "at_s": round(at_s, 3)}
        case Woken(phrase):
            return {"type": "woken", "phrase": phrase}
        case Partial(text, stable, settled):
            return {"type": "partial", "text": text, "stable": stable, "settled": settled}
        case Understood(text, intent, heard):
            return {
                "type": "heard",
                "text": text,
                "intent": intent.name,
                "confidence": round(heard.confidence, 3) if heard is not None else None,
                "language": heard.language if heard is not None else None,
                "identifiers": [
                    {"written": one.written, "spoken": one.spoken, "known": one.known, "corrected": one.corrected}
                    for one in (heard.identifiers if heard is not None else ())
                ],
            }
        case Answering(event=Evidence(result)):
            passages = [PassageJson.of(passage, ages).model_dump(mode="json") for passage in result.passages]
            return {"type": "evidence", "passages": passages, "notices": list(result.notices)}
        case Answering(event=Route(target, reason)):
            return {"type": "route"} | RouteJson(target=target, reason=reason).model_dump(mode="json")
        case Answering(event=Token(text, quoted)):
            return {"type": "token", "text": text, "quoted": quoted}
        case Answering(event=Answer() as answer):
            return {"type": "answer"} | AnswerJson.of(answer, conversation, ages).model_dump(mode="json")
        case Said(text):
            return {"type": "said", "text": text}
        case Told(text, expecting):
            return {"type": "told", "text": text, "expecting": expecting}
        case StateChanged(state):
            return {"type": "state", "state": state}
        case Trouble(message, remedy) | ListeningProblem(message=message, remedy=remedy):
            return {"type": "trouble", "detail": message, "remedy": remedy}
        case TurnEnded(heard_ms, first_audio_ms, total_ms, more):
            timings = {"heard_ms": heard_ms, "first_audio_ms": first_audio_ms, "total_ms": total_ms}
            return {"type": "turn", "timings": timings, "more": more}
        case _:
            return {"type": "other"}
