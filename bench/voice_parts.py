"""What the measurements of voice share: a sound card without sound, spoken questions, quantiles."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from copilot.voice.speaking.base import Voice
from copilot.voice.speaking.resampling import OutputRate
from copilot.voice.spoken import speakable
from copilot.voice.values import SAMPLE_RATE_HZ, Samples

_LOUD = 300  # of 32768


class Room:
    """PulseAudio with a loudspeaker that nobody hears, and somebody who listens at its monitor.

    For this process and its children while it is open.
    """

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        socket = Path(self._folder.name) / "socket"
        self._before = os.environ.get("PULSE_SERVER")
        environment = os.environ | {"XDG_RUNTIME_DIR": self._folder.name, "HOME": self._folder.name}
        self._server = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
             "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
             "-L", "module-null-sink sink_name=speaker"],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 10
        while not socket.exists() and time.monotonic() < until:
            time.sleep(0.05)
        os.environ["PULSE_SERVER"] = f"unix:{socket}"
        self._monitor = subprocess.Popen(
            ["parec", "-d", "speaker.monitor", "--rate=16000", "--channels=1", "--format=s16le", "--latency-msec=5"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._loud_at: list[float] = []
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in (self._monitor, self._server):
            process.terminate()
            process.wait()
        if self._before is None:
            del os.environ["PULSE_SERVER"]
        else:
            os.environ["PULSE_SERVER"] = self._before
        self._folder.cleanup()

    def silent_since(self, after: float, gap_s: float = 0.3) -> float:
        """When the loudspeaker was loud last before it was silent for a while, in monotonic seconds.

        Args:
            after: What was before it doesn't count.
            gap_s: How long it must be silent; a breath between words is shorter.
        """
        last = after
        for at in [one for one in self._loud_at if one > after]:
            if at - last > gap_s:
                break
            last = at
        return last

    def _listen(self) -> None:
        assert self._monitor.stdout is not None
        while piece := self._monitor.stdout.read(320):
            if np.abs(np.frombuffer(piece, np.int16).astype(np.int32)).max() > _LOUD:
                self._loud_at.append(time.monotonic())


def spoken_question(voice: Voice, question: str, loud: float = 0.01) -> Samples:
    """A question as it is said, at 16 kHz, without what is less loud than ``loud`` (of 1) at its ends."""
    rate = OutputRate(SAMPLE_RATE_HZ)
    pieces = [rate.take(audio.samples, audio.rate_hz) for audio in voice.synthesise(speakable(question) + "?")]
    sound = np.concatenate([*pieces, rate.rest()])
    at = np.flatnonzero(np.abs(sound.astype(np.int32)) > loud * 32768)
    return sound[at[0] : at[-1] + 1]


def percentile(values: Sequence[float], percent: float) -> float:
    """Between the two values around it."""
    return float(np.percentile(np.asarray(values), percent))


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile, mean and the worst."""
    return {
        "p50": round(percentile(values, 50), 3),
        "p95": round(percentile(values, 95), 3),
        "mean": round(statistics.fmean(values), 3),
        "max": round(max(values), 3),
    }


def machine_load() -> str:
    """How busy the machine is, as uptime tells it."""
    return " ".join(f"{one:.2f}" for one in os.getloadavg())
