"""Listening from sound to utterance: real voice activity detection, a speaker, noise; speech to text is scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest

from copilot.voice.listening.activity import SileroActivity
from copilot.voice.listening.listener import SourceListener
from copilot.voice.listening.options import ListeningOptions
from copilot.voice.listening.pushed import PushedSource
from copilot.voice.listening.reading import ReadingParts
from copilot.voice.listening.resampling import Windows
from copilot.voice.values import (
    SAMPLE_RATE_HZ,
    AudioFrame,
    Heard,
    Hints,
    Level,
    ListeningEvent,
    ListeningProblem,
    MicrophoneChanged,
    NotSpeech,
    Partial,
    Samples,
    SpeechStarted,
    Transcript,
    Woken,
    Written,
)
from index.errors import AudioError, ModelMissing

Say = Callable[..., Samples]


def quiet(seconds: float) -> Samples:
    return np.zeros(int(seconds * SAMPLE_RATE_HZ), np.int16)


@dataclass
class Scripted:
    """Speech to text that says what it is told to, and remembers how long the sound was."""

    texts: list[str] = field(default_factory=list)
    language: str = "en"
    seconds: list[float] = field(default_factory=list)
    finals: int = 0
    missing: bool = False
    rejected: str = ""

    def load(self) -> None:
        if self.missing:
            raise ModelMissing("The model is not on this device.", "Fetch it.")

    def transcribe(self, samples: Samples, prompt: str = "", *, final: bool = True) -> Transcript:
        self.load()
        if final:
            self.finals += 1
            self.seconds.append(len(samples) / SAMPLE_RATE_HZ)
        text = self.texts[min(self.finals - 1, len(self.texts) - 1)] if final and self.texts else "What"
        return Transcript(text, "en", 1.0, 0.9, 0.0, self.rejected)

    def compare(self, texts: Sequence[str]) -> list[float]:
        return [0.0 for _ in texts]


class Plain:
    def write(self, transcript: Transcript, hints: Hints, compare: object = None) -> Written:
        return Written(transcript.text)

    def prompt(self, hints: Hints) -> str:
        return ""


class SoundSource:
    """Gives sound at once; an error in the list is raised there, as by a device that goes away."""

    def __init__(self, *openings: Sequence[Samples | Exception]) -> None:
        self.name = "test"
        self.openings = list(openings)
        self.opened = 0
        self.is_open = False

    async def frames(self) -> AsyncIterator[AudioFrame]:
        windows = Windows()
        parts = self.openings[self.opened]
        self.opened += 1
        self.is_open = True
        try:
            for part in parts:
                if isinstance(part, Exception):
                    raise part
                for frame in windows.take(part, 0.0):
                    yield frame
                    await asyncio.sleep(0)
        finally:
            self.is_open = False


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


async def listen(
    source: SoundSource | PushedSource, scripted: Scripted, thread: ThreadPoolExecutor, **options
) -> list[ListeningEvent]:
    plain = Plain()
    parts = ReadingParts(scripted, plain, plain, thread)
    listener = SourceListener(source, SileroActivity(), parts, ListeningOptions(**options))
    return [event async for event in listener.events() if not isinstance(event, Level)]


def collected(listener: SourceListener) -> tuple[list[ListeningEvent], asyncio.Task[None]]:
    """The events so far, and the task that collects them."""
    events: list[ListeningEvent] = []

    async def collect() -> None:
        async for event in listener.events():
            events.append(event)  # noqa: PERF401 - seen while they come

    return events, asyncio.create_task(collect())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - the state of what is tested has no event
        await asyncio.sleep(0.001)


def of(kind: type, events: Sequence[ListeningEvent]) -> list:
    return [event for event in events if isinstance(event, kind)]


async def test_a_sentence_is_heard_once_from_its_beginning_to_its_end(say: Say, thread) -> None:
    spoken = say("What does this fault mean on the drive?")
    source = SoundSource([quiet(1), spoken, quiet(1.5)])
    scripted = Scripted(["What does this fault mean on the drive?"])

    events = await listen(source, scripted, thread)

    [heard] = of(Heard, events)
    assert heard.text == "What does this fault mean on the drive?"
    assert abs(heard.started_s - 1.0) < 0.3
    assert abs(heard.ended_s - 1.0 - len(spoken) / SAMPLE_RATE_HZ) < 0.4
    kinds = [type(event) for event in events]
    assert kinds[0] is MicrophoneChanged
    assert kinds.index(SpeechStarted) < kinds.index(Heard)
    assert isinstance(events[-1], MicrophoneChanged)
    assert events[-1].state == "closed"


async def test_a_thinking_pause_does_not_cut_the_sentence(say: Say, thread) -> None:
    source = SoundSource([quiet(0.5), say("The brake of the drive"), quiet(0.4), say("doesn't let go."), quiet(1.5)])

    events = await listen(source, Scripted(["one sentence"]), thread)

    assert len(of(Heard, events)) == 1


async def test_two_sentences_are_heard_in_their_order(say: Say, thread) -> None:
    source = SoundSource([say("The first sentence."), quiet(1.5), say("And the second one."), quiet(1.5)])
    scripted = Scripted(["first", "second", "second"])

    events = await listen(source, scripted, thread, every_s=0.0)

    assert [heard.text for heard in of(Heard, events)] == ["first", "second"]


async def test_the_end_of_a_file_ends_the_sentence(say: Say, thread) -> None:
    events = await listen(SoundSource([say("No silence after this.")]), Scripted(["all of it"]), thread)

    assert [heard.text for heard in of(Heard, events)] == ["all of it"]


@pytest.mark.parametrize(
    "recipe",
    [
        "synth {s} sine 50 synth {s} sawtooth mix 25 synth {s} brownnoise mix tremolo 0.7 30 gain -n -6",
        "synth {s} whitenoise gain -n -12",
        "synth {s} pluck E3 pluck G3 pluck C4 repeat 3 gain -n -6",
        "synth {s} pinknoise tremolo 2 95 gain -n -6",
    ],
    ids=["hum", "white noise", "plucked strings", "press"],
)
async def test_noise_and_music_are_not_taken_for_speech(recipe: str, make_noise, thread) -> None:
    scripted = Scripted(["Thank you for watching."])

    events = await listen(SoundSource([make_noise(recipe, 10)]), scripted, thread)

    assert of(Heard, events) == []
    assert of(SpeechStarted, events) == []
    assert scripted.finals == 0, "nothing but voice activity detection runs while nobody talks"


async def test_what_the_guards_reject_is_passed_over_in_silence(say: Say, thread) -> None:
    scripted = Scripted(["Thank you for watching."], rejected="stock phrase")

    events = await listen(SoundSource([say("Mumble mumble."), quiet(1.5)]), scripted, thread)

    assert of(Heard, events) == []
    assert len(of(NotSpeech, events)) == 1


async def test_what_was_not_understood_is_said_to_be(say: Say, thread) -> None:
    for rejected, kind in (("unsure", "not-understood"), ("language", "other-language")):
        scripted = Scripted(["Hm"], rejected=rejected)
        events = await listen(SoundSource([say("Mumble mumble."), quiet(1.5)]), scripted, thread)
        assert [problem.kind for problem in of(ListeningProblem, events)] == [kind]


async def test_a_monologue_of_two_minutes_is_read_in_pieces_and_cut_at_the_limit(say: Say, thread) -> None:
    sentence = say("The conveyor was stopped and the guard was opened, then the belt was looked at.")
    parts = [part for _ in range(30) for part in (sentence, quiet(0.3))]
    scripted = Scripted(["piece"])

    events = await listen(SoundSource([*parts, quiet(2)]), scripted, thread, longest_s=120.0, every_s=0.0)

    [heard] = of(Heard, events)
    assert heard.cut
    assert heard.text.split().count("piece") >= 4
    assert max(scripted.seconds) < 30


async def test_with_the_button_only_what_is_said_while_it_is_down_is_heard(say: Say, thread) -> None:
    source = PushedSource("headset")
    plain = Plain()
    scripted = Scripted(["pressed"])
    parts = ReadingParts(scripted, plain, plain, thread)
    listener = SourceListener(source, SileroActivity(), parts, ListeningOptions(mode="push-to-talk"))
    events, collecting = collected(listener)
    await until(lambda: source._open)

    async def feed(samples: Samples) -> None:
        for start in range(0, len(samples), 8000):
            source.feed(samples[start : start + 8000].tobytes())
            await until(source._waiting.empty)

    await feed(np.concatenate([say("Not for you."), quiet(1.5)]))
    assert of(SpeechStarted, events) == []
    listener.press()
    await feed(say("This is for you."))
    listener.release()
    await feed(quiet(0.6))
    source.end()
    await collecting

    assert [heard.text for heard in of(Heard, events)] == ["pressed"]


@pytest.mark.parametrize("after_s", [0.0, 1.5], ids=["nothing follows", "silence follows"])
async def test_sound_and_button_sent_in_one_go_are_taken_in_their_order(say: Say, thread, after_s: float) -> None:
    source = PushedSource("headset", 48_000)
    plain = Plain()
    scripted = Scripted(["pressed"])
    parts = ReadingParts(scripted, plain, plain, thread)
    options = ListeningOptions(mode="push-to-talk", every_s=0.0)
    listener = SourceListener(source, SileroActivity(), parts, options)
    events, collecting = collected(listener)
    for_others = np.repeat(say("Not for you, and nobody else should listen to it for so long."), 3)
    for_it = np.repeat(say("This is for you."), 3)

    for did in (for_others, listener.press, for_it, listener.release, np.repeat(quiet(after_s), 3)):
        if isinstance(did, np.ndarray):
            await source.take(did.tobytes())
        else:
            await source.caught_up()
            did()
    await until(lambda: bool(of(Heard, events)))
    source.end()
    await collecting

    assert [heard.text for heard in of(Heard, events)] == ["pressed"]
    assert abs(scripted.seconds[0] - len(for_it) / 48_000) < 0.8


async def test_a_recording_sent_at_once_is_taken_in_whole(thread) -> None:
    source = PushedSource("headset")
    taken: list[Samples] = []

    async def take() -> None:
        taken.extend([frame.samples async for frame in source.frames()])

    taking = asyncio.create_task(take())
    sound = np.arange(40 * SAMPLE_RATE_HZ, dtype=np.int64).astype(np.int16)
    await source.take(sound.tobytes())
    source.end()
    await taking
    await source.caught_up()

    assert source.dropped == 0
    assert np.array_equal(np.concatenate(taken)[: len(sound)], sound)


async def test_while_muted_nobody_waits_for_sound_to_be_taken_in() -> None:
    source = PushedSource("headset")
    frames = source.frames()
    source.feed(quiet(1.0).tobytes())
    await anext(frames)
    waiting = asyncio.create_task(source.caught_up())
    await frames.aclose()
    await waiting
    await source.take(quiet(20.0).tobytes())
    await source.caught_up()

    source.end()
    assert [frame async for frame in source.frames()] == []


async def test_without_the_wake_word_nothing_is_told_and_with_it_the_rest_is_heard(say: Say, thread) -> None:
    source = SoundSource(
        [say("Did you see the game last night?"), quiet(1.5), say("Hey copilot, next step."), quiet(1.5)]
    )
    scripted = Scripted(["Did you see the game last night?", "Hey, Copilot, next step."])

    events = await listen(source, scripted, thread, mode="wake-word", every_s=0.0)

    assert [heard.text for heard in of(Heard, events)] == ["next step."]
    assert len(of(Woken, events)) == 1
    assert of(NotSpeech, events) == []


async def test_a_device_that_goes_away_in_mid_sentence_is_told_and_looked_for(say: Say, thread) -> None:
    spoken = say("What does this fault mean on the drive?")
    gone = AudioError("The microphone went away.", "Plug it in again.")
    source = SoundSource(
        [quiet(0.5), spoken[: len(spoken) // 2], gone], [AudioError("There is none.")], [quiet(0.2), spoken, quiet(1.5)]
    )
    scripted = Scripted(["half", "whole"])

    events = await listen(source, scripted, thread, look_again_s=0.0, every_s=0.0)

    assert [heard.text for heard in of(Heard, events)] == ["half", "whole"]
    assert [(problem.kind, problem.lasting) for problem in of(ListeningProblem, events)] == [("microphone-lost", True)]
    assert [event.state for event in of(MicrophoneChanged, events)] == ["open", "lost", "open", "closed"]


async def test_no_microphone_at_all_is_said_once(thread) -> None:
    none = AudioError("There is no microphone.", "Plug one in.")

    events = await listen(SoundSource([none], [none], [none], [quiet(0.2)]), Scripted(), thread, look_again_s=0.0)

    assert [problem.kind for problem in of(ListeningProblem, events)] == ["no-microphone"]


async def test_a_missing_model_is_told_at_once_and_again_when_somebody_talks(say: Say, thread) -> None:
    events = await listen(SoundSource([say("Hello there."), quiet(1.5)]), Scripted(missing=True), thread)

    problems = of(ListeningProblem, events)
    assert {problem.kind for problem in problems} == {"model-missing"}
    assert all(problem.remedy for problem in problems)


async def test_mute_closes_the_device_before_it_returns(thread) -> None:
    source = PushedSource("headset")
    plain = Plain()
    listener = SourceListener(source, SileroActivity(), ReadingParts(Scripted(), plain, plain, thread))
    events, collecting = collected(listener)
    await until(lambda: source._open)
    source.feed(quiet(0.1).tobytes())
    await until(lambda: listener.microphone == "open")

    await listener.mute()
    assert not source._open
    assert listener.microphone == "muted"

    await listener.unmute()
    await until(lambda: source._open)
    source.feed(quiet(0.1).tobytes())
    await until(lambda: listener.microphone == "open")
    await listener.close()
    await collecting
    assert [event.state for event in of(MicrophoneChanged, events)] == ["open", "muted", "open", "closed"]


async def test_what_is_said_while_it_holds_is_not_taken_in(say: Say, thread) -> None:
    source = PushedSource("headset")
    plain = Plain()
    listener = SourceListener(source, SileroActivity(), ReadingParts(Scripted(["echo"]), plain, plain, thread))
    events, collecting = collected(listener)
    await until(lambda: source._open)
    listener.hold(True)
    source.feed(np.concatenate([say("This is the loudspeaker."), quiet(1.2)]).tobytes())
    source.end()
    await collecting

    assert of(SpeechStarted, events) == []
    assert of(Heard, events) == []


async def test_what_was_said_so_far_is_shown_and_a_pause_settles_it(say: Say, thread) -> None:
    source = SoundSource([say("What does this fault mean on the drive over there?"), quiet(1.5)])

    events = await listen(source, Scripted(["What does it mean?"]), thread, every_s=0.2)

    partials = of(Partial, events)
    assert partials
    assert partials[-1].settled
    assert partials[-1].text == of(Heard, events)[0].text
