"""A voice in a process of its own, started at its first use and again when it has died.

The process keeps foreign code out of ours: what crashes there only costs a sentence, its memory goes with it, and
Piper, which is under the GPL-3.0, never becomes a part of this program.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from itertools import count
from typing import BinaryIO, Final

import numpy as np

from copilot.voice.speaking.base import SpokenAudio, VoiceInfo
from copilot.voice.speaking.pipe import Frame, Kind, Request, read_frame
from index.errors import AudioError

log = logging.getLogger(__name__)

_LOAD_S: Final = 60.0
_PIECE_S: Final = 60.0
"""How long a voice may be silent over one sentence before it counts as hung."""


class ProcessVoice:
    """Speaks through a program that talks by `pipe`.

    Args:
        info: Which voice.
        command: The program and its arguments. What is spoken is never among them: others may list them.
        remedy: What to do where it doesn't work.
    """

    def __init__(self, info: VoiceInfo, command: Sequence[str], remedy: str = "") -> None:
        self._info = info
        self._command = tuple(command)
        self._remedy = remedy
        self._ids = count(1)
        self._using = threading.Lock()  # one sentence at a time
        self._process: subprocess.Popen[bytes] | None = None
        self._frames: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._current = 0
        self._closed = False

    @property
    def info(self) -> VoiceInfo:
        """Which voice it is."""
        return self._info

    @property
    def pid(self) -> int | None:
        """Its process, where one runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def load(self) -> None:
        """Start the process and wait until it can speak.

        Raises:
            AudioError: It can't.
        """
        with self._using:
            self._ensure()

    def synthesise(self, text: str, speed: float = 1.0) -> Generator[SpokenAudio]:
        """See `base.Voice`. A process that dies before its first sound is started once more."""
        with self._using:
            request = Request(next(self._ids), text, speed)
            self._current = request.id
            begun = False
            for attempt in (1, 2):
                try:
                    for audio in self._speak(request):
                        begun = True
                        yield audio
                    return
                except AudioError:
                    self._end()
                    if begun or attempt == 2:
                        raise
                    log.warning("the voice's process has ended; starting it again")

    def cancel(self) -> None:
        """See `base.Voice`."""
        self._current = 0
        self._frames.put(Frame(Kind.DONE, 0))  # wakes the thread that waits

    def close(self) -> None:
        """End the process."""
        self._closed = True
        self.cancel()
        with self._using:
            self._end()

    def _speak(self, request: Request) -> Iterator[SpokenAudio]:
        self._ensure()
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(request.to_bytes())
            self._process.stdin.flush()
        except OSError as error:
            raise self._failed() from error
        while self._current == request.id:
            frame = self._next(_PIECE_S)
            if frame.request != request.id:
                continue  # of a sentence that was cancelled
            if frame.kind is Kind.AUDIO:
                yield SpokenAudio(np.frombuffer(frame.payload, np.dtype("<i2")).astype(np.int16), frame.rate_hz)
            elif frame.kind is Kind.FAILED:
                raise AudioError("The voice can't speak this sentence.", "It is on the screen.")
            else:
                return

    def _ensure(self) -> None:
        if self._closed:
            raise AudioError("The voice is closed.")
        if self._process is not None and self._process.poll() is None:
            return
        self._end()
        self._frames = queue.SimpleQueue()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, or the system's voice
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for us; closing its input ends it
            )
        except OSError as error:
            raise AudioError(f"The voice {self._info.name} can't be started.", self._remedy) from error
        assert self._process.stdout is not None
        threading.Thread(
            target=_read_all, args=(self._process.stdout, self._frames), name="voice frames", daemon=True
        ).start()
        first = self._next(_LOAD_S)
        if first.kind is not Kind.READY:
            self._end()
            reason = first.payload.decode(errors="replace")
            raise AudioError(f"The voice {self._info.name} can't be used: {reason}", self._remedy)

    def _next(self, timeout_s: float) -> Frame:
        try:
            frame = self._frames.get(timeout=timeout_s)
        except queue.Empty:
            raise self._failed() from None
        if frame is None:
            raise self._failed()
        return frame

    def _failed(self) -> AudioError:
        return AudioError(f"The voice {self._info.name} has stopped working.", self._remedy)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def child_command(kind: str, *arguments: str) -> list[str]:
    """The command of our own voice program, for `ProcessVoice`."""
    return [sys.executable, "-m", "copilot.voice.speaking.child", kind, *arguments]


def _environment() -> dict[str, str]:
    """Ours, without a way to the network, and with one heap, so that what is free can be given back."""
    return {**os.environ, "HF_HUB_OFFLINE": "1", "MALLOC_ARENA_MAX": "1"}


def _read_all(stream: BinaryIO, frames: queue.SimpleQueue[Frame | None]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while (frame := read_frame(stream)) is not None:
            frames.put(frame)
    frames.put(None)
