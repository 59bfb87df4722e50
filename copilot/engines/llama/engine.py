"""The llama.cpp engine in process: `ReadingEngine` over one model and one thread."""

from __future__ import annotations

import codecs
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from copilot.engines.base import (
    EngineInfo,
    GenerationOptions,
    GenerationStats,
    PrefixStore,
    Prompt,
    Reading,
)
from copilot.engines.llama.decoding import DraftCounts, PromptLookup, generate
from copilot.engines.llama.native import (
    Aborted,
    BatchToken,
    ContextShape,
    Logits,
    NativeContext,
    NativeModel,
    as_batch,
    build_identity,
)
from copilot.engines.llama.prefixes import PrefixCache
from copilot.engines.llama.template import CHATML, ChatTemplate, PromptTokens
from copilot.engines.stopping import StopFilter
from copilot.engines.worker import EngineThread, Priority, StopSignal
from index.errors import EngineError

RESIDENT_PREFIXES = 12
READING_SEQUENCES = 8
_YES = ("Yes", "yes", " Yes", " yes", "YES")
_NO = ("No", "no", " No", " no", "NO")


@dataclass(frozen=True, slots=True)
class LlamaOptions:
    """How to load a model.

    Attributes:
        path: Verified GGUF file.
        model_id: Its name in the catalogue, shown to people.
        model_hash: sha256 of the file; part of every prefix key.
        tier: tiny, small, standard or large.
        cells: Tokens of KV kept, over all prefixes and the running reply.
        threads: Physical cores to use.
        gpu_layers: Layers on a GPU or NPU; falls back to none when loading fails.
        kv_type: f16, q8_0 or q4_0.
        prompt_lookup: Verify several copied tokens at once.
        chat_template: Overrides the file's own.
        family: Prompt family; default: the architecture that the file names.
    """

    path: Path
    model_id: str
    model_hash: str
    tier: str
    cells: int = 4096
    threads: int = 2
    gpu_layers: int = 0
    kv_type: str = "f16"
    prompt_lookup: bool = True
    chat_template: str | None = None
    family: str | None = None


@dataclass(frozen=True, slots=True)
class _Live:
    """A sequence that still holds a whole prompt, to be continued by the reply to it."""

    sequence: int
    prompt: PromptTokens
    logits: Logits

    def begins(self, prompt: PromptTokens) -> bool:
        held = self.prompt
        return prompt.prefix == held.prefix and prompt.suffix[: len(held.suffix)] == held.suffix


