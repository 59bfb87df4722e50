"""What reaches the terminal: JSON on stdout, people's text with nothing in it that could steer the terminal."""

from __future__ import annotations

import codecs
import re
import sys
from typing import TYPE_CHECKING, Any, Final, TextIO

from copilot.printing import printable as printable

if TYPE_CHECKING:
    from rich.console import Console

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def write_json(value: object) -> None:
    """Print one JSON document on stdout, in UTF-8, indented for people; it is all that stdout gets."""
    sys.stdout.write(json_text(value, indent=2) + "\n")
    sys.stdout.flush()


def json_text(value: object, indent: int | None = None) -> str:
    """Return ``value`` as JSON; paths are written as text, file names that are not Unicode as ``\\udcXX`` escapes."""
    import json

    text = json.dumps(value, ensure_ascii=False, indent=indent, default=_jsonable)
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def stdout_console() -> Console:
    """Return a console for people's text; plain where stdout is no terminal."""
    return _console(sys.stdout)


def stderr_console() -> Console:
    """Return a console for progress and remarks; plain where stderr is no terminal."""
    return _console(sys.stderr)


def _console(file: TextIO) -> Console:
    from rich.console import Console

    class PlainConsole(Console):
        def on_broken_pipe(self) -> None:
            """Leave a closed pipe to the error boundary; rich would exit with 1, "some inputs skipped"."""
            raise BrokenPipeError

    return PlainConsole(file=file, highlight=False, markup=False, emoji=False)


def prepare_streams() -> None:
    """Make stdout and stderr write UTF-8 wherever that can be read, and never fail on a character.

    A file or pipe always gets UTF-8, as does a terminal whose locale says only "C" or "POSIX" (ASCII): such a locale
    is a missing setting, not a wish. A terminal with another encoding keeps it. A file name that is no text comes out
    as the bytes that it is; what else can't be encoded is written as an escape.
    """
    codecs.register_error(_UNENCODABLE, _encode_somehow)
    for stream in (sys.stdout, sys.stderr):
        _reconfigure(stream)


_UNENCODABLE: Final = "edge_copilot"


def _encode_somehow(error: UnicodeError) -> tuple[str | bytes, int]:
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeEncodeError:
        return codecs.lookup_error("backslashreplace")(error)


def _reconfigure(stream: TextIO | None) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if stream is None or reconfigure is None:
        return
    encoding = (stream.encoding or "").lower().replace("-", "").replace("_", "")
    keep = stream.isatty() and encoding not in ("", "ascii", "ansix3.41968", "646", "usascii")
    reconfigure(encoding=stream.encoding if keep else "utf-8", errors=_UNENCODABLE)


def _jsonable(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    from os import PathLike, fspath

    if isinstance(value, PathLike):
        return fspath(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
