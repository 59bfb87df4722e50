"""The log file: what the program did and where it failed, never what the documents or questions say."""

from __future__ import annotations

import logging
import sys
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

ROOMS: Final = ("copilot", "index", "prompts", "sync")  # every module logs under its own name, below one of these
_BYTES: Final = 1 << 20
_KEPT: Final = 3


class _QuietFileHandler(RotatingFileHandler):
    """Creates its folder with the first line, and is silent where it can't write: a log is no reason to fail."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            return
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        return


def configure_logging(directory: Path, level: str, echo: int = 0) -> None:
    """Send the program's log to ``directory/edge-copilot.log`` (at most 4 files of 1 MiB).

    Args:
        directory: Created with the first line that is logged.
        level: A level's name, as in the setting ``log.level``.
        echo: 1 shows the log on stderr too, 2 and more shows everything there.
    """
    line = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    kept = _QuietFileHandler(
        directory / "edge-copilot.log", maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True
    )
    kept.setLevel(level.upper())
    handlers: list[logging.Handler] = [kept]
    if echo:
        shown = logging.StreamHandler(sys.stderr)
        shown.setLevel(logging.INFO if echo == 1 else logging.DEBUG)
        handlers.append(shown)
    for handler in handlers:
        handler.setFormatter(line)
    for room in ROOMS:
        logger = logging.getLogger(room)
        for old in list(logger.handlers):
            logger.removeHandler(old)
            old.close()
        for handler in handlers:
            logger.addHandler(handler)
        logger.setLevel(min(handler.level for handler in handlers))
        logger.propagate = False


def record_failure(error: BaseException) -> Path | None:
    """Log where an unexpected error happened: its class and the lines of code, not its message.

    The message may quote a document or a question.

    Returns:
        The log file, or None where none is set up or it can't be written.
    """
    frames = "".join(
        f"\n  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    )
    logger = logging.getLogger(ROOMS[0])
    if not logger.handlers:
        return None
    logger.error("%s%s", type(error).__qualname__, frames)
    for handler in logger.handlers:
        if isinstance(handler, RotatingFileHandler) and Path(handler.baseFilename).is_file():
            return Path(handler.baseFilename)
    return None
