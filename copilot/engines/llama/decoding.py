"""Greedy decoding with prompt lookup: several tokens verified in one batch where the reply copies its source.

Source: prompt lookup decoding (A. Saxena, 2023), speculative decoding's draft model replaced by the text already
there. The reply is the one that greedy decoding gives; only its speed differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from copilot.engines.llama.native import BatchToken, Logits, NativeContext

MAX_NGRAM = 4
MIN_NGRAM = 2


@dataclass(slots=True)
class DraftCounts:
    """How many tokens were proposed, and how many of them held."""

    drafted: int = 0
    accepted: int = 0


class PromptLookup:
    """Proposes what followed the last few tokens where they stood before.

    Args:
        source: Tokens that the reply may copy from.
        longest: Most tokens to propose. A batch of 16 costs about as much as 9 single tokens on an AVX-512 CPU
            (docs/benchmarks.md), a batch of 2 as much as 2: so it is long drafts or none.
    """

    def __init__(self, source: Sequence[int], longest: int = 15) -> None:
        self._tokens = list(source)
        self._longest = longest
        self._length = longest

    def append(self, token: int) -> None:
        """Take note of a token of the reply."""
        self._tokens.append(token)

    def propose(self) -> list[int]:
        """A continuation, or nothing where the last tokens are new or drafts have not been holding."""
        tokens = self._tokens
        for size in range(min(MAX_NGRAM, len(tokens) - 1), MIN_NGRAM - 1, -1):
            tail = tokens[-size:]
            for start in range(len(tokens) - size - 1, -1, -1):
                if tokens[start : start + size] == tail:
                    return tokens[start + size : start + size + self._length]
        return []

    def learn(self, drafted: int, accepted: int) -> None:
        """Adapt: propose less after a miss, more after a draft that held."""
        if accepted == drafted:
            self._length = min(self._longest, self._length * 2)
        elif accepted < drafted // 2:
            self._length = max(3, self._length // 2)


def greedy(logits: Logits) -> int:
    """The likeliest token."""
    return int(logits.argmax())


def generate(
    context: NativeContext,
    sequence: int,
    position: int,
    first: Logits,
    *,
    ends: Callable[[int], bool],
    max_tokens: int,
    lookup: PromptLookup | None,
    counts: DraftCounts,
) -> Iterator[int]:
    """Yield the reply's tokens.

    Args:
        context: Holds ``sequence`` up to ``position``.
        sequence: Continued in place.
        position: Of the first token of the reply.
        first: Logits for it.
        ends: Whether a token ends the reply; that token is not yielded.
        max_tokens: At most so many.
        lookup: Proposes drafts; None for plain decoding.
        counts: Filled in.

    Raises:
        Aborted: Stopped through the context's flag.
        EngineError: The context is full.
    """
    token = greedy(first)
    produced = 0
    while True:
        if ends(token):
            return
        yield token
        produced += 1
        if produced >= max_tokens:
            return
        draft: list[int] = []
        if lookup is not None:
            lookup.append(token)
            draft = lookup.propose()[: max_tokens - produced]
        batch = [
            BatchToken(candidate, position + i, sequence, logits=True) for i, candidate in enumerate([token, *draft])
        ]
        logits = context.decode(batch)
        accepted = 0
        for proposed in draft:
            token = greedy(logits[accepted])
            if token != proposed or ends(token):
                break
            accepted += 1
            assert lookup is not None
            lookup.append(token)
            yield token
            produced += 1
        if draft:
            assert lookup is not None
            lookup.learn(len(draft), accepted)
            counts.drafted += len(draft)
            counts.accepted += accepted
            context.truncate(sequence, position + 1 + accepted)
        position += 1 + accepted
        if produced >= max_tokens:
            return
        token = greedy(logits[accepted])
