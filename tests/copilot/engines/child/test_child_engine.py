"""An engine in a process of its own: real processes, really killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from copilot.engines.base import GenerationOptions, Prompt, Reading, ReadingEngine, WatchedEngine
from copilot.engines.building import ModelFile
from copilot.engines.child import ChildEngine, Load, PrefixesFile, RestartPolicy
from copilot.prefixes.warming import warm
from copilot.settings.sections import EngineSettings
from index.errors import EngineError, EngineGone, ModelCorrupt

WAIT_S = 60.0
SCRIPT = Path(__file__).with_name("scripted_process.py")
ROOT = Path(__file__).parents[4]
EAGER = RestartPolicy(first_pause_s=0.01, longest_pause_s=0.05)
OPTIONS = GenerationOptions(max_tokens=20)


def saying(question: str, context: str = "the brake is open") -> Prompt:
    return Prompt("", context, question)


def order(name: str = "obedient", path: Path = Path("none")) -> Load:
    return Load(file=ModelFile(path=path, model_id=name, identity="x", tier="tiny"), engine=EngineSettings())


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def start() -> Iterator[Callable[..., ChildEngine]]:
    engines: list[ChildEngine] = []

    def load(given: Load | None = None, policy: RestartPolicy = EAGER, *arguments: str) -> ChildEngine:
        engine = ChildEngine.load(given or order(), command=[sys.executable, str(SCRIPT), *arguments], policy=policy)
        engines.append(engine)
        return engine

    yield load
    for engine in engines:
        asyncio.run(engine.close())


async def written(engine: ChildEngine, prompt: Prompt) -> str:
    async with aclosing(engine.stream(prompt, OPTIONS)) as pieces:
        return "".join([piece async for piece in pieces])


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not true():  # noqa: ASYNC110 - a thread of the engine makes it true
            await asyncio.sleep(0.005)


async def again(ask: Callable[[], Awaitable[str]]) -> str:
    """What it answers once it is back."""
    async with asyncio.timeout(WAIT_S):
        while True:
            with contextlib.suppress(EngineGone):
                return await ask()
            await asyncio.sleep(0.005)


async def test_it_is_an_engine_like_any_other(start: Callable[..., ChildEngine]) -> None:
    engine = start()

    assert isinstance(engine, ReadingEngine)
    assert isinstance(engine, WatchedEngine)
    assert (engine.info.tier, engine.info.where, engine.warnings) == ("tiny", "device", ("It is slow.",))
    assert engine.last_stats is None
    assert await written(engine, saying("")) == "the brake is open "
    assert engine.last_stats is not None
    assert engine.last_stats.reply_tokens == 4
    assert await engine.is_warm([saying("")]) == [False]
    assert await engine.warm(saying(""))
    assert await engine.is_warm([saying(""), saying("", "other")]) == [True, False]
    assert await engine.read([saying("", "ab"), saying("")]) == [Reading(2.0, False), Reading(17.0, True)]


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM"])
async def test_a_death_ends_the_answer_with_a_word_about_it_and_the_next_one_comes(
    start: Callable[..., ChildEngine], name: str
) -> None:
    engine = start()
    before = engine.health.pid
    pieces: list[str] = []

    async def ask() -> None:
        async for piece in engine.stream(saying(f"die {name}"), OPTIONS):
            pieces.append(piece)  # noqa: PERF401 - what came before the end is looked at

    with pytest.raises(EngineGone, match=name) as raised:
        await ask()

    assert pieces == ["the ", "brake ", "is ", "open "]
    assert raised.value.remedy
    assert await again(lambda: written(engine, saying(""))) == "the brake is open "
    health = engine.health
    assert (health.state, health.restarts) == ("ready", 1)
    assert name in health.last_end
    assert health.pid != before


async def test_everybody_who_waited_is_told(start: Callable[..., ChildEngine]) -> None:
    engine = start()
    waiting = [asyncio.create_task(written(engine, saying("wait"))) for _ in range(3)]
    waiting.append(asyncio.create_task(engine.read([saying("wait")])))  # type: ignore[arg-type]
    await engine.is_warm([saying("")])  # the four before it have been sent by now

    assert engine.health.pid is not None
    os.kill(engine.health.pid, signal.SIGKILL)

    results = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), WAIT_S)
    assert [type(result) for result in results] == [EngineGone] * 4


async def test_while_it_is_away_a_request_fails_at_once_instead_of_waiting(
    start: Callable[..., ChildEngine], tmp_path: Path
) -> None:
    engine = start(order("once", tmp_path / "once"), RestartPolicy(first_pause_s=3600, longest_pause_s=3600))
    with pytest.raises(EngineGone):
        await written(engine, saying("die SIGKILL"))
    await until(lambda: engine.health.state == "waiting" and engine.health.restarts == 1)

    for ask in (engine.read, engine.is_warm):
        with pytest.raises(EngineGone, match="being started again"):
            await ask([saying("")])


async def test_a_failure_of_one_request_is_none_of_the_process(start: Callable[..., ChildEngine]) -> None:
    engine = start()
    before = engine.health.pid

    with pytest.raises(EngineError, match="too long") as raised:
        await written(engine, saying("fail"))
    with pytest.raises(EngineError, match="ValueError") as unforeseen:
        await written(engine, saying("stumble"))

    assert not isinstance(raised.value, EngineGone)
    assert "document" not in str(unforeseen.value)
    assert await written(engine, saying("")) == "the brake is open "
    assert engine.health.pid == before


async def test_closing_the_stream_stops_the_engine_and_others_go_on(start: Callable[..., ChildEngine]) -> None:
    engine = start()
    other = asyncio.create_task(written(engine, saying("wait", "other")))
    stream = engine.stream(saying("wait"), OPTIONS)
    assert await anext(stream) == "the "

    await stream.aclose()

    assert await written(engine, saying("")) == "the brake is open "
    assert not other.done()
    other.cancel()
    with pytest.raises(asyncio.CancelledError):
        await other


async def test_a_process_that_talks_nonsense_is_replaced(start: Callable[..., ChildEngine]) -> None:
    engine = start()

    with pytest.raises(EngineGone, match="understood"):
        await written(engine, saying("garble"))

    assert await again(lambda: written(engine, saying(""))) == "the brake is open "


async def test_a_process_that_hangs_is_replaced(start: Callable[..., ChildEngine]) -> None:
    engine = start(policy=RestartPolicy(stalled_after_s=0.2))

    with pytest.raises(EngineGone, match="said nothing"):
        await written(engine, saying("hang"))

    assert await again(lambda: written(engine, saying(""))) == "the brake is open "


async def test_one_that_waits_for_a_question_is_not_taken_for_hung(start: Callable[..., ChildEngine]) -> None:
    now = [0.0]
    engine = ChildEngine.load(
        order(), command=[sys.executable, str(SCRIPT)], policy=RestartPolicy(stalled_after_s=1), clock=lambda: now[0]
    )
    now[0] = 1e6

    assert await written(engine, saying("")) == "the brake is open "
    assert engine.health.restarts == 0
    await engine.close()


async def test_its_last_words_are_in_the_log(
    start: Callable[..., ChildEngine], caplog: pytest.LogCaptureFixture
) -> None:
    engine = start()

    with pytest.raises(EngineGone, match="code 3"):
        await written(engine, saying("exit"))
    await again(lambda: written(engine, saying("")))

    assert "out of paper" in caplog.text


def test_what_cannot_be_loaded_is_told_as_in_this_process(start: Callable[..., ChildEngine]) -> None:
    with pytest.raises(ModelCorrupt, match="damaged") as raised:
        start(order("corrupt"))
    assert raised.value.remedy == "Fetch it again."

    with pytest.raises(EngineError, match="SIGABRT while it was loading"):
        start(order("dies"))

    with pytest.raises(EngineError, match="can't be started"):
        ChildEngine.load(order(), command=[str(SCRIPT / "nothing")])


async def test_where_loading_onto_the_gpu_kills_the_process_the_cpu_does_it(
    start: Callable[..., ChildEngine], tmp_path: Path
) -> None:
    at_first = start(order("gpu"))
    later = start(order("gpu later", tmp_path / "loaded once"))

    assert "without the GPU" in at_first.warnings[0]
    assert await written(at_first, saying("")) == "the brake is open "
    assert later.warnings == ("It is slow.",)
    with pytest.raises(EngineGone):
        await written(later, saying("die SIGKILL"))
    assert await again(lambda: written(later, saying(""))) == "the brake is open "


async def test_it_tries_again_and_again_where_loading_fails_after_a_death(
    start: Callable[..., ChildEngine], tmp_path: Path
) -> None:
    loaded_once = tmp_path / "loaded once"
    engine = start(order("once", loaded_once))

    with pytest.raises(EngineGone):
        await written(engine, saying("die SIGKILL"))
    await until(lambda: engine.health.restarts >= 3)
    with pytest.raises(EngineGone):
        await written(engine, saying(""))
    await until(lambda: "no memory left" in engine.health.last_end)
    loaded_once.unlink()

    assert await again(lambda: written(engine, saying(""))) == "the brake is open "


def test_pauses_double_up_to_a_longest_one_and_begin_at_none() -> None:
    policy = RestartPolicy(first_pause_s=0.5, longest_pause_s=60)

    assert [policy.pause_s(n) for n in (1, 2, 3, 4, 9, 10_000)] == [0.0, 0.5, 1.0, 2.0, 60.0, 60.0]


async def test_closing_ends_the_process_and_every_wait(start: Callable[..., ChildEngine]) -> None:
    engine = start()
    process = psutil.Process(engine.health.pid)
    waiting = asyncio.create_task(written(engine, saying("wait")))
    await engine.is_warm([saying("")])

    await engine.close()
    await engine.close()

    assert not process.is_running()
    with pytest.raises(EngineError):
        await waiting
    with pytest.raises(EngineError, match="closed"):
        await written(engine, saying(""))
    assert engine.health.state == "closed"


async def test_it_can_be_closed_while_it_is_being_started_again(
    start: Callable[..., ChildEngine], tmp_path: Path
) -> None:
    engine = start(order("once", tmp_path / "once"), RestartPolicy(first_pause_s=3600, longest_pause_s=3600))
    with pytest.raises(EngineGone):
        await written(engine, saying("die SIGKILL"))
    await until(lambda: engine.health.state == "waiting" and engine.health.restarts == 1)

    await asyncio.wait_for(engine.close(), WAIT_S)

    assert engine.health.pid is None


def test_several_event_loops_may_ask(start: Callable[..., ChildEngine]) -> None:
    engine = start()
    heard: list[str] = []

    def ask(n: int) -> None:
        heard.append(asyncio.run(written(engine, saying("", f"word {n}"))))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)

    assert sorted(heard) == [f"word {n} " for n in range(4)]


async def test_warming_survives_a_death_and_leaves_out_the_passage_over_which_it_died(
    start: Callable[..., ChildEngine],
) -> None:
    engine = start()
    prompts = [saying("", "one"), saying("die SIGSEGV", "two"), saying("", "three")]

    state = await asyncio.wait_for(warm(engine, prompts, 3), WAIT_S)

    assert (state.done, state.computed) == (3, 2)
    assert await engine.is_warm([saying("", "three")]) == [True]


async def test_a_long_prompt_and_one_with_half_a_character_arrive(start: Callable[..., ChildEngine]) -> None:
    engine = start()
    long = " ".join(["brake"] * 200_000)

    (reading,) = await engine.read([saying("", long)])

    assert reading.confidence == len(long)
    assert await written(engine, saying("", "a\ud800b")) == "a?b "


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_the_process_dies_with_its_parent_however_that_one_dies(name: str, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", _PARENT, str(SCRIPT), str(told)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"loaded\n"
    child = psutil.Process(int(told.read_text()))

    parent.send_signal(signal.Signals[name])
    parent.wait(WAIT_S)

    with contextlib.suppress(psutil.NoSuchProcess):
        child.wait(WAIT_S)
    assert not child.is_running()
    parent.stdout.close()


_PARENT = """
import asyncio, sys
from pathlib import Path
from copilot.engines.base import GenerationOptions, Prompt
from copilot.engines.building import ModelFile
from copilot.engines.child import ChildEngine, Load
from copilot.settings.sections import EngineSettings
file = ModelFile(path=Path("none"), model_id="m", identity="x", tier="tiny")
engine = ChildEngine.load(Load(file=file, engine=EngineSettings()), command=[sys.executable, *sys.argv[1:]])
print("loaded", flush=True)
async def ask():
    async for piece in engine.stream(Prompt("", "a", "wait"), GenerationOptions()):
        pass
