"""Other people, other languages, music, somebody who does not stop: from sound to text with the models themselves.

Whatever comes, it says so or passes it over, and hears the next sentence as if nothing had been.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from copilot.voice.listening.activity import SileroActivity
from copilot.voice.listening.listener import SourceListener
from copilot.voice.listening.options import ListeningOptions
from copilot.voice.listening.reading import ReadingParts
from copilot.voice.transcribing.whisper import WhisperTranscriber
from copilot.voice.values import (
    SAMPLE_RATE_HZ,
    Heard,
    Hints,
    ListeningEvent,
    ListeningProblem,
    NotSpeech,
    Samples,
    SpeechStarted,
)
from copilot.voice.written.lexicon import SpeltLexicon
from copilot.voice.written.writer import SpokenWriter
from tests.copilot.voice.listening.test_listener import SoundSource, quiet

Clearly = Callable[[str], Samples]
Say = Callable[..., Samples]
QUESTION = "What does fault F zero zero one two mean?"
MONOLOGUE = """
I came in at six this morning and the belt was standing still again. The light on the panel was red, so I looked
at the list of alarms first. It said that the motor had been too hot for more than ten minutes. I opened the
guard and touched the housing, and it was really warm, but not so warm that you could not keep your hand on it.
Then I checked whether the fan was turning, because last year we had a broken fan on the other line. The fan was
fine, only very dusty, so I cleaned it with compressed air. After that I measured the current on all three
phases with the clamp. Two of them were about the same, and the third one was much lower. My first thought was a
loose wire in the terminal box. So I locked the main switch, waited until everything was dead, and took the
cover off. One of the screws could be turned by hand, and the copper under it was already dark. I cut the end
off, put a new ferrule on and tightened the screw with the torque wrench. While I was there I also tightened all
the others. When I started the motor again it ran quietly, but the belt was moving to the left side. I had to
turn the adjusting screw on the tail drum about a quarter of a turn. It took nearly twenty minutes until it
stayed in the middle. Peter came by and told me that the same thing happened on Monday during the night shift.
They only pressed reset and did not write it down, which is a pity. I think we should order a new terminal block
and a filter for the fan, and somebody should look at the bearings next week, because there is a noise that I do
not like. It is not loud, but it comes back every few seconds when the load is high. The oil in the gearbox
looked clean, although the level was near the lower mark. I filled in half a litre of the usual kind. Before I
left the line I looked at the guard switch on the far side. Its lever was bent, so I took a spare one from the
store and wrote that down in the book. The lamp above the infeed flickers, but only when the crane is working on
the same phase. I asked the electrician about it and he wants to see it himself on Thursday. Around noon we ran
a test with forty boxes, and not one of them got stuck between the rollers. The scale at the end showed two
hundred grams too much, which is still within the limit. Later the foreman came with the customer and they
watched the belt for a while. They were content with the speed, yet they asked for a second emergency stop near
the door. I told them that it has to be planned properly and that the drawing must be changed before anybody
drills a hole. Finally I swept the floor, put the tools back into the cabinet and switched the lights off.
"""
pytestmark = pytest.mark.model


class Prompt:
    """The words of one machine."""

    def prompt(self, hints: Hints) -> str:
        return "Question about F0012, TB-1200, timing belt, conveyor."


@pytest.fixture(scope="module")
def transcriber(model_file: Callable[..., Path]) -> WhisperTranscriber:
    whisper = WhisperTranscriber(lambda: model_file("whisper-base").parent, threads=2)
    whisper.load()
    return whisper


@pytest.fixture
def parts(transcriber: WhisperTranscriber) -> Iterator[ReadingParts]:
    with ThreadPoolExecutor(1) as thread:
        yield ReadingParts(transcriber, SpokenWriter(SpeltLexicon(["F0012", "TB-1200"])), Prompt(), thread)


async def listen(parts: ReadingParts, *sounds: Samples, longest_s: float = 120.0) -> list[ListeningEvent]:
    """What comes of an utterance: what was heard, a problem, or that it was nothing."""
    options = ListeningOptions(every_s=0.0, longest_s=longest_s)
    listener = SourceListener(SoundSource([np.concatenate(sounds)]), SileroActivity(), parts, options)
    return [event async for event in listener.events() if isinstance(event, Heard | ListeningProblem | NotSpeech)]


def codes(event: ListeningEvent) -> list[str]:
    assert isinstance(event, Heard)
    return [found.written for found in event.identifiers]


async def test_two_people_in_turn_are_heard_each(parts: ReadingParts, say_clearly: Clearly, say: Say) -> None:
    other = say("How do I tension the belt T B twelve hundred?")

    first, second = await listen(parts, say_clearly(QUESTION), quiet(1.2), other, quiet(1.5))

    assert codes(first) == ["F0012"]
    assert codes(second) == ["TB-1200"]


async def test_two_people_at_once_lose_their_sentence_at_most(
    parts: ReadingParts, say_clearly: Clearly, say: Say
) -> None:
    one, other = say_clearly(QUESTION), say("Can somebody turn that radio down please, I am on the phone.")
    both = np.zeros(max(len(one), len(other)), np.int16)
    both[: len(one)] += one // 2
    both[: len(other)] += other // 2

    *lost, heard = await listen(parts, both, quiet(1.2), say_clearly(QUESTION), quiet(1.5))

    assert len(lost) == 1
    assert codes(heard) == ["F0012"]


async def test_music_is_passed_over_and_who_talks_after_it_is_heard(
    parts: ReadingParts, say_clearly: Clearly, make_noise
) -> None:
    chords = (("C3", "E4", "G4", "C5"), ("A2", "C4", "E4", "A4"), ("F2", "A3", "C4", "F4"), ("G2", "B3", "D4", "G4"))
    music = [
        make_noise(" ".join(f"synth {{s}} pluck {note}" for note in chord) + " tremolo 2 40 overdrive 5 gain -n -3", 2)
        for chord in chords * 2
    ]

    events = await listen(parts, *music, quiet(1.2), say_clearly(QUESTION), quiet(1.5))

    [heard] = [event for event in events if not isinstance(event, NotSpeech)]
    assert codes(heard) == ["F0012"]


async def test_another_language_is_said_to_be_one_and_not_answered(
    parts: ReadingParts, say_clearly: Clearly, say: Say
) -> None:
    german = say("Wie spanne ich den Zahnriemen an dieser Maschine?", "de")

    problem, heard = await listen(parts, german, quiet(1.2), say_clearly(QUESTION), quiet(1.5))

    assert isinstance(problem, ListeningProblem)
    assert problem.kind == "other-language"
    assert "voice.language" in problem.remedy
    assert codes(heard) == ["F0012"]


async def test_of_a_monologue_the_first_two_minutes_are_heard_and_what_follows_is_heard_as_ever(
    parts: ReadingParts, say_clearly: Clearly
) -> None:
    monologue = say_clearly(" ".join(MONOLOGUE.split()))
    assert len(monologue) > 122 * SAMPLE_RATE_HZ

    heard, after = await listen(parts, monologue, quiet(1.5), say_clearly(QUESTION), quiet(1.5))

    assert isinstance(heard, Heard)
    assert heard.cut
    heard_words, said_words = (Counter(re.findall(r"[a-z]+", text.casefold())) for text in (heard.text, MONOLOGUE))
    assert (heard_words & said_words).total() > 0.85 * said_words.total() * 120 * SAMPLE_RATE_HZ / len(monologue)
    assert "came in at" in heard.text
    assert "switched the lights off" not in heard.text
    assert codes(after) == ["F0012"]


async def test_a_monologue_is_noticed_once(parts: ReadingParts, say_clearly: Clearly) -> None:
    sentences = [part for _ in range(3) for part in (say_clearly("The guard was opened."), quiet(0.3))]
    listener = SourceListener(
        SoundSource([np.concatenate([*sentences, quiet(1.5)])]),
        SileroActivity(),
        parts,
        ListeningOptions(every_s=0.0, longest_s=5.0),
    )
    events = [event async for event in listener.events()]

    assert len([event for event in events if isinstance(event, SpeechStarted)]) == 1
