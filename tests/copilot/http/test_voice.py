"""The conversation over a WebSocket: sound in, sound and events out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.copilot.http.conftest import Running
from tests.copilot.voice.sounds import say_clearly

__all__ = ["say_clearly"]  # a fixture


def _url(server: Running) -> str:
    return server.url.replace("http", "ws") + "/v1/voice"


def _until(socket: ClientConnection, kind: str) -> tuple[dict[str, Any], list[dict[str, Any]], bytes]:
    """The next message of a kind, the messages before it, and the sound that came."""
    seen, sound = [], b""
    while True:
        message = socket.recv(timeout=90)
        if isinstance(message, bytes):
            sound += message
            continue
        told = json.loads(message)
        if told["type"] == kind:
            return told, seen, sound
        assert told["type"] != "error", told
        seen.append(told)


@pytest.fixture
def socket(serve: Callable[..., Running]) -> Iterator[ClientConnection]:
    with connect(_url(serve())) as socket:
        yield socket


def test_typed_text_is_answered_with_the_events_of_an_answer(socket: ClientConnection) -> None:
    socket.send(json.dumps({"type": "start", "speak": False}))
    ready, _, _ = _until(socket, "ready")
    assert ready["voice"] is None

    socket.send(json.dumps({"type": "text", "text": "what does F0012 mean"}))
    turn, seen, sound = _until(socket, "turn")

    answer = next(one for one in seen if one["type"] == "answer")
    assert "F0012" in answer["text"]
    assert answer["citations"][0]["page"] == 13
    assert next(one for one in seen if one["type"] == "heard")["intent"] == "ask"
    assert turn["timings"]["first_audio_ms"] is None
    assert sound == b""


def test_a_first_message_that_is_no_start_is_refused_with_a_problem(socket: ClientConnection) -> None:
    socket.send(json.dumps({"type": "start", "colour": "red"}))
    error = json.loads(socket.recv(timeout=90))

    assert error["type"] == "error"
    assert error["problem"]["status"] == 400
    assert "colour" in error["problem"]["detail"]


def test_a_message_that_is_none_ends_the_conversation_with_a_problem(socket: ClientConnection) -> None:
    socket.send(json.dumps({"type": "start", "speak": False}))
    _until(socket, "ready")
    socket.send("{not json")

    while (message := json.loads(socket.recv(timeout=90)))["type"] != "error":
        pass
    assert message["problem"]["status"] == 400


def test_muted_no_sound_is_taken_in_and_it_says_so(socket: ClientConnection) -> None:
    socket.send(json.dumps({"type": "start", "speak": False}))
    _until(socket, "ready")
    socket.send(bytes(32_000))
    opened, _, _ = _until(socket, "microphone")
    socket.send(json.dumps({"type": "mute", "on": True}))
    muted, _, _ = _until(socket, "microphone")

    assert (opened["state"], muted["state"]) == ("open", "muted")


def test_the_talk_button_counts_from_its_place_in_the_sound(socket: ClientConnection) -> None:
    socket.send(json.dumps({"type": "start", "mode": "push-to-talk", "speak": False}))
    _until(socket, "ready")
    for message in ("press", 20.0, "release", 4.0, "press", 1.0, "end"):  # all at once, longer than may wait
        if isinstance(message, str):
            socket.send(json.dumps({"type": message}))
        else:
            socket.send(bytes(int(message * 32_000)))

    pressed = [_until(socket, "speech")[0]["at_s"] for _ in range(2)]

    assert pressed[0] < 0.5
    assert abs(pressed[1] - 24.0) < 0.5


@pytest.mark.model
def test_what_is_said_is_answered_aloud(
    serve: Callable[..., Running],
    shared_models: Path,
    model_file: Callable[..., Path],
    say_clearly: Callable[[str], np.ndarray],
) -> None:
    model_file("whisper-base")
    model_file("piper-joe")
    said = say_clearly("What does F zero zero one two mean?")
    with connect(_url(serve())) as socket:
        socket.send(json.dumps({"type": "start", "mode": "push-to-talk", "speak_rate_hz": 22_050}))
        ready, _, _ = _until(socket, "ready")
        assert ready["voice"] == "piper-joe"
        socket.send(json.dumps({"type": "press"}))
        socket.send(said.astype("<i2").tobytes() + bytes(16_000))
        socket.send(json.dumps({"type": "release"}))
        turn, seen, sound = _until(socket, "turn")

    heard = next(one for one in seen if one["type"] == "heard")
    assert "F0012" in heard["text"]
    assert np.abs(np.frombuffer(sound, "<i2")).max() > 3000
    assert turn["timings"]["first_audio_ms"] > 0
    assert any(one["type"] == "said" for one in seen)
