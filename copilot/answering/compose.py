"""Puts an answer together: the model's sentence leads in, the document's own words follow, both with their citation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from copilot.answering.claims import Claim, unsupported
from copilot.answering.confidence import Judgement
from copilot.answering.events import AnswerStatus, Citation, Token
from copilot.answering.excerpts import place_of
from copilot.answering.grounding import Alignment, align, mark_unverified
from copilot.answering.quotables import quotables
from copilot.answering.quoting import Quote
from copilot.engines.base import GenerationStats
from index.passages import Passage, SearchResult

UNVERIFIED_MARK: Final = "[unverified]"
QUOTE_PREFIX: Final = "> "
NEAREST: Final = "The nearest passages are:"


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer's content, before route, model and timings are known.

    Attributes:
        tokens: What is still to be shown after what the model has streamed already.
        judgement: How sure it is that the evidence answers; None where nobody judged.
        stats: Of the reply that the model wrote; None where it wrote nothing.
        The others are those of `events.Answer`.
    """

    status: AnswerStatus
    text: str
    citations: tuple[Citation, ...]
    unverified: tuple[str, ...]
    tokens: tuple[Token, ...]
    judgement: Judgement | None = None
    stats: GenerationStats | None = None


def abstain(
    result: SearchResult, reason: str, judgement: Judgement | None = None, nearest: tuple[Passage, Quote] | None = None
) -> Draft:
    """Say that the documents don't tell, and where to look nearest.

    Args:
        result: The evidence.
        reason: The sentence that says so.
        judgement: Passed through.
        nearest: The passage that came nearest with what of it fits best: shown as what it is, so that a person can
            see whether the refusal was right.
    """
    places = [f"- {place_of(passage)}" for passage in result.passages[:3]]
    lines = [reason, *([NEAREST, *places] if places else [])]
    if nearest is not None:
        passage, quote = nearest
        lines += ["", f"Nearest comes {place_of(passage)}:", *_quoted_lines(quote)]
    text = "\n".join(lines)
    return Draft("abstained", text, (), (), (Token(text),), judgement)


def compose(
    written: str,
    quotes: Sequence[Quote | None],
    passages: Sequence[Passage],
    judgement: Judgement | None = None,
    *,
    shown: Sequence[Passage] = (),
) -> Draft:
    """Join what the model wrote with what is quoted.

    Args:
        written: The model's text, already shown; may be empty.
        quotes: What to quote of each passage; None for nothing.
        passages: What was read. The first is cited for a sentence that aligns with none of them.
        judgement: Passed through.
        shown: Passages that stand before the answer with the first numbers as their marks: the model's sentences may
            stand on them too.
    """
    passages = (*passages, *shown)
    alignments = align(written, passages) if written else []
    first = len(passages) - len(shown)
    numbers: dict[int, int] = {first + at: at + 1 for at in range(len(shown))}
    for alignment in alignments:
        numbers.setdefault(alignment.passage or 0, len(numbers) + 1)
    for index, quote in enumerate(quotes):
        if quote is not None:
            numbers.setdefault(index, len(numbers) + 1)

    sentences, unverified = _marked(alignments, passages, quotes, numbers)
    quoted = [
        (index, quote) for index, quote in enumerate(quotes) if quote is not None and not _says_already(written, quote)
    ]
    blocks = [_quote_block(quote, numbers[index]) for index, quote in quoted]
    text = "\n\n".join([*([" ".join(sentences)] if sentences else []), *blocks])
    marks = "".join(f" [{numbers[index]}]" for index in dict.fromkeys(a.passage or 0 for a in alignments))
    tail = ([Token(marks)] if marks else []) + [
        Token(("\n\n" if written or position else "") + block, quoted=True) for position, block in enumerate(blocks)
    ]
    citations = tuple(
        _citation(number, index, quotes, alignments, passages)
        for index, number in sorted(numbers.items(), key=lambda item: item[1])
    )
    return Draft("grounded", text, citations, unverified, tuple(tail), judgement)


def _marked(
    alignments: Sequence[Alignment],
    passages: Sequence[Passage],
    quotes: Sequence[Quote | None],
    numbers: dict[int, int],
) -> tuple[list[str], tuple[str, ...]]:
    sentences: list[str] = []
    unverified: dict[str, None] = {}
    for alignment in alignments:
        index = alignment.passage or 0
        # What is too short or too free to align was made from the first passage, so that one must bear it out.
        quote = quotes[index] if index < len(quotes) else None
        claims: Sequence[Claim] = unsupported(alignment.sentence, source_of(passages[index], quote))
        unverified.update(dict.fromkeys(claim.text for claim in claims))
        sentences.append(f"{mark_unverified(alignment.sentence, claims, UNVERIFIED_MARK)} [{numbers[index]}]")
    return sentences, tuple(unverified)


def source_of(passage: Passage, quote: Quote | None = None) -> str:
    """Everything of a passage that can bear out a claim: its text, and the title and headings that it stands under.

    Where a row of a table is quoted, the table's other rows bear nothing out: they hold other parts' values.
    """
    fitting = {piece.start for piece in quote.fitting if piece.kind == "row"} if quote is not None else set()
    if not fitting:
        return "\n".join((passage.title, *passage.section, passage.text))
    kept = [
        f"{piece.header}\n{piece.text}" if piece.header else piece.text
        for piece in quotables(passage.text)
        if piece.kind != "row" or piece.start in fitting
    ]
    return "\n".join((passage.title, *passage.section, *kept))


def _says_already(written: str, quote: Quote) -> bool:
    flat = " ".join(written.casefold().split())
    return " ".join(quote.text.casefold().split()).rstrip(".") in flat


def _quote_block(quote: Quote, number: int) -> str:
    return "\n".join(_quoted_lines(quote)) + f" [{number}]"


def _quoted_lines(quote: Quote) -> list[str]:
    return [QUOTE_PREFIX + line for line in quote.text.splitlines()]


def _citation(
    number: int,
    index: int,
    quotes: Sequence[Quote | None],
    alignments: Sequence[Alignment],
    passages: Sequence[Passage],
) -> Citation:
    passage = passages[index]
    quote = quotes[index] if index < len(quotes) else None
    if quote is not None:
        return Citation(number, passage, quote.text, passage.page_at(quote.fitting[0].start))
    for alignment in alignments:
        if alignment.passage == index and alignment.source is not None:
            return Citation(number, passage, alignment.source.text, passage.page_at(alignment.source.start))
    return Citation(number, passage, passage.text, passage.page)
