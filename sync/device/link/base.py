"""What every way to a hub can do, and how it says that it can't."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from index.errors import NetworkError


class LineBroken(NetworkError):
    """The line broke, or the server is over its fault in a moment: the same may be asked again."""


class Missing(NetworkError):
    """The hub has nothing of this name.

    Attributes:
        status: What an HTTP server answered: 404, 410, or 403, which is how some object stores say it.
    """

    def __init__(self, message: str, remedy: str = "", *, status: int = 404) -> None:
        super().__init__(message, remedy)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes of one request.

    Attributes:
        start: Offset in the file of the first byte that comes; 0 where a server ignores ranges.
        total: The whole file's size in bytes, as far as it was told.
        validator: Says later whether the file is still the same; None where nothing does.
        blocks: The bytes, in the pieces in which they arrive. Raises `LineBroken`.
    """

    start: int
    total: int | None
    validator: str | None
    blocks: Iterator[bytes]


class Link(Protocol):
    """A way to a published repository. Paths are those of docs/sync-format.md, such as ``metadata/timestamp.json``."""

    @property
    def address(self) -> str:
        """Where it leads to, for people; without credentials."""

    @property
    def hub_time(self) -> datetime | None:
        """What the hub's clock said last: for messages about this device's clock, never to be relied on."""

    def ask(
        self, path: str, start: int = 0, end: int | None = None, validator: str | None = None
    ) -> AbstractContextManager[Answer]:
        """Ask for a file, or for the bytes from ``start`` up to but without ``end``.

        Args:
            path: Relative to ``public/``.
            start: Where to begin.
            end: Where to stop; None: where the file does.
            validator: Of an earlier answer: if the file is no longer the same, it comes from the beginning.

        Raises:
            Missing: There is no such file.
            LineBroken: The same may be asked again.
            NetworkError: Something else is there than a hub, or it can't be reached at all.
        """

    def close(self) -> None:
        """Give back what it holds."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a broken line is taken up again: as long as bytes come, without end; else with growing pauses.

    Attributes:
        fruitless: Tries in a row that bring not one byte, before the hub counts as out of reach.
        pause_s: Before the second fruitless try; doubles with each further one.
        longest_pause_s: No pause is longer.
        sleep: Waits for so many seconds.
        random: Draws from [0, 1), so that devices which lost the same line don't all come back at once.
    """

    fruitless: int = 6
    pause_s: float = 0.5
    longest_pause_s: float = 20.0
    sleep: Callable[[float], None] = field(default=time.sleep)
    random: Callable[[], float] = field(default=random.random)

    def wait(self, fruitless: int) -> None:
        """Wait after so many fruitless tries in a row; not at all after none."""
        if fruitless:
            longest = min(self.longest_pause_s, self.pause_s * 2 ** (fruitless - 1))
            self.sleep(longest * (0.5 + self.random() / 2))
