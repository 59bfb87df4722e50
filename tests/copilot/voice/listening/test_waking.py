"""The wake word in what was heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.voice.listening.openwakeword import OpenWakeWord
from copilot.voice.listening.waking import PhraseWaker
from index.errors import ModelMissing

waker = PhraseWaker("hey copilot")


@pytest.mark.parametrize(
    ("heard", "rest"),
    [
        ("Hey Copilot, what does F0012 mean?", "what does F0012 mean?"),
        ("Hey co-pilot what does F0012 mean?", "what does F0012 mean?"),
        ("Hey, Copilot.", ""),
        ("Okay, hey Copilot, next step.", "next step."),
        ("Hey copy lot, next step.", "next step."),
        ("A copilot next step", "next step"),
    ],
)
def test_it_is_found_however_it_was_written(heard: str, rest: str) -> None:
    wake = waker.find(heard)

    assert wake is not None
    assert wake.rest == rest


@pytest.mark.parametrize(
    "heard",
    [
        "Hey Paul, can you copy that?",
        "What does F0012 mean?",
        "The pilot valve is stuck.",
        "",
        "Hey!",
        "Could you pilot the crane?",
    ],
)
def test_other_talk_wakes_nobody(heard: str) -> None:
    assert waker.find(heard) is None


def test_a_folder_without_models_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="melspectrogram"):
        OpenWakeWord(tmp_path)
