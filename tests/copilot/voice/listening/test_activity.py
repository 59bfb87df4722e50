"""How soon speech is told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from copilot.voice.listening.activity import SileroActivity
from copilot.voice.values import SAMPLE_RATE_HZ, WINDOW_SAMPLES, Samples

WORDS = ("Wait a moment.", "Hold on.", "Okay, thanks.", "How about the motor?")


def windows_until_two_of_speech(activity: SileroActivity, sound: Samples, after: int) -> int:
    speech = 0
    for number, start in enumerate(range(0, len(sound) - WINDOW_SAMPLES + 1, WINDOW_SAMPLES)):
        probability = activity.probability(sound[start : start + WINDOW_SAMPLES])
        speech += start >= after and probability >= 0.5
        if speech == 2:
            return number - after // WINDOW_SAMPLES
    raise AssertionError("nothing was taken for speech")


def test_after_a_long_silence_words_are_noticed_sooner_by_one_that_is_alert(say: Callable[..., Samples]) -> None:
    quiet = (np.random.default_rng(0).standard_normal(20 * SAMPLE_RATE_HZ) * 8).astype(np.int16)
    found: dict[bool, list[int]] = {True: [], False: []}
    for words in WORDS:
        said = say(words)
        said = said[np.flatnonzero(np.abs(said) > 1000)[0] :]
        for alert, counted in found.items():
            activity = SileroActivity()
            activity.be_alert(alert)
            counted.append(windows_until_two_of_speech(activity, np.concatenate([quiet, said]), len(quiet)))

    assert all(alert <= calm for alert, calm in zip(found[True], found[False], strict=True))
    assert sum(found[True]) < sum(found[False])


def test_one_for_another_stream_is_not_alert_because_the_first_is() -> None:
    first = SileroActivity()
    first.be_alert(True)
    other = first.another()
    quiet = np.zeros(WINDOW_SAMPLES, np.int16)
    for _ in range(40):
        first.probability(quiet)
        other.probability(quiet)

    assert first.probability(quiet) != other.probability(quiet)
