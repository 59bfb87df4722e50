"""Where to cut a run of pieces into chunks: the cheapest way by what a cut destroys and how even the sizes are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from index.chunking.options import ChunkOptions
from index.chunking.pieces import Piece

# What it costs to cut before a piece. For comparison: a chunk of half the target costs 0.25.
_TOGETHER: Final = 3.0  # the run it lies in would fit into one chunk
_LEAD_IN: Final = 2.0  # a list, table or code from the sentence that introduces it, a header from its first row
_STEP: Final = 0.3
_BULLET: Final = 0.2
_ROW: Final = 0.15
_CODE: Final = 0.4
_SENTENCE: Final = 0.5
_DEEPER: Final = 0.3
_PER_CHUNK: Final = 0.1

_CONTINUED_WITHIN: Final = 6  # pieces between two steps of one procedure


def packed(pieces: Sequence[Piece], options: ChunkOptions) -> list[int]:
    """Cut ``pieces`` of one section into chunks.

    Returns:
        The end of each chunk, as an index into ``pieces``; the last is ``len(pieces)``. Each is within the limit.
    """
    cuts = cut_costs(pieces, options.limit)
    cost = [0.0] + [float("inf")] * len(pieces)
    previous = [0] * (len(pieces) + 1)
    for end in range(1, len(pieces) + 1):
        size = 0
        for start in range(end - 1, -1, -1):
            size += pieces[start].tokens
            total = size + pieces[start].lead_tokens
            if size > options.limit and start < end - 1:
                break
            if total > options.limit and start < end - 1:
                continue
            candidate = cost[start] + cuts[start] + _size_cost(total, options)
            if candidate < cost[end]:
                cost[end], previous[end] = candidate, start
    ends = [len(pieces)]
    while previous[ends[-1]]:
        ends.append(previous[ends[-1]])
    return ends[::-1]


def cut_costs(pieces: Sequence[Piece], limit: int) -> list[float]:
    """What is lost by beginning a chunk with each of ``pieces``; nothing for the first."""
    runs = _runs(pieces)
    sizes: dict[int, int] = {}
    for run, piece in zip(runs, pieces, strict=True):
        sizes[run] = sizes.get(run, 0) + piece.tokens
    costs = [0.0]
    for at in range(1, len(pieces)):
        if runs[at] != runs[at - 1]:
            costs.append(0.0)
        elif sizes[runs[at]] <= limit:
            costs.append(_TOGETHER)
        else:
            costs.append(_cost_within_run(pieces[at - 1], pieces[at]))
    return costs


def _cost_within_run(before: Piece, piece: Piece) -> float:
    if piece.inside:
        return _CODE if piece.kind == "code" else _SENTENCE
    if before.kind == "header" or (before.kind == "paragraph" and piece.kind != "paragraph"):
        return _LEAD_IN
    cost = {"step": _STEP, "bullet": _BULLET, "row": _ROW, "code": _CODE}.get(piece.kind, _STEP)
    return cost + (_DEEPER if piece.kind in ("step", "bullet") and piece.level > before.level else 0.0)


def _runs(pieces: Sequence[Piece]) -> list[int]:
    """Number the runs: pieces that mean less apart, such as a procedure with its lead-in and the code in its steps."""
    runs: list[int] = []
    last_step: dict[int, int] = {}  # by level
    for at, piece in enumerate(pieces):
        if at and _joins(pieces[at - 1], piece):
            runs.append(runs[-1])
        else:
            runs.append(at)
        if piece.kind == "step" and not piece.inside:
            earlier = last_step.get(piece.level)
            if (
                earlier is not None
                and at - earlier <= _CONTINUED_WITHIN
                and piece.number is not None
                and pieces[earlier].number == piece.number - 1
            ):
                runs[earlier:] = [runs[earlier]] * (at + 1 - earlier)
            last_step[piece.level] = at
    return runs


def _joins(before: Piece, piece: Piece) -> bool:
    if piece.inside:
        return True
    if piece.kind == "paragraph":
        return False
    if piece.kind == "row":
        return before.kind in ("header", "paragraph") or (before.kind == "row" and before.table == piece.table)
    if piece.kind == "header":
        return before.kind == "paragraph"
    if piece.kind == "step" and before.kind == "step" and piece.level == before.level:
        return piece.number != 1
    return before.kind in ("paragraph", "step", "bullet") or before.kind == piece.kind


def _size_cost(tokens: int, options: ChunkOptions) -> float:
    if tokens <= options.target:
        return _PER_CHUNK + ((options.target - tokens) / options.target) ** 2
    over = (tokens - options.target) / max(1, options.limit - options.target)
    return _PER_CHUNK + 0.5 * over**2
