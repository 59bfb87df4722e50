"""Single keys of a terminal, as they are pressed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def keys(take: Callable[[str], None]) -> Iterator[bool]:
    """Hand every key to ``take`` while inside; False, and no keys, where there is no terminal that gives them."""
    try:
        import termios
        import tty
    except ImportError:  # Windows: Ctrl-C and what is said
        yield False
        return
    if not sys.stdin.isatty():
        yield False
        return
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    loop = asyncio.get_running_loop()

    def read() -> None:
        with contextlib.suppress(OSError):
            for key in os.read(number, 64).decode(errors="ignore"):
                take(key)

    try:
        tty.setcbreak(number)
        loop.add_reader(number, read)
        yield True
    finally:
        loop.remove_reader(number)
        termios.tcsetattr(number, termios.TCSADRAIN, before)