asyncio.run(ask())
"""


@pytest.fixture
async def llama(tiny_model: Path, tmp_path: Path) -> AsyncIterator[ChildEngine]:
    settings = EngineSettings(threads=1, context=1024, gpu_layers=0)
    file = ModelFile(path=tiny_model, model_id="tiny", identity="hash", tier="tiny")
    kept = PrefixesFile(path=tmp_path / "prefixes.db", key="secret", budget_bytes=1 << 28)
    engine = await asyncio.to_thread(ChildEngine.load, Load(file=file, engine=settings, prefixes=kept))
    yield engine
    await engine.close()


@pytest.mark.model
async def test_llama_in_a_process_of_its_own_keeps_what_it_read_over_a_segfault(llama: ChildEngine) -> None:
    asked = Prompt("You help.", "The brake of the H40 opens at 24 V. " * 8, "At what voltage does the brake open?")
    first = await written(llama, asked)
    computed = (await llama.read([asked]))[0]
    assert await llama.warm(asked)
    before = llama.health.pid
    assert before is not None

    os.kill(before, signal.SIGSEGV)
    again_written = await again(lambda: written(llama, asked))

    assert first
    assert again_written == first
    assert llama.health.pid != before
    stats = llama.last_stats
    assert stats is not None
    assert stats.reused_tokens > 60  # the passage was not read again
    assert (await llama.read([asked]))[0] == Reading(computed.confidence, cached=True)


@pytest.mark.model
async def test_llama_dies_in_the_middle_of_a_reply_and_writes_the_next_one(llama: ChildEngine) -> None:
    asked = Prompt("You help.", "The brake opens at 24 V.", "Tell a long story about it.")

    async def ask() -> None:
        async for _ in llama.stream(asked, GenerationOptions(max_tokens=400)):
            assert llama.health.pid is not None
            os.kill(llama.health.pid, signal.SIGKILL)

    with pytest.raises(EngineGone, match="SIGKILL"):
        await ask()

    assert await again(lambda: written(llama, asked))


@pytest.mark.model
async def test_no_argument_and_no_variable_of_the_process_holds_the_key(llama: ChildEngine) -> None:
    process = psutil.Process(llama.health.pid)

    assert "secret" not in " ".join(process.cmdline())
    assert "secret" not in process.environ().values()
