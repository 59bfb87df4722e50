"""Sound from files and from others, in one format."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.listening.files import FileSource, read_whole
from copilot.voice.listening.levels import LevelMeter
from copilot.voice.listening.pushed import PushedSource
from copilot.voice.listening.resampling import Resampler, Windows, mixed_down
from copilot.voice.values import SAMPLE_RATE_HZ, WINDOW_SAMPLES, AudioFrame, Samples
from index.errors import AudioError, DamagedDocument, InputError, UnreadableFile, UnsupportedDocument


def tone(seconds: float, rate_hz: int, frequency_hz: float = 440.0) -> Samples:
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    return (10_000 * np.sin(2 * np.pi * frequency_hz * at)).astype(np.int16)


def pitch(samples: Samples) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples.astype(float)))) * SAMPLE_RATE_HZ / len(samples))


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_a_tone_keeps_its_pitch_at_any_rate(rate_hz: int) -> None:
    resampler = Resampler(rate_hz)
    sound = tone(1.0, rate_hz)

    out = np.concatenate([*(resampler.take(part) for part in np.array_split(sound, 13)), resampler.rest()])

    assert abs(len(out) - SAMPLE_RATE_HZ) < 200
    assert abs(pitch(out) - 440) < 5


def test_a_silent_channel_does_not_halve_the_other() -> None:
    left = tone(0.1, SAMPLE_RATE_HZ)
    both = np.column_stack([left, np.zeros_like(left)]).reshape(-1)

    assert np.array_equal(mixed_down(both, 2), left)


@pytest.mark.parametrize(("rate_hz", "channels"), [(0, 1), (1_000, 1), (10**7, 1), (16_000, 0), (16_000, 99)])
def test_a_rate_that_no_sound_has_is_refused(rate_hz: int, channels: int) -> None:
    with pytest.raises(AudioError):
        PushedSource("headset", rate_hz, channels)


@given(st.lists(st.integers(0, 1500), max_size=12))
def test_windows_lose_nothing(sizes: list[int]) -> None:
    windows = Windows()
    sound = np.arange(sum(sizes), dtype=np.int64).astype(np.int16)
    parts = np.split(sound, np.cumsum(sizes)[:-1]) if sizes else []

    frames = [frame for part in parts for frame in windows.take(part, 0.0)] + list(windows.rest(0.0))

    joined = np.concatenate([frame.samples for frame in frames]) if frames else np.zeros(0, np.int16)
    assert np.array_equal(joined[: len(sound)], sound)
    assert not joined[len(sound) :].any()
    assert all(len(frame.samples) == WINDOW_SAMPLES for frame in frames)
    assert [round(frame.started_s * SAMPLE_RATE_HZ) for frame in frames] == [512 * n for n in range(len(frames))]


async def test_what_is_sent_in_odd_bytes_arrives_whole() -> None:
    source = PushedSource("headset", 16_000)
    sound = tone(0.32, 16_000)
    frames = source.frames()
    reading = frames.__aiter__()
    got = []

    async def take() -> None:
        got.extend([frame.samples async for frame in reading])

    task = asyncio.create_task(take())
    await asyncio.sleep(0)
    data = sound.tobytes()
    for start in range(0, len(data), 333):
        source.feed(data[start : start + 333])
    source.end()
    await task

    assert np.array_equal(np.concatenate(got)[: len(sound)], sound)


@pytest.mark.parametrize("name", ["question.wav", "question.flac", "question.ogg"])
def test_a_file_of_any_usual_format_is_read(name: str, say: Callable[..., Samples], tmp_path: Path) -> None:
    spoken = say("What does this fault mean?")
    wav = tmp_path / "in.wav"
    with wave.open(str(wav), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(spoken.tobytes())
    path = tmp_path / name
    subprocess.run([shutil.which("sox") or "sox", str(wav), str(path)], check=True)

    async def frames() -> list[AudioFrame]:
        return [frame async for frame in FileSource(path).frames()]

    assert abs(len(asyncio.run(frames())) * WINDOW_SAMPLES - len(spoken)) < 3000


def test_what_is_no_sound_is_said_to_be_none(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no sound at all, " * 100, encoding="utf-8")
    empty = tmp_path / "empty.wav"
    empty.write_bytes(b"")
    cut = tmp_path / "cut.wav"
    cut.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00")
    for path, kinds in (
        (text, UnsupportedDocument),
        (empty, UnsupportedDocument),
        (cut, (UnsupportedDocument, DamagedDocument)),
        (tmp_path / "missing.wav", UnreadableFile),
        (tmp_path, UnreadableFile),
    ):
        with pytest.raises(InputError) as caught:
            read_whole(path)
        assert isinstance(caught.value, kinds)
        assert caught.value.remedy


def test_a_file_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(np.repeat(tone(2.0, 44_100), 2).tobytes())
    path.write_bytes(path.read_bytes()[:200_000])

    assert 0.9 < len(read_whole(path)) / SAMPLE_RATE_HZ < 1.3


def test_the_meter_tells_loud_from_quiet() -> None:
    meter = LevelMeter()
    loud = [meter.take(tone(0.032, SAMPLE_RATE_HZ)[:512] * 3, 0.5) for _ in range(4)][-1]
    quiet = [meter.take(np.zeros(512, np.int16), 0.0) for _ in range(4)][-1]

    assert loud is not None
    assert quiet is not None
    assert -6 < loud.rms_dbfs < -2
    assert quiet.rms_dbfs == quiet.peak_dbfs == -96
