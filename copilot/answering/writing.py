"""How an answer comes about, with a model or without: from passages to a draft, with the tokens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import prompts
from copilot.answering.compose import Draft, abstain, compose
from copilot.answering.confidence import Calibration, Judgement, signals_of
from copilot.answering.events import Token
from copilot.answering.excerpts import Excerpt, place_of
from copilot.answering.present import NOTHING, Now
from copilot.answering.question import QuestionKind, kind_of
from copilot.answering.quotables import quotables
from copilot.answering.quoting import Similarity, choose_quote
from copilot.answering.reading import choose
from copilot.engines.base import ChatEngine, GenerationOptions, Prompt, ReadingEngine
from index.passages import Passage, SearchResult

NOT_TOLD = "The documents don't tell."
NONE = "NONE"
"""What a model replies where the excerpts don't tell (prompts/default/answer_many.md)."""

_BETWEEN = "\n\n"
_QUOTE_WORTH = 0.1
"""What a quote's fit counts for beside the search's score. The fit alone, with 0.1 less a rank, had the right page for
0.69, 0.81 and 0.84 of the questions of the three development manuals; so it has 0.80, 0.86 and 0.92."""
_OPENINGS = tuple(
    f"the {source} {says} that "
    for source in ("excerpt", "passage")
    for says in ("states", "says", "mentions", "explains")
)
"""How a model begins that speaks of its task and not of the matter: left out. Where it stands is cited anyway."""
_STOPS = ("\n\n", "\nQuestion:", "\nExcerpt", "Yes. Answer:")


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be answered.

    Attributes:
        question: As asked, validated.
        before: What of the conversation belongs to it, "" for nothing.
        result: The evidence; not empty.
        excerpts: What the model may read of it: the best chunk of each of the first passages.
        sources: What is quoted from, one for each excerpt: its passage, or the whole section of it.
        max_tokens: Longest text that the model may write.
        now: What is so at this moment; it is shown before the answer.
        rows_alone: Where a row of a table fits, nothing is written before it.
    """

    question: str
    before: str
    result: SearchResult
    excerpts: tuple[Excerpt, ...]
    sources: tuple[Passage, ...]
    max_tokens: int
    now: Now = NOTHING
    rows_alone: bool = False

    @property
    def candidates(self) -> tuple[Passage, ...]:
        """The passages that the excerpts are of, best first."""
        return self.result.passages[: len(self.excerpts)]

    @property
    def kind(self) -> QuestionKind:
        """What kind of answer is wanted."""
        return kind_of(self.question)


def reading_prompt(family: str, excerpt: Excerpt, question: str, before: str = "") -> Prompt:
    """The prompt for one excerpt: its prefix is the same for every question, so its KV can be kept."""
    filled = prompts.load(family, "answer").fill(
        {"source": excerpt.place, "passage": excerpt.text, "before": before, "question": question}
    )
    return Prompt(filled.system, filled.context + _BETWEEN, filled.question, filled.reply)


def joint_prompt(family: str, task: Task) -> Prompt:
    """The prompt for all passages at once."""
    excerpts = "\n\n".join(f"Excerpt from {place_of(passage)}:\n\n{passage.text}" for passage in task.candidates)
    filled = prompts.load(family, "answer_many").fill(
        {"excerpts": excerpts, "before": task.before + task.now.said, "question": task.question}
    )
    return Prompt(filled.system, filled.context + _BETWEEN, filled.question, filled.reply)


async def quote_only(
    task: Task, calibration: Calibration, similarity: Similarity | None
) -> AsyncGenerator[Judgement | Token | Draft, None]:
    """Answer in the documents' own words. Yields the judgement, tokens, then the draft."""
    passages = task.sources
    quotes = await asyncio.to_thread(
        lambda: [choose_quote(task.question, passage, task.kind, similarity=similarity) for passage in passages]
    )
    # The search has read all of a passage, a quote is its best few sentences: it decides only between near equals.
    at = max(
        range(len(passages)), key=lambda i: passages[i].score + _QUOTE_WORTH * (q.score if (q := quotes[i]) else 0)
    )
    judgement = calibration.judge(signals_of(task.question, passages[at], None))
    yield judgement
    if judgement.answers and quotes[at] is not None:
        draft = compose("", [quotes[at]], [passages[at]], judgement, shown=task.now.passages)
    else:
        nearest = (passages[at], quote) if (quote := quotes[at]) is not None else None
        draft = abstain(task.result, NOT_TOLD, judgement, nearest)
    for token in draft.tokens:
        yield token
    yield draft


