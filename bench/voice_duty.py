"""Eight hours on duty, faster than they pass: the memory of listening, answering and speaking must stay flat.

A real session (voice activity detection, speech to text, search, quoting, Piper in its process) hears hours of
machine hum with a question in it every few minutes: spoken, answered, followed by "more" or "repeat". The microphone
gives its sound as fast as it is taken, and waits while an answer is told.

    python -m bench.voice_duty [--hours 8] [--every-s 120]
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import json
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from bench.voice_latency import MANUALS, QUESTIONS, FirstSound
from bench.voice_parts import machine_load, spoken_question
from copilot.assembly import Assembly
from copilot.settings import Settings
from copilot.voice.session import Trouble, TurnEnded, VoiceSession
from copilot.voice.speaking.choosing import choose_voice
from copilot.voice.values import SAMPLE_RATE_HZ, WINDOW_S, WINDOW_SAMPLES, AudioFrame, Samples
from index.ingest import Ingestor
from index.store import Store

_SAMPLES_OF_MEMORY = 32
_AFTER_S = 4.0  # of hum, in which an utterance ends


class Shift:
    """A microphone beside a machine: hum for hours, and somebody who asks something now and then.

    Args:
        said: What is said, in turn.
        hours: How long.
        every_s: Between two utterances.
    """

    name = "shift"

    def __init__(self, said: list[Samples], hours: float, every_s: float) -> None:
        self._said = said
        self._windows = round(hours * 3600 / WINDOW_S)
        self._every = round(every_s / WINDOW_S)
        self.at = 0
        self.uttered = 0
        self.turn_over = asyncio.Event()

    async def frames(self) -> AsyncIterator[AudioFrame]:
        rng = np.random.default_rng(0)
        seconds = np.arange(SAMPLE_RATE_HZ * 2) / SAMPLE_RATE_HZ
        hum = sum(np.sin(2 * np.pi * 50 * n * seconds) / n for n in (1, 2, 3, 6)) * 250
        noise = (hum + rng.standard_normal(len(hum)) * 60).astype(np.int16)
        waiting = np.zeros(0, np.int16)
        quiet_in: int | None = None
        while self.at < self._windows:
            if self.at % self._every == 100:
                waiting = self._said[self.uttered % len(self._said)]
                self.uttered += 1
                self.turn_over.clear()
                quiet_in = round((len(waiting) / SAMPLE_RATE_HZ + _AFTER_S) / WINDOW_S)
            start = self.at * WINDOW_SAMPLES % (len(noise) - WINDOW_SAMPLES)
            window = noise[start : start + WINDOW_SAMPLES].copy()
            piece, waiting = waiting[:WINDOW_SAMPLES], waiting[WINDOW_SAMPLES:]
            window[: len(piece)] += piece
            yield AudioFrame(window, self.at * WINDOW_S, time.monotonic())
            self.at += 1
            if quiet_in is not None and (quiet_in := quiet_in - 1) <= 0:
                quiet_in = None
                try:
                    async with asyncio.timeout(60):
                        await self.turn_over.wait()
                except TimeoutError:
                    pass
            if self.at % 32 == 0:
                await asyncio.sleep(0)


def memory_mb() -> tuple[float, float]:
    """Of this process, and of the voice's."""
    process = psutil.Process()
    children = sum(child.memory_info().rss for child in process.children(recursive=True))
    return process.memory_info().rss / 1e6, children / 1e6


async def duty(session: VoiceSession, shift: Shift, hours: float) -> dict[str, Any]:
    rows: list[tuple[float, float, float]] = []
    turns = troubles = 0
    began = time.monotonic()
    async for event in session.events():
        if isinstance(event, TurnEnded):
            turns += 1
            shift.turn_over.set()
        troubles += isinstance(event, Trouble)
        at_h = shift.at * WINDOW_S / 3600
        if at_h >= hours * len(rows) / _SAMPLES_OF_MEMORY:
            rows.append((round(at_h, 3), *(round(one, 1) for one in memory_mb())))
    ctypes.CDLL(None).malloc_trim(0)
    later = np.array(rows[len(rows) // 4 :])  # what is loaded at first use has been by then
    return {
        "hours": hours,
        "took_s": round(time.monotonic() - began, 1),
        "uttered": shift.uttered,
        "answered": turns,
        "troubles": troubles,
        "ours_mb": {"after_a_quarter": later[0, 1], "end": later[-1, 1], "a_hour": _slope(later[:, 0], later[:, 1])},
        "voice_mb": {"after_a_quarter": later[0, 2], "end": later[-1, 2], "a_hour": _slope(later[:, 0], later[:, 2])},
        "ours_after_giving_back_mb": round(memory_mb()[0], 1),  # what is left is held, not only not given back
        "rows": rows,
    }


def _slope(hours: np.ndarray, megabytes: np.ndarray) -> float:
    return round(float(np.polyfit(hours, megabytes, 1)[0]), 3) if len(hours) > 2 else 0.0


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--every-s", type=float, default=120.0)
    arguments = parser.parse_args()
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()][:6]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(data_dir=Path(folder), overrides={"engine.tier": "tiny"})
        async with Assembly(settings) as assembly:
            with Store.open(settings.index_file) as store:
                Ingestor(store, assembly.embedder).run([MANUALS], collection="manuals")
            voice = choose_voice(settings.voice, assembly.catalogue, assembly.models).voice
            assert voice is not None
            more, again = spoken_question(voice, "More, please."), spoken_question(voice, "Repeat that.")
            said = [sound for question in questions for sound in (spoken_question(voice, question), more, again)]
            voice.close()
            shift = Shift(said, arguments.hours, arguments.every_s)
            session, notice = assembly.voice.session(shift, FirstSound(), use_model=False)
            assert session.speaker is not None, notice
            result = await duty(session, shift, arguments.hours)
    print(json.dumps(result | {"load": machine_load()}, indent=None))


if __name__ == "__main__":
    asyncio.run(main())
