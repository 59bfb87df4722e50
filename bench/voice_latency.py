"""How soon one hears an answer: the copilot's conversation beside the naive pipeline of the same parts.

Questions of the example manuals are spoken by Piper and played, as fast as they were spoken, into a real session with
the real listener, model and voice. Counted from the end of speech to the first spoken word of the evidence or answer.

The naive pipeline takes the same parts one after another: the same pause that ends an utterance, then speech to text
of the whole of it, then the answer to its end, then the whole answer as speech. Both run in one process, by turns.

Barge-in: somebody begins to talk while an answer is being spoken into a loudspeaker of PulseAudio; from the first
sample of speech to the last loud sample of the loudspeaker's monitor.

    python -m bench.voice_latency [--questions 20] [--tier standard] [--barge-in 10]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np

from bench.voice_parts import Room, machine_load, percentile, quantiles, spoken_question
from copilot.answering.events import Answer
from copilot.assembly import Assembly
from copilot.settings import Settings
from copilot.voice.listening.endpointing import Ended, Endpointer
from copilot.voice.session import Said, TurnEnded, Understood, VoiceSession
from copilot.voice.session.narration import sentences_of
from copilot.voice.speaking.base import SpokenAudio, Voice
from copilot.voice.speaking.choosing import choose_voice
from copilot.voice.spoken import speakable
from copilot.voice.values import SAMPLE_RATE_HZ, WINDOW_S, WINDOW_SAMPLES, AudioFrame, Samples, SpeechStarted
from index.ingest import Ingestor
from index.store import Store

ROOT = Path(__file__).parents[1]
QUESTIONS = ROOT / "examples" / "questions.jsonl"
MANUALS = ROOT / "examples" / "manuals"
_SILENCE_S = 2.0
_INTERRUPTIONS = ("Stop, please.", "Wait a moment.", "No, the other one.", "How about the motor?", "Again, please.")


class Microphone:
    """Somebody who speaks into a microphone, in real time, when `say` tells them to."""

    name = "microphone"

    def __init__(self) -> None:
        self._words: asyncio.Queue[Samples] = asyncio.Queue()
        self.ended_at = 0.0
        self.began_at = 0.0

    def say(self, samples: Samples) -> None:
        """Say it now."""
        self._words.put_nowait(samples)

    async def frames(self) -> AsyncIterator[AudioFrame]:
        began, at, waiting = time.monotonic(), 0, np.zeros(0, np.int16)
        quiet = np.random.default_rng(0)
        while True:
            if not self._words.empty() and not len(waiting):
                waiting = self._words.get_nowait()
                self.began_at = time.monotonic()
            window = (quiet.standard_normal(WINDOW_SAMPLES) * 8).astype(np.int16)  # a quiet room
            if len(waiting):
                piece, waiting = waiting[:WINDOW_SAMPLES], waiting[WINDOW_SAMPLES:]
                window[: len(piece)] += piece
                self.ended_at = time.monotonic() + WINDOW_S
            due = began + (at + 1) * WINDOW_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            yield AudioFrame(window, at * WINDOW_S, time.monotonic())
            at += 1


class FirstSound:
    """A sink that notes when sound came, and plays nothing: the way to the loudspeaker is measured by itself."""

    name = "first sound"

    def __init__(self) -> None:
        self.begun_at: float | None = None

    async def prepare(self) -> None: ...

    async def play(self, audio: SpokenAudio) -> None:
        self.begun_at = self.begun_at or time.monotonic()

    async def drain(self) -> None:
        self.begun_at = None

    def stop(self) -> None:
        self.begun_at = None

    async def close(self) -> None: ...


async def ours(
    session: VoiceSession, microphone: Microphone, question: Samples, events: asyncio.Queue[Any]
) -> dict[str, Any]:
    """One question through the conversation."""
    while not events.empty():
        events.get_nowait()
    microphone.say(question)
    heard, first = "", None
    async with asyncio.timeout(600):  # reading passages for the first time takes its time on a busy machine
        while True:
            event = await events.get()
            if isinstance(event, Understood):
                heard, heard_at = event.text, time.monotonic()
            if isinstance(event, Said) and first is None:
                first = time.monotonic()
            if isinstance(event, TurnEnded):
                break
    assert first is not None, "nothing was said"
    return {"heard": heard, "heard_s": heard_at - microphone.ended_at, "first_s": first - microphone.ended_at}


async def naive(assembly: Assembly, question: Samples, voice: Voice) -> dict[str, Any]:
    """The same parts, one after another; each waits for the whole of what is before it."""
    activity = assembly.voice.listener(Microphone())._hearing._activity
    endpointer = Endpointer(0.5, assembly.settings.voice.pause_ms / 1000)
    activity.reset()
    began = time.monotonic()
    ended_at = began + len(question) / SAMPLE_RATE_HZ
    sound = np.concatenate([question, np.zeros(int(_SILENCE_S * SAMPLE_RATE_HZ), np.int16)])
    for at in range(0, len(sound) - WINDOW_SAMPLES, WINDOW_SAMPLES):
        await asyncio.sleep(max(0.0, began + (at + WINDOW_SAMPLES) / SAMPLE_RATE_HZ - time.monotonic()))
        turns = endpointer.take(activity.probability(sound[at : at + WINDOW_SAMPLES]), at / SAMPLE_RATE_HZ)
        if any(isinstance(turn, Ended) for turn in turns):
            break
    endpoint_s = time.monotonic() - ended_at
    parts = assembly.voice.reading
    loop = asyncio.get_running_loop()
    transcript = await loop.run_in_executor(parts.thread, lambda: parts.transcriber.transcribe(question, ""))
    heard_s = time.monotonic() - ended_at
    answer: Answer | None = None
    async with aclosing(assembly.copilot().ask(transcript.text)) as events:
        async for event in events:
            if isinstance(event, Answer):
                answer = event
    assert answer is not None
    answer_s = time.monotonic() - ended_at
    spoken = " ".join(speakable(sentence) for sentence in sentences_of(answer.text))
    await asyncio.to_thread(lambda: list(voice.synthesise(spoken)))
    return {"endpoint_s": endpoint_s, "heard_s": heard_s, "answer_s": answer_s, "first_s": time.monotonic() - ended_at}


async def latency(assembly: Assembly, questions: Sequence[str], voice: Voice) -> dict[str, Any]:
    sounds = [spoken_question(voice, question) for question in questions]
    microphone, sink = Microphone(), FirstSound()
    session, notice = assembly.voice.session(microphone, sink)
    assert session.speaker is not None, notice
    events: asyncio.Queue[Any] = asyncio.Queue()

    async def watch() -> None:
        async for event in session.events():
            events.put_nowait(event)

    watching = asyncio.create_task(watch())
    await session.speaker.load()
    engine = await assembly.engine()
    rows: list[dict[str, Any]] = []
    for warm in (True, False):  # the first round reads the passages; the second one is counted
        for question, sound in zip(questions, sounds, strict=True):
            row = await ours(session, microphone, sound, events)
            if not warm:
                theirs = await naive(assembly, sound, voice)
                rows.append({"question": question, "ours": row, "naive": theirs})
                print(f"{row['first_s']:6.2f} s  naive {theirs['first_s']:6.2f} s  {row['heard']}", flush=True)
    await session.close()
    await watching
    mine = [row["ours"]["first_s"] for row in rows]
    theirs = [row["naive"]["first_s"] for row in rows]
    return {
        "model": engine.info.model,
        "n": len(rows),
        "ours_s": quantiles(mine),
        "ours_heard_s": quantiles([row["ours"]["heard_s"] for row in rows]),
        "naive_s": quantiles(theirs),
        "naive_heard_s": quantiles([row["naive"]["heard_s"] for row in rows]),
        "naive_answer_s": quantiles([row["naive"]["answer_s"] for row in rows]),
        "ratio_p50": round(percentile(theirs, 50) / percentile(mine, 50), 2),
        "ratio_paired_median": round(statistics.median(t / m for t, m in zip(theirs, mine, strict=True)), 2),
        "rows": rows,
    }


async def barge_in(assembly: Assembly, room: Room, voice: Voice, times: int) -> dict[str, Any]:
    """Talk into an answer, and measure on the loudspeaker's monitor when it is silent."""
    interruptions = [spoken_question(voice, words, loud=0.03) for words in _INTERRUPTIONS]
    microphone = Microphone()
    session, notice = assembly.voice.session(microphone, assembly.voice.loudspeaker())
    assert session.speaker is not None, notice
    events: asyncio.Queue[Any] = asyncio.Queue()

    async def watch() -> None:
        async for event in session.events():
            events.put_nowait(event)

    watching = asyncio.create_task(watch())
    await session.speaker.load()
    stops: list[float] = []
    onsets: list[float] = []
    for number in range(times):
        async with asyncio.timeout(60):
            while session.state != "waiting":  # noqa: ASYNC110 - every change of state is told, but to one iterator
                await asyncio.sleep(0.05)
        session.tell("This sentence is long enough to talk into, and it goes on, and on, and on, until somebody does.")
        async with asyncio.timeout(30):
            while not isinstance(await events.get(), Said):
                pass
        await asyncio.sleep(1.5)
        while not events.empty():
            events.get_nowait()
        words = _INTERRUPTIONS[number % len(_INTERRUPTIONS)]
        microphone.say(interruptions[number % len(interruptions)])
        async with asyncio.timeout(30):
            while not isinstance(await events.get(), SpeechStarted):
                pass
        onsets.append(time.monotonic() - microphone.began_at)
        await asyncio.sleep(2.5)
        stops.append(room.silent_since(microphone.began_at) - microphone.began_at)
        assert stops[-1] > 0, "nothing was being said that could be talked into"
        print(
            f"silent after {1000 * stops[-1]:4.0f} ms, noticed after {1000 * onsets[-1]:4.0f} ms  {words}", flush=True
        )
        session.stop()
    await session.close()
    await watching
    return {
        "n": times,
        "stop_ms": quantiles([1000 * stop for stop in stops]),
        "noticed_ms": quantiles([1000 * one for one in onsets]),
    }


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--tier", default="standard")
    parser.add_argument("--barge-in", type=int, default=10)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    questions = [question for question in questions if len(question.split()) > 3][: arguments.questions]
    result: dict[str, Any] = {"load_before": machine_load()}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(data_dir=Path(folder), overrides={"engine.tier": arguments.tier})
        async with Assembly(settings) as assembly:
            with Store.open(settings.index_file) as store:
                Ingestor(store, assembly.embedder).run([MANUALS], collection="manuals")
            voice = choose_voice(settings.voice, assembly.catalogue, assembly.models).voice
            assert voice is not None
            voice.load()
            if arguments.questions:
                assembly.begin_loading()
                result["latency"] = await latency(assembly, questions, voice)
            if arguments.barge_in:
                with Room() as room:
                    result["barge_in"] = await barge_in(assembly, room, voice, arguments.barge_in)
            voice.close()
    result["load_after"] = machine_load()
    rows = result.get("latency", {}).pop("rows", None)
    print(json.dumps(result, indent=2))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(result | {"rows": rows}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
