"""A conversation: heard, answered while the answer is written, interrupted, confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from threading import Event

import pytest

from copilot.answering.events import Answer
from copilot.voice.session import (
    Abilities,
    Answering,
    Said,
    SessionEvent,
    SessionOptions,
    StateChanged,
    Told,
    Trouble,
    TurnEnded,
    Understood,
    VoiceSession,
)
from copilot.voice.session.seams import Step
from copilot.voice.speaking.speaker import Speaker
from copilot.voice.values import Doubt, ListeningProblem, NotSpeech, Partial, SpeechStarted
from index.errors import NoteError, QuestionError
from index.passages import Passage
from tests.copilot.voice.session.scripted import Plainly, ScriptedAsking, ScriptedListener, heard
from tests.copilot.voice.speaking.voices import Ears, ToneVoice


class Desk:
    """Notes, a procedure and alarms, kept in lists."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []
        self.values: list[tuple[str, int | None]] = []
        self.at = 0
        self.steps = (
            Step("1", "Switch off Q1."),
            Step("2", "Tighten to 20 Nm.", True, ("Danger: 400 V.",)),
            Step("3", "Switch on."),
        )
        self.refuses = False
        self.walking = True

    def keep(self, text: str, question: str) -> str:
        if self.refuses:
            raise NoteError("The note is too long.", "Shorten it.")
        self.notes.append((text, question))
        return "It is handed in at the next sync."

    def machine(self) -> str:
        return "Press 4"

    def current(self) -> Step | None:
        return self.steps[self.at] if self.walking else None

    def offer(self, passage: Passage) -> str:
        return "Opening the cover"

    def begin(self, passage: Passage) -> Step | None:
        self.walking = True
        return self.current()

    def go(self, by: int) -> Step | None:
        if not 0 <= self.at + by < len(self.steps):
            return None
        self.at += by
        return self.steps[self.at]

    def set_value(self, value: str, step: int | None) -> str:
        self.values.append((value, step))
        self.at += 1
        return ""

    def alarms(self) -> Sequence[str]:
        return ("F0012 overvoltage, since 10:15.",)


class Far(Ears):
    """Hears to the end only when it is not ``away``."""

    away = False

    async def drain(self) -> None:
        while self.away:  # noqa: ASYNC110 - a test says when
            await asyncio.sleep(0.005)
        await super().drain()


class Talk:
    """One conversation under test."""

    def __init__(self, session: VoiceSession, listener: ScriptedListener, ears: Ears, voice: ToneVoice) -> None:
        self.session, self.listener, self.ears, self.voice = session, listener, ears, voice
        self.seen: list[SessionEvent] = []
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        async for event in self.session.events():
            self.seen.append(event)
            self._news.set()

    async def until(self, happened: Callable[[SessionEvent], bool], count: int = 1) -> None:
        async with asyncio.timeout(20):
            while sum(map(happened, self.seen)) < count:
                self._news.clear()
                await self._news.wait()

    async def hear(self, text: str, **changes: object) -> list[SessionEvent]:
        """Say something and wait until it is done with; what happened meanwhile."""
        before = len(self.seen)
        done = sum(isinstance(event, TurnEnded) for event in self.seen)
        self.listener.tell(SpeechStarted(0.0), heard(text, **changes))
        await self.until(lambda event: isinstance(event, TurnEnded), done + 1)
        return self.seen[before:]

    async def told(self, text: str) -> list[str]:
        return [event.text for event in await self.hear(text) if isinstance(event, Told)]

    def said(self) -> list[str]:
        return [event.text for event in self.seen if isinstance(event, Said)]

    async def close(self) -> None:
        await self.session.close()
        await self._task


Begin = Callable[..., Talk]


