"""Addresses of machines in a network: IPv4, IPv6, MAC.

Sources: RFC 4291 (IPv6 text form), IEEE 802 (MAC).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from sync.personal.spans import Span

_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
# A fifth group would make it a version number or a section.
_IPV4: Final = re.compile(rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?![\w]|\.\d)")
_IPV6: Final = re.compile(
    r"(?<![\w:.])[0-9A-Fa-f]{0,4}"
    r"(?:(?::[0-9A-Fa-f]{0,4}){1,6}:(?:\d{1,3}\.){3}\d{1,3}|(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:])"
)
_SHORT: Final = 8
_MAC: Final = re.compile(
    r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}"
    r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![\w:-])"
)


def ip_addresses(text: str) -> Iterator[Span]:
    """IPv4 and IPv6 addresses, those of documentation and loopback included."""
    for match in _IPV4.finditer(text):
        yield match.span()
    if text.count(":") < 2:
        return
    for match in _IPV6.finditer(text):
        try:
            ipaddress.IPv6Address(match[0])
        except ValueError:
            continue
        # "::" and "a::b" are punctuation, or names in a program.
        if len(match[0]) > _SHORT or any(c.isdigit() for c in match[0]):
            yield match.span()


def mac_addresses(text: str) -> Iterator[Span]:
    """MAC addresses with colons, hyphens, or dots after each fourth digit."""
    return (match.span() for match in _MAC.finditer(text))
