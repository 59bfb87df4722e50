"""The wake word in the sound itself, by the networks themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from copilot.assembly import Assembly
from copilot.settings import Settings
from copilot.voice.listening.activity import SileroActivity
from copilot.voice.listening.listener import SourceListener
from copilot.voice.listening.openwakeword import OpenWakeWord
from copilot.voice.listening.options import ListeningOptions
from copilot.voice.listening.reading import ReadingParts
from copilot.voice.listening.waking import PhraseWaker
from copilot.voice.values import SAMPLE_RATE_HZ, WINDOW_SAMPLES, Heard, ListeningEvent, Samples, Woken
from index.errors import ModelMissing
from tests.copilot.voice.listening.test_listener import Plain, Scripted, SoundSource, quiet

Say = Callable[..., Samples]
VOICES = ("en-us", "en-gb+klatt4", "en-us+f3")
pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def folder(model_file: Callable[..., Path]) -> Path:
    return model_file("wake-hey-jarvis").parent


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def woken_at(waker: OpenWakeWord, sound: Samples) -> list[float]:
    """When it was woken, in seconds."""
    starts = range(0, len(sound) - WINDOW_SAMPLES + 1, WINDOW_SAMPLES)
    return [(at + WINDOW_SAMPLES) / SAMPLE_RATE_HZ for at in starts if waker.take(sound[at : at + WINDOW_SAMPLES])]


@pytest.mark.parametrize("voice", VOICES)
def test_it_wakes_once_within_half_a_second_of_its_word(voice: str, folder: Path, say: Say) -> None:
    word = say("Hey Jarvis.", voice)

    [at] = woken_at(OpenWakeWord(folder), np.concatenate([quiet(2), word, quiet(2)]))

    assert 2.0 < at < 2.0 + len(word) / SAMPLE_RATE_HZ + 0.5


def test_it_is_named_after_its_model(folder: Path) -> None:
    assert OpenWakeWord(folder).phrase == "hey jarvis"


def test_the_settings_name_it_by_its_id_or_its_folder(folder: Path, shared_models: Path, say: Say) -> None:
    word = say("Hey Jarvis.")

    async def heard_by(wake_models: str) -> list[ListeningEvent]:
        settings = Settings.load(overrides={"voice.wake_models": wake_models, "voice.mode": "wake-word"})
        async with Assembly(settings) as assembly:
            listener = assembly.voice.listener(SoundSource([np.concatenate([quiet(0.5), word, quiet(0.3)])]))
            return [event async for event in listener.events() if isinstance(event, Woken)]

    for name in ("wake-hey-jarvis", str(folder)):
        assert asyncio.run(heard_by(name)) == [Woken("hey jarvis")]
    with pytest.raises(ModelMissing, match="wake-hey-jarves"):
        asyncio.run(heard_by("wake-hey-jarves"))


@pytest.mark.parametrize("voice", VOICES)
def test_other_talk_does_not_wake_it(voice: str, folder: Path, say: Say) -> None:
    sentences = (
        "Hey copilot, next step.",
        "The service is hard to reach.",
        "Did you see the game last night?",
        "Have the jars of grease arrived?",
        "What does fault F zero zero one two mean?",
    )
    talk = np.concatenate([part for sentence in sentences for part in (say(sentence, voice), quiet(0.5))])

    assert woken_at(OpenWakeWord(folder), talk) == []


def test_noise_does_not_wake_it(folder: Path, make_noise) -> None:
    for recipe in (
        "synth {s} brownnoise tremolo 4 99 synth {s} sine mix 220 tremolo 4 99 gain -n -3",
        "synth {s} whitenoise gain -n -12",
        "synth {s} pluck E3 pluck G3 pluck C4 repeat 3 gain -n -6",
    ):
        assert woken_at(OpenWakeWord(folder), make_noise(recipe, 10)) == []


async def listened(folder: Path, sound: Samples, scripted: Scripted, thread) -> list[ListeningEvent]:
    plain = Plain()
    waker = OpenWakeWord(folder)
    listener = SourceListener(
        SoundSource([sound]),
        SileroActivity(),
        ReadingParts(scripted, plain, plain, thread),
        ListeningOptions(mode="wake-word", every_s=0.0),
        waker=PhraseWaker(waker.phrase),
        sound_waker=waker,
    )
    return [event async for event in listener.events() if isinstance(event, Woken | Heard)]


@pytest.mark.parametrize("voice", VOICES)
async def test_what_follows_it_is_heard(voice: str, folder: Path, say: Say, thread) -> None:
    sound = [
        say("Did you see the game?", voice),
        quiet(3),
        say("Hey Jarvis, show me the next step.", voice),
        quiet(1.5),
    ]
    scripted = Scripted(["Hey Jarvis, show me the next step."])

    woken, heard = await listened(folder, np.concatenate(sound), scripted, thread)

    assert woken == Woken("hey jarvis")
    assert isinstance(heard, Heard)
    assert heard.text == "show me the next step."


@pytest.mark.parametrize("voice", VOICES)
async def test_other_talk_is_not_even_read(voice: str, folder: Path, say: Say, thread) -> None:
    scripted = Scripted(["Did you see the game?"])

    assert (
        await listened(folder, np.concatenate([say("Did you see the game?", voice), quiet(3)]), scripted, thread) == []
    )
    assert scripted.finals == 0


@pytest.mark.parametrize("voice", VOICES)
async def test_after_it_alone_the_next_sentence_needs_no_other(voice: str, folder: Path, say: Say, thread) -> None:
    sound = [quiet(0.5), say("Hey Jarvis.", voice), quiet(1.5), say("Show me the next step.", voice), quiet(1.5)]
    scripted = Scripted(["Hey Jarvis.", "Show me the next step."])

    woken, heard = await listened(folder, np.concatenate(sound), scripted, thread)

    assert woken == Woken("hey jarvis")
    assert isinstance(heard, Heard)
    assert heard.text == "Show me the next step."