async def write(
    task: Task, engine: ChatEngine, calibration: Calibration, similarity: Similarity | None
) -> AsyncGenerator[Judgement | Token | Draft, None]:
    """Answer with a model. Yields the judgement of a model that reads, tokens as they come, then the draft.

    Nothing is computed while the judgement is out: whoever asks may take the answer from somewhere else then.

    Raises:
        EngineError: The model failed.
        NetworkError: The endpoint can't be reached.
    """
    family = engine.info.family
    judgement: Judgement | None = None
    read: tuple[Passage, ...]
    if isinstance(engine, ReadingEngine):
        candidates = [reading_prompt(family, excerpt, task.question, task.before) for excerpt in task.excerpts]
        choice = await choose(engine, task.candidates, candidates, calibration)
        passage = task.sources[choice.index]
        judgement = calibration.judge(signals_of(task.question, passage, choice.reading.confidence))
        yield judgement
        if not judgement.answers:
            quote = await asyncio.to_thread(choose_quote, task.question, passage, task.kind, similarity=similarity)
            nearest = (passage, quote) if quote is not None else None
            draft = abstain(task.result, NOT_TOLD, judgement, nearest)
            yield draft.tokens[0]
            yield draft
            return
        read, prompt = (passage, *_beside(task, choice.index)), candidates[choice.index]
        if task.now.passages:
            before = task.before + task.now.said
            prompt = reading_prompt(family, task.excerpts[choice.index], task.question, before)
        if not judgement.writes:
            draft = await asyncio.to_thread(ground, task, "", read, similarity, judgement)
            for token in draft.tokens:
                yield token
            yield draft
            return
    else:
        read, prompt = task.sources, joint_prompt(family, task)

    # A row of a table is its own answer, and a value beside it had better be right: the model's words about it are
    # shown only once they are checked.
    held = await asyncio.to_thread(_answered_by_row, task, read[0], similarity)
    if held and task.rows_alone:
        draft = await asyncio.to_thread(ground, task, "", read, similarity, judgement)
        for token in draft.tokens:
            yield token
        yield draft
        return
    only = read[0] if len(read) == 1 and not task.now.passages else None
    written = ""
    async with aclosing(_words(engine, prompt, task.max_tokens)) as words:
        async for text in words:
            written += text
            if not (held or says_none(written)):
                yield Token(text, read=only)
    if says_none(written):
        draft = abstain(task.result, NOT_TOLD, judgement)
    else:
        if _cut_short(engine, task.max_tokens, written):
            written = written.rstrip() + " …"
            if not held:
                yield Token(" …", read=only)
        draft = await asyncio.to_thread(ground, task, written.rstrip(), read, similarity, judgement)
        if held and draft.unverified:
            draft = await asyncio.to_thread(ground, task, "", read, similarity, judgement)
        elif held:
            yield Token(written.rstrip())
    draft = replace(draft, stats=engine.last_stats)
    for token in draft.tokens:
        yield token
    yield draft


async def _words(engine: ChatEngine, prompt: Prompt, max_tokens: int) -> AsyncGenerator[str, None]:
    async with (
        aclosing(engine.stream(prompt, GenerationOptions(max_tokens=max_tokens, stop=_STOPS))) as pieces,
        aclosing(tidied(pieces)) as words,
    ):
        async for text in words:
            yield text


async def tidied(pieces: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """A reply as it comes, beginning with a capital; "NONE" comes in one piece, so that it need never be shown."""
    begun, held = False, ""
    async for piece in pieces:
        held += piece
        if not begun:
            held = held.lstrip(" ,.:;\n")
            start = held.casefold()
            if NONE.startswith(held.rstrip(" .\n").upper()) or any(opening.startswith(start) for opening in _OPENINGS):
                continue
            begun, held = True, _capital(_without_opening(held))
        yield held
        held = ""
    if held:
        yield _capital(held)


def _without_opening(text: str) -> str:
    start = text.casefold()
    return next((text[len(opening) :] for opening in _OPENINGS if start.startswith(opening)), text)


def _capital(text: str) -> str:
    """``text`` beginning with a capital, unless its first word may be a name that is written small."""
    first = text.split(maxsplit=1)[0]
    return text[0].upper() + text[1:] if first.rstrip(",.:;").isalpha() else text


def _cut_short(engine: ChatEngine, max_tokens: int, written: str) -> bool:
    """Whether the reply ended because it was long enough, in the middle of a sentence."""
    stats = engine.last_stats
    return (
        stats is not None and stats.reply_tokens >= max_tokens and not written.rstrip().endswith((".", "!", "?", ":"))
    )


def says_none(reply: str) -> bool:
    """Whether a model's reply is that the excerpts don't tell."""
    return reply.strip(" .\n").upper() == NONE


def _beside(task: Task, chosen: int) -> tuple[Passage, ...]:
    """For a question of several parts the best passage beside the chosen one: the other part may stand there."""
    others = [source for at, source in enumerate(task.sources) if at != chosen]
    different = [other for other in others if not set(other.chunk_ids) & set(task.sources[chosen].chunk_ids)]
    return tuple(different[:1]) if task.kind == "multi" else ()


def _answered_by_row(task: Task, passage: Passage, similarity: Similarity | None) -> bool:
    """Whether a row of a table fits best, or a value is asked for where there is a table to take it from."""
    quote = choose_quote(task.question, passage, task.kind, similarity=similarity)
    if quote is not None and quote.fitting[0].kind == "row":
        return True
    # Which piece fits best may change with the model's words, and these can't be taken back once they are shown.
    return task.kind == "table" and any(piece.kind == "row" for piece in quotables(passage.text))


def ground(
    task: Task,
    written: str,
    read: Sequence[Passage],
    similarity: Similarity | None,
    judgement: Judgement | None,
) -> Draft:
    """What a model wrote, tied to what was read: cited, checked, with the document's own words after it.

    Args:
        read: What the model had before it; the first is quoted.
    """
    quoted = read[:2] if task.kind == "multi" else read[:1]
    quotes = [
        choose_quote(task.question, passage, task.kind, written=written if at == 0 else "", similarity=similarity)
        for at, passage in enumerate(quoted)
    ]
    return compose(written, quotes, read, judgement, shown=task.now.passages)
