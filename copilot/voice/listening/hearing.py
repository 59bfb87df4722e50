"""From windows of sound to utterances: who talks, to whom, from when to when.

Hands-free, an utterance begins and ends by voice activity; with the talk button, by the button; with a wake word,
everything that doesn't begin with it (or follow it at once) is somebody else's talk, of which nothing is told.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

from copilot.voice.listening.activity import VoiceActivity
from copilot.voice.listening.endpointing import (
    BEGIN_WINDOWS,
    LEAST_SPEECH_S,
    QUICK_WINDOWS,
    Began,
    Ended,
    Endpointer,
    Paused,
    Resumed,
)
from copilot.voice.listening.finished import is_unfinished
from copilot.voice.listening.levels import LevelMeter
from copilot.voice.listening.options import ListeningOptions
from copilot.voice.listening.reading import Reading, ReadingParts, without
from copilot.voice.listening.utterance import Utterance
from copilot.voice.listening.voiced import SecondOpinion
from copilot.voice.listening.waking import PhraseWaker, SoundWaker
from copilot.voice.values import (
    WINDOW_S,
    AudioFrame,
    Heard,
    Hints,
    ListeningEvent,
    ListeningMode,
    NotSpeech,
    Partial,
    SpeechStarted,
    Woken,
)

_AFTER_BUTTON_S: Final = 0.2  # taken in after the button came up: fingers are faster than the last syllable
_NO_MORE_S: Final = 0.4  # without that sound the utterance is over, too: some send nothing but while it is down
_WAKE_WITHIN_S: Final = 3.0  # of an utterance; without a wake word until then it is meant for somebody else
_LISTEN_ON_S: Final = 1.0  # after the last speech, the wake word's network still gets sound

Tell = Callable[[ListeningEvent], None]


class Hearing:
    """Takes windows one by one and tells what happens.

    Args:
        activity: Tells speech from other sounds.
        reading: What turns utterances into text.
        options: How it listens.
        tell: Told every event but those of the microphone.
        waker: Finds the wake word in text.
        sound_waker: Finds it in sound; where given, speech without it isn't read at all.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        activity: VoiceActivity,
        reading: ReadingParts,
        options: ListeningOptions,
        tell: Tell,
        waker: PhraseWaker,
        sound_waker: SoundWaker | None,
        clock: Callable[[], float],
    ) -> None:
        self.mode: ListeningMode = options.mode
        self.hints = Hints()
        self._activity = activity
        self._second = SecondOpinion(activity.another(), options.threshold)
        self._parts = reading
        self._options = options
        self._tell = tell
        self._waker = waker
        self._sound_waker = sound_waker
        self._clock = clock
        self._endpointer = Endpointer(options.threshold, options.pause_s)
        self._meter = LevelMeter()
        self._before: deque[AudioFrame] = deque(maxlen=max(1, round(options.before_s / WINDOW_S)))
        self._reading: Reading | None = None
        self._waker_listens = False
        self._addressed = False
        self._looked = False  # the text of an utterance that nobody has been addressed with
        self._for_others = False
        self._pressed = False
        self._release_in: int | None = None
        self._no_more: asyncio.TimerHandle | None = None
        self._held = False
        self._awake_until_s = -math.inf
        self._last_speech_s = -math.inf
        self._finishing: set[asyncio.Task[None]] = set()
        self._in_order = asyncio.Lock()

    # What the session says

    def press(self) -> None:
        """The talk button goes down."""
        self._held = False
        self._button(down=True)

    def release(self) -> None:
        """The talk button comes up."""
        if self._pressed:
            self._button(down=True)
            self._release_in = round(_AFTER_BUTTON_S / WINDOW_S)
            self._no_more = asyncio.get_running_loop().call_later(_NO_MORE_S, self._let_go)

    def hold(self, on: bool) -> None:
        """Take nothing in while ``on``."""
        if on and not self._held:
            self.forget()
        self._held = on

    def be_quick(self, on: bool) -> None:
        """Take less for a beginning of speech."""
        self._activity.be_alert(on)
        self._endpointer.begin_windows = QUICK_WINDOWS if on else BEGIN_WINDOWS

    def expect_reply(self, seconds: float) -> None:
        """No wake word is needed for so long."""
        self._awake_until_s = self._clock() + seconds

    def forget(self) -> None:
        """Forget the utterance that is being taken in, and those that are being read."""
        if self._reading is not None:
            self._reading.utterance.cancelled = True
        self._reading = None
        for task in self._finishing:
            task.cancel()
        self._endpointer.reset()
        self._activity.reset()
        self._second.reset()
        self._before.clear()

    # What the microphone gives

    def take(self, frame: AudioFrame) -> None:
        """Take one window."""
        if self._held:
            if (level := self._meter.take(frame.samples, 0.0)) is not None:
                self._tell(level)
            return
        probability = self._activity.probability(frame.samples)
        self._second.take(frame.samples)
        if (level := self._meter.take(frame.samples, probability)) is not None:
            self._tell(level)
        speech = probability >= self._options.threshold
        if speech:
            self._last_speech_s = frame.started_s
        if self._pressed or self.mode == "push-to-talk":
            self._take_by_button(frame, probability, speech)
        else:
            self._take_by_voice(frame, probability, speech)
        self._before.append(frame)

    def end(self) -> None:
        """No more sound comes: the file is over, or the device is gone. What was said so far counts."""
        self._let_go()

    async def settled(self) -> None:
        """Wait until every utterance that is over has been read."""
        while self._finishing:
            await asyncio.gather(*self._finishing, return_exceptions=True)

    def _take_by_button(self, frame: AudioFrame, probability: float, speech: bool) -> None:
        if not self._pressed:
            if self._reading is not None:  # begun by voice, before the mode was changed
                self._take_by_voice(frame, probability, speech)
            return
        if self._reading is None:
            self._begin(frame.started_s)
            self._address()
        if self._reading is not None:
            self._endpointer.pause_s = math.inf
            for turn in self._endpointer.take(probability, frame.started_s):
                if isinstance(turn, Resumed):
                    self._reading.resume()
            self._add(frame, speech)
        if self._release_in is not None:
            self._release_in -= 1
            if self._release_in <= 0:
                self._let_go()

    def _let_go(self) -> None:
        """The button is up, and what may have been said meanwhile is here."""
        self._button(down=False)
        self._endpointer.pause_s = self._options.pause_s
        if self._reading is not None:
            self._finish(self._endpointer.end().speech_s)

    def _button(self, *, down: bool) -> None:
        self._pressed, self._release_in = down, None
        if self._no_more is not None:
            self._no_more.cancel()
            self._no_more = None

    def _take_by_voice(self, frame: AudioFrame, probability: float, speech: bool) -> None:
        woken = self._heard_wake_sound(frame)
        for turn in self._endpointer.take(probability, frame.started_s, self._second.is_voice):
            if isinstance(turn, Began):
                self._begin(turn.at_s)
                if self.mode == "hands-free" or self._clock() < self._awake_until_s:
                    self._address()
            elif self._reading is None:
                continue
            elif isinstance(turn, Paused):
                self._reading.utterance.pause()
                if self._addressed and self._endpointer.speech_s >= LEAST_SPEECH_S:
                    self._reading.settle()
            elif isinstance(turn, Resumed):
                self._reading.resume()
            elif isinstance(turn, Ended):
                self._finish(turn.speech_s)
        if woken and self._sound_waker is not None:
            self._tell(Woken(self._sound_waker.phrase))
            self._awake_until_s = self._clock() + self._options.wake_window_s
            if self._reading is not None:
                self._address()
        if self._reading is not None:
            self._add(frame, speech)

    def _heard_wake_sound(self, frame: AudioFrame) -> bool:
        waker = self._sound_waker
        if waker is None or self.mode != "wake-word" or self._addressed:
            return False
        if frame.started_s - self._last_speech_s > _LISTEN_ON_S:
            self._waker_listens = False
            return False  # nobody talks: nothing but voice activity is computed
        if not self._waker_listens:  # the first sound of a word is too faint to be noticed
            self._waker_listens = True
            for before in self._before:
                waker.take(before.samples)
        return waker.take(frame.samples)

    def _begin(self, at_s: float) -> None:
        utterance = Utterance(list(self._before), at_s)
        self._addressed = self._looked = self._for_others = False

        def seems(partial: Partial) -> None:
            if self._reading is reading:  # else it is over, and the whole of it is told
                self._seems(partial)

        reading = Reading(utterance, self._parts, self.hints, seems, self._options.every_s, self._clock)
        self._reading = reading

    def _address(self) -> None:
        """This utterance is meant for the copilot."""
        if self._reading is not None and not self._addressed:
            self._addressed = True
            self._tell(SpeechStarted(self._reading.utterance.began_s))

    def _add(self, frame: AudioFrame, speech: bool) -> None:
        assert self._reading is not None
        utterance = self._reading.utterance
        if utterance.length_s >= self._options.longest_s:
            utterance.cut = True
            return
        utterance.add(frame, speech)
        if self._addressed or (self._sound_waker is None and utterance.length_s <= _WAKE_WITHIN_S):
            self._reading.advance()
        elif self._looked:
            self._for_others = True

    def _seems(self, partial: Partial) -> None:
        """What was said so far, as it seems; also where the wake word is found while its sentence goes on."""
        if not self._addressed:
            self._looked = True
            if (wake := self._waker.find(partial.text)) is None:
                return
            self._tell(Woken(wake.phrase))
            self._address()
            self._awake_until_s = self._clock() + self._options.wake_window_s
        text = partial.text
        if self.mode == "wake-word" and (wake := self._waker.find(text)) is not None:
            text = wake.rest
        self._tell(Partial(text, max(0, partial.stable - len(partial.text) + len(text)), partial.settled))
        if partial.settled and is_unfinished(text, self._options.language or "en"):
            self._endpointer.unfinished()

    def _finish(self, speech_s: float) -> None:
        reading, addressed = self._reading, self._addressed
        assert reading is not None
        self._reading, self._addressed = None, False
        utterance = reading.utterance
        if speech_s < LEAST_SPEECH_S:
            if addressed:
                self._tell(NotSpeech(utterance.began_s))
            return
        if not addressed and (self._sound_waker is not None or self._for_others):
            return
        self._keep(self._tell_what_was_heard(reading, addressed))

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def _tell_what_was_heard(self, reading: Reading, addressed: bool) -> None:
        async with self._in_order:  # a short second sentence must not overtake a long first one
            result = await reading.finish()
        if result is None:
            return
        if self.mode == "wake-word" and isinstance(result, Heard):
            wake = self._waker.find(result.text)
            if wake is None and not addressed:
                return
            if wake is not None:
                if not addressed:
                    self._tell(Woken(wake.phrase))
                if not wake.rest:  # the wake word alone: what is wanted comes next
                    self._awake_until_s = self._clock() + self._options.wake_window_s
                    return
                result = without(result, wake.rest, len(result.text) - len(wake.rest))
        elif not addressed:
            return
        self._tell(result)
