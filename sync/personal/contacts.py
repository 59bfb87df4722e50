"""Mail addresses and telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sync.personal.spans import Span

_LOCAL: Final = r"[^\s@＠<>\"(),:;\[\]]"
_MAIL: Final = re.compile(
    rf"(?:\"[^\"\n]{{1,64}}\"|(?<!{_LOCAL}){_LOCAL}+)"
    r"(?:[@＠][\w-]+(?:\.[\w-]+)*|\s?[@＠]\s?(?:[\w-]+\.)+[^\W\d_]{2,})"
)


# International: + or 00 and at least seven digits. National: a leading 0, or 3-3-4 as in North America.
_JOINT: Final = r"[ \u00a0().\u2010-\u2015/-]{0,3}"
_PHONE: Final = re.compile(
    rf"(?<![\w.,:+])(?:(?:\+|00){_JOINT}[1-9](?:{_JOINT}\d){{6,14}}"
    rf"|\(?0[1-9]\d{{0,4}}\)?[ \u00a0\u2010-\u2015/-]{{1,3}}\d(?:[ \u00a0\u2010-\u2015/-]?\d){{4,10}}"
    rf"|0[1-9]\d{{8,11}}"
    rf"|(?:\+?1[ .-]?)?\(?[2-9]\d\d\)?[ \u00a0.-]{{1,2}}\d{{3}}[ \u00a0.-]\d{{4}})(?![\w])"
)


def mails(text: str) -> Iterator[Span]:
    """Mail addresses, with or without a dot after the at sign."""
    return (match.span() for match in _MAIL.finditer(text)) if "@" in text or "＠" in text else iter(())


def phones(text: str) -> Iterator[Span]:
    """Telephone numbers as people write them. Part numbers and dates don't begin with 0 or +, and stay."""
    return (match.span() for match in _PHONE.finditer(text))
