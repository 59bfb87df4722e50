"""What runs in the engine's process: `python -m copilot.engine_process`, started by `copilot.engines.child`.

The second composition root: it builds the llama.cpp engine and the store of what was read before. Orders come on
standard input, reports go to standard output; when the input ends the process ends, so it can't outlive its parent
however that one dies. The index's key comes with the first order: no argument and no variable holds it.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import os
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Final

from copilot.engines.building import llama_options
from copilot.engines.child.messages import Load
from copilot.engines.child.serving import AskedEngine, EngineServer

_NICE: Final = 5
"""On an idle machine this costs the model nothing; its threads take it over."""


def load(order: Load) -> tuple[AskedEngine, tuple[str, ...]]:
    """Load the model as ordered.

    Raises:
        ModelError, EngineError: It can't be loaded.
    """
    from copilot.engines.llama.engine import LlamaEngine
    from copilot.prefixes import DiskPrefixStore

    options = llama_options(order.file, order.engine)
    kept = order.prefixes
    store = DiskPrefixStore(kept.path, key=kept.key, budget_bytes=kept.budget_bytes) if kept is not None else None
    engine = LlamaEngine.load(options, store)
    return engine, tuple(engine.warnings)


def main() -> None:
    """Serve the engine until told to close, or until the parent is gone."""
    sink = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not get between the reports
    source = os.dup(0)
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (source, sink):
            msvcrt.setmode(descriptor, os.O_BINARY)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the parent decides what it ends
    _stand_back()
    faulthandler.enable()
    sys.excepthook = _without_words
    asyncio.run(EngineServer(load, source, sink).run())


def _stand_back() -> None:
    """Where memory runs out, let the kernel take this process; let searches go first; and leave no core with questions
    in it.

    A model that writes keeps every processor busy for seconds; a search beside it takes milliseconds and is waited for.
    """
    with contextlib.suppress(AttributeError, OSError):
        os.nice(_NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _without_words(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
    """Where an unforeseen error arose, without its text, which may hold words of documents or questions."""
    import traceback

    sys.stderr.write(f"{kind.__name__} at {' < '.join(_place(frame) for frame in traceback.extract_tb(trace)[::-1])}\n")


def _place(frame: object) -> str:
    return f"{Path(getattr(frame, 'filename', '')).name}:{getattr(frame, 'lineno', '')}"


if __name__ == "__main__":
    main()
