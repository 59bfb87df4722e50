"""Noise of a hall, made with sox and mixed at set levels."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bench.voice.speakers import speak
from copilot.voice.listening.files import read_whole
from copilot.voice.values import SAMPLE_RATE_HZ, Samples

KINDS: Final = ("hum", "white", "babble")
_TALK: Final = (
    "The delivery for hall three comes at ten, tell them to wait at the gate.",
    "Did you see the game last night, that was something.",
    "We need two more pallets over here before the shift ends.",
    "Can somebody turn that radio down please, I am on the phone.",
    "Lunch is at twelve today because of the meeting.",
    "I put the keys back on the hook where they belong.",
)
# A motor at mains frequency with its harmonics and its bearings' hiss, slowly swelling.
_HUM: Final = (
    "synth {s} sine 50 synth {s} sine mix 100 synth {s} sine mix 150 synth {s} sawtooth mix 25 "
    "synth {s} brownnoise mix tremolo 0.7 30"
)


def noise(kind: str, seconds: float, folder: Path) -> Samples:
    """Return noise of one kind, at full level."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}-{seconds:.0f}.wav"
    if not path.is_file():
        if kind == "babble":
            return _babble(seconds, folder)
        recipe = _HUM if kind == "hum" else "synth {s} whitenoise"
        if kind == "press":  # strokes, twice a second
            recipe = "synth {s} pinknoise tremolo 2 95 synth {s} square amod 2 20"
        command = f"sox -R -n -r {SAMPLE_RATE_HZ} -b 16 -c 1 {path} {recipe.format(s=seconds)} gain -n -3"
        subprocess.run(command.split(), check=True, timeout=600, stderr=subprocess.DEVNULL)
    return read_whole(path)


def _babble(seconds: float, folder: Path) -> Samples:
    voices = ("en-us", "en-gb", "en-gb-scotland", "en-029", "en-us+f3", "en-us+m5")
    mixed = np.zeros(int(seconds * SAMPLE_RATE_HZ), np.float64)
    for number, voice in enumerate(voices):
        said = [read_whole(path) for path in speak("espeak", _TALK, folder / "talk", voice)]
        once = np.concatenate(said[number:] + said[:number]).astype(np.float64)
        mixed += np.resize(np.roll(once, number * 7919), len(mixed))
    return np.asarray((mixed / np.abs(mixed).max() * 23000).astype(np.int16))


def mixed(speech: Samples, sound: Samples, ratio_db: float, at: int = 0) -> Samples:
    """Return speech with noise ``ratio_db`` below it: by the mean power of the speech where there is speech."""
    loud = speech.astype(np.float64)
    windows = loud[: len(loud) // 512 * 512].reshape(-1, 512)
    power = np.square(windows).mean(axis=1)
    spoken = power[power > power.max() * 1e-3].mean() if len(power) else np.square(loud).mean()
    under = np.resize(np.roll(sound, -at), len(speech)).astype(np.float64)
    under *= np.sqrt(spoken / max(1.0, np.square(under).mean())) * 10 ** (-ratio_db / 20)
    both = loud + under
    return np.asarray((both * min(1.0, 32000 / max(1.0, np.abs(both).max()))).astype(np.int16))


def joined(parts: Sequence[Samples], silence_s: float = 0.5) -> Samples:
    """Return sounds one after the other, with silence around each."""
    gap = np.zeros(int(silence_s * SAMPLE_RATE_HZ), np.int16)
    return np.concatenate([piece for part in parts for piece in (gap, part)] + [gap])
