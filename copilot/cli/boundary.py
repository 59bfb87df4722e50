"""The one place where an error becomes words on stderr and an exit code.

With ``--json`` the words are one line of JSON on stderr, ``{"error": {"kind", "message", "remedy", "exit_code"}}``;
stdout then stays empty, so that whoever reads it never mistakes a failure for a result.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

import click

from copilot.cli.app import App
from copilot.cli.output import json_text, printable
from index.errors import DiskFull, EdgeCopilotError, ReadOnlyData, ResourceError, UsageError

INTERRUPTED: Final = 130  # 128 + SIGINT, as a shell reports it
PIPE_CLOSED: Final = 141  # 128 + SIGPIPE


class Unexpected(EdgeCopilotError):
    """A fault in Edge Copilot itself."""

    exit_code = 70  # EX_SOFTWARE of sysexits.h


def run_guarded(command: click.Command, arguments: Sequence[str], app: App, name: str) -> int:
    """Run a command and return the exit code that it earns.

    Args:
        command: What it returns, where that is an int, is its exit code.
        arguments: What stands after the program's name.
        app: Handed to the command.
        name: The program's name, for its help.
    """
    # Looked for here, because a mistake may keep click from ever reading the option.
    app.json_output = "--json" in takewhile(lambda argument: argument != "--", arguments)
    try:
        # Not `Command.main`: it would turn a closed pipe into exit code 1, which means "some inputs skipped".
        with command.make_context(name, list(arguments), obj=app) as context:
            result = command.invoke(context)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        return PIPE_CLOSED
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (KeyboardInterrupt, EOFError, click.Abort):
        return _tell(EdgeCopilotError("Stopped."), app, INTERRUPTED)
    except click.ClickException as error:
        return _tell_usage(error, app)
    except Exception as error:
        known = translate(error)
        if known is None:
            known = _unexpected(error, app)
        return _tell(known, app, known.exit_code)
    return result if isinstance(result, int) and not isinstance(result, bool) else 0


def translate(error: BaseException) -> EdgeCopilotError | None:
    """Return the error in a technician's words; None where it is a fault of the program."""
    if isinstance(error, EdgeCopilotError):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next((known for inner in error.exceptions if (known := translate(inner))), None)
    if isinstance(error, MemoryError):
        return ResourceError(
            "The machine's memory is used up.", "Close other programs, or choose a smaller model with engine.tier."
        )
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            return DiskFull(
                f"The disk is full{where}.", "Nothing already stored was lost. Free some space, then try again."
            )
        if error.errno == errno.EROFS:
            return ReadOnlyData(
                f"The disk may only be read{where}.", "Make it writable, or give another folder with --data-dir."
            )
        if error.errno in (errno.EACCES, errno.EPERM):
            return ReadOnlyData(
                f"This user may not open or write it{where}.",
                "Change its permissions, or give another folder with --data-dir.",
            )
    if type(error).__module__.partition(".")[0] == "apsw":
        return _translate_sqlite(type(error).__name__)
    return None


def _translate_sqlite(name: str) -> EdgeCopilotError | None:
    if name == "FullError":
        return DiskFull("The disk is full.", "Nothing already stored was lost. Free some space, then try again.")
    if name == "ReadOnlyError":
        return ReadOnlyData(
            "The index may only be read.", "Make the data directory writable, or give another with --data-dir."
        )
    return None


def _unexpected(error: Exception, app: App) -> EdgeCopilotError:
    from copilot.logs import record_failure

    if app.verbose:
        import traceback

        traceback.print_exception(error)
    log_file = record_failure(error)
    where = f"Where it happened is in {log_file}." if log_file else "Run it again with -v to see where."
    return Unexpected(
        f"A fault in Edge Copilot itself ({type(error).__name__}).", f"{where} Your documents are untouched."
    )


def _tell(error: EdgeCopilotError, app: App, code: int) -> int:
    if app.json_output:
        kind = "Interrupted" if code == INTERRUPTED else type(error).__name__
        _write_error(json_text({"error": _as_dict(kind, error, code)}))
    else:
        _write_error(printable("\n".join(filter(None, (error.message, error.remedy)))))
    return code


def _tell_usage(error: click.ClickException, app: App) -> int:
    context = getattr(error, "ctx", None)
    remedy = f"See {context.command_path} --help" if context is not None else ""
    return _tell(UsageError(error.format_message(), remedy), app, error.exit_code)


def _as_dict(kind: str, error: EdgeCopilotError, code: int) -> dict[str, object]:
    return {"kind": kind, "message": error.message, "remedy": error.remedy, "exit_code": code}


def _write_error(text: str) -> None:
    try:
        sys.stdout.flush()
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        _silence_stdout()


def _silence_stdout() -> None:
    # The interpreter flushes stdout once more at exit; with the pipe gone that would print a traceback.
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - lives until the interpreter ends
