"""A real sound card: PulseAudio with null sinks, seen through PortAudio."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from copilot.voice.listening.activity import SileroActivity
from copilot.voice.listening.listener import SourceListener
from copilot.voice.listening.microphone import Microphone
from copilot.voice.listening.options import ListeningOptions
from copilot.voice.listening.reading import ReadingParts
from copilot.voice.soundcard import devices, find_device
from copilot.voice.values import (
    SAMPLE_RATE_HZ,
    Heard,
    Hints,
    Level,
    ListeningProblem,
    MicrophoneChanged,
    Samples,
    Transcript,
    Written,
)
from index.errors import AudioError


class Length:
    """Speech to text that says how many tenths of seconds of sound it was given."""

    language = "en"

    def load(self) -> None:
        return

    def transcribe(self, samples: Samples, prompt: str = "", *, final: bool = True) -> Transcript:
        return Transcript(f"{len(samples) * 10 // SAMPLE_RATE_HZ}", "en", 1.0, 1.0, 0.0)

    def compare(self, texts: object) -> list[float]:
        return []

    def write(self, transcript: Transcript, hints: Hints, compare: object = None) -> Written:
        return Written(transcript.text)

    def prompt(self, hints: Hints) -> str:
        return ""


def recorded(samples: Samples, path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(samples.tobytes())
    return path


def test_microphones_are_listed_and_chosen_by_a_part_of_their_name(sound_card) -> None:
    assert sound_card.microphone in [device.name for device in devices("in")]
    assert find_device("in", "HEADS").name == sound_card.microphone
    assert find_device("in", None)
    with pytest.raises(AudioError, match="nowhere") as caught:
        find_device("in", "nowhere")
    assert sound_card.microphone in caught.value.remedy


async def test_what_is_said_into_the_microphone_is_heard_and_unplugging_is_survived(
    sound_card, say: Callable[..., Samples], tmp_path: Path
) -> None:
    spoken = say("What does this fault mean on the drive?")
    path = recorded(np.concatenate([spoken, np.zeros(SAMPLE_RATE_HZ, np.int16)]), tmp_path / "said.wav")
    told: asyncio.Queue[object] = asyncio.Queue()
    length = Length()

    async def expect(wanted: type, within_s: float = 60, **fields: object) -> object:
        async with asyncio.timeout(within_s):
            while True:
                event = await told.get()
                if isinstance(event, wanted) and all(getattr(event, k) == v for k, v in fields.items()):
                    return event

    async def play_until(wanted: type) -> object:
        for _ in range(4):  # on a busy machine the device may seem to be gone for a moment
            with suppress(TimeoutError):
                playing = sound_card.play(path)
                try:
                    return await expect(wanted, within_s=15)
                finally:
                    playing.wait(timeout=30)
        raise AssertionError(f"no {wanted.__name__}")

    with ThreadPoolExecutor(1) as thread:
        listener = SourceListener(
            Microphone(sound_card.microphone),
            SileroActivity(),
            ReadingParts(length, length, length, thread),
            ListeningOptions(look_again_s=0.2),
        )

        async def collect() -> None:
            async for event in listener.events():
                told.put_nowait(event)

        collecting = asyncio.create_task(collect())
        await expect(MicrophoneChanged, state="open")
        level = await expect(Level)
        heard = await play_until(Heard)

        assert isinstance(level, Level)
        assert isinstance(heard, Heard)
        assert abs(int(heard.text) / 10 - len(spoken) / SAMPLE_RATE_HZ) < 1.0

        sound_card.unplug()
        await expect(ListeningProblem, kind="microphone-lost")
        sound_card.plug_in()
        await expect(MicrophoneChanged, state="open")

        await listener.mute()
        assert sound_card.control("list", "short", "source-outputs") == "", "mute is really off"
        await listener.close()
        await collecting


async def test_no_sound_card_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/none")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "none.conf"))

    with pytest.raises(AudioError) as caught:
        async for _ in Microphone("nowhere").frames():
            pass

    assert caught.value.remedy
