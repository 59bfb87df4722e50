"""Documents to ingest, and what a store holds of them."""

from __future__ import annotations

import os
from pathlib import Path

from index.store import Store, reading


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def manual(word: str, sections: int = 3, sentences: int = 12) -> str:
    """A document in which every sentence names ``word`` and which has several sections."""
    return f"# Manual of {word}\n\n" + "\n".join(
        f"## Part {part}\n\n"
        + " ".join(f"The {word} of part {part} turns {line} times." for line in range(sentences))
        + "\n"
        for part in range(sections)
    )


def aged(path: Path, seconds: int = 3600) -> Path:
    """Give a file an older time, as of one that wasn't written a moment ago."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - seconds * 1_000_000_000))
    return path


def texts(store: Store) -> dict[str, str]:
    """Path and text of each document."""
    with store.reader() as connection:
        return {
            document.path: "".join(reading.text(connection, document.id)) for document in reading.documents(connection)
        }


def names(store: Store) -> list[str]:
    return [Path(path).name for path in texts(store)]