@pytest.fixture
async def talk() -> AsyncIterator[Begin]:
    begun: list[Talk] = []

    def begin(
        asking: ScriptedAsking | None = None,
        abilities: Abilities | None = None,
        options: SessionOptions | None = None,
        gate: Event | None = None,
        ears: Ears | None = None,
    ) -> Talk:
        listener, ears, voice = ScriptedListener(), ears or Ears(), ToneVoice(gate=gate)
        asking = asking or ScriptedAsking("F0012 means overvoltage. ", "Check the resistor R4.")
        speaker = Speaker(voice, ears)
        session = VoiceSession(listener, Plainly(), speaker, asking, abilities, options)
        begun.append(Talk(session, listener, ears, voice))
        return begun[-1]

    yield begin
    for one in begun:
        await one.close()


async def test_a_question_is_answered_aloud_and_on_the_screen(talk: Begin) -> None:
    one = talk()

    seen = await one.hear("what does F0012 mean")

    assert one.voice.spoken[0] == "F zero zero one two means overvoltage."
    assert [event.text for event in seen if isinstance(event, Understood)] == ["what does F0012 mean"]
    assert isinstance([event.event for event in seen if isinstance(event, Answering)][-1], Answer)
    assert [event.state for event in seen if isinstance(event, StateChanged)][:2] == ["hearing", "thinking"]
    ended = next(event for event in seen if isinstance(event, TurnEnded))
    assert ended.first_audio_ms is not None
    assert one.session.state == "waiting"
    assert True in one.listener.quick  # whoever talks into the answer is noticed sooner
    assert one.listener.quick[-1] is False


async def test_the_first_sentence_is_spoken_while_the_answer_is_still_being_written(talk: Begin) -> None:
    asking = ScriptedAsking("F0012 means overvoltage. ", "Check", " it.")
    asking.go = asyncio.Semaphore(2)
    one = talk(asking)
    one.listener.tell(SpeechStarted(0.0), heard("why"))
    await one.until(lambda event: isinstance(event, Said))

    assert one.said() == ["F0012 means overvoltage."]
    assert asking.finished == []
    asking.go.release()


async def test_a_question_is_begun_in_the_pause_and_its_answer_is_told_only_when_the_person_has_finished(
    talk: Begin,
) -> None:
    asking = ScriptedAsking("F0012 means overvoltage. ", "Check it.")
    one = talk(asking)

    one.listener.tell(SpeechStarted(0.0), Partial("what is F0012", settled=True))
    await one.until(lambda event: isinstance(event, Partial))
    await asyncio.sleep(0.05)
    assert [question for question, _ in asking.asked] == ["what is F0012"]
    assert not any(isinstance(event, Answering) for event in one.seen)
    assert asking.finished == []  # nothing is kept of it yet

    one.listener.tell(heard("what is F0012"))
    await one.until(lambda event: isinstance(event, TurnEnded))
    assert [question for question, _ in asking.asked] == ["what is F0012"]
    assert asking.finished == ["what is F0012"]


async def test_a_question_that_was_only_half_of_one_leaves_nothing_behind(talk: Begin) -> None:
    asking = ScriptedAsking("Yes. ", "It is.")
    one = talk(asking)

    one.listener.tell(SpeechStarted(0.0), Partial("what is F0012", settled=True))
    await asyncio.sleep(0.05)
    one.listener.tell(Partial("what is F0012 on the press"), heard("what is F0012 on the press"))
    await one.until(lambda event: isinstance(event, TurnEnded))

    assert asking.finished == ["what is F0012 on the press"]


async def test_whoever_talks_into_the_answer_silences_it_and_is_heard(talk: Begin) -> None:
    gate = Event()
    one = talk(gate=gate)
    one.listener.tell(SpeechStarted(0.0), heard("why"))
    await one.until(lambda event: isinstance(event, Understood))
    await asyncio.sleep(0.05)

    one.listener.tell(SpeechStarted(2.0))
    await one.until(lambda event: isinstance(event, SpeechStarted), 2)
    assert one.ears.stops >= 1
    one.listener.tell(heard("stop"))
    await one.until(lambda event: isinstance(event, TurnEnded))

    assert one.session.state == "waiting"
    assert one.session.speaker is not None
    assert not one.session.speaker.speaking


async def test_a_cough_only_pauses_the_answer(talk: Begin) -> None:
    one = talk()
    one.listener.tell(SpeechStarted(0.0), heard("why"), SpeechStarted(2.0), NotSpeech(2.0))

    await one.until(lambda event: isinstance(event, TurnEnded))

    assert one.said()[0] == "F0012 means overvoltage."


