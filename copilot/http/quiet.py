"""The server's own log lines, without anything of a question or document in them."""

from __future__ import annotations

import logging
from typing import Final

from copilot.logs import record_failure

_LOGGERS: Final = ("uvicorn.error", "asyncio")
_HARMLESS: Final = ("ASGI 'lifespan' protocol",)

log = logging.getLogger(__name__)


class _WithoutContent(logging.Handler):
    """Tells of an error by its class and the lines of code; its message may quote what somebody asked."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            record_failure(record.exc_info[1])
        elif record.name == "asyncio":
            log.warning("asyncio: %s", str(record.msg).partition("\n")[0])
        else:
            log.log(record.levelno, "server: %s", record.getMessage())


def quieten() -> None:
    """Let what uvicorn and asyncio have to say go into the log without content; once for a process."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(handler, _WithoutContent) for handler in logger.handlers):
            logger.addHandler(_WithoutContent())
        logger.propagate = False
        logger.setLevel(logging.WARNING)
