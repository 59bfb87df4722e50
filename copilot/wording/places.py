"""Which places of a text are filled with words of the program. All others hold names, values and foreign words."""

from __future__ import annotations

from typing import Final

SAID: Final = frozenset(
    {
        "age", "ago", "bare", "barred", "cause", "claim", "detail", "direction", "ended_s", "error", "fault",
        "faults", "field", "free", "has", "heard", "hint", "how", "install", "items", "job", "key2", "kind",
        "lacks", "life", "lines", "lost", "message", "named", "near", "note", "now_s", "ocr_fault", "over_budget",
        "parts", "piper", "problem", "purpose", "reason", "reasons", "remedy", "rules", "said", "seen", "short",
        "source_reason", "state", "step", "strerror", "synced_at", "times", "told", "until", "wait_s", "wanted",
        "what", "when", "where", "who", "why", "window_s", "words", "wrong",
    }
)  # fmt: skip
"""Names of places whose content is translated too, where the catalogue knows it: an error's reason within another's.

A path, a title, a question, a word of a document or of a server is passed on untouched, whatever it says.
"""
