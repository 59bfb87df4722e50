"""A recording answered: the whole way from sound to sound, without a sound card."""

from __future__ import annotations

import asyncio
from pathlib import Path

from copilot.answering.events import Answer
from copilot.assembly import Assembly
from copilot.cli.output import printable, stderr_console, stdout_console, write_json
from copilot.cli.voicing.talking import Wishes
from copilot.settings import Settings
from copilot.voice.listening.files import FileSource
from copilot.voice.session.record import Exchange
from copilot.voice.speaking.sinks import FileSink
from copilot.voice.wire import ExchangeJson, IdentifierJson, VoiceTimingsJson, citations_of
from index.errors import AudioError, QuestionError


def answer_file(settings: Settings, recording: Path, spoken: Path | None, wishes: Wishes, as_json: bool) -> int:
    """Answer what is said in ``recording`` as one utterance, and speak into ``spoken``.

    Raises:
        InputError: The recording can't be read, or nothing is said in it.
        ModelError: A model that is needed isn't here.
        AudioError: ``spoken`` can't be written, or there is no voice to speak with.
    """
    exchange, notices = asyncio.run(_answer(settings, recording, spoken, wishes))
    understood, ended = exchange.understood, exchange.ended
    if understood is None or ended is None:
        trouble = next(iter(exchange.troubles), None)
        if trouble is not None:
            raise QuestionError(trouble.message, trouble.remedy)
        raise QuestionError(f"Nothing is said in {recording}.", "Record it again, nearer to the microphone.")
    told = ExchangeJson(
        heard=understood.text,
        intent=understood.intent.name,
        answer=_text(exchange.answer, exchange.told),
        citations=citations_of(exchange.answer),
        timings=VoiceTimingsJson(
            heard_ms=_rounded(ended.heard_ms),
            first_audio_ms=_rounded(ended.first_audio_ms),
            total_ms=round(ended.total_ms, 1),
        ),
        identifiers=tuple(
            IdentifierJson(written=one.written, spoken=one.spoken, known=one.known, corrected=one.corrected)
            for one in (understood.heard.identifiers if understood.heard is not None else ())
        ),
        confidence=round(understood.heard.confidence, 3) if understood.heard is not None else 0.0,
        language=understood.heard.language if understood.heard is not None else "",
        status=exchange.answer.status if exchange.answer is not None else None,
        spoken=tuple(exchange.said),
        expecting=exchange.expecting,
        notices=(*notices, *(f"{one.message} {one.remedy}".strip() for one in exchange.troubles)),
    )
    if as_json:
        write_json(told.model_dump(mode="json"))
        return 0
    console = stdout_console()
    console.print(f"› {printable(told.heard)}", style="bold")
    console.print(printable(told.answer), soft_wrap=True)
    for notice in told.notices:
        stderr_console().print(printable(notice), style="yellow")
    return 0


async def _answer(
    settings: Settings, recording: Path, spoken: Path | None, wishes: Wishes
) -> tuple[Exchange, tuple[str, ...]]:
    exchange = Exchange()
    async with Assembly(settings) as assembly:
        if wishes.use_model:
            assembly.begin_loading()
        sink = FileSink(spoken) if spoken is not None else None
        session, notice = assembly.voice.session(
            FileSource(recording),
            sink,
            collections=wishes.collections,
            conversation=wishes.conversation,
            use_model=wishes.use_model,
        )
        if sink is not None and session.speaker is None:
            await session.close()
            raise AudioError(
                f"{recording} can't be answered aloud. {notice}", "Leave --to-file out to read the answer."
            )
        session.press()  # what is in the recording is one utterance, pauses and all
        async for event in session.events():
            exchange.take(event)
    return exchange, tuple(filter(None, (notice, *assembly.notices)))


def _text(answer: Answer | None, told: list[str]) -> str:
    return answer.text if answer is not None else " ".join(told)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
