"""A conversation by voice: listens, understands, answers, does, and gives way when the person talks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Final

from copilot.answering.compose import NEAREST
from copilot.answering.events import Answer, Evidence
from copilot.answering.flow import NOTHING_NEAR, AskOptions
from copilot.answering.present import HEADING
from copilot.answering.writing import NOT_TOLD
from copilot.voice.protocols import Listener, Understanding
from copilot.voice.session.doing import REPLY_S, Abilities, Doing, Reply
from copilot.voice.session.events import (
    Answering,
    Expecting,
    Said,
    SessionEvent,
    SessionState,
    StateChanged,
    Told,
    Trouble,
    TurnEnded,
    Understood,
)
from copilot.voice.session.memory import Memory
from copilot.voice.session.narration import Narration
from copilot.voice.session.phrases import phrases_in
from copilot.voice.session.questions import Question
from copilot.voice.session.seams import Asking
from copilot.voice.session.turns import (
    Deed,
    Done,
    Finished,
    Happening,
    Nothing,
    Paused,
    SoundBegan,
    SpeechBegan,
    Turns,
    WentOn,
)
from copilot.voice.speaking.speaker import Speaker
from copilot.voice.values import (
    Heard,
    Hints,
    Intent,
    ListeningProblem,
    NotSpeech,
    Partial,
    SpeechStarted,
)
from index.errors import AudioError, EdgeCopilotError
from index.passages import SearchFilter

log = logging.getLogger(__name__)

UNSURE: Final = 0.4
"""Confidence of what was heard, below which it is better to ask again."""
_STEP_OF_SPEED: Final = 1.2
_STEP_OF_VOLUME: Final = 1.4
_ABSTAINING: Final = frozenset({NOTHING_NEAR, NOT_TOLD, NEAREST, HEADING})
"""What an answer says that doesn't stand in the documents."""
_LEFT_ALONE: Final = frozenset({"slower", "faster", "louder", "quieter"})
"""What is said about the voice while it speaks: it goes on where it was."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a conversation goes.

    Attributes:
        language: ISO 639-1 of what is said and heard.
        half_duplex: Nothing is heard while the copilot speaks.
        collections: Where to look; empty: everywhere.
        conversation: Id of the conversation that it belongs to; None keeps nothing.
        use_model: False answers by quoting alone.
        early: Begin a question while it is not yet sure that the person has finished.
    """

    language: str = "en"
    half_duplex: bool = False
    collections: tuple[str, ...] = ()
    conversation: str | None = None
    use_model: bool = True
    early: bool = True


