"""The JSON of OpenAI's interface, as far as it means something here.

What clients send beyond it (temperatures, seeds, users) is let pass unread: greedy decoding has no use for it. What
would change the meaning of the answer and can't be done is refused, see `copilot.http.openai.asking`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from copilot.answering.question import MAX_CHARACTERS
from copilot.answering.wire import CitationJson, PassageJson, RouteJson
from copilot.http.wire import QueueJson, Wish

MOST_MESSAGES = 1000
MOST_INPUTS = 2048


class _Sent(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Sent):
    """A piece of a message; only text can be read."""

    type: str
    text: str | None = None


class Message(_Sent):
    """One of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | tuple[Part, ...] | None = None


class StreamOptions(_Sent):
    """What a stream carries beside the text."""

    include_usage: bool = False


class ChatBody(_Sent):
    """``POST /v1/chat/completions``. From ``k`` on the fields are Edge Copilot's own, sent as ``extra_body``."""

    model: str = Field(max_length=200, examples=["edge-copilot"])
    messages: Annotated[
        tuple[Message, ...],
        Field(
            min_length=1,
            max_length=MOST_MESSAGES,
            examples=[[{"role": "user", "content": "What does F0012 mean?"}]],
        ),
    ]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    stop: str | Annotated[tuple[str, ...], Field(max_length=16)] | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    n: int | None = None
    logprobs: bool | None = None
    tool_choice: Any = None
    response_format: Any = None
    modalities: Any = None
    k: int = Field(default=5, ge=1, le=50, description="Passages of evidence.")
    collections: tuple[str, ...] = Field(default=(), max_length=100, description="Look only in these; empty: all.")
    documents: tuple[str, ...] = Field(default=(), max_length=100, description="Look only in these; empty: all.")
    languages: tuple[str, ...] = Field(default=(), max_length=100, description="Two-letter codes; empty: all.")
    detail: bool = Field(default=False, description="A longer answer.")
    wish: Wish | None = Field(default=None, description="Where it should be answered; goes before the model's name.")
    deadline_s: float | None = Field(default=None, gt=0, le=3600, description="The answer must begin by then.")


class UrlCitation(_Told):
    """Where the mark ``[n]`` stands in the text, and what it stands for."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(_Told):
    """One mark in the text."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class Grounding(_Told):
    """What OpenAI's interface has no word for: as in ``ask --json``."""

    status: str
    route: RouteJson
    model: str | None
    confidence: float | None
    unverified: tuple[str, ...]
    notices: tuple[str, ...]
    citations: tuple[CitationJson, ...]
    evidence: tuple[PassageJson, ...]


class Usage(_Told):
    """Tokens of the language model; none where the documents were quoted."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, prompt: int, completion: int = 0) -> Usage:
        """With their sum."""
        return cls(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


class AnswerMessage(_Told):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: tuple[Annotation, ...] = ()


class Choice(_Told):
    """The only one."""

    index: int = 0
    message: AnswerMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class ChatCompletion(_Told):
    """An answer in one piece."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: tuple[Choice, ...]
    usage: Usage
    edge_copilot: Grounding


class Delta(BaseModel):
    """What is new; only what is set is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: tuple[Annotation, ...] | None = None


class DeltaChoice(_Told):
    """The only one."""

    index: int = 0
    delta: Delta
    finish_reason: Literal["stop"] | None = None


class Progress(BaseModel):
    """What came before the answer: evidence, the place in line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    evidence: tuple[PassageJson, ...] | None = None
    queue: QueueJson | None = None


class ChatChunk(BaseModel):
    """A piece of a streamed answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: tuple[DeltaChoice, ...]
    usage: Usage | None = None
    edge_copilot: Progress | Grounding | None = None


class ModelJson(_Told):
    """A name to be sent as ``model``."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "edge-copilot"


class ModelList(_Told):
    """``GET /v1/models``."""

    object: Literal["list"] = "list"
    data: tuple[ModelJson, ...]


Texts = Annotated[tuple[Annotated[str, Field(max_length=64 * MAX_CHARACTERS)], ...], Field(max_length=MOST_INPUTS)]


class EmbeddingsBody(_Sent):
    """``POST /v1/embeddings``."""

    model: str = Field(max_length=200)
    input: str | Texts | tuple[int, ...] | tuple[tuple[int, ...], ...] = Field(examples=["The brake does not open."])
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(default=None, ge=1)
    input_type: Literal["passage", "query"] = Field(
        default="passage", description="Edge Copilot's own: some models embed questions otherwise than passages."
    )


class EmbeddingJson(_Told):
    """One vector, of length 1; base64: of little-endian 32-bit floats."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: tuple[float, ...] | str


class EmbeddingUsage(_Told):
    """Tokens that were read."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingList(_Told):
    """The vectors, in the order of the texts."""

    object: Literal["list"] = "list"
    data: tuple[EmbeddingJson, ...]
    model: str
    usage: EmbeddingUsage