async def test_slower_said_into_an_answer_goes_on_with_it_slower(talk: Begin) -> None:
    gate = Event()
    one = talk(gate=gate)
    one.listener.tell(SpeechStarted(0.0), heard("why"))
    await one.until(lambda event: isinstance(event, Understood))
    await asyncio.sleep(0.05)

    one.listener.tell(SpeechStarted(2.0), heard("slower"))
    await one.until(lambda event: isinstance(event, TurnEnded))

    assert one.voice.speeds[-1] < 1.0
    assert one.said()[0] == "F0012 means overvoltage."


async def test_more_goes_on_and_sources_are_told_only_when_asked_for(talk: Begin) -> None:
    one = talk(ScriptedAsking("F0012 means overvoltage.", quote="Check the resistor R4 above 820 V.\nThen reset."))

    await one.hear("what is F0012")
    assert not any("page" in said for said in one.voice.spoken)

    await one.hear("more")
    assert "Then reset." in one.voice.spoken
    assert await one.told("sources") == ["Manual Halden, page 12."]
    assert one.voice.spoken[-1] == "Manual Halden, page twelve."
    assert await one.told("more") == ["That is all."]


async def test_repeat_says_the_answer_again(talk: Begin) -> None:
    one = talk(ScriptedAsking("It is red."))
    await one.hear("what colour")

    await one.hear("repeat")

    assert one.voice.spoken.count("It is red.") == 2


async def test_a_note_is_kept_after_a_yes_and_never_without(talk: Begin) -> None:
    desk = Desk()
    one = talk(abilities=Abilities(notes=desk))

    assert await one.told("note the brake is worn") == ["Note: the brake is worn. Keep it?"]
    assert desk.notes == []
    assert one.listener.replies_expected
    assert await one.told("no") == ["Not kept."]
    assert desk.notes == []

    await one.hear("take a note")
    await one.hear("the brake is worn")
    assert await one.told("yes") == ["The note is kept.", "It is handed in at the next sync."]
    assert desk.notes == [("the brake is worn", "")]
    assert await one.told("yes") == ["There is nothing to confirm."]


async def test_a_note_that_can_not_be_kept_is_told_with_what_to_do(talk: Begin) -> None:
    desk = Desk()
    desk.refuses = True
    one = talk(abilities=Abilities(notes=desk))
    await one.hear("note something")

    seen = await one.hear("yes")

    assert Trouble("The note is too long.", "Shorten it.") in seen
    assert one.voice.spoken[-1] == "The note is too long."


async def test_a_procedure_is_walked_through_and_its_values_are_confirmed(talk: Begin) -> None:
    desk = Desk()
    one = talk(abilities=Abilities(guide=desk))

    assert await one.told("next step") == ["Danger: 400 V.", "2. Tighten to 20 Nm."]
    assert await one.told("set 20 Nm") == ["Step 2: 20 Nm. Keep it?"]
    assert desk.values == []
    assert await one.told("yes") == ["3. Switch on."]
    assert desk.values == [("20 Nm", None)]
    assert await one.told("next step") == ["That was the last step."]


async def test_the_steps_of_an_answer_can_be_walked_through(talk: Begin) -> None:
    one = talk(ScriptedAsking(quote="1. Switch off.\n2. Wait 10 min.\n3. Open."))
    await one.hear("how do I open it")

    assert one.voice.spoken[0] == "Step one: Switch off."
    assert await one.told("next step") == ["2. Wait 10 min."]
    assert await one.told("previous step") == ["1. Switch off."]
    assert await one.told("previous step") == ["This is the first step."]


async def test_the_procedure_that_an_answer_stands_on_is_walked_through_after_a_yes(talk: Begin) -> None:
    desk = Desk()
    desk.walking = False
    one = talk(ScriptedAsking(quote="1. Switch off.\n2. Wait 10 min."), Abilities(guide=desk))
    await one.hear("how do I open it")

    assert await one.told("next step") == ["Shall I guide you through “Opening the cover” and keep a record?"]
    assert await one.told("no") == ["2. Wait 10 min."]
    assert not desk.walking

    await one.hear("how do I open it")
    await one.hear("next step")
    assert await one.told("yes") == ["1. Switch off Q1."]
    assert desk.walking


