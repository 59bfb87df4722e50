"""Prompt lookup: what it proposes, and that proposals never change the reply."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copilot.engines.llama.decoding import DraftCounts, PromptLookup, generate
from copilot.engines.llama.native import BatchToken, Logits

VOCABULARY = 6
END = 0


class TableContext:
    """A context whose model looks its next token up by the last two; it notices what it is asked out of turn."""

    def __init__(self, table: Sequence[int], prompt: Sequence[int]) -> None:
        self._table = table
        self.held = list(prompt)
        self.decoded = 0

    def after(self, tokens: Sequence[int]) -> Logits:
        logits = np.zeros(VOCABULARY, np.float32)
        before, last = ([0, 0, *tokens])[-2:]
        logits[self._table[before * VOCABULARY + last]] = 1
        return logits

    def decode(self, batch: Sequence[BatchToken]) -> list[Logits]:
        self.decoded += 1
        found = []
        for entry in batch:
            assert entry.position == len(self.held), "tokens come one after another"
            self.held.append(entry.token)
            found.append(self.after(self.held))
        return found

    def truncate(self, sequence: int, position: int = 0) -> None:
        del self.held[position:]


def write(
    table: Sequence[int], prompt: Sequence[int], longest: int, *, lookup: bool
) -> tuple[list[int], DraftCounts, int]:
    context = TableContext(table, prompt)
    counts = DraftCounts()
    reply = list(
        generate(
            context,  # type: ignore[arg-type]
            0,
            len(prompt),
            context.after(prompt),
            ends=lambda token: token == END,
            max_tokens=longest,
            lookup=PromptLookup(prompt) if lookup else None,
            counts=counts,
        )
    )
    return reply, counts, context.decoded


TABLES = st.lists(st.integers(0, VOCABULARY - 1), min_size=VOCABULARY**2, max_size=VOCABULARY**2)
PROMPTS = st.lists(st.integers(1, VOCABULARY - 1), min_size=1, max_size=30)


@given(TABLES, PROMPTS, st.integers(1, 40))
def test_the_reply_is_the_one_of_plain_greedy_decoding(table: list[int], prompt: list[int], longest: int) -> None:
    plain, _, _ = write(table, prompt, longest, lookup=False)
    drafted, counts, _ = write(table, prompt, longest, lookup=True)

    assert drafted == plain
    assert len(drafted) <= longest
    assert 0 <= counts.accepted <= counts.drafted


def test_copying_takes_fewer_steps() -> None:
    table = [(index % VOCABULARY) % (VOCABULARY - 1) + 1 for index in range(VOCABULARY**2)]
    prompt = [1, 2, 3, 4, 5] * 6

    _, counts, steps = write(table, prompt, 40, lookup=True)

    assert counts.accepted > 20
    assert steps < 15


def test_nothing_is_proposed_where_nothing_repeats() -> None:
    assert PromptLookup([1, 2, 3, 4, 5]).propose() == []
    assert PromptLookup([]).propose() == []


def test_what_followed_last_is_proposed() -> None:
    lookup = PromptLookup([7, 8, 1, 1, 7, 8, 2, 2, 7])
    lookup.append(8)

    assert list(islice(lookup.propose(), 2)) == [2, 2]


def test_drafts_grow_shorter_when_they_miss_and_longer_again_when_they_hold() -> None:
    lookup = PromptLookup([1, 2] + [3] * 40 + [1, 2], longest=12)
    whole = len(lookup.propose())
    lookup.learn(whole, 0)
    shorter = len(lookup.propose())
    lookup.learn(shorter, shorter)

    assert whole == 12
    assert shorter < whole
    assert len(lookup.propose()) > shorter
