"""The speaker says sentences in order, and is silent at once when it is told to be."""

import asyncio
from collections.abc import AsyncIterator
from threading import Event

import pytest

from copilot.voice.speaking.speaker import FASTEST, Speaker
from index.errors import AudioError
from tests.copilot.voice.speaking.voices import WORD_S, Ears, ToneVoice


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def speaker(ears: Ears) -> AsyncIterator[Speaker]:
    speaker = Speaker(ToneVoice(), ears)
    yield speaker
    await speaker.close()


def _voice(speaker: Speaker) -> ToneVoice:
    voice = speaker._voice
    assert isinstance(voice, ToneVoice)
    return voice


async def test_sentences_are_said_in_order_in_words(speaker: Speaker, ears: Ears) -> None:
    told: list[str] = []
    speaker.on_sentence = told.append

    speaker.say("F3 is open.")
    speaker.say("Replace it.")
    await speaker.finished()

    assert _voice(speaker).spoken == ["F three is open.", "Replace it."]
    assert told == ["F3 is open.", "Replace it."]
    assert ears.seconds == pytest.approx(6 * WORD_S)
    assert not speaker.speaking


async def test_what_is_added_while_something_is_said_follows_it(speaker: Speaker) -> None:
    speaker.on_sentence = lambda text: speaker.say("Then this.") if text == "First this." else None

    speaker.say("First this.")
    await speaker.finished()

    assert _voice(speaker).spoken == ["First this.", "Then this."]


async def test_stopped_it_tells_what_was_not_heard_to_its_end(ears: Ears) -> None:
    gate = Event()
    speaker = Speaker(ToneVoice(gate=gate), ears)
    speaker.say("First this.")
    speaker.say("Then this.")
    await asyncio.sleep(0.05)

    assert speaker.stop() == ["First this.", "Then this."]

    await speaker.finished()
    assert ears.stops == 1
    assert ears.seconds == 0
    await speaker.close()


async def test_paused_it_goes_on_with_the_sentence_that_was_cut_short(ears: Ears) -> None:
    gate = Event()
    speaker = Speaker(ToneVoice(gate=gate), ears)
    speaker.say("First this.")
    await asyncio.sleep(0.05)
    speaker.pause()
    speaker.say("Then this.")
    await asyncio.sleep(0.05)
    assert speaker.speaking
    assert ears.seconds == 0

    speaker.resume()
    await speaker.finished()

    assert ears.seconds == pytest.approx(4 * WORD_S)
    await speaker.close()


async def test_louder_holds_at_once_and_faster_from_the_next_sentence(speaker: Speaker, ears: Ears) -> None:
    speaker.volume, speaker.speed = 0.5, 9.0

    speaker.say("one")
    await speaker.finished()

    assert speaker.speed == FASTEST
    assert _voice(speaker).speeds == [FASTEST]
    assert max(abs(int(piece.max())) for piece in ears.samples) == pytest.approx(4000, abs=50)


async def test_a_voice_that_fails_is_told_and_the_next_sentence_is_tried_again(speaker: Speaker, ears: Ears) -> None:
    problems: list[AudioError] = []
    speaker.on_problem = problems.append

    speaker.say("broken")
    await speaker.finished()
    speaker.say("whole")
    await speaker.finished()

    assert [problem.message for problem in problems] == ["The voice can't speak this sentence."]
    assert ears.seconds == pytest.approx(WORD_S)


async def test_without_a_loudspeaker_it_says_so_and_ends() -> None:
    problems: list[AudioError] = []
    speaker = Speaker(ToneVoice(), Ears(broken=True), on_problem=problems.append)

    speaker.say("one")
    await speaker.finished()

    assert [problem.remedy for problem in problems] == ["Plug one in."]
    await speaker.close()


async def test_muted_nothing_is_said(speaker: Speaker, ears: Ears) -> None:
    speaker.muted = True
    speaker.say("one")
    await speaker.finished()

    assert ears.seconds == 0


async def test_closed_its_voice_and_device_are_let_go(ears: Ears) -> None:
    voice = ToneVoice()
    speaker = Speaker(voice, ears)
    speaker.say("one two three")

    await speaker.close()

    assert voice.closed
    assert ears.closed
