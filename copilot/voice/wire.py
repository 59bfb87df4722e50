"""The JSON of an exchange by voice: what ``edge-copilot voice --from-file --json`` prints, as in ``docs/voice.md``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from copilot.answering.events import Answer
from copilot.answering.wire import AnswerJson, CitationJson
from copilot.voice.values import IntentName


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VoiceTimingsJson(_Wire):
    """Milliseconds since the end of speech. For a file, that is when its last sample was read."""

    heard_ms: float | None
    first_audio_ms: float | None
    total_ms: float


class IdentifierJson(_Wire):
    """A part number, fault code or other name that was heard."""

    written: str
    spoken: str
    known: bool
    corrected: bool


class ExchangeJson(_Wire):
    """One exchange.

    Attributes:
        heard: What was said, in writing.
        intent: What was asked for.
        answer: The whole answer as it is written; for what is no question, what the copilot said.
        citations: What the answer stands on.
        timings: How long it took.
        identifiers: The identifiers in what was heard.
        confidence: Of what was heard, from 0 to 1.
        language: ISO 639-1.
        status: Of an answer; None for what is no question.
        spoken: The sentences that were said, as written.
        expecting: What kind of reply is waited for; "" for none.
        notices: What the person should know.
    """

    heard: str
    intent: IntentName
    answer: str
    citations: tuple[CitationJson, ...]
    timings: VoiceTimingsJson
    identifiers: tuple[IdentifierJson, ...] = ()
    confidence: float = 0.0
    language: str = ""
    status: str | None = None
    spoken: tuple[str, ...] = ()
    expecting: str = ""
    notices: tuple[str, ...] = ()


def citations_of(answer: Answer | None) -> tuple[CitationJson, ...]:
    """The citations of an answer; none where there is no answer."""
    return AnswerJson.of(answer).citations if answer is not None else ()