class LlamaEngine:
    """A model loaded by llama.cpp, owned by one thread.

    Build one with `load`, which takes seconds and runs off the event loop.
    """

    def __init__(self, options: LlamaOptions, store: PrefixStore | None, warnings: list[str]) -> None:
        self._options = options
        self.warnings = warnings
        self._model, self._context = self._open()
        try:
            self._template = self._read_template()
        except EngineError:
            self._context.close()
            self._model.close()
            raise
        identity = f"{options.model_hash};{build_identity()};gpu_layers={self._options.gpu_layers}"
        self._prefixes = PrefixCache(self._context, range(RESIDENT_PREFIXES), identity, store)
        self._working = range(RESIDENT_PREFIXES, RESIDENT_PREFIXES + READING_SEQUENCES)
        self._live: list[_Live] = []
        self._yes = self._single_tokens(_YES)
        self._no = self._single_tokens(_NO)
        self._stats: GenerationStats | None = None
        family = options.family or self._model.metadata("general.architecture") or "default"
        self._info = EngineInfo(options.model_id, family, options.tier, "device", self._context.shape.cells)
        abort = self._context.abort
        self._thread = EngineThread(f"engine {options.model_id}", abort.set, abort.clear)

    @classmethod
    def load(cls, options: LlamaOptions, store: PrefixStore | None = None) -> LlamaEngine:
        """Load the model.

        Raises:
            EngineError: llama.cpp can't load it, with or without the GPU.
        """
        return cls(options, store, [])

    def _open(self) -> tuple[NativeModel, NativeContext]:
        try:
            return self._open_once(self._options.gpu_layers)
        except EngineError:
            if self._options.gpu_layers == 0:
                raise
            self.warnings.append(
                f"Loading {self._options.gpu_layers} layers on the GPU failed; the model runs on the CPU."
            )
            self._options = replace(self._options, gpu_layers=0)
            return self._open_once(0)

    def _open_once(self, gpu_layers: int) -> tuple[NativeModel, NativeContext]:
        model = NativeModel(self._options.path, gpu_layers=gpu_layers)
        shape = ContextShape(
            cells=min(self._options.cells, max(512, model.train_context)),
            sequences=RESIDENT_PREFIXES + READING_SEQUENCES,
            batch_tokens=512,
            threads=self._options.threads,
            kv_type=self._options.kv_type,
        )
        try:
            return model, NativeContext(model, shape)
        except EngineError:
            model.close()
            raise

    def _read_template(self) -> ChatTemplate:
        model = self._model
        source = self._options.chat_template or model.metadata("tokenizer.chat_template") or CHATML
        return ChatTemplate(source, begin=model.begin_text, end=model.end_text, needs_begin=model.wants_begin)

    def _single_tokens(self, words: Sequence[str]) -> list[int]:
        tokenized = (self._model.tokenize(word) for word in words)
        return [tokens[0] for tokens in tokenized if len(tokens) == 1]

    @property
    def info(self) -> EngineInfo:
        """See `ChatEngine.info`."""
        return self._info

    @property
    def last_stats(self) -> GenerationStats | None:
        """See `ChatEngine.last_stats`."""
        return self._stats

    def _tokenize(self, text: str, special: bool) -> list[int]:
        return self._model.tokenize(text, special=special)

    def _tokens(self, prompt: Prompt) -> tuple[PromptTokens, tuple[int, ...]]:
        tokens = self._template.tokens(prompt, self._tokenize)
        return tokens, self._template.base(prompt.system, self._tokenize)

    def _forget_live(self, but: _Live | None = None) -> None:
        for live in self._live:
            if live is not but:
                self._context.truncate(live.sequence)
        self._live = [but] if but is not None else []

    def _make_room(self, prompts: Sequence[PromptTokens], reply_tokens: int = 0) -> None:
        needed = sum(len(tokens) for tokens in prompts) + reply_tokens
        if needed > self._context.shape.cells:
            raise EngineError(
                f"The question with its evidence takes {needed} tokens; the model's context holds "
                f"{self._context.shape.cells}.",
                "Ask a shorter question, or set engine.context higher.",
            )
        self._prefixes.make_room(
            [tokens.prefix for tokens in prompts], sum(len(tokens.suffix) for tokens in prompts) + reply_tokens
        )

    async def read(self, prompts: Sequence[Prompt]) -> list[Reading]:
        """Judge passages by the model's own yes/no logit, as many at once as there are sequences and room for.

        The prompts must end in a question to be answered by yes or no. A `stream` that continues one of them starts
        where this reading ended.
        """
        try:
            return await self._thread.run(lambda stop: self._read_all(prompts, stop))
        except Aborted:
            raise EngineError("The language model was interrupted.") from None
        finally:
            self._thread.post(self._prefixes.save)

    def _read_all(self, prompts: Sequence[Prompt], stop: StopSignal) -> list[Reading]:
        readings: list[Reading] = []
        group: list[tuple[PromptTokens, tuple[int, ...]]] = []
        for prompt in prompts:
            tokens = self._tokens(replace(prompt, reply=""))
            cells = sum(len(other) for other, _ in group) + len(tokens[0])
            if group and (len(group) == READING_SEQUENCES or cells > self._context.shape.cells):
                readings += self._read(group)
                group = []
            if stop:
                raise Aborted
            group.append(tokens)
        return readings + self._read(group) if group else readings

    def _read(self, group: Sequence[tuple[PromptTokens, tuple[int, ...]]]) -> list[Reading]:
        self._forget_live()
        self._make_room([tokens for tokens, _ in group])
        batch: list[BatchToken] = []
        cached: list[bool] = []
        try:
            for sequence, (tokens, base) in zip(self._working, group, strict=False):
                resident, origin = self._prefixes.bring(tokens.prefix, base)
                cached.append(origin != "computed")
                self._context.copy_sequence(resident, sequence)
                batch += as_batch(tokens.suffix, sequence, len(tokens.prefix), last_logits=True)
            logits = self._context.decode(batch)
        except BaseException:
            for sequence in self._working:
                self._context.truncate(sequence)
            raise
        self._live = [
            _Live(sequence, tokens, row)
            for sequence, (tokens, _), row in zip(self._working, group, logits, strict=False)
        ]
        return [Reading(self._yes_no(row), was_cached) for row, was_cached in zip(logits, cached, strict=True)]

    def _yes_no(self, logits: Logits) -> float:
        if not (self._yes and self._no):
            return 0.0  # a vocabulary without these words judges nothing
        return float(np.logaddexp.reduce(logits[self._yes]) - np.logaddexp.reduce(logits[self._no]))

    async def warm(self, prompt: Prompt) -> bool:
        """See `ReadingEngine.warm`."""
        try:
            return await self._thread.run(lambda stop: self._warm(prompt, stop), Priority.BACKGROUND)
        except Aborted:
            return False

    def _warm(self, prompt: Prompt, stop: StopSignal) -> bool:
        if stop:
            return False
        tokens, base = self._tokens(prompt)
        if not self._prefixes.holds(tokens.prefix):
            # Between a reading and the reply that continues it, what was read stays where there is room for both.
            try:
                self._make_room([tokens, *(live.prompt for live in self._live)])
            except EngineError:
                self._forget_live()
                self._make_room([tokens])
            self._prefixes.bring(tokens.prefix, base)
            self._prefixes.save()
        return True

    async def is_warm(self, prompts: Sequence[Prompt]) -> list[bool]:
        """See `ReadingEngine.is_warm`."""

        def look(_stop: StopSignal) -> list[bool]:
            return [self._prefixes.holds(self._tokens(prompt)[0].prefix) for prompt in prompts]

        return await self._thread.run(look)

    def stream(self, prompt: Prompt, options: GenerationOptions) -> AsyncGenerator[str, None]:
        """See `ChatEngine.stream`."""

        def work(stop: StopSignal, emit: Callable[[str], None]) -> None:
            try:
                self._stream(prompt, options, stop, emit)
            except Aborted:
                if not stop:
                    raise EngineError("The language model was interrupted.") from None
            finally:
                self._thread.post(self._prefixes.save)

        return self._thread.stream(work)

    def _stream(
        self, prompt: Prompt, options: GenerationOptions, stop: StopSignal, emit: Callable[[str], None]
    ) -> None:
        tokens, base = self._tokens(prompt)
        whole = tokens.prefix + tokens.suffix
        live = next((live for live in self._live if live.begins(tokens)), None)
        self._forget_live(but=live)
        self._make_room([tokens], options.max_tokens)
        if live is not None:
            sequence, held, logits = live.sequence, len(live.prompt), live.logits
        else:
            resident, origin = self._prefixes.bring(tokens.prefix, base)
            sequence = self._working[0]
            self._context.copy_sequence(resident, sequence)
            held = len(tokens.prefix)
        reused = held if live is not None or origin != "computed" else len(base)
        counts = DraftCounts()
        written = 0
        try:
            if held < len(whole):
                logits = self._context.decode(as_batch(whole[held:], sequence, held, last_logits=True))[-1]
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            text = StopFilter(options.stop)
            for token in generate(
                self._context,
                sequence,
                len(whole),
                logits,
                ends=self._model.ends_reply,
                max_tokens=options.max_tokens,
                lookup=PromptLookup(whole) if self._options.prompt_lookup else None,
                counts=counts,
            ):
                written += 1
                if piece := text.feed(decoder.decode(self._model.piece(token))):
                    emit(piece)
                if text.stopped or stop:
                    break
            else:
                if piece := text.feed(decoder.decode(b"", final=True)) + text.flush():
                    emit(piece)
        finally:
            self._stats = GenerationStats(len(whole), reused, written, counts.drafted, counts.accepted)
            self._forget_live()
            self._context.truncate(sequence)

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text``. Safe from any thread: the vocabulary is immutable."""
        return len(self._model.tokenize(text))

    async def close(self) -> None:
        """Free context and model."""
        await self._thread.close(self._free)

    def _free(self) -> None:
        self._prefixes.save()
        self._context.close()
        self._model.close()
