"""Prompt lookup: what it proposes, and that proposals never change the reply."""

from __future__ import annotations

from collections.abc import Sequence

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


def test_what_followed_is_proposed_as_long_as_what_is_in_common() -> None:
    lookup = PromptLookup([5, 6, 7, 8, 1, 2, 3, 4, 9, 9, 5, 6, 7])
    too_little = lookup.propose()
    lookup.append(8)

    assert too_little == []
    assert lookup.propose() == [1, 2, 3, 4]


def test_where_the_last_tokens_stood_twice_the_longer_run_in_common_is_followed() -> None:
    lookup = PromptLookup([1, 2, 3, 4, 5, 7, 7, 9, 2, 3, 4, 5, 8, 8, 1, 2, 3, 4, 5])

    assert lookup.propose()[:2] == [7, 7]


def test_after_a_miss_more_must_be_in_common_and_less_again_after_a_draft_that_held() -> None:
    copied = [1, 2, 3, 4, 5, 6]
    lookup = PromptLookup([*copied, 7, 8, *copied])
    drafted = len(lookup.propose())
    lookup.learn(drafted, 0)
    after_a_miss = lookup.propose()
    for _ in range(4):
        lookup.learn(drafted, drafted)

    assert drafted > 0
    assert after_a_miss == []
    assert len(lookup.propose()) == drafted
