"""Carries out what was asked for, apart from questions. What is kept is confirmed first."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from copilot.answering.events import Answer
from copilot.voice.session.events import Expecting
from copilot.voice.session.memory import Memory
from copilot.voice.session.phrases import Phrases
from copilot.voice.session.seams import AlarmReader, Guide, NoteKeeper, Step
from copilot.voice.values import Doubt, Intent

REPLY_S: Final = 20.0
"""How long a question back waits for its reply."""
_ALARMS_AT_ONCE: Final = 3
_ORDINALS: Final = (
    re.compile(r"\b(?:first|former|erste[nrs]?|yes|ja)\b", re.IGNORECASE),
    re.compile(r"\b(?:second|latter|other|zweite[nrs]?|andere[nrs]?)\b", re.IGNORECASE),
    re.compile(r"\b(?:third|last|dritte[nrs]?)\b", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said and shown, and what follows.

    Attributes:
        lines: Sentences of the copilot's own.
        again: Sentences of an answer that are said (again), which the screen has already.
        expecting: What kind of reply is waited for.
        question: What is to be asked of the documents; "" for nothing.
        expert: Of a question, whether a larger model elsewhere is wished for.
    """

    lines: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    expecting: Expecting = ""
    question: str = ""
    expert: bool = False


@dataclass(frozen=True, slots=True)
class _Pending:
    """What a question back was about."""

    kind: Expecting
    until_s: float
    text: str = ""
    step: int | None = None
    stores: str = ""
    doubt: Doubt | None = None
    intent: Intent | None = None


@dataclass(frozen=True, slots=True)
class Abilities:
    """What this device can do beside answering; None for what is not there."""

    notes: NoteKeeper | None = None
    guide: Guide | None = None
    alarms: AlarmReader | None = None
    expert: bool = False


