"""What went wrong, in words for the person at the screen."""

from __future__ import annotations

import errno

from copilot.tui.words import said, tr
from index.errors import EdgeCopilotError


def told(error: BaseException) -> tuple[str, str]:
    """What is wrong and what to do. A fault of the program itself goes into the log, without texts."""
    if isinstance(error, EdgeCopilotError):
        return said(error.message), said(error.remedy)
    if isinstance(error, MemoryError):
        return tr("The machine's memory is used up."), tr("Close other programs, or choose a smaller model.")
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            return tr("The disk is full.") + where, tr("Nothing already stored was lost. Free some space.")
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return tr("It may not be opened or written.") + where, tr(
                "Change its permissions, or choose another place."
            )
        return tr("It can't be opened: {reason}", reason=said(error.strerror or type(error).__name__)) + where, ""
    from copilot.logs import record_failure

    log_file = record_failure(error) if isinstance(error, Exception) else None
    return (
        tr("A fault in Edge Copilot itself ({kind}).", kind=type(error).__name__),
        tr("Where it happened is in {file}.", file=log_file) if log_file else "",
    )
