"""A stage of work in a thread of its own, so that reading, embedding and writing go on at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import Final, TypeVar

T = TypeVar("T")

_POLL_S: Final = 0.1
_END: Final = object()


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def ahead(items: Iterable[T], depth: int) -> Generator[T, None, None]:
    """Yield ``items``, computed in another thread up to ``depth`` of them ahead.

    What ``items`` raises is raised here, after everything before it was yielded. Closing the generator, as leaving the
    loop over it by an error does, stops the thread after the item at hand, closes ``items`` in that thread, and waits
    for it.
    """
    handed: queue.Queue[object] = queue.Queue(maxsize=depth)
    stopped = threading.Event()

    def hand_over(item: object) -> bool:
        while not stopped.is_set():
            try:
                handed.put(item, timeout=_POLL_S)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        iterator = iter(items)
        try:
            for item in iterator:
                if not hand_over(item):
                    return
        except BaseException as error:  # whatever it is, it belongs to the thread that consumes
            hand_over(_Failure(error))
        else:
            hand_over(_END)
        finally:
            if isinstance(iterator, Generator):
                iterator.close()

    thread = threading.Thread(target=work, name="ingest-stage", daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = handed.get(timeout=_POLL_S)  # without a limit, Ctrl-C would not be heard on Windows
            except queue.Empty:
                continue
            if item is _END:
                return
            if isinstance(item, _Failure):
                raise item.error
            yield item  # type: ignore[misc]  # what hand_over got from items
    finally:
        stopped.set()
        thread.join()
