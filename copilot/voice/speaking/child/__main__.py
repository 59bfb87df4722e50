"""Reads requests from its input, writes frames of audio to its output, ends with its input."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Sequence
from typing import BinaryIO, Final

import numpy as np

from copilot.voice.speaking.child.synthesisers import Synthesiser, UnknownWords, open_synthesiser
from copilot.voice.speaking.pipe import Frame, Kind, Request

_TRIM_EVERY: Final = 20


def main(arguments: Sequence[str]) -> int:
    """Serve until the input ends.

    Args:
        arguments: Kind of voice, its model's folder, threads, name of the speaker ("" for the first), language.
    """
    # What libraries print must not come between the frames.
    frames = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    kind, folder, threads, speaker, language = arguments
    try:
        synthesiser = open_synthesiser(kind, folder, int(threads), speaker, language)
        with contextlib.suppress(UnknownWords):  # a lexicon of another language
            list(synthesiser.speak("Ready.", 1.0))  # the first sentence takes twice as long as those after it
    except Exception as error:
        frames.write(Frame(Kind.FAILED, 0, payload=_told(error)).to_bytes())
        return 1
    frames.write(Frame(Kind.READY, 0).to_bytes())
    for number, line in enumerate(sys.stdin.buffer, 1):
        _answer(Request.from_line(line), synthesiser, frames)
        if number % _TRIM_EVERY == 0:
            _give_back_memory()
    return 0


def _give_back_memory() -> None:
    """The lengths of sentences differ, so what the C library keeps for the next one hardly fits, and grows for hours.

    Not after each sentence: taking the memory anew costs more than half of the time that speaking takes.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _answer(request: Request, synthesiser: Synthesiser, frames: BinaryIO) -> None:
    try:
        for samples, rate_hz in synthesiser.speak(request.text, request.speed):
            whole = (np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
            _write(frames, Frame(Kind.AUDIO, request.id, rate_hz, whole))
    except BrokenPipeError:
        raise
    except Exception as error:
        _write(frames, Frame(Kind.FAILED, request.id, payload=_told(error)))
    else:
        _write(frames, Frame(Kind.DONE, request.id))


def _write(frames: BinaryIO, frame: Frame) -> None:
    view = memoryview(frame.to_bytes())
    while view:
        view = view[frames.write(view) :]


def _told(error: Exception) -> bytes:
    """The kind of error; its text could hold what was to be spoken, but not where a package is missing."""
    if isinstance(error, ImportError):
        return f"the package {error.name} is not installed".encode()
    return type(error).__name__.encode()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)
