"""Speech into a WAV file, as fast as it can be computed."""

from __future__ import annotations

import contextlib
import io
import os
import threading
import wave
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import numpy as np

from copilot.voice.speaking.base import SpokenAudio
from copilot.voice.speaking.resampling import OutputRate
from copilot.voice.values import SAMPLE_RATE_HZ, Samples
from index.errors import AudioError


class FileSink:
    """Collects speech and writes it on `close`, whole or not at all.

    Args:
        path: The WAV file; one that is there is replaced.
        now: Monotonic seconds.
    """

    def __init__(self, path: Path, now: Callable[[], float] = monotonic) -> None:
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        self._pieces: list[Samples] = []
        self._rate: OutputRate | None = None
        self._begun_at: float | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self._path.name

    @property
    def begun_at(self) -> float | None:
        """See `base.Sink`."""
        return self._begun_at

    @property
    def seconds(self) -> float:
        """How much speech was taken so far."""
        with self._lock:
            return sum(map(len, self._pieces)) / self._rate.rate_hz if self._rate else 0.0

    async def prepare(self) -> None:
        """Always ready."""

    async def play(self, audio: SpokenAudio) -> None:
        """See `base.Sink`."""
        with self._lock:
            self._rate = self._rate or OutputRate(audio.rate_hz)
            self._pieces.append(self._rate.take(audio.samples, audio.rate_hz))
            if self._begun_at is None:
                self._begun_at = self._now()

    async def drain(self) -> None:
        """A file has heard everything at once."""
        self._begun_at = None

    def stop(self) -> None:
        """Nothing waits here."""
        self._begun_at = None

    async def close(self) -> None:
        """Write the file; without any speech it holds none.

        Raises:
            AudioError: It can't be written.
        """
        whole = io.BytesIO()
        with wave.open(whole, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self._rate.rate_hz if self._rate else SAMPLE_RATE_HZ)
            file.writeframes(np.concatenate([*self._pieces, np.zeros(0, np.int16)]).astype("<i2").tobytes())
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            beside.write_bytes(whole.getvalue())
            beside.replace(self._path)
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise AudioError(f"{self._path} can't be written.", "Name another file with --to-file.") from error
