"""Prefixes in the context: which passages' KV is at hand, and bringing in those that are not.

A prefix is found, in this order, in a resident sequence, in the prefix store, or it is computed. The system text's
own KV is computed once and shared by all (llama.cpp copies a sequence without copying its cells). A prefix is always
evaluated in batches of its own, never together with a question, so that a question after a restored prefix sees the
same numbers as after a computed one.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Literal

from copilot.engines.base import PrefixStore
from copilot.engines.llama.native import NativeContext, as_batch

Origin = Literal["resident", "stored", "computed"]

MIN_STORED_TOKENS = 48
"""Shorter prefixes are computed sooner than they are read."""


class PrefixCache:
    """Resident prefixes of one context, backed by an optional store.

    Args:
        context: Where they live.
        sequences: Sequence numbers it may use; the least recently used one makes room.
        identity: Of model and build: part of every key, so that nothing stale is ever used.
        store: Keeps prefixes beyond this process.
    """

    def __init__(
        self, context: NativeContext, sequences: Sequence[int], identity: str, store: PrefixStore | None
    ) -> None:
        self._context = context
        self._free = list(sequences)
        self._identity = identity
        self._store = store
        self._residents: OrderedDict[tuple[int, ...], int] = OrderedDict()
        self._unsaved: list[tuple[int, ...]] = []

    def key(self, tokens: Sequence[int]) -> str:
        """Key of a prefix in the store: of model, build, type of KV, and every token."""
        digest = hashlib.sha256(f"{self._identity};{self._context.shape.kv_type};".encode())
        digest.update(b"".join(token.to_bytes(4, "little") for token in tokens))
        return digest.hexdigest()

    def holds(self, tokens: tuple[int, ...]) -> bool:
        """Whether the prefix is resident or stored."""
        return tokens in self._residents or (self._store is not None and self.key(tokens) in self._store)

    def bring(self, tokens: tuple[int, ...], base: tuple[int, ...] = (), *, keep: bool = True) -> tuple[int, Origin]:
        """Make ``tokens`` resident.

        Args:
            tokens: The prefix.
            base: Its beginning that other prefixes share; made resident too where something must be computed.
            keep: Whether to look into the store, and to put there what was computed.

        Returns:
            The sequence that holds it, and where it came from.

        Raises:
            Aborted, EngineError: It is not resident, and no sequence is lost.
        """
        if (resident := self._residents.get(tokens)) is not None:
            self._residents.move_to_end(tokens)
            return resident, "resident"
        if keep and (sequence := self._restore(tokens)) is not None:
            return sequence, "stored"
        shares = bool(base) and len(base) < len(tokens) and tokens[: len(base)] == base
        base_sequence = self.bring(base, keep=False)[0] if shares else None
        sequence = self._claim(spare=base)
        try:
            shared = 0
            if base_sequence is not None:
                self._context.copy_sequence(base_sequence, sequence)
                shared = len(base)
            self._context.decode(as_batch(tokens[shared:], sequence, shared))
        except BaseException:
            self._release(sequence)
            raise
        self._residents[tokens] = sequence
        if keep and self._store is not None and len(tokens) >= MIN_STORED_TOKENS:
            self._unsaved.append(tokens)
        return sequence, "computed"

    def save(self) -> None:
        """Put what was computed since the last call into the store, as far as it is resident still.

        Apart from `bring`, because writing megabytes would stand between a question and its first word.
        """
        for tokens in self._unsaved:
            if self._store is not None and (sequence := self._residents.get(tokens)) is not None:
                self._store.put(self.key(tokens), self._context.save_sequence(sequence), len(tokens))
        self._unsaved.clear()

    def _restore(self, tokens: tuple[int, ...]) -> int | None:
        if self._store is None or len(tokens) < MIN_STORED_TOKENS:
            return None
        state = self._store.get(self.key(tokens))
        if state is None:
            return None
        sequence = self._claim()
        if self._context.restore_sequence(sequence, state) and self._context.length(sequence) == len(tokens):
            self._residents[tokens] = sequence
            return sequence
        self._release(sequence)
        return None

    def _claim(self, spare: tuple[int, ...] = ()) -> int:
        """An empty sequence; the least recently used prefix but ``spare`` goes where none is free."""
        if not self._free:
            self._drop(next(tokens for tokens in self._residents if tokens != spare))
        return self._free.pop()

    def _drop(self, tokens: tuple[int, ...]) -> None:
        self._release(self._residents.pop(tokens))

    def _release(self, sequence: int) -> None:
        self._context.truncate(sequence)
        self._free.append(sequence)

    def make_room(self, wanted: Collection[tuple[int, ...]], cells: int) -> None:
        """Drop the least recently used prefixes until ``wanted`` ones and ``cells`` more cells fit beside the rest.

        What is wanted and resident stays. Cells that prefixes share are counted for each of them: an estimate from
        above.
        """
        needed = cells + sum(len(tokens) for tokens in set(wanted) - self._residents.keys())
        used = sum(len(tokens) for tokens in self._residents)
        for tokens in [tokens for tokens in self._residents if tokens not in wanted]:
            if used + needed <= self._context.shape.cells:
                return
            self._drop(tokens)
            used -= len(tokens)

    def clear(self) -> None:
        """Drop every resident prefix; the store keeps its own."""
        for tokens in list(self._residents):
            self._drop(tokens)
