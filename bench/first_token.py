"""Time to the first token and tokens a second, for each tier, beside llama-cpp-python's own chat call.

    python -m bench.first_token [--tiers tiny,small,standard] [--passages FILE] [--json]

The same system text, passage and question go to both, greedy, one after the other. Ours is measured
three times: cold (nothing kept), stored (a new engine reading the prefix from disk), resident (asked again).
`--passages` takes a text file with passages parted by two empty lines; without it those of `bench/passages.txt`, from
the example manual, are used.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

from copilot.assembly import Assembly
from copilot.engines.base import GenerationOptions, Prompt
from copilot.engines.building import build_llama_options
from copilot.engines.llama.engine import LlamaEngine, LlamaOptions
from copilot.prefixes import DiskPrefixStore
from copilot.settings import Settings

SYSTEM = "You help a technician. Answer only from the excerpt of the manual."
QUESTIONS = ("What does this describe?", "Which values are given?", "What has to be done first?")
MAX_TOKENS = 48


@dataclass(frozen=True)
class Figure:
    tier: str
    way: str
    prompt_tokens: int
    first_token_s: float
    tokens_per_s: float


def steps(tokens: int) -> int:
    """Tokens computed after the first was shown: the one that ended a short reply is computed but not shown."""
    return tokens - 1 if tokens == MAX_TOKENS else tokens


async def ours(
    options: LlamaOptions, store: DiskPrefixStore | None, prompts: list[Prompt]
) -> list[tuple[float, float, int]]:
    engine = await asyncio.to_thread(LlamaEngine.load, options, store)
    figures = []
    for prompt in prompts:
        begun = perf_counter()
        first = None
        async for _ in engine.stream(prompt, GenerationOptions(MAX_TOKENS)):
            first = first or perf_counter()
        assert first is not None
        assert engine.last_stats is not None
        stats = engine.last_stats
        figures.append((first - begun, steps(stats.reply_tokens) / (perf_counter() - first), stats.prompt_tokens))
    await engine.close()
    return figures


def theirs(options: LlamaOptions, prompts: list[Prompt]) -> list[tuple[float, float, int]]:
    from llama_cpp import Llama

    model = Llama(str(options.path), n_ctx=options.cells, n_threads=options.threads, verbose=False)
    figures = []
    for prompt in prompts:
        model.reset()
        messages: Any = [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.context + prompt.question},
        ]
        begun = perf_counter()
        first, count = None, 0
        for chunk in model.create_chat_completion(messages, stream=True, max_tokens=MAX_TOKENS, temperature=0):
            if chunk["choices"][0]["delta"].get("content"):  # type: ignore[index]
                first = first or perf_counter()
                count += 1
        assert first is not None
        figures.append((first - begun, steps(count) / max(perf_counter() - first, 1e-9), model.n_tokens - count))
    model.close()
    return figures


def median(tier: str, way: str, figures: list[tuple[float, float, int]]) -> Figure:
    first, rate, tokens = (statistics.median(column) for column in zip(*figures, strict=True))
    return Figure(tier, way, round(tokens), round(first, 3), round(rate, 1))


def measure(settings: Settings, tier: str, passages: list[str], tell: Callable[[str], None]) -> list[Figure]:
    assembly = Assembly(settings.model_copy(update={"engine": settings.engine.model_copy(update={"tier": tier})}))
    options = build_llama_options(assembly.settings, assembly.catalogue, assembly.models)
    prompts = [
        Prompt(SYSTEM, f"Excerpt:\n\n{passage}\n\n", f"Question: {QUESTIONS[at % len(QUESTIONS)]}")
        for at, passage in enumerate(passages)
    ]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        store = DiskPrefixStore(Path(folder) / "prefixes.db")
        tell(f"{tier}: llama-cpp-python's own call")
        # In a process of its own: two OpenMP pools in one make each other wait.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            found.append(median(tier, "llama_cpp chat call", alone.submit(theirs, options, prompts).result()))
        tell(f"{tier}: ours")
        found.append(median(tier, "ours, cold", asyncio.run(ours(options, store, prompts))))
        found.append(median(tier, "ours, prefix from disk", asyncio.run(ours(options, store, prompts))))
        both = asyncio.run(ours(options, store, [again for prompt in prompts for again in (prompt, prompt)]))
        found.append(median(tier, "ours, prefix resident", both[1::2]))
        store.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiers", default="tiny,small,standard")
    parser.add_argument("--passages", type=Path)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    file = given.passages or Path(__file__).parent / "passages.txt"
    passages = [part.strip() for part in file.read_text("utf-8").split("\n\n\n") if part.strip()][: given.count]
    settings = Settings.load()
    figures = [
        figure
        for tier in given.tiers.split(",")
        for figure in measure(settings, tier, passages, lambda line: print(line, file=sys.stderr))
    ]
    if given.json:
        print(json.dumps([asdict(figure) for figure in figures], indent=2))
        return
    print("| tier | way | prompt tokens | first token, s | tokens/s |\n| --- | --- | --- | --- | --- |")
    for figure in figures:
        print(
            f"| {figure.tier} | {figure.way} | {figure.prompt_tokens} "
            f"| {figure.first_token_s} | {figure.tokens_per_s} |"
        )


if __name__ == "__main__":
    main()
