"""A voice in a process of its own: found dead it is started again, and it never sees the command line."""

import ast
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from copilot.voice.speaking.base import VoiceInfo
from copilot.voice.speaking.espeak import EspeakVoice, find_espeak
from copilot.voice.speaking.process import ProcessVoice, child_command
from index.errors import AudioError

INFO = VoiceInfo("piper", "test", "en")
ROOT = Path(__file__).parents[4]

PROGRAM = """
import sys
from copilot.voice.speaking.pipe import Frame, Kind, Request
out = sys.stdout.buffer
def put(frame):
    out.write(frame.to_bytes()); out.flush()
put(Frame(Kind.READY, 0))
for line in sys.stdin.buffer:
    request = Request.from_line(line)
    if request.text == "die":
        sys.exit(3)
    if request.text == "refuse":
        put(Frame(Kind.FAILED, request.id, payload=b"ValueError"))
        continue
    put(Frame(Kind.AUDIO, request.id, 8000, bytes(2 * len(request.text))))
    put(Frame(Kind.DONE, request.id))
"""


@pytest.fixture
def little() -> Iterator[ProcessVoice]:
    voice = ProcessVoice(INFO, [sys.executable, "-c", PROGRAM], "Mend it.")
    yield voice
    voice.close()


def _seconds(voice: ProcessVoice, text: str) -> float:
    return sum(audio.seconds for audio in voice.synthesise(text))


def test_it_speaks_and_stays(little: ProcessVoice) -> None:
    assert _seconds(little, "x" * 80) == pytest.approx(0.01)
    first = little.pid

    assert _seconds(little, "x" * 160) == pytest.approx(0.02)
    assert little.pid == first


def test_killed_between_two_sentences_it_is_started_again(little: ProcessVoice) -> None:
    little.load()
    assert little.pid is not None
    os.kill(little.pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(little.pid)] if little.pid and psutil.pid_exists(little.pid) else [], 5)

    assert _seconds(little, "x" * 80) == pytest.approx(0.01)


def test_dying_over_the_same_sentence_twice_it_gives_up_and_the_next_one_is_said(little: ProcessVoice) -> None:
    with pytest.raises(AudioError, match="stopped working") as caught:
        _seconds(little, "die")

    assert caught.value.remedy == "Mend it."
    assert _seconds(little, "x" * 80) == pytest.approx(0.01)


def test_a_sentence_that_it_refuses_is_told(little: ProcessVoice) -> None:
    with pytest.raises(AudioError, match="can't speak"):
        _seconds(little, "refuse")


def test_cancelled_the_rest_is_dropped(little: ProcessVoice) -> None:
    speech = little.synthesise("x" * 80)
    next(speech)
    little.cancel()

    assert list(speech) == []
    assert _seconds(little, "x" * 80) == pytest.approx(0.01)


def test_closed_its_process_is_gone(little: ProcessVoice) -> None:
    little.load()
    pid = little.pid
    little.close()

    assert pid is not None
    assert not psutil.pid_exists(pid)
    with pytest.raises(AudioError):
        _seconds(little, "x")


def test_a_program_that_is_not_there_is_told_with_its_remedy() -> None:
    voice = ProcessVoice(INFO, ["/nowhere/voice"], "Install it.")

    with pytest.raises(AudioError, match="can't be started") as caught:
        voice.load()
    assert caught.value.remedy == "Install it."


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    voice = ProcessVoice(INFO, child_command("piper", str(tmp_path), "1", "", "en"), "Pull it.")

    with pytest.raises(AudioError, match="can't be used"):
        voice.load()


def test_nothing_but_the_voices_own_program_imports_piper() -> None:
    """piper-tts is under the GPL-3.0."""
    importing = set()
    for path in ROOT.glob("copilot/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(
                name.partition(".")[0] == "piper" or name.startswith("copilot.voice.speaking.child") for name in names
            ):
                importing.add(path.relative_to(ROOT).as_posix())

    assert importing <= {
        "copilot/voice/speaking/child/__main__.py",
        "copilot/voice/speaking/child/synthesisers.py",
    }


@pytest.mark.model
def test_piper_speaks_in_its_process_and_not_in_ours(model_file: Callable[..., Path]) -> None:
    folder = model_file("piper-joe").parent
    voice = ProcessVoice(INFO, child_command("piper", str(folder), "1", "", "en"))
    try:
        slow = list(voice.synthesise("Tighten the bolts.", 1.0))
        fast = list(voice.synthesise("Tighten the bolts.", 2.0))
    finally:
        voice.close()

    assert slow[0].rate_hz == 22050
    assert np.abs(slow[0].samples).max() > 3000
    assert sum(audio.seconds for audio in fast) < sum(audio.seconds for audio in slow)
    assert "piper" not in sys.modules


@pytest.mark.skipif(find_espeak() is None, reason="espeak-ng is not installed")
def test_the_system_voice_speaks_german_without_its_text_on_the_command_line(tmp_path: Path) -> None:
    seen = tmp_path / "arguments"
    program = tmp_path / "espeak-ng"
    program.write_text(f'#!/bin/sh\necho "$@" > {seen}\nexec {find_espeak()} "$@"\n')
    program.chmod(0o755)

    audio = list(EspeakVoice(str(program), "de").synthesise("Die Bremse prüfen."))

    assert np.abs(np.concatenate([piece.samples for piece in audio])).max() > 3000
    assert "Bremse" not in seen.read_text()
    assert "-v de" in seen.read_text()


@pytest.mark.skipif(find_espeak() is None, reason="espeak-ng is not installed")
def test_a_language_that_the_system_voice_does_not_know_is_told() -> None:
    voice = EspeakVoice(str(find_espeak()), "qq")

    with pytest.raises(AudioError, match="can't speak qq"):
        list(voice.synthesise("Hello."))