async def test_machine_and_alarms_are_told(talk: Begin) -> None:
    desk = Desk()
    one = talk(abilities=Abilities(notes=desk, alarms=desk))

    assert await one.told("which machine") == ["You are at Press 4."]
    assert await one.told("read alarms") == ["One alarm.", "F0012 overvoltage, since 10:15."]


async def test_without_notes_procedure_signals_or_expert_it_says_so(talk: Begin) -> None:
    one = talk()

    assert "no machine" in (await one.told("which machine"))[0].lower()
    assert "No signals" in (await one.told("read alarms"))[0]
    assert "No procedure" in (await one.told("next step"))[0]
    assert (await one.told("ask the expert"))[0] == "What shall I ask the expert?"


async def test_the_expert_is_wished_for_only_where_one_can_be_asked(talk: Begin) -> None:
    asking = ScriptedAsking("It is red.")
    one = talk(asking, Abilities(expert=True))
    await one.hear("what colour")

    await one.hear("ask the expert")

    assert [(question, options.wish) for question, options in asking.asked] == [
        ("what colour", "auto"),
        ("what colour", "cloud"),
    ]


async def test_between_two_identifiers_that_sound_alike_it_asks_which(talk: Begin) -> None:
    asking = ScriptedAsking("It is red.")
    one = talk(asking)
    doubt = Doubt("f thirteen", ("F0013", "F0030"), (8, 13))

    seen = await one.hear("what is F0013", doubts=(doubt,))
    assert [event.text for event in seen if isinstance(event, Told)] == ["Did you mean F0013 or F0030?"]
    assert asking.asked == []

    await one.hear("the second one")
    assert [question for question, _ in asking.asked] == ["what is F0030"]


async def test_in_half_duplex_nothing_is_heard_while_it_speaks(talk: Begin) -> None:
    one = talk(options=SessionOptions(half_duplex=True))

    await one.hear("why")

    assert one.listener.held == [True, False]


async def test_mute_closes_the_microphone(talk: Begin) -> None:
    one = talk()

    assert await one.told("mute") == ["The microphone is off."]
    assert one.listener.muted == [True]


async def test_without_a_voice_everything_is_on_the_screen() -> None:
    listener = ScriptedListener()
    session = VoiceSession(listener, Plainly(), None, ScriptedAsking("It is red."))
    listener.tell(SpeechStarted(0.0), heard("what colour"))
    listener.end()

    seen = [event async for event in session.events()]

    answer = [event.event for event in seen if isinstance(event, Answering)][-1]
    assert isinstance(answer, Answer)
    assert answer.text == "It is red. [1]"
    assert seen[-1] == TurnEnded(seen[-1].heard_ms, None, seen[-1].total_ms)  # type: ignore[union-attr]


async def test_a_loudspeaker_that_is_not_there_is_told_and_the_answer_goes_on_on_the_screen(talk: Begin) -> None:
    one = talk(ears=Ears(broken=True))

    seen = await one.hear("why")

    assert Trouble("There is no loudspeaker.", "Plug one in.") in seen
    assert isinstance([event.event for event in seen if isinstance(event, Answering)][-1], Answer)


async def test_what_was_not_understood_is_said_aloud(talk: Begin) -> None:
    one = talk()
    problem = ListeningProblem("not-understood", "I didn't understand that.")

    one.listener.tell(SpeechStarted(0.0), problem)
    await one.until(lambda event: isinstance(event, Said))

    assert one.said() == ["I didn't understand that."]
    await one.until(lambda event: event == StateChanged("waiting"), 2)


async def test_what_it_says_by_itself_can_be_talked_into_too(talk: Begin) -> None:
    one = talk()

    one.session.tell("The alarm is back.")
    await one.until(lambda event: event == StateChanged("speaking"))
    await one.until(lambda event: event == StateChanged("waiting"))

    assert one.said() == ["The alarm is back."]


