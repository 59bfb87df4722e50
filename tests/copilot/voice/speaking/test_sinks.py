"""Where speech goes: into a file, over a wire at the pace at which it is heard, into a loudspeaker."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from copilot.voice.soundcard import find_device
from copilot.voice.speaking.base import SpokenAudio
from copilot.voice.speaking.resampling import OutputRate
from copilot.voice.speaking.sinks import FileSink, PieceSink
from copilot.voice.speaking.sinks.loudspeaker import Loudspeaker
from index.errors import AudioError
from tests.copilot.voice.sounds import SoundCard


def tone(seconds: float, rate_hz: int = 22_050, hertz: float = 440.0) -> SpokenAudio:
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    return SpokenAudio((np.sin(2 * np.pi * hertz * at) * 9000).astype(np.int16), rate_hz)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_a_file_is_written_whole_at_the_rate_of_its_first_sound(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "answer.wav")
    await sink.play(tone(0.5))
    await sink.play(tone(0.5, 16_000))
    await sink.close()

    with wave.open(str(tmp_path / "answer.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (22_050, 1, 2)
        assert file.getnframes() == pytest.approx(22_050, abs=50)


async def test_a_file_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "no-folder" / "answer.wav")
    await sink.play(tone(0.1))

    with pytest.raises(AudioError, match="can't be written"):
        await sink.close()


async def test_over_a_wire_no_more_is_sent_than_will_soon_be_heard() -> None:
    clock, sent = Clock(), []

    async def send(data: bytes) -> None:
        sent.append(len(data))

    sink = PieceSink(send, lambda: None, 16_000, now=clock)
    for _ in range(5):
        await sink.play(tone(0.1, 16_000))
    waiting = asyncio.create_task(sink.play(tone(0.1, 16_000)))
    await asyncio.sleep(0.05)
    assert not waiting.done()  # half a second is ahead already

    clock.now += 1.0
    async with asyncio.timeout(5):
        await waiting
    assert sum(sent) == 6 * 2 * 1600


async def test_over_a_wire_stop_drops_what_was_sent_but_not_heard() -> None:
    clock, silences = Clock(), []

    async def send(data: bytes) -> None: ...

    sink = PieceSink(send, lambda: silences.append(1), 16_000, now=clock)
    await sink.play(tone(1.0, 16_000))
    draining = asyncio.create_task(sink.drain())
    await asyncio.sleep(0)
    sink.stop()
    async with asyncio.timeout(5):
        await draining

    assert silences == [1]
    assert sink.begun_at is None


def test_another_rate_keeps_length_and_pitch_without_clicks() -> None:
    rate, sound = OutputRate(16_000), tone(1.0)
    pieces = [rate.take(sound.samples[at : at + 2205], 22_050) for at in range(0, 22_050, 2205)]
    whole = np.concatenate([*pieces, rate.rest()]).astype(np.float64)

    assert len(whole) == pytest.approx(16_000, abs=40)
    spectrum = np.abs(np.fft.rfft(whole * np.hanning(len(whole))))
    assert np.argmax(spectrum) * 16_000 / len(whole) == pytest.approx(440, abs=2)
    assert spectrum[600:].max() < spectrum.max() / 500  # a click would ring everywhere


class Monitor:
    """Hears what a loudspeaker plays.

    Attributes:
        loud: Whether it was loud in the last twentieth of a second.
    """

    def __init__(self, card: SoundCard) -> None:
        command = ["parec", "-d", "loudspeaker.monitor", "--rate=16000", "--channels=1", "--format=s16le"]
        self._process = subprocess.Popen(
            [*command, "--latency-msec=20"], env=card.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.loud = False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while piece := self._process.stdout.read(1600):
            self.loud = int(np.abs(np.frombuffer(piece, np.int16).astype(np.int32)).max()) > 500

    async def until(self, loud: bool) -> None:
        async with asyncio.timeout(30):
            while self.loud != loud:  # noqa: ASYNC110 - another thread hears
                await asyncio.sleep(0.02)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


async def test_a_loudspeaker_plays_and_is_silent_when_it_is_stopped(sound_card: SoundCard) -> None:
    sink, monitor = Loudspeaker(lambda: find_device("out", sound_card.loudspeaker)), Monitor(sound_card)
    try:
        await sink.prepare()
        playing = asyncio.create_task(_play(sink, 20.0))
        await monitor.until(loud=True)
        assert sink.begun_at is not None
        playing.cancel()
        sink.stop()
        await monitor.until(loud=False)
        await sink.drain()

        await _play(sink, 0.5)  # it can be heard again
        await monitor.until(loud=True)
        await sink.drain()
        assert sink.begun_at is None
    finally:
        monitor.close()
        await sink.close()


async def _play(sink: Loudspeaker, seconds: float) -> None:
    for _ in range(round(seconds / 0.1)):
        await sink.play(tone(0.1))


async def test_a_loudspeaker_that_is_not_there_is_told(sound_card: SoundCard) -> None:
    sink = Loudspeaker(lambda: find_device("out", "no such thing"))

    with pytest.raises(AudioError, match="There is no loudspeaker"):
        await sink.prepare()
