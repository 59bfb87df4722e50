"""What tests of voice stand on: a voice that speaks, noise, and a sound card of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from copilot.voice.listening.files import read_whole
from copilot.voice.values import SAMPLE_RATE_HZ, Samples

REQUIRED = bool(os.environ.get("REQUIRE_TEST_MODELS"))
_STARTS_WITHIN_S = 20.0


def needed(program: str) -> str:
    """The path of a program of the system; the test is skipped where it is missing, but fails in `make test`."""
    found = shutil.which(program)
    if found is None:
        if REQUIRED:
            pytest.fail(f"{program} is not installed")
        pytest.skip(f"{program} is not installed")
    return found


@pytest.fixture(scope="session")
def say(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Samples]:
    """Speak a text by espeak-ng; returns the sound in our format, without silence around it."""
    espeak = needed("espeak-ng")
    folder = tmp_path_factory.mktemp("said")
    kept: dict[tuple[str, str], Samples] = {}

    def speak(text: str, voice: str = "en-gb+klatt4") -> Samples:
        if (text, voice) not in kept:
            path = folder / f"{len(kept)}.wav"
            subprocess.run([espeak, "-v", voice, "-s", "140", "-w", str(path), text], check=True, timeout=60)
            sound = read_whole(path)
            loud = np.flatnonzero(np.abs(sound) > 300)
            kept[text, voice] = sound[loud[0] : loud[-1] + 1]
        return kept[text, voice]

    return speak


_PIPER = """
import sys, wave
from piper import PiperVoice, SynthesisConfig
with wave.open(sys.argv[2], "wb") as file:
    PiperVoice.load(sys.argv[1]).synthesize_wav(sys.argv[3], file, SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0))
"""


@pytest.fixture(scope="session")
def say_clearly(model_file: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Samples]:
    """Speak a text by Piper in a process of its own, each time the same: without the chance in its network."""
    folder = tmp_path_factory.mktemp("said clearly")
    kept: dict[str, Samples] = {}

    def speak(text: str) -> Samples:
        if text not in kept:
            path = folder / f"{len(kept)}.wav"
            command = [sys.executable, "-c", _PIPER, str(model_file("piper-joe")), str(path), text]
            subprocess.run(command, check=True, timeout=120, capture_output=True)
            sound = read_whole(path)
            loud = np.flatnonzero(np.abs(sound) > 300)
            kept[text] = sound[loud[0] : loud[-1] + 1]
        return kept[text]

    return speak


@pytest.fixture(scope="session")
def make_noise(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, float], Samples]:
    """Make noise by a recipe of sox; returns the sound in our format."""
    sox = needed("sox")
    folder = tmp_path_factory.mktemp("noise")

    def make(recipe: str, seconds: float) -> Samples:
        path = folder / f"{abs(hash((recipe, seconds)))}.wav"
        command = [sox, "-R", "-n", "-r", str(SAMPLE_RATE_HZ), "-b", "16", "-c", "1", str(path)]
        subprocess.run([*command, *recipe.format(s=seconds).split()], check=True, timeout=60, capture_output=True)
        return read_whole(path)

    return make


def silence(seconds: float) -> Samples:
    """Nothing."""
    return np.zeros(int(seconds * SAMPLE_RATE_HZ), np.int16)


@dataclass(frozen=True)
class SoundCard:
    """A PulseAudio daemon of this test: a microphone that hears what is played, and a loudspeaker.

    Attributes:
        microphone: Name of the microphone for PortAudio.
        loudspeaker: Name of the loudspeaker for PortAudio.
    """

    environment: dict[str, str]
    microphone: str = "headset"
    loudspeaker: str = "horn"

    def control(self, *arguments: str) -> str:
        """Run pactl."""
        done = subprocess.run(
            ["pactl", *arguments], env=self.environment, check=True, capture_output=True, text=True, timeout=30
        )
        return done.stdout.strip()

    def play(self, path: Path) -> subprocess.Popen[bytes]:
        """Speak into the microphone."""
        return subprocess.Popen(["paplay", "-d", "talker", str(path)], env=self.environment)

    def unplug(self) -> None:
        """Take the microphone away."""
        for line in self.control("list", "short", "modules").splitlines():
            if "sink_name=talker" in line:
                self.control("unload-module", line.split()[0])

    def plug_in(self) -> None:
        """Give it back."""
        self.control("load-module", "module-null-sink", "sink_name=talker", "rate=48000")


@pytest.fixture
def sound_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundCard]:
    """Start a sound card of its own, in folders of its own, and let PortAudio see it and nothing else."""
    from copilot.voice.soundcard import devices

    for program in ("pulseaudio", "pactl", "paplay"):
        needed(program)
    home, run = tmp_path / "pulse-home", tmp_path / "pulse-run"
    for folder in (home, run):
        folder.mkdir(mode=0o700)
    socket = run / "native"
    (home / ".asoundrc").write_text(
        'pcm.headset { type pulse device "talker.monitor" }\npcm.horn { type pulse device "loudspeaker" }\n',
        encoding="utf-8",
    )
    own = {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(run),
        "XDG_CONFIG_HOME": str(home),
        "PULSE_RUNTIME_PATH": str(run),
        "PULSE_STATE_PATH": str(home),
        "PULSE_SERVER": f"unix:{socket}",
        "DBUS_SESSION_BUS_ADDRESS": "disabled:",
    }
    environment = {**os.environ, **own}
    loads = [
        f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
        "module-null-sink sink_name=talker rate=48000",
        "module-null-sink sink_name=loudspeaker rate=48000",
    ]
    daemon = subprocess.Popen(
        ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-target=stderr"]
        + [f"--load={load}" for load in loads],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + _STARTS_WITHIN_S
        while not socket.exists() and daemon.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        assert socket.exists(), "PulseAudio did not start"
        for name, value in own.items():
            monkeypatch.setenv(name, value)
        devices("in")  # PortAudio makes its list anew
        yield SoundCard(environment)
    finally:
        daemon.terminate()
        daemon.wait(timeout=20)
        monkeypatch.undo()
        devices("in")
