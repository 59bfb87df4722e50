"""Reading an utterance while it is being said.

What is shown meanwhile is read quickly and often. When a pause begins, all of it is read well at once, in the hope that
the pause is the end: by the time that is certain, the text is there. All work of the model goes through one thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Final

from copilot.voice.listening.utterance import Utterance
from copilot.voice.protocols import Prompter, Transcriber, Writer
from copilot.voice.transcribing.guards import UNSURE
from copilot.voice.values import (
    SAMPLE_RATE_HZ,
    Heard,
    Hints,
    ListeningProblem,
    NotSpeech,
    Partial,
    Samples,
    Transcript,
    Written,
)
from index.errors import EdgeCopilotError, ModelError

_LEAST_S: Final = 0.5  # sound that is worth a first look


@dataclass(frozen=True, slots=True)
class Read:
    """A piece of an utterance, read."""

    transcript: Transcript
    written: Written

    @property
    def good(self) -> bool:
        """Whether somebody said it."""
        return bool(self.transcript.text) and not self.transcript.rejected


@dataclass(frozen=True, slots=True)
class ReadingParts:
    """What reads: speech to text, what puts it into writing, what says which words to expect; and their thread."""

    transcriber: Transcriber
    writer: Writer
    prompter: Prompter
    thread: Executor


class Reading:
    """Reads one utterance.

    Args:
        utterance: It grows while this works.
        parts: What reads.
        hints: What will probably be talked about.
        show: Told what seems to have been said so far.
        every_s: New sound between two readings that are only shown; 0: none of them.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        utterance: Utterance,
        parts: ReadingParts,
        hints: Hints,
        show: Callable[[Partial], None],
        every_s: float,
        clock: Callable[[], float],
    ) -> None:
        self.utterance = utterance
        self._parts = parts
        self._hints = hints
        self._show = show
        self._every_s = every_s
        self._clock = clock
        self._prompt: str | None = None
        self._pieces: list[asyncio.Task[Read]] = []
        self._quick: asyncio.Task[None] | None = None
        self._read_up_to_s = 0.0
        self._settled: tuple[float, asyncio.Task[Read]] | None = None
        self._shown = ""

    def advance(self) -> None:
        """There is more sound: read what is due."""
        if self.utterance.cancelled:
            return
        if (piece := self.utterance.completed()) is not None:
            self._pieces.append(asyncio.create_task(self._transcribe(piece, final=True)))
            self._settled = None
        if not self._every_s or (self._quick is not None and not self._quick.done()) or self._settled is not None:
            return
        new_s = self.utterance.length_s - self._read_up_to_s
        if new_s >= (self._every_s if self._read_up_to_s else max(_LEAST_S, self._every_s)):
            self._read_up_to_s = self.utterance.length_s
            self._quick = asyncio.create_task(self._look())

    def settle(self) -> None:
        """A pause begins: read all of it well."""
        if self.utterance.cancelled:
            return
        ended_s = self.utterance.speech_ended_s

        def wanted() -> bool:  # by the time the thread is free, the person may have gone on
            return self._settled is not None and self._settled[0] == ended_s

        task = asyncio.create_task(self._transcribe(self.utterance.piece(), final=True, wanted=wanted))
        self._settled = (ended_s, task)
        task.add_done_callback(self._settled_shown)

    def resume(self) -> None:
        """It was not the end."""
        self._settled = None

    async def finish(self) -> Heard | NotSpeech | ListeningProblem | None:
        """Return what was said; None where nobody wants to know any more. Raises nothing that was expected."""
        ended_s = self._clock()
        utterance = self.utterance
        try:
            if self._settled is not None and self._settled[0] == utterance.speech_ended_s:
                last = self._settled[1]
            else:
                last = asyncio.create_task(self._transcribe(utterance.piece(), final=True))
            pieces = [await task for task in (*self._pieces, last)]
        except ModelError as error:
            return ListeningProblem("model-missing", error.message, error.remedy, lasting=True)
        except EdgeCopilotError as error:
            return ListeningProblem("model-failed", error.message, error.remedy)
        if utterance.cancelled:
            return None
        good = [piece for piece in pieces if piece.good]
        if not good:
            return _nothing([piece.transcript for piece in pieces], utterance)
        spoken = [piece.transcript for piece in good]
        written = joined([piece.written for piece in good])
        weights = [len(one.text) for one in spoken]
        confidence = sum(one.confidence * weight for one, weight in zip(spoken, weights, strict=True)) / sum(weights)
        return Heard(
            text=written.text,
            raw=" ".join(one.text for one in spoken),
            identifiers=written.identifiers,
            doubts=written.doubts,
            confidence=round(confidence, 3),
            language=spoken[-1].language,
            started_s=utterance.began_s,
            ended_s=utterance.speech_ended_s,
            speech_ended_s=utterance.arrived_s,
            took_s=self._clock() - ended_s,
            cut=utterance.cut,
        )

    async def _look(self) -> None:
        """Read what is there so far, to be shown."""
        try:
            current = await self._transcribe(self.utterance.piece(), final=False)
        except EdgeCopilotError:
            return  # told when the utterance is over
        if self._settled is None:
            self._tell(current, settled=False)

    def _settled_shown(self, task: asyncio.Task[Read]) -> None:
        if task.cancelled() or task.exception() is not None or self._settled is None or self._settled[1] is not task:
            return
        self._tell(task.result(), settled=True)

    def _tell(self, current: Read, *, settled: bool) -> None:
        before = [task.result() for task in self._pieces if task.done() and task.exception() is None]
        good = [piece.written for piece in (*before, current) if piece.good]
        if not good or self.utterance.cancelled:
            return
        text = joined(good).text
        stable = len(text) if settled else _agreed(self._shown, text)
        self._shown = text
        self._show(Partial(text, stable, settled))

    async def _transcribe(self, samples: Samples, *, final: bool, wanted: Callable[[], bool] = lambda: True) -> Read:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._parts.thread, self._transcribe_now, samples, final, wanted)

    def _transcribe_now(self, samples: Samples, final: bool, wanted: Callable[[], bool]) -> Read:
        if self.utterance.cancelled or not wanted() or len(samples) < SAMPLE_RATE_HZ // 10:
            return Read(Transcript("", "", 1.0, 0.0, 1.0, "silence"), Written(""))
        parts = self._parts
        if self._prompt is None:
            self._prompt = parts.prompter.prompt(self._hints)
        transcript = parts.transcriber.transcribe(samples, self._prompt, final=final)
        if not transcript.text or (transcript.rejected and not (final and transcript.rejected == "unsure")):
            return Read(transcript, Written(""))
        written = parts.writer.write(transcript, self._hints, parts.transcriber.compare if final else None)
        if transcript.rejected and written.command:  # mumbled, but of all that may be said it is most like this
            transcript = replace(transcript, rejected="", confidence=max(transcript.confidence, UNSURE))
        return Read(transcript, written)