async def test_what_it_says_by_itself_after_an_answer_can_be_talked_into_as_well(talk: Begin) -> None:
    ears = Far()
    one = talk(ears=ears)
    await one.hear("why")
    spoken = sum(event == StateChanged("speaking") for event in one.seen)
    ears.away = True

    one.session.tell("The alarm is back.")
    await one.until(lambda event: event == StateChanged("speaking"), spoken + 1)
    stops = ears.stops
    one.listener.tell(SpeechStarted(2.0))
    await one.until(lambda event: event == StateChanged("hearing"), 2)

    assert ears.stops > stops
    ears.away = False
    one.listener.tell(NotSpeech(2.0))


async def test_a_question_that_can_not_be_asked_is_told(talk: Begin) -> None:
    class Refusing(ScriptedAsking):
        async def ask(self, question, options=None):  # type: ignore[no-untyped-def]
            raise QuestionError("The question is empty.", "Say it.")
            yield

    one = talk(Refusing())

    assert Trouble("The question is empty.", "Say it.") in await one.hear("…")


async def test_typed_text_is_taken_as_if_it_had_been_said(talk: Begin) -> None:
    one = talk()

    one.session.submit("what does F0012 mean")
    await one.until(lambda event: isinstance(event, TurnEnded))

    assert one.said()[0] == "F0012 means overvoltage."


_GERMAN = SessionOptions(language="de")


async def test_a_german_conversation_tells_faults_in_german(talk: Begin) -> None:
    class Refusing(ScriptedAsking):
        async def ask(self, question, options=None):  # type: ignore[no-untyped-def]
            raise QuestionError("The question is empty.", "Type a word, a fault code or a part number.")
            yield

    one = talk(Refusing(), options=_GERMAN)

    seen = await one.hear("…")

    assert Trouble("Die Frage ist leer.", "Ein Wort, einen Fehlercode oder eine Teilenummer eingeben.") in seen
    assert one.voice.spoken[-1] == "Die Frage ist leer."


async def test_a_german_conversation_says_what_it_did_not_understand_in_german(talk: Begin) -> None:
    one = talk(options=_GERMAN)

    problem = ListeningProblem("not-understood", "That was not understood.", "Say it again, a little slower.")
    one.listener.tell(SpeechStarted(0.0), problem)
    await one.until(lambda event: isinstance(event, Said))

    assert one.said() == ["Das war nicht zu verstehen."]
    told = next(event for event in one.seen if isinstance(event, ListeningProblem))
    assert (told.message, told.remedy) == ("Das war nicht zu verstehen.", "Noch einmal sagen, etwas langsamer.")


async def test_a_german_conversation_says_in_german_that_the_documents_do_not_tell(talk: Begin) -> None:
    one = talk(ScriptedAsking("The documents don't tell."), options=_GERMAN)

    await one.hear("warum")

    assert one.voice.spoken[0] == "Die Dokumente sagen es nicht."


async def test_a_german_conversation_leaves_the_documents_their_words(talk: Begin) -> None:
    one = talk(ScriptedAsking(quote="Try again."), options=_GERMAN)

    await one.hear("warum")

    assert one.voice.spoken == ["Try again."]


async def test_alarms_and_notices_are_told_in_german(talk: Begin) -> None:
    class Halden(Desk):
        def alarms(self) -> Sequence[str]:
            return ("Alarm F0012 overvoltage: active since 10:15:00 (2 min), not acknowledged.",)

        def keep(self, text: str, question: str) -> str:
            return "The note stays on this device: it is restricted. See notes.access in the settings."

    desk = Halden()
    one = talk(abilities=Abilities(notes=desk, alarms=desk), options=_GERMAN)

    assert (await one.told("read alarms"))[1:] == [
        "Alarm F0012 overvoltage: steht an seit 10:15:00 (2 min), nicht quittiert."
    ]
    await one.hear("note something")
    assert (await one.told("yes"))[1].startswith("Die Notiz bleibt auf diesem Gerät: sie ist vertraulich")
