"""One life of an engine's process: started, asked, listened to, until it ends in whatever way.

Threads do the reading and writing, so that nothing here blocks an event loop, and several loops may ask.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import IO, Final, cast

from copilot.engines.child.framing import FrameError, FrameReader
from copilot.engines.child.messages import (
    AskWarm,
    Cancel,
    Close,
    Ended,
    Failed,
    Kept,
    Load,
    Loaded,
    Piece,
    Read,
    Readings,
    Report,
    Stream,
    Warm,
    report,
    written,
)
from index.errors import EdgeCopilotError, EngineGone

log = logging.getLogger(__name__)

Request = Stream | Read | Warm | AskWarm
Reply = Piece | Ended | Readings | Kept | EdgeCopilotError
"""What a request hears: pieces, and one last of the others."""

_PIPE_BYTES: Final = 65536
_LAST_WORDS: Final = 200
_LONGEST_WORDS: Final = 240

_GIVING_BACK: Final = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(1 << 20)}
"""For glibc's malloc (mallopt(3)). The KV of a passage is some megabytes that come and go with every question: without
a fixed threshold they end up on the heap, whose holes are never given back."""


class Life:
    """A running process with an engine in it.

    Args:
        command: Starts it.
        load: Its first message.
        clock: Seconds, only ever compared with each other.

    Raises:
        OSError: It can't even be started.
    """

    def __init__(self, command: Sequence[str], load: Load, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[int, Callable[[Reply], None]] = {}
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._heard_at = clock()
        self._garbled = self._killed_for = ""
        self.loaded: Loaded | None = None
        self.refusal: EdgeCopilotError | None = None
        self.how = ""
        self.begun = threading.Event()
        """Set once the model is loaded, or can't be."""
        self.ended = threading.Event()
        """Set once the process is gone; ``how`` then says in words how it went."""
        self.answered = False
        """Whether it has answered anything, be it in part."""
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter with our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, **_GIVING_BACK},
        )
        self._outgoing.put(written(load))
        words = threading.Thread(target=self._overhear, name="engine process: words", daemon=True)
        threading.Thread(target=self._write, name="engine process: writing", daemon=True).start()
        threading.Thread(target=self._listen, args=(words,), name="engine process: listening", daemon=True).start()
        words.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def send(self, request: Request, hear: Callable[[Reply], None]) -> None:
        """Ask for something; ``hear`` is called, on a thread of this life, with what comes back.

        Raises:
            EngineGone: The process has ended.
            FrameError: The request is too long to be sent.
        """
        sent = written(request)
        with self._lock:
            if self.ended.is_set():
                raise self.gone()
            if not self._waiting:
                self._heard_at = self._clock()
            self._waiting[request.id] = hear
            self._outgoing.put(sent)

    def cancel(self, number: int) -> None:
        """Let nobody hear of a request any more, and let the engine stop working on it."""
        with self._lock:
            if self._waiting.pop(number, None) is not None and not self.ended.is_set():
                self._outgoing.put(written(Cancel(id=number)))

    def silent_s(self) -> float:
        """For how many seconds somebody has been waiting without hearing anything; 0 where nobody waits."""
        with self._lock:
            return self._clock() - self._heard_at if self._waiting else 0.0

    def gone(self) -> EngineGone:
        """What is told to whoever waited when the process ended."""
        return EngineGone(
            f"The language model's process {self.how}; it is being started again.", "Ask again in a few seconds."
        )

    def kill(self, why: str = "") -> None:
        """End the process without asking it."""
        self._killed_for = self._killed_for or why
        self._process.kill()

    def close(self, patience_s: float) -> None:
        """Ask the process to end, and make it end where it doesn't."""
        if self.loaded is None:
            self.kill()
        self._outgoing.put(written(Close()))
        if not self.ended.wait(patience_s):
            self.kill()
            self.ended.wait()

    def _write(self) -> None:
        # A closed pipe is noticed by the listening thread, too: that one tells everybody.
        pipe = cast("IO[bytes]", self._process.stdin)
        with contextlib.suppress(OSError), pipe:
            while (piece := self._outgoing.get()) is not None:
                view = memoryview(piece)
                while view:
                    view = view[pipe.write(view) :]

    def _overhear(self) -> None:
        """What libraries say when they abort; never text of documents, which the engine's process keeps to itself."""
        with cast("IO[bytes]", self._process.stderr) as pipe:
            for line in iter(lambda: pipe.readline(65536), b""):
                self._last_words.append(line[:_LONGEST_WORDS].decode("utf-8", "replace").strip())

    def _listen(self, words: threading.Thread) -> None:
        pipe = cast("IO[bytes]", self._process.stdout)
        reader = FrameReader()
        try:
            while piece := os.read(pipe.fileno(), _PIPE_BYTES):
                for value in reader.feed(piece):
                    self._hear(report(value))
        except (FrameError, OSError) as error:
            self._garbled = f"said something that can't be understood ({error})"
        self._process.kill()  # no-op where it is gone; where only its pipe is, it must not live on unheard
        code = self._process.wait()
        words.join(timeout=1.0)  # a grandchild may hold the pipe open
        pipe.close()
        self._outgoing.put(None)
        unloaded = f"could not load the model ({self.refusal.message})" if self.refusal is not None else ""
        self._end(self._killed_for or self._garbled or unloaded or _how(code))

    def _hear(self, message: Report) -> None:
        with self._lock:
            self._heard_at = self._clock()
        if isinstance(message, Loaded):
            self.loaded = message
            self.begun.set()
        elif isinstance(message, Piece):
            self._pass_on(message.id, message, last=False)
        elif not isinstance(message, Failed):
            self._pass_on(message.id, message, last=True)
        elif message.id is not None:
            self._pass_on(message.id, message.raised(), last=True)
        else:
            self.refusal = message.raised()
            self.begun.set()

    def _pass_on(self, number: int, reply: Reply, *, last: bool) -> None:
        with self._lock:
            hear = self._waiting.pop(number, None) if last else self._waiting.get(number)
            self.answered = True
        if hear is not None:
            hear(reply)

    def _end(self, how: str) -> None:
        with self._lock:
            self.how = how
            self.ended.set()
            left, self._waiting = list(self._waiting.values()), {}
        self.begun.set()
        for hear in left:
            hear(self.gone())

    def last_words(self) -> str:
        """What the process wrote to its standard error as it ended, for the log: how it begins and how it ends."""
        words = [line for line in self._last_words if line]
        return " | ".join(words if len(words) <= 8 else [*words[:6], "…", *words[-2:]])


def _how(code: int) -> str:
    if code >= 0:
        return f"ended by itself with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
