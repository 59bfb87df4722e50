"""Greedy decoding with prompt lookup: several tokens verified in one batch where the reply copies its source.

Source: prompt lookup decoding (A. Saxena, 2023), speculative decoding's draft model replaced by the text already
there. The reply is the one that greedy decoding gives; only its speed differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from copilot.engines.llama.native import BatchToken, Logits, NativeContext

_MOST_IN_COMMON = 16
_HELD = 0.7


@dataclass(slots=True)
class DraftCounts:
    """How many tokens were proposed, and how many of them held."""

    drafted: int = 0
    accepted: int = 0


class PromptLookup:
    """Proposes what followed the last few tokens where they stood before, as many as have been copied already.

    On a CPU a batch of n tokens costs about 1 + n/2 single ones (16 cost as much as 9), so a draft pays only where more
    than half of it holds. Two tokens in common say little, a long run in common says that a reply is copying: so drafts
    begin at `need` tokens in common and are as long as what is in common. Simulated over 57 replies to questions of two
    manuals: 1.07 times plain decoding; drafts of 15 after two tokens in common, halved by each miss: 0.88 times.

    Args:
        source: Tokens that the reply may copy from.
        longest: Most tokens to propose.
        need: Tokens in common from which something is proposed.
    """

    def __init__(self, source: Sequence[int], longest: int = 15, need: int = 4) -> None:
        self._tokens: list[int] = []
        self._places: dict[int, list[int]] = {}
        self._longest = longest
        self._least = self._need = need
        for token in source:
            self.append(token)

    def append(self, token: int) -> None:
        """Take note of a token of the reply."""
        self._places.setdefault(token, []).append(len(self._tokens))
        self._tokens.append(token)

    def propose(self) -> list[int]:
        """A continuation, or nothing where too little is in common with what stood before."""
        tokens = self._tokens
        longest, end = 0, 0
        for place in reversed(self._places.get(tokens[-1], ())[:-1] if tokens else ()):
            common = self._in_common(place)
            if common > longest:
                longest, end = common, place + 1
        return tokens[end : end + min(longest, self._longest)] if longest >= self._need else []

    def learn(self, drafted: int, accepted: int) -> None:
        """Adapt: ask for more in common after a miss, for less again after a draft that held."""
        if accepted >= _HELD * drafted:
            self._need = max(self._least, self._need - 1)
        else:
            self._need = min(_MOST_IN_COMMON, self._need * 2)

    def _in_common(self, place: int) -> int:
        """How many tokens up to and with the one at ``place`` are the last ones, too."""
        tokens = self._tokens
        common = 1
        while common < min(_MOST_IN_COMMON, place + 1) and tokens[place - common] == tokens[-1 - common]:
            common += 1
        return common


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
