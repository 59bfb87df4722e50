"""``WebSocket /v1/voice``: a conversation by voice, for a headset or a panel. Sound in and out, events as JSON."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any, Final

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from copilot.http.problems import Refused, problem_of
from copilot.http.security.callers import Caller
from copilot.http.services import Services, ServicesOf
from copilot.http.talks import kept_as
from copilot.http.voicing.asking import DeskAsking
from copilot.http.voicing.messages import CONTROL, End, Mute, Press, Release, Sound, Start, Stop, Text, message_of
from copilot.voice.abilities import abilities_of
from copilot.voice.listening.pushed import PushedSource
from copilot.voice.session import VoiceSession
from copilot.voice.speaking.sinks import PieceSink
from index.errors import EdgeCopilotError, UsageError

log = logging.getLogger(__name__)
router = APIRouter(tags=["voice"])

_MOST_SESSIONS: Final = 4
"""Each has a voice of its own, a quarter of a gigabyte."""
_START_S: Final = 10.0
_PROBLEM: Final = 1008
_LATER: Final = 1013
_sessions: set[WebSocket] = set()


@router.websocket("/v1/voice")
async def voice(socket: WebSocket, services: ServicesOf) -> None:
    """Talk with whoever is at the other end until they hang up, or say that nothing more comes."""
    await socket.accept(subprotocol=_subprotocol(socket))
    try:
        caller = services.gate.admit(socket, "ask")
        if services.stopping.is_set() or len(_sessions) >= _MOST_SESSIONS:
            raise Refused(503, "Too many talk already.", "Try again when somebody has finished.", 30.0)
        _sessions.add(socket)
        await _talk(socket, services, caller)
    except WebSocketDisconnect:
        pass
    except EdgeCopilotError as error:
        problem = problem_of(error)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.send_json({"type": "error", "problem": problem.model_dump()})
            await socket.close(_LATER if problem.status == 503 else _PROBLEM, problem.title[:100])
    finally:
        _sessions.discard(socket)


async def _talk(socket: WebSocket, services: Services, caller: Caller) -> None:
    start = await _started(socket)
    looked_at = await services.finder.scope(caller, start.collections, (), ())
    parts = services.assembly.voice
    source = PushedSource(caller.client, start.rate_hz, start.channels)
    sending = asyncio.Lock()

    async def send_sound(data: bytes) -> None:
        async with sending:
            await socket.send_bytes(data)

    async def send(message: dict[str, Any]) -> None:
        async with sending:
            await socket.send_json(message)

    loop = asyncio.get_running_loop()
    silences: set[asyncio.Task[None]] = set()

    def silence() -> None:
        task = loop.create_task(send({"type": "silence"}))
        silences.add(task)
        task.add_done_callback(silences.discard)

    assembly = services.assembly
    conversation = kept_as(caller, start.conversation) if start.conversation else None
    can = abilities_of(
        assembly.notes if caller.may("note") else None,
        (lambda: assembly.live) if caller.collections is None else None,
        bool(services.settings.cloud.endpoints),
        conversation,
        assembly.procedures if caller.may("note") and caller.collections is None else None,
    )
    session, notice = await asyncio.to_thread(
        parts.session,
        source,
        PieceSink(send_sound, silence, start.speak_rate_hz, caller.client) if start.speak else None,
        conversation=conversation,
        use_model=services.use_model,
        asking=DeskAsking(services, caller, looked_at),
        abilities=can,
        half_duplex=start.half_duplex,
        early=False,  # a turn at the model is not taken for half a question
    )
    if start.mode is not None and session.listener is not None:
        session.listener.mode = start.mode
    name = session.speaker.name if session.speaker is not None else None
    await send({"type": "ready", "voice": name, "speak_rate_hz": start.speak_rate_hz, "notice": notice})
    taking = asyncio.create_task(_take(socket, session, source))
    stopping = asyncio.create_task(_end_with(services, session))
    try:
        async for event in session.events():
            ages = assembly.ages()
            await send(message_of(event, start.conversation, ages))
        if taking.done() and (error := taking.exception()) is not None:
            raise error
        await socket.close()
    finally:
        for task in (taking, stopping, *silences):
            task.cancel()
        await asyncio.gather(taking, stopping, return_exceptions=True)
        await session.close()


async def _started(socket: WebSocket) -> Start:
    """The first message.

    Raises:
        UsageError: It is none, or doesn't come.
    """
    try:
        async with asyncio.timeout(_START_S):
            return Start.model_validate_json(await socket.receive_text())
    except (TimeoutError, KeyError):
        raise UsageError("The first message must be the JSON of a start.", 'Send {"type": "start"} first.') from None
    except ValidationError as error:
        raise _wrong(error) from None


async def _take(socket: WebSocket, session: VoiceSession, source: PushedSource) -> None:
    """Take what comes until the other side hangs up. What is wanted is done at its place in the sound: "release" ends
    the utterance after what was sent before it, however far ahead of its time that was sent."""
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                break
            if (data := message.get("bytes")) is not None:
                await source.take(data)
                continue
            try:
                control = CONTROL.validate_json(message.get("text") or "")
            except ValidationError as error:
                raise _wrong(error) from None
            await source.caught_up()
            if isinstance(control, End):
                source.end()
            else:
                await _obey(control, session)
    except EdgeCopilotError:
        await session.close()
        raise
    await session.close()


async def _obey(control: Press | Release | Stop | Mute | Text | Sound, session: VoiceSession) -> None:
    match control:
        case Press():
            session.press()
        case Release():
            session.release()
        case Stop():
            session.stop()
        case Mute(on=on):
            await session.mute(on)
        case Text(text=text):
            session.submit(text)
        case Sound(volume=volume, speed=speed) if session.speaker is not None:
            session.speaker.volume = volume or session.speaker.volume
            session.speaker.speed = speed or session.speaker.speed
        case _:
            pass


async def _end_with(services: Services, session: VoiceSession) -> None:
    await services.stopping.wait()
    await session.close()


def _wrong(error: ValidationError) -> UsageError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return UsageError(f"A message can't be understood: {where} {first['msg']}".strip(), "See docs/voice.md.")


def _subprotocol(socket: WebSocket) -> str | None:
    """A browser that sent its key as a subprotocol wants to hear it back."""
    offered = socket.headers.get("sec-websocket-protocol", "").split(",")[0].strip()
    return offered or None