class Doing:
    """Knows what was asked back and what may be done.

    Args:
        abilities: What there is.
        memory: What was said before.
        phrases: In the person's language.
        now: Monotonic seconds.
    """

    def __init__(self, abilities: Abilities, memory: Memory, phrases: Phrases, now: Callable[[], float]) -> None:
        self._can = abilities
        self._memory = memory
        self._phrases = phrases
        self._now = now
        self._pending: _Pending | None = None
        self._declined: Answer | None = None  # whose procedure is only to be read out

    @property
    def expecting(self) -> Expecting:
        """What kind of reply is waited for; "" for none, also where it has come too late."""
        if self._pending is not None and self._now() > self._pending.until_s:
            self._pending = None
        return self._pending.kind if self._pending is not None else ""

    async def carry_out(self, intent: Intent, doubts: tuple[Doubt, ...] = ()) -> Reply:
        """Do what was asked for, or ask back.

        Raises:
            EdgeCopilotError: It can't be done.
        """
        expecting, pending = self.expecting, self._pending
        self._pending = None
        if expecting == "choice" and pending is not None and (chosen := self._chosen(pending, intent)) is not None:
            return await self.carry_out(chosen)
        if doubts and intent.name in ("ask", "ask-expert", "log-note", "set-value"):
            return self._ask_which(intent, doubts[0])
        if expecting == "confirmation" and pending is not None and intent.name in ("yes", "no"):
            return await self._settled(pending, intent.name == "yes")
        if expecting == "note" and pending is not None and intent.name in ("ask", "log-note"):
            return self._confirm_note(intent.text)
        if expecting == "value" and pending is not None and intent.name in ("set-value", "ask"):
            return self._confirm_value(intent.value or intent.text, intent.step or pending.step)
        return await self._do(intent)

    def forget(self) -> None:
        """Nothing is waited for any more."""
        self._pending = None

    async def _do(self, intent: Intent) -> Reply:
        say, memory = self._phrases, self._memory
        match intent.name:
            case "ask":
                return Reply(question=intent.text)
            case "ask-expert":
                return self._ask_expert(intent.text or memory.question)
            case "repeat":
                return Reply(again=tuple(memory.said)) if memory.said else Reply((say.nothing_said,))
            case "more":
                more = tuple(memory.more())
                return Reply(again=more) if more else Reply((say.no_more,))
            case "sources":
                return Reply(tuple(memory.sources(say)) or (say.no_sources,))
            case "next-step":
                return await self._step(1)
            case "previous-step":
                return await self._step(-1)
            case "this-step":
                return await self._step(0)
            case "log-note":
                return self._confirm_note(intent.text)
            case "set-value":
                return self._confirm_value(intent.value, intent.step)
            case "which-machine":
                return await self._machine()
            case "read-alarms":
                return await self._alarms()
            case "help":
                return Reply((say.help,))
            case "yes" | "no":
                return Reply((say.nothing_asked,))
            case _:  # slower, louder, stop, mute …: the session's own
                return Reply()

    # Notes and values: said back, and kept after a yes

    def _confirm_note(self, text: str) -> Reply:
        if self._can.notes is None:
            return Reply((self._phrases.not_kept,))
        if not text:
            self._wait("note", stores="note")
            return Reply((self._phrases.what_note,), expecting="note")
        self._wait("confirmation", text=text, stores="note")
        return Reply((self._phrases.keep_note.format(text=text.rstrip(".")),), expecting="confirmation")

    def _confirm_value(self, value: str, step: int | None) -> Reply:
        current = self._can.guide.current() if self._can.guide is not None else None
        if current is None:
            return Reply((self._phrases.no_values,))
        if not value:
            self._wait("value", step=step, stores="value")
            return Reply((self._phrases.what_value,), expecting="value")
        self._wait("confirmation", text=value, step=step, stores="value")
        told = self._phrases.set_value.format(step=step or current.number, value=value)
        return Reply((told,), expecting="confirmation")

    async def _settled(self, pending: _Pending, yes: bool) -> Reply:
        if pending.stores == "procedure":
            return await self._walk(yes)
        if not yes:
            return Reply((self._phrases.not_kept,))
        if pending.stores == "note" and self._can.notes is not None:
            notice = await asyncio.to_thread(self._can.notes.keep, pending.text, self._memory.question)
            return Reply((self._phrases.kept_note, *([self._phrases.said(notice)] if notice else [])))
        if pending.stores == "value" and self._can.guide is not None:
            notice = await asyncio.to_thread(self._can.guide.set_value, pending.text, pending.step)
            step = await asyncio.to_thread(self._can.guide.current)
            following = _told(step) if step is not None else ()
            return Reply((*([self._phrases.said(notice)] if notice else []), *following))
        return Reply((self._phrases.not_kept,))

    async def _walk(self, yes: bool) -> Reply:
        guide, answer = self._can.guide, self._memory.answer
        if yes and guide is not None and answer is not None:
            step = await asyncio.to_thread(guide.begin, answer.citations[0].passage)
            return Reply(_told(step) if step is not None else (self._phrases.no_procedure,))
        self._declined = answer
        return await self._step(1)

    # Identifiers that could be one of several

    def _ask_which(self, intent: Intent, doubt: Doubt) -> Reply:
        self._wait("choice", doubt=doubt, intent=intent)
        others = f" {self._phrases.or_word} ".join(doubt.choices[1:])
        return Reply((self._phrases.which.format(first=doubt.choices[0], others=others),), expecting="choice")

    def _chosen(self, pending: _Pending, reply: Intent) -> Intent | None:
        """What was meant, with the identifier that was chosen; None where the reply is about something else."""
        assert pending.doubt is not None
        assert pending.intent is not None
        said = _letters(reply.text or reply.value)
        choices = pending.doubt.choices
        named = [choice for choice in choices if _letters(choice) and _letters(choice) in said]
        if reply.name == "yes":
            named = [choices[0]]
        elif not named:
            named = [
                choice
                for choice, pattern in zip(choices, _ORDINALS, strict=False)
                if pattern.search(reply.text) and len(reply.text.split()) <= 4
            ]
        if not named:
            return None
        chosen = max(named, key=len)
        asked = pending.intent
        text = re.sub(rf"(?<!\w){re.escape(choices[0])}(?!\w)", lambda _: chosen, asked.text)
        return Intent(asked.name, text, asked.value, asked.step, asked.confidence)

    # The rest

    def _ask_expert(self, question: str) -> Reply:
        if not question:
            return Reply((self._phrases.nothing_to_ask,))
        if not self._can.expert:
            return Reply((self._phrases.no_expert,), question=question)
        return Reply(question=question, expert=True)

    async def _step(self, by: int) -> Reply:
        guide, say = self._can.guide, self._phrases
        current = await asyncio.to_thread(guide.current) if guide is not None else None
        if guide is not None and current is not None:
            step = await asyncio.to_thread(guide.go, by) if by else current
        elif (offer := await self._offer(by)) is not None:
            return offer
        elif self._memory.current() is not None:
            step = self._memory.go(by) if by else self._memory.current()
        else:
            return Reply((say.no_procedure,))
        if step is None:
            return Reply((say.last_step if by > 0 else say.first_step,))
        return Reply(_told(step))

    async def _offer(self, by: int) -> Reply | None:
        """Ask whether to walk through the procedure that the last answer stands on; None where there is none."""
        guide, answer = self._can.guide, self._memory.answer
        if guide is None or answer is None or by <= 0 or not answer.citations or answer is self._declined:
            return None
        title = await asyncio.to_thread(guide.offer, answer.citations[0].passage)
        if not title:
            return None
        self._wait("confirmation", text=title, stores="procedure")
        return Reply((self._phrases.guide.format(title=title),), expecting="confirmation")

    async def _machine(self) -> Reply:
        machine = await asyncio.to_thread(self._can.notes.machine) if self._can.notes is not None else ""
        return Reply((self._phrases.machine.format(machine=machine) if machine else self._phrases.no_machine,))

    async def _alarms(self) -> Reply:
        say = self._phrases
        alarms = await asyncio.to_thread(self._can.alarms.alarms) if self._can.alarms is not None else None
        if alarms is None:
            return Reply((say.alarms_unknown,))
        if not alarms:
            return Reply((say.no_alarms,))
        alarms = tuple(map(say.said, alarms))
        count = say.one_alarm if len(alarms) == 1 else say.alarms.format(count=len(alarms))
        self._memory.rest = list(alarms[_ALARMS_AT_ONCE:])
        return Reply((count, *alarms[:_ALARMS_AT_ONCE]))

    def _wait(
        self,
        kind: Expecting,
        *,
        text: str = "",
        step: int | None = None,
        stores: str = "",
        doubt: Doubt | None = None,
        intent: Intent | None = None,
    ) -> None:
        self._pending = _Pending(kind, self._now() + REPLY_S, text, step, stores, doubt, intent)


def _told(step: Step) -> tuple[str, ...]:
    return (*step.warnings, f"{step.number}. {step.text}")


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
