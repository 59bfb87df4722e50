"""The system's espeak-ng: sounds like a machine, is there in seconds, and speaks a hundred languages."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Generator
from typing import Final

import numpy as np

from copilot.voice.speaking.base import SpokenAudio, VoiceInfo
from index.errors import AudioError

_WORDS_A_MINUTE: Final = 165
_HEAD_BYTES: Final = 44
_PIECE_BYTES: Final = 1 << 15
_REMEDY: Final = "On Debian and Ubuntu: apt install espeak-ng"


def find_espeak() -> str | None:
    """The program's path; None where it is not installed."""
    return shutil.which("espeak-ng") or shutil.which("espeak")


class EspeakVoice:
    """Speaks through the espeak-ng program, one process a sentence.

    Args:
        program: Its path.
        language: ISO 639-1.
    """

    def __init__(self, program: str, language: str = "en") -> None:
        self._program = program
        self._info = VoiceInfo("espeak", f"espeak-ng {language}", language)
        self._process: subprocess.Popen[bytes] | None = None
        self._using = threading.Lock()
        self._cancelled = False

    @property
    def info(self) -> VoiceInfo:
        """Which voice it is."""
        return self._info

    def load(self) -> None:
        """Nothing has to be loaded."""

    def synthesise(self, text: str, speed: float = 1.0) -> Generator[SpokenAudio]:
        """See `base.Voice`."""
        with self._using:
            self._cancelled = False
            # The text goes through the pipe: arguments are seen by everybody on the machine.
            command = [self._program, "-v", self._info.language, "-s", str(round(_WORDS_A_MINUTE * speed))]
            command += ["-b", "1", "--stdin", "--stdout"]
            try:
                process = subprocess.Popen(  # noqa: S603 - the system's espeak-ng
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
            except OSError as error:
                raise AudioError("espeak-ng can't be started.", _REMEDY) from error
            self._process = process
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(text.encode() + b"\n")
                process.stdin.close()
                head = process.stdout.read(_HEAD_BYTES)
                if len(head) < _HEAD_BYTES:
                    if self._cancelled:
                        return
                    raise AudioError(f"espeak-ng can't speak {self._info.language}.", "Check voice.language.")
                rate_hz = int.from_bytes(head[24:28], "little")
                left = b""
                while (piece := process.stdout.read(_PIECE_BYTES)) and not self._cancelled:
                    left += piece
                    whole, left = left[: len(left) // 2 * 2], left[len(left) // 2 * 2 :]
                    yield SpokenAudio(np.frombuffer(whole, np.dtype("<i2")).astype(np.int16), rate_hz)
            except OSError as error:
                if not self._cancelled:
                    raise AudioError("espeak-ng has stopped working.", _REMEDY) from error
            finally:
                process.kill()
                process.stdout.close()
                process.wait()
                self._process = None

    def cancel(self) -> None:
        """See `base.Voice`."""
        self._cancelled = True
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End a sentence that is under way."""
        self.cancel()
