"""What listening costs while nobody talks, whether noise wakes it, and whether memory grows.

    python -m bench.voice_idle [--minutes 60] [--seed 3] [--real-seconds 60] [--hours 8] [--utterances-an-hour 30]

Three parts. The CPU time of listening to a source in real time, as a share of one core. An hour of a hall (motors,
strokes of a press, compressed air, beepers, white noise) fed as fast as it goes: how often it was taken for speech, and
how often for words. Hours of duty with an utterance now and then, all of it read: the memory after each.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import psutil

from bench.voice.sentences import sentences
from bench.voice.speakers import speak
from bench.voice_wer import index_of_examples
from copilot.catalogue import Catalogue, ModelStore
from copilot.settings.paths import default_data_dir
from copilot.voice.intents import GrammarCommands
from copilot.voice.listening.activity import SileroActivity
from copilot.voice.listening.files import read_whole
from copilot.voice.listening.listener import SourceListener
from copilot.voice.listening.options import ListeningOptions
from copilot.voice.listening.reading import ReadingParts
from copilot.voice.listening.resampling import Windows
from copilot.voice.transcribing.whisper import WhisperTranscriber
from copilot.voice.values import SAMPLE_RATE_HZ, WINDOW_S, AudioFrame, Heard, Samples, SpeechStarted
from copilot.voice.vocabulary import IndexPrompter
from copilot.voice.written.lexicon import IndexLexicon
from copilot.voice.written.writer import SpokenWriter

# Each at a level of its own, mixed two by two and faded into each other.
RECIPES: Final = {
    "motor": "synth {s} sine 50 synth {s} sawtooth mix 25 synth {s} brownnoise mix tremolo 0.7 30",
    "inverter": "synth {s} sine 1800-2600 tremolo 0.3 60 synth {s} pinknoise mix",
    "press": "synth {s} pinknoise tremolo 1.6 98",
    "air": "synth {s} whitenoise tremolo 0.25 99",
    "beeper": "synth {s} square 880 tremolo 1 100 gain -8",
    "hammering": "synth {s} brownnoise tremolo 4 99 synth {s} sine mix 220 tremolo 4 99",
    "bearing": "synth {s} pinknoise tremolo 22 70 synth {s} triangle mix 330 gain -3",
    "fan": "synth {s} brownnoise synth {s} sine mix 120",
}
_PIECE_S: Final = 30


class Sounds:
    """A source of pieces, as fast as they are taken or as fast as they would be heard."""

    name = "hall"

    def __init__(self, pieces: Iterator[Samples], *, paced: bool = False) -> None:
        self._pieces = pieces
        self._paced = paced

    async def frames(self) -> AsyncIterator[AudioFrame]:
        """Yield windows."""
        windows = Windows()
        began_s = time.monotonic()
        for piece in self._pieces:
            for frame in windows.take(piece, time.monotonic()):
                if self._paced:
                    await asyncio.sleep(max(0.0, began_s + frame.started_s + WINDOW_S - time.monotonic()))
                yield frame
            if not self._paced:
                await asyncio.sleep(0)


def hall(folder: Path) -> dict[str, Samples]:
    """The noises, thirty seconds each."""
    made: dict[str, Samples] = {}
    for name, recipe in RECIPES.items():
        path = folder / f"{name}.wav"
        command = f"sox -R -n -r {SAMPLE_RATE_HZ} -b 16 -c 1 {path} {recipe.format(s=_PIECE_S)} gain -n -3"
        subprocess.run(command.split(), check=True, timeout=120, stderr=subprocess.DEVNULL)
        made[name] = read_whole(path)
    return made


def mixture(noises: dict[str, Samples], seconds: float, seed: int = 3) -> Iterator[Samples]:
    """Yield pieces of two noises at changing levels."""
    chance = np.random.default_rng(seed)
    names = list(noises)
    for _ in range(round(seconds / _PIECE_S)):
        first, second = chance.choice(len(names), 2, replace=False)
        levels = 10 ** (chance.uniform(-30, 0, 2) / 20)
        piece = (
            noises[names[first]] * levels[0]
            + np.roll(noises[names[second]], int(chance.integers(1, 400_000))) * levels[1]
        )
        swell = np.interp(np.linspace(0, 1, len(piece)), [0, 0.3, 0.7, 1], chance.uniform(0.3, 1.0, 4))
        yield np.asarray(np.clip(piece * swell, -32000, 32000).astype(np.int16))


def duty(noises: dict[str, Samples], spoken: Sequence[Samples], hours: float, an_hour: int) -> Iterator[Samples]:
    """Yield a hall in which somebody says something now and then."""
    every = max(1, round(3600 / max(1, an_hour) / _PIECE_S))
    for number, piece in enumerate(mixture(noises, hours * 3600, seed=5)):
        yield (piece * 0.1).astype(np.int16)
        if an_hour and number % every == 0:
            yield np.concatenate([spoken[number // every % len(spoken)], np.zeros(SAMPLE_RATE_HZ, np.int16)])


async def idle_share(parts: ReadingParts, noises: dict[str, Samples], seconds: float) -> float:
    """Share of one core that listening takes while nobody talks."""
    quiet = ((piece * 0.03).astype(np.int16) for piece in mixture(noises, seconds + _PIECE_S))
    listener = SourceListener(Sounds(quiet, paced=True), SileroActivity(), parts, ListeningOptions())
    began_cpu_s = began_s = 0.0
    async for _ in listener.events():
        if not began_s:
            began_s, began_cpu_s = time.monotonic(), time.process_time()
        if time.monotonic() - began_s >= seconds:
            break
    share = (time.process_time() - began_cpu_s) / (time.monotonic() - began_s)
    await listener.close()
    return share


async def listen(parts: ReadingParts, pieces: Iterator[Samples], each_hour: bool = False) -> dict[str, object]:
    """Listen to the end; count what was taken for speech, and the memory after each hour."""
    listener = SourceListener(Sounds(pieces), SileroActivity(), parts, ListeningOptions())
    started = heard = 0
    memory: list[int] = []
    seconds = 0.0
    async for event in listener.events():
        started += isinstance(event, SpeechStarted)
        heard += isinstance(event, Heard)
        seconds += 4 * WINDOW_S if type(event).__name__ == "Level" else 0
        if each_hour and seconds >= 3600 * (len(memory) + 1):
            gc.collect()
            memory.append(psutil.Process().memory_info().rss >> 20)
    return {"minutes": round(seconds / 60, 1), "taken_for_speech": started, "heard": heard, "rss_mib": memory}


async def measure(given: argparse.Namespace, folder: Path) -> None:
    """Measure and print."""
    model = ModelStore(default_data_dir()).directory(Catalogue.load().get("whisper-base"))
    transcriber = WhisperTranscriber(lambda: model)
    transcriber.load()
    noises = hall(folder)
    with index_of_examples(folder) as store, ThreadPoolExecutor(1) as thread:
        lexicon = IndexLexicon(lambda: store)
        parts = ReadingParts(
            transcriber,
            SpokenWriter(lexicon, commands=GrammarCommands()),
            IndexPrompter(lambda: store, lexicon),
            thread,
        )
        if given.real_seconds:
            share = await idle_share(parts, noises, given.real_seconds)
            print(
                json.dumps({"part": "idle", "seconds": given.real_seconds, "share_of_a_core": round(share, 4)}),
                flush=True,
            )
        if given.minutes:
            began_s = time.monotonic()
            row = await listen(parts, mixture(noises, given.minutes * 60, given.seed))
            print(
                json.dumps(
                    {"part": "noise", "seed": given.seed, **row, "took_s": round(time.monotonic() - began_s, 1)}
                ),
                flush=True,
            )
        if given.hours:
            asked = [sentence.spoken for sentence in sentences(40)]
            spoken = [read_whole(path) for path in speak("piper", asked, folder / "speech")]
            row = await listen(parts, duty(noises, spoken, given.hours, given.utterances_an_hour), each_hour=True)
            print(json.dumps({"part": "duty", **row}), flush=True)


def main() -> None:
    """Read what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="of noise; 0 leaves this part out")
    parser.add_argument("--seed", type=int, default=3, help="of the noise: which sounds meet, and how loud")
    parser.add_argument("--real-seconds", type=float, default=60, help="of idling in real time; 0 leaves it out")
    parser.add_argument("--hours", type=float, default=8, help="of duty; 0 leaves this part out")
    parser.add_argument("--utterances-an-hour", type=int, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(measure(given, Path(temporary)))


if __name__ == "__main__":
    main()
