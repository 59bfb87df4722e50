"""A terminal that goes away, such as a closed window or a lost connection, ends the screens that were drawn on it.

Usually SIGHUP does that. Under `nohup`, in some containers and where a wrapper swallows it no signal comes, and
Textual's input thread then reads the end of its input over and over, a core long. The kernel tells of the hangup by
itself to whoever polls the terminal for nothing else (poll(2): POLLHUP needs not be asked for).
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def ending_at_hangup(terminal: int, end: Callable[[], object]) -> Iterator[None]:
    """Call ``end`` once, from a thread of its own, when the terminal behind a descriptor is gone; within the block.

    Costs nothing meanwhile. Does nothing where the system can't tell (Windows, whose console ends its programs).
    """
    if not hasattr(select, "poll"):
        yield
        return
    left, leave = os.pipe()

    def watch() -> None:
        poll = select.poll()
        poll.register(terminal, 0)
        poll.register(left, select.POLLIN)
        if left not in dict(poll.poll()):
            end()

    watcher = threading.Thread(target=watch, name="terminal hangup", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        os.write(leave, b".")
        watcher.join()
        os.close(left)
        os.close(leave)