def joined(pieces: Sequence[Written]) -> Written:
    """Return pieces of writing as one."""
    text, doubts = "", []
    for piece in pieces:
        text += " " if text else ""
        doubts += [replace(doubt, at=(doubt.at[0] + len(text), doubt.at[1] + len(text))) for doubt in piece.doubts]
        text += piece.text
    return Written(text, tuple(found for piece in pieces for found in piece.identifiers), tuple(doubts))


def _nothing(transcripts: list[Transcript], utterance: Utterance) -> NotSpeech | ListeningProblem:
    if stranger := next((one for one in transcripts if one.rejected == "language"), None):
        message = "That was not the language that is expected."
        if stranger.language:
            message = f"That was not the language that is expected; it sounds like “{stranger.language}”."
        return ListeningProblem("other-language", message, "Say it again, or set voice.language.")
    if any(one.rejected == "unsure" for one in transcripts):
        return ListeningProblem("not-understood", "That was not understood.", "Say it again, a little slower.")
    return NotSpeech(utterance.began_s)


def _agreed(before: str, now: str) -> int:
    """Characters at the beginning that two readings have in common, to the end of a word."""
    common = 0
    for a, b in zip(before, now, strict=False):
        if a != b:
            break
        common += 1
    if common == len(now):
        return common
    return now.rfind(" ", 0, common + 1) + 1 if common else 0


def without(heard: Heard, text: str, removed: int) -> Heard:
    """Return what was heard without its first characters, as after the wake word."""
    doubts = tuple(
        replace(doubt, at=(doubt.at[0] - removed, doubt.at[1] - removed))
        for doubt in heard.doubts
        if doubt.at[0] >= removed
    )
    return replace(heard, text=text, doubts=doubts)
