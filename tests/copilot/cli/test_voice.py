"""``edge-copilot voice``: a recording answered, devices listed, and what is told when something is missing."""

from __future__ import annotations

import json
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from copilot.cli.main import main
from copilot.voice.listening.files import read_whole
from tests.copilot.voice.sounds import SoundCard, say, sound_card

__all__ = ["say", "sound_card"]  # fixtures


@pytest.fixture
def record(tmp_path: Path, say: Callable[..., np.ndarray]) -> Callable[[str], Path]:
    """Speak a text into a WAV file."""

    def into_file(text: str) -> Path:
        path = tmp_path / "question.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes(np.concatenate([np.zeros(8000, np.int16), say(text), np.zeros(8000, np.int16)]).tobytes())
        return path

    return into_file


@pytest.mark.model
def test_a_recording_is_answered_from_sound_to_sound(
    indexed: Path,
    shared_models: Path,
    tmp_path: Path,
    record: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    question, spoken = record("What does F zero zero one two mean?"), tmp_path / "answer.wav"

    code = main(["voice", "--from-file", str(question), "--to-file", str(spoken), "--no-llm", "--json"])

    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert "F0012" in told["heard"]
    assert told["intent"] == "ask"
    assert told["citations"][0]["document"].endswith("halden.md")
    assert told["timings"]["heard_ms"] <= told["timings"]["first_audio_ms"] <= told["timings"]["total_ms"]
    assert told["spoken"]
    assert np.abs(read_whole(spoken)).max() > 3000


@pytest.mark.model
def test_what_was_spoken_is_what_was_written(
    indexed: Path,
    shared_models: Path,
    tmp_path: Path,
    record: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Heard again by Whisper: the voice has said the answer, its numbers too."""
    question, spoken = record("What does F zero zero one two mean?"), tmp_path / "answer.wav"
    main(["voice", "--from-file", str(question), "--to-file", str(spoken), "--no-llm", "--json"])
    first = json.loads(capsys.readouterr().out)

    main(["voice", "--from-file", str(spoken), "--no-llm", "--json"])
    again = json.loads(capsys.readouterr().out)

    words = {word.strip(".,:;>").lower() for sentence in first["spoken"] for word in sentence.split() if word.isalpha()}
    heard = again["heard"].lower()
    assert words
    assert sum(word in heard for word in words) >= 0.6 * len(words)


@pytest.mark.model
def test_a_note_in_a_recording_waits_for_a_yes_and_is_not_kept(
    indexed: Path, shared_models: Path, record: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["voice", "--from-file", str(record("Take a note. The brake is worn.")), "--no-llm", "--json"])

    told = json.loads(capsys.readouterr().out)
    assert told["intent"] == "log-note"
    assert told["expecting"] == "confirmation"
    assert main(["notes", "list", "--json"]) == 0
    assert "worn" not in capsys.readouterr().out


@pytest.mark.model
def test_a_recording_of_silence_says_so(
    indexed: Path, shared_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(64_000))

    assert main(["voice", "--from-file", str(path), "--no-llm", "--json"]) == 3
    assert "Nothing is said" in json.loads(capsys.readouterr().err)["error"]["message"]


def test_a_recording_that_is_not_there_is_told(indexed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", "--from-file", "nowhere.wav", "--no-llm"]) == 3
    assert "nowhere.wav" in capsys.readouterr().err


def test_a_missing_speech_model_is_told_with_the_command_that_fetches_it(
    indexed: Path, record: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["voice", "--from-file", str(record("Hello there, what is it?")), "--no-llm", "--json"]) != 0
    assert "models pull" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--to-file", "a.wav"], ["--json"], ["--language", "klingon"], ["--microphone"]], ids=" ".join
)
def test_a_wrong_call_is_told(indexed: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", *arguments]) == 2
    assert capsys.readouterr().err


def test_devices_are_listed(sound_card: SoundCard, data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", "--devices", "--json"]) == 0

    listed = json.loads(capsys.readouterr().out)
    assert sound_card.microphone in [one["name"] for one in listed["microphones"]]
    assert sound_card.loudspeaker in [one["name"] for one in listed["loudspeakers"]]


@pytest.mark.model
def test_into_a_microphone_is_asked_and_out_of_a_loudspeaker_comes_the_answer(
    indexed: Path, shared_models: Path, sound_card: SoundCard, record: Callable[[str], Path], tmp_path: Path
) -> None:
    """The command itself, with a sound card of PulseAudio: its sign, the answer, the end by Ctrl-C."""
    import os
    import signal
    import sys
    import time

    log = tmp_path / "out.txt"
    command = [sys.executable, "-m", "copilot.cli.main", "voice", "--no-llm"]
    command += ["--microphone", sound_card.microphone, "--loudspeaker", sound_card.loudspeaker]
    with log.open("wb") as out:
        running = subprocess.Popen(command, stdout=out, stderr=out, env=os.environ | sound_card.environment)
    try:
        _until(lambda: "MIC ON" in log.read_text(encoding="utf-8"), running)
        time.sleep(1.0)
        assert sound_card.play(record("What does F zero zero one two mean?")).wait() == 0
        _until(lambda: "first word after" in log.read_text(encoding="utf-8"), running)
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(30)

    text = log.read_text(encoding="utf-8")
    assert "F0012" in text
    assert "halden" in text.lower()
    assert running.returncode == 0


def _until(happened: Callable[[], bool], running: subprocess.Popen[bytes]) -> None:
    import time

    until = time.monotonic() + 90
    while not happened():
        assert running.poll() is None, "it has ended"
        assert time.monotonic() < until, "it does not come"
        time.sleep(0.1)