class VoiceSession:
    """One conversation. Iterate `events` to run it; everything else may be called meanwhile.

    Args:
        listener: What is heard; None where text comes by `submit` only.
        understanding: What is meant.
        speaker: Says it; None where there is no voice: everything is on the screen then.
        asking: Answers questions.
        abilities: What else can be done.
        options: How it goes.
        now: Monotonic seconds; the listener's clock.
    """

    def __init__(
        self,
        listener: Listener | None,
        understanding: Understanding,
        speaker: Speaker | None,
        asking: Asking,
        abilities: Abilities | None = None,
        options: SessionOptions | None = None,
        *,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._listener = listener
        self._understanding = understanding
        self._speaker = speaker
        self._asking = asking
        self._options = options or SessionOptions()
        self._phrases = phrases_in(self._options.language)
        self._memory = Memory()
        self._doing = Doing(abilities or Abilities(), self._memory, self._phrases, now)
        self._now = now
        self._turns = Turns(half=self._options.half_duplex)
        self._events: asyncio.Queue[SessionEvent | BaseException | None] = asyncio.Queue()
        self._early: Question | None = None
        self._turn: asyncio.Task[None] | None = None
        self._said_more = False
        self._first_sound_at: float | None = None
        self._background: set[asyncio.Task[Any]] = set()
        if speaker is not None:
            speaker.on_sentence = self._on_sentence
            speaker.on_problem = self._on_problem

    @property
    def state(self) -> SessionState:
        """Whose turn it is."""
        return self._turns.state

    @property
    def listener(self) -> Listener | None:
        """Its microphone, for the sign that it is open, and its mode."""
        return self._listener

    @property
    def speaker(self) -> Speaker | None:
        """Its voice, for speed, volume and being silent."""
        return self._speaker

    @property
    def memory(self) -> Memory:
        """What was asked, answered and said."""
        return self._memory

    async def events(self) -> AsyncIterator[SessionEvent]:
        """Run the session and yield what happens until its source of sound ends, or `close`. To be iterated once.

        Raises:
            InputError: The source of sound is a file, and nothing can be read of it.
        """
        running = [asyncio.create_task(self._run(), name="voice session")]
        if self._speaker is not None:
            running.append(asyncio.create_task(self._speaker.load(), name="loading the voice"))
        try:
            while (event := await self._events.get()) is not None:
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            await self._end(running)

    def submit(self, text: str) -> None:
        """Take a typed text as if it had been said."""
        self._happen(Finished(text), text=text)

    def tell(self, text: str) -> None:
        """Say and show something that nobody has asked for, such as an alarm; not in the midst of an answer."""
        self._say_by_itself(Reply((text,)))

    def press(self) -> None:
        """The talk button goes down: the copilot is silent and listens."""
        if self._listener is not None:
            self._happen(SpeechBegan())
            self._listener.press()

    def release(self) -> None:
        """The talk button comes up."""
        if self._listener is not None:
            self._listener.release()

    def stop(self) -> None:
        """Be silent, and end the answer that is being written."""
        self._drop()
        self._happen(Done())

    async def mute(self, on: bool) -> None:
        """Close the microphone (``on``) or open it; returns when no sound can come in any more."""
        if self._listener is not None:
            await (self._listener.mute() if on else self._listener.unmute())

    async def close(self) -> None:
        """End the session; `events` ends with it."""
        if self._listener is not None:
            await self._listener.close()
        self._events.put_nowait(None)

    # What is heard

    async def _run(self) -> None:
        if self._listener is None:
            return
        try:
            async for event in self._listener.events():
                self._take(event)
            while (turn := self._turn) is not None and not turn.done():  # the file has ended: answer it to the end
                await asyncio.wait([turn])
        except Exception as error:
            self._events.put_nowait(error)
            return
        self._events.put_nowait(None)

    def _take(self, event: SessionEvent) -> None:
        if isinstance(event, ListeningProblem):
            event = replace(event, message=self._phrases.said(event.message), remedy=self._phrases.said(event.remedy))
        self._events.put_nowait(event)
        match event:
            case SpeechStarted():
                self._happen(SpeechBegan())
                self._spawn(self._prepare())
            case Partial(text=text, settled=True):
                self._happen(Paused(text))
            case Partial(text=text) if len(text) > len(self._turns.early or text):
                self._happen(WentOn())
            case NotSpeech():
                self._happen(Nothing())
            case ListeningProblem(lasting=False, message=message):
                self._happen(Nothing())
                if event.kind in ("not-understood", "other-language"):
                    self._say_by_itself(Reply((message,)))
            case Heard():
                self._happen(Finished(event.text), text=event.text, heard=event)

    def _happen(self, happening: Happening, *, text: str = "", heard: Heard | None = None) -> None:
        before = self._turns.state
        self._turns, deeds = self._turns.after(happening)
        intent: Intent | None = None
        if "begin" in deeds or "adopt early" in deeds:
            intent = self._meant(text, heard)
            if intent.name in _LEFT_ALONE and "drop speech" in deeds:
                deeds = tuple(deed for deed in deeds if deed not in ("drop speech", "begin"))
                self._turns, _ = self._turns.after(Done())
                self._events.put_nowait(Understood(text, intent, heard))
                self._adjust(intent)
                self._resume_after(before)
                return
        for deed in deeds:
            self._perform(deed, happening, intent, heard)
        self._changed(before)

    def _changed(self, before: SessionState) -> None:
        if self._turns.state == before:
            return
        self._events.put_nowait(StateChanged(self._turns.state))
        if self._listener is not None:
            self._listener.be_quick(self._turns.state == "speaking")

    def _perform(self, deed: Deed, happening: Happening, intent: Intent | None, heard: Heard | None) -> None:
        match deed:
            case "pause speech":
                if self._speaker is not None:
                    self._speaker.pause()
            case "resume speech":
                if self._speaker is not None:
                    self._speaker.resume()
            case "drop speech":
                self._drop()
            case "begin early":
                assert isinstance(happening, Paused)
                self._begin_early(happening.text)
            case "cancel early":
                self._cancel_early()
            case "adopt early":
                assert intent is not None
                assert isinstance(happening, Finished)
                self._begin(happening.text, intent, heard, adopt=True)
            case "begin":
                assert intent is not None
                assert isinstance(happening, Finished)
                self._begin(happening.text, intent, heard, adopt=False)
            case "hold microphone":
                if self._listener is not None:
                    self._listener.hold(True)
            case "free microphone":
                if self._listener is not None:
                    self._listener.hold(False)

    # What is meant

    def _meant(self, text: str, heard: Heard | None) -> Intent:
        expecting = self._doing.expecting
        known = "" if expecting == "choice" else expecting
        language = heard.language if heard is not None else self._options.language
        return self._understanding.understand(text, language=language, expecting=known)

    def _begin_early(self, text: str) -> None:
        if not self._options.early or self._doing.expecting:
            return
        intent = self._understanding.understand(text, language=self._options.language)
        if intent.name == "ask":
            self._early = Question(self._asking.ask(intent.text, self._ask_options()), adopted=False)

    def _cancel_early(self) -> None:
        early, self._early = self._early, None
        if early is not None:
            self._spawn(early.cancel())

    def _ask_options(self, *, expert: bool = False) -> AskOptions:
        return AskOptions(
            filter=SearchFilter(self._options.collections),
            use_model=self._options.use_model,
            conversation=self._options.conversation,
            wish="cloud" if expert else "auto",
            rows_alone=True,
        )

    # The turn

    def _begin(self, text: str, intent: Intent, heard: Heard | None, *, adopt: bool) -> None:
        self._events.put_nowait(Understood(text, intent, heard))
        early = self._early if adopt else None
        self._early = None
        self._turn = asyncio.create_task(self._take_turn(intent, heard, early), name="voice turn")

    async def _take_turn(self, intent: Intent, heard: Heard | None, early: Question | None) -> None:
        began_at = heard.speech_ended_s if heard is not None else self._now()
        heard_ms = (self._now() - began_at) * 1000 if heard is not None else None
        self._first_sound_at = None
        more = False
        if heard is not None and heard.cut:
            self._tell(self._phrases.cut)
        try:
            if heard is not None and heard.confidence < UNSURE and not intent.name.startswith("ask"):
                await self._say(Reply((self._phrases.not_understood,)))
            elif early is not None and intent.name == "ask" and not (heard is not None and heard.doubts):
                self._doing.forget()
                early.adopt()
                more = await self._answer(intent.text, early)
            else:
                if early is not None:
                    await early.cancel()
                more = await self._carry_out(intent, heard)
            if self._speaker is not None:
                await self._speaker.finished()
        except EdgeCopilotError as error:
            self._trouble(error)
            if self._speaker is not None:
                self._speaker.say(self._phrases.said(error.message))
                await self._speaker.finished()
        except asyncio.CancelledError:
            if early is not None:
                await early.cancel()
            raise
        except Exception as error:
            self._events.put_nowait(error)
            return
        first = self._first_sound_at
        first_ms = (first - began_at) * 1000 if first is not None else None
        self._turn = None
        self._happen(Done())
        self._events.put_nowait(TurnEnded(heard_ms, first_ms, (self._now() - began_at) * 1000, more))

    async def _carry_out(self, intent: Intent, heard: Heard | None) -> bool:
        if self._adjust(intent):
            return bool(self._memory.rest)
        if intent.name == "mute":
            await self._say(Reply((self._phrases.microphone_off,)))
            await self.mute(True)
            return False
        if intent.name == "stop":
            self._doing.forget()
            return bool(self._memory.rest)
        doubts = heard.doubts if heard is not None else ()
        reply = await self._doing.carry_out(intent, doubts)
        await self._say(reply)
        if not reply.question:
            return bool(self._memory.rest)
        question = Question(self._asking.ask(reply.question, self._ask_options(expert=reply.expert)))
        return await self._answer(reply.question, question)

    def _adjust(self, intent: Intent) -> bool:
        """What is said about the voice itself."""
        speaker, say = self._speaker, self._phrases
        if intent.name not in _LEFT_ALONE:
            return False
        if speaker is not None:
            match intent.name:
                case "slower":
                    speaker.speed /= _STEP_OF_SPEED
                case "faster":
                    speaker.speed *= _STEP_OF_SPEED
                case "louder":
                    speaker.volume *= _STEP_OF_VOLUME
                case _:
                    speaker.volume /= _STEP_OF_VOLUME
        told = {"slower": say.slower, "faster": say.faster, "louder": say.louder, "quieter": say.quieter}[intent.name]
        self._events.put_nowait(Told(told))
        if speaker is not None and not speaker.waiting:
            speaker.say(told)
        return True

    def _resume_after(self, before: SessionState) -> None:
        """Go on with what was paused, in the manner that was asked for."""
        speaker = self._speaker
        if self._turn is not None and speaker is not None:
            self._turns = Turns("speaking" if speaker.waiting else "thinking", half=self._turns.half)
            if self._turns.half and self._listener is not None:
                self._listener.hold(True)
            speaker.resume()
        self._changed(before)

    async def _answer(self, text: str, question: Question) -> bool:
        """Tell an answer while it is written; whether there is more of it."""
        narration = Narration()
        self._memory.said.clear()
        self._memory.rest.clear()
        async for event in question.events():
            self._events.put_nowait(Answering(event))
            if isinstance(event, Evidence):
                self._hint(event)
            sentences = [self._own_words(sentence) for sentence in narration.take(event)]
            if isinstance(event, Answer):
                self._memory.answered(text, event)
                if narration.taken_back:
                    self._tell(self._phrases.taken_back)
            for sentence in sentences:
                self._memory.said.append(sentence)
                self._speak(sentence)
        self._memory.rest = [self._own_words(sentence) for sentence in narration.rest]
        self._memory.noticed()
        if self._memory.rest and not self._said_more and self._speaker is not None:
            self._said_more = True  # once; who knows it needn't hear it every time
            self._tell(self._phrases.more)
        return bool(self._memory.rest)

    def _own_words(self, sentence: str) -> str:
        """A sentence of an answer; one that the program itself put there is said in the person's language."""
        return self._phrases.said(sentence) if sentence in _ABSTAINING else sentence

    async def _say(self, reply: Reply) -> None:
        for line in reply.lines:
            self._tell(line, reply.expecting)
        for sentence in reply.again:
            self._speak(sentence)
        if reply.lines and not reply.question:
            self._memory.said = list(reply.lines)
        elif reply.again:
            self._memory.said = list(reply.again)
        if reply.expecting and self._listener is not None:
            self._listener.expect_reply(REPLY_S)

    def _say_by_itself(self, reply: Reply) -> None:
        async def say() -> None:
            self._first_sound_at = None
            await self._say(reply)
            if self._speaker is not None:
                await self._speaker.finished()
            if self._turn is None:
                self._happen(Done())

        if self._turn is None:
            self._spawn(say())

    def _tell(self, line: str, expecting: Expecting = "") -> None:
        self._events.put_nowait(Told(line, expecting))
        self._speak(line)

    def _speak(self, sentence: str) -> None:
        if self._speaker is not None:
            self._speaker.say(sentence)

    def _hint(self, evidence: Evidence) -> None:
        """What is on the screen will probably be talked about next."""
        if self._listener is not None:
            passages = tuple(passage.chunk_id for passage in evidence.result.passages)
            recent = tuple(self._memory.recent)
            self._listener.hint(Hints(self._options.collections, passages, recent))

    def _drop(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.cancel()
        if self._speaker is not None:
            unheard = [sentence for sentence in self._speaker.stop() if sentence in self._memory.said]
            self._memory.rest = [*unheard, *self._memory.rest]

    # What the speaker tells

    def _on_sentence(self, text: str) -> None:
        self._events.put_nowait(Said(text))
        if self._first_sound_at is None and self._speaker is not None:
            self._spawn(self._note_first_sound())

    async def _note_first_sound(self) -> None:
        speaker = self._speaker
        assert speaker is not None
        while speaker.begun_at is None and speaker.speaking:  # noqa: ASYNC110 - the sound system's thread sets it
            await asyncio.sleep(0.005)
        if self._first_sound_at is None:
            self._first_sound_at = speaker.begun_at
        self._happen(SoundBegan())

    def _on_problem(self, error: AudioError) -> None:
        self._trouble(error)

    def _trouble(self, error: EdgeCopilotError) -> None:
        said = self._phrases.said
        self._events.put_nowait(Trouble(said(error.message), said(error.remedy)))

    async def _prepare(self) -> None:
        if self._speaker is not None:
            with contextlib.suppress(AudioError):  # told when there is something to say
                await self._speaker.prepare()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _end(self, running: list[asyncio.Task[None]]) -> None:
        self._cancel_early()
        turn, self._turn = self._turn, None
        ending = [*running, *self._background, *([turn] if turn is not None else [])]
        if self._listener is not None:
            await self._listener.close()
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending)
        if self._speaker is not None:
            await self._speaker.close()
