"""One endpoint as it is configured, and how long each phase of a reply may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server with a larger model. To the wall it is a `copilot.privacy.Recipient`.

    Attributes:
        name: In messages, in the audit log and in usage.
        base_url: Up to and with ``/v1``.
        model: Name that the server knows the model by.
        trusted: Whether it may see passages with the label internal.
        key: Gives the key when a request is made; raises `UsageError` where it is missing.
        ca_file: What its certificate is checked against; None: the system's certificates.
        pins: Base64 of the sha256 of public keys that its certificate may have; empty: any.
        tools: Whether its model may ask for more passages.
        context_tokens: What its model can take.
        max_tokens: Longest reply that is asked of it.
        price_in, price_out: Money for a million tokens sent and written.
    """

    name: str
    base_url: str
    model: str
    trusted: bool = False
    key: Callable[[], str | None] = field(default=lambda: None, repr=False)
    ca_file: Path | None = None
    pins: tuple[str, ...] = ()
    tools: bool = True
    context_tokens: int = 8192
    max_tokens: int = 400
    price_in: float = 0.0
    price_out: float = 0.0

    def price(self, prompt_tokens: int, reply_tokens: int) -> float:
        """Money for one reply."""
        return (prompt_tokens * self.price_in + reply_tokens * self.price_out) / 1e6


@dataclass(frozen=True, slots=True)
class Phases:
    """Longest waits, in seconds.

    Attributes:
        connect_s: For a connection, TLS included.
        first_word_s: From the request to the first word. Bytes that are no words don't count.
        next_word_s: From word to word.
        whole_s: For the whole reply.
        health_s: For the answer to "are you there?".
    """

    connect_s: float = 3.0
    first_word_s: float = 30.0
    next_word_s: float = 10.0
    whole_s: float = 120.0
    health_s: float = 2.0
