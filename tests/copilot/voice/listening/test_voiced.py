"""What is still speech without its strongest tone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from copilot.voice.listening.activity import SileroActivity
from copilot.voice.listening.endpointing import BEGIN_WINDOWS, QUICK_WINDOWS, Began, Endpointer
from copilot.voice.listening.voiced import SecondOpinion, without_tone
from copilot.voice.values import SAMPLE_RATE_HZ, WINDOW_S, WINDOW_SAMPLES, Samples

# What is struck swells and fades like syllables, with a tone like a voice's.
STRUCK = "synth {s} brownnoise tremolo 4 99 synth {s} sine mix %d tremolo 4 99 gain -n -3"


def begun_at(sound: Samples, *, windows: int = BEGIN_WINDOWS, checked: bool = True) -> float | None:
    """When a beginning of speech is noticed, in seconds; None where none is."""
    activity = SileroActivity()
    second = SecondOpinion(activity.another(), 0.5)
    endpointer = Endpointer()
    endpointer.begin_windows = windows
    for number, start in enumerate(range(0, len(sound) - WINDOW_SAMPLES + 1, WINDOW_SAMPLES)):
        window = sound[start : start + WINDOW_SAMPLES]
        second.take(window)
        asked = second.is_voice if checked else None
        turns = endpointer.take(activity.probability(window), number * WINDOW_S, asked)
        if any(isinstance(turn, Began) for turn in turns):
            return number * WINDOW_S
    return None


def with_noise(speech: Samples, sound: Samples, ratio_db: float) -> Samples:
    """Speech after a second of noise, which goes on so much below it."""
    loud = speech[np.abs(speech) > 300].astype(float)
    under = np.resize(sound, len(speech) + SAMPLE_RATE_HZ).astype(float)
    under *= np.sqrt(np.mean(loud**2) / np.mean(under**2)) * 10 ** (-ratio_db / 20)
    both = under + np.pad(speech, (SAMPLE_RATE_HZ, 0))
    return (both * min(1.0, 32000 / np.abs(both).max())).astype(np.int16)


@pytest.mark.parametrize("tone_hz", [220, 330])
def test_a_struck_tone_that_the_network_takes_for_a_voice_is_none(tone_hz: int, make_noise) -> None:
    sound = make_noise(STRUCK % tone_hz, 8)
    hiss = make_noise("synth {s} whitenoise gain -n -15", 8)
    noise = (sound * 0.7 + hiss * 0.5).astype(np.int16)

    assert begun_at(noise, checked=False) is not None, "else there is nothing to be mended"
    assert begun_at(noise) is None


@pytest.mark.parametrize("word", ["No.", "Yes.", "Stop.", "Next step.", "What does this fault mean?"])
@pytest.mark.parametrize("voice", ["en-gb+klatt4", "en-us+f3"])
def test_words_are_noticed_as_soon_as_without_it(
    word: str, voice: str, say: Callable[..., Samples], make_noise
) -> None:
    hum = make_noise("synth {s} sine 50 synth {s} sine mix 100 synth {s} sawtooth mix 25 gain -n -6", 4)
    for sound in (with_noise(say(word, voice), hum, 30), with_noise(say(word, voice), hum, 5)):
        for windows in (BEGIN_WINDOWS, QUICK_WINDOWS):
            plain, checked = (begun_at(sound, windows=windows, checked=on) for on in (False, True))

            assert plain is not None
            assert checked is not None
            assert checked - plain < 0.1


def test_the_strongest_tone_is_taken_out_and_others_stay() -> None:
    at = np.arange(24 * WINDOW_SAMPLES) / SAMPLE_RATE_HZ
    sound = (8000 * np.sin(2 * np.pi * 440 * at) + 2000 * np.sin(2 * np.pi * 900 * at)).astype(np.int16)

    power = np.abs(np.fft.rfft(without_tone(sound))) ** 2
    line_hz = SAMPLE_RATE_HZ / len(sound)

    assert abs(power.argmax() * line_hz - 900) < 2
    assert power[int(430 / line_hz) : int(450 / line_hz)].max() < power.max() / 1000
    assert not without_tone(np.zeros(512, np.int16)).any()


def test_a_single_window_and_silence_are_no_voice() -> None:
    second = SecondOpinion(SileroActivity(), 0.5)
    assert not second.is_voice(4)
    second.take(np.zeros(WINDOW_SAMPLES, np.int16))
    assert not second.is_voice(4)
