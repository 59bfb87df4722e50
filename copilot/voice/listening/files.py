"""Sound from a file: whatever FFmpeg reads, by way of PyAV."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from copilot.voice.listening.resampling import Windows, converter, joined
from copilot.voice.values import WINDOW_S, AudioFrame, Samples
from index.errors import DamagedDocument, UnreadableFile, UnsupportedDocument

_AT_ONCE: Final = 64  # windows handed to the event loop before others get a turn


class FileSource:
    """Yields the sound of a file, as fast as it is taken or as fast as it was spoken.

    Args:
        path: A WAV, FLAC, MP3, OGG … or a video with sound.
        paced: As fast as it was spoken.
        clock: Monotonic seconds.
    """

    def __init__(self, path: Path, *, paced: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self.name = path.name
        self._paced = paced
        self._clock = clock

    async def frames(self) -> AsyncIterator[AudioFrame]:
        """Yield the windows of the file, the last one filled up with silence.

        Raises:
            UnreadableFile, UnsupportedDocument, DamagedDocument: Nothing can be read of it.
        """
        windows = Windows()
        began_s = self._clock()
        pieces = read_sound(self.path)
        count = 0
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            for frame in windows.take(piece, self._clock()):
                yield await self._in_time(frame, began_s)
                count += 1
                if count % _AT_ONCE == 0:
                    await asyncio.sleep(0)
        for frame in windows.rest(self._clock()):
            yield await self._in_time(frame, began_s)

    async def _in_time(self, frame: AudioFrame, began_s: float) -> AudioFrame:
        if not self._paced:
            return frame
        due_s = began_s + frame.started_s + WINDOW_S
        await asyncio.sleep(max(0.0, due_s - self._clock()))
        return AudioFrame(frame.samples, frame.started_s, self._clock())


def read_sound(path: Path) -> Iterator[Samples]:
    """Yield the sound of a file piece by piece in our format.

    A file that is damaged further on is read up to there.

    Raises:
        UnreadableFile, UnsupportedDocument, DamagedDocument: Nothing can be read of it.
    """
    import av
    import av.error

    if not path.is_file():
        raise UnreadableFile(f"There is no file {path}.", "Check its name.")
    try:
        container = av.open(str(path), mode="r", metadata_errors="ignore")
    except PermissionError as error:
        raise UnreadableFile(f"The file {path} may not be read.", "Check its permissions.") from error
    except (av.error.FFmpegError, OSError) as error:
        raise UnsupportedDocument(
            f"{path.name} is no sound that can be read.", "Give a WAV, FLAC, MP3 or OGG file."
        ) from error
    with container:
        if not container.streams.audio:
            raise UnsupportedDocument(f"There is no sound in {path.name}.", "Give a WAV, FLAC, MP3 or OGG file.")
        change = converter()
        came = False
        try:
            for frame in container.decode(container.streams.audio[0]):
                frame.pts = None  # gaps in a damaged file would be filled with silence
                if len(samples := joined(change.resample(frame))):
                    came = True
                    yield samples
        except (av.error.FFmpegError, OSError) as error:
            if not came:
                raise DamagedDocument(
                    f"{path.name} is damaged: no sound can be read of it.", "Copy it anew from where it came from."
                ) from error
        with suppress(av.error.FFmpegError, ValueError):
            if len(samples := joined(change.resample(None))):
                yield samples


def read_whole(path: Path) -> Samples:
    """Return all the sound of a file in our format; raises as `read_sound`."""
    pieces = list(read_sound(path))
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
