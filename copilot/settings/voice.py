"""Settings of voice: how it listens, what it understands, how it speaks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator
from pydantic_settings import NoDecode

from copilot.settings.sections import Auto, Section

Language = Annotated[str, StringConstraints(pattern=r"^(auto|[a-z]{2,3})$")]


class VoiceSettings(Section):
    """Talking with the copilot. Audio is never stored and never leaves this device."""

    microphone: str | None = Field(
        default=None, description="Its name or a part of it, as `voice --devices` lists it; empty: the system's choice."
    )
    loudspeaker: str | None = Field(default=None, description="Where it speaks; as microphone.")
    mode: Literal["hands-free", "push-to-talk", "wake-word"] = Field(
        default="hands-free",
        description="hands-free: whoever talks is heard. push-to-talk: while the talk button is down. wake-word: what "
        "follows the wake word.",
    )
    language: Language = Field(
        default="en", description="Language that is spoken, such as en or de; auto finds out each time, a little later."
    )
    speech_model: str | None = Field(
        default=None, description="Speech to text: a model of the catalogue by its id; empty: its default."
    )
    speech_threads: Auto | Annotated[int, Field(ge=1, le=64)] = Field(
        default="auto", description="Threads that speech to text computes with; auto takes up to four cores."
    )
    pause_ms: int = Field(
        default=700, ge=250, le=5000, description="Silence that ends what is said, in milliseconds; thinking is longer."
    )
    sensitivity: float = Field(
        default=0.5, ge=0.05, le=0.95, description="How readily a sound is taken for speech; lower it where it is loud."
    )
    longest_s: float = Field(default=120.0, ge=5, le=600, description="Longest that can be said at once, in seconds.")
    wake_word: str = Field(
        default="hey copilot", min_length=3, max_length=60, description="What mode wake-word waits for."
    )
    wake_models: str | None = Field(
        default=None,
        description="openWakeWord: a model of the catalogue by its id, or the path of a folder of them "
        "(melspectrogram, embedding_model and the wake word's, as ONNX), such as ./wake; empty: the wake word is "
        "looked for in what was heard.",
    )
    words: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Names that are often said and stand in no document: of sites, lines, people."
    )
    voice: str | None = Field(
        default=None, description="The voice that speaks: a model of the catalogue by its id; empty: its default."
    )
    speed: float = Field(default=1.0, ge=0.5, le=2.0, description="How fast it speaks; 1 is the voice's own speed.")
    volume: float = Field(default=1.0, ge=0.05, le=2.0, description="How loud; 1 is the voice's own loudness.")
    duplex: Literal["full", "half"] = Field(
        default="full",
        description="full: talk and it stops and listens; takes a headset or echo cancellation. half: it hears nothing "
        "while it speaks.",
    )

    @field_validator("words", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value
