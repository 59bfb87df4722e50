"""The seam between the answer flow and language models.

A `Prompt` is written so that everything but the question forms a *prefix*: the same passage asked twice shares it
to the token, and an engine may keep its KV (llama.cpp's key/value cache) in memory or on disk instead of computing it
again. Engines that can do so are `ReadingEngine`s; the answer flow works with a plain `ChatEngine` too.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is given to a model for one reply.

    Attributes:
        system: Instructions. The same for every question of one kind.
        context: Evidence; opens the user's message. Together with ``system`` it is the reusable prefix.
        question: What follows the evidence in the user's message.
        reply: What the model's reply is made to begin with; the stream yields only what comes after it.
    """

    system: str
    context: str
    question: str
    reply: str = ""


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """How long a reply may become and what ends it before."""

    max_tokens: int = 160
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What answers.

    Attributes:
        model: Name of the model.
        family: Prompt family, the name of a folder under ``prompts/``.
        tier: tiny, small, standard, large, or "" where unknown.
        where: "device" or the endpoint's address.
        context_tokens: Longest prompt and reply together.
    """

    model: str
    family: str
    tier: str
    where: str
    context_tokens: int


@dataclass(frozen=True, slots=True)
class GenerationStats:
    """Counts of one reply: for timings, never for content."""

    prompt_tokens: int
    reused_tokens: int
    reply_tokens: int
    drafted_tokens: int = 0
    accepted_tokens: int = 0


class ChatEngine(Protocol):
    """Writes a reply to a prompt, piece by piece."""

    @property
    def info(self) -> EngineInfo:
        """What answers."""
        ...

    @property
    def last_stats(self) -> GenerationStats | None:
        """Counts of the reply that ended last; None before the first."""
        ...

    def stream(self, prompt: Prompt, options: GenerationOptions) -> AsyncGenerator[str, None]:
        """Yield the reply's text as it comes. Closing the generator stops the model at once.

        Raises:
            EngineError: The model failed, or the prompt is longer than its context.
            NetworkError: A remote engine can't be reached.
        """
        ...

    async def close(self) -> None:
        """Free the model. The engine can't be used afterwards."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model makes of one passage for one question.

    Attributes:
        confidence: Logit of "yes" minus logit of "no" to "does this excerpt answer the question?". Comparable
            between passages for one question and one model; what a value is worth is calibrated per tier.
        cached: True where the prefix's KV was at hand.
    """

    confidence: float
    cached: bool


@runtime_checkable
class ReadingEngine(Protocol):
    """An engine that reads passages one by one and keeps their KV."""

    async def read(self, prompts: Sequence[Prompt]) -> list[Reading]:
        """Judge several passages at once; ``reply`` of each prompt is ignored."""
        ...

    async def warm(self, prompt: Prompt) -> bool:
        """Compute and keep the prefix of ``prompt`` unless it is kept already. Gives way to questions at once.

        Returns:
            True where it is kept now; False where a question interrupted.
        """
        ...

    async def is_warm(self, prompts: Sequence[Prompt]) -> list[bool]:
        """Whether the prefix of each is at hand, in memory or on disk."""
        ...


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """How an engine in a process of its own is doing.

    Attributes:
        state: ``ready``; ``starting``: loading the model; ``waiting``: before another start; ``closed``.
        pid: Of its process; None where there is none.
        restarts: How often it was started again.
        last_end: How it ended last, in words; empty before the first time.
    """

    state: Literal["ready", "starting", "waiting", "closed"]
    pid: int | None
    restarts: int
    last_end: str


@runtime_checkable
class WatchedEngine(Protocol):
    """An engine that can be away for a while, and comes back by itself."""

    @property
    def health(self) -> EngineHealth:
        """How it is doing now. From any thread."""
        ...


class PrefixStore(Protocol):
    """Keeps the KV of prefixes beyond the life of a process. Called from the engine's thread only."""

    def get(self, key: str) -> bytes | None:
        """The state kept under ``key``, or None. A damaged entry is dropped and None returned."""
        ...

    def put(self, key: str, state: bytes, tokens: int) -> None:
        """Keep ``state``. Never raises for lack of room: the store evicts, or does not keep it."""
        ...

    def __contains__(self, key: str) -> bool: ...
