"""Which values are replaced by placeholders, by the policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from copilot.privacy.placeholders import kind_of
from copilot.privacy.policy import Pattern, Personal, Pseudonymise
from copilot.privacy.pseudonyms import Kind
from copilot.privacy.recurring import CREDENTIAL, NAME
from sync.personal import (
    Finder,
    Names,
    Span,
    cards,
    credentials,
    customer_numbers,
    ibans,
    ip_addresses,
    mac_addresses,
    mails,
    patient_numbers,
    people,
    phones,
    random_strings,
    serial_numbers,
)

_PERSONAL: Final[dict[Personal, tuple[Finder, bool]]] = {
    "mail": (mails, False),
    "iban": (ibans, False),
    "card": (cards, False),
    "patient": (patient_numbers, False),
    "customer": (customer_numbers, False),
    "mac": (mac_addresses, True),
    "ip": (ip_addresses, True),
    "serial": (serial_numbers, True),
    "phone": (phones, False),
    "name": (people, False),
}
"""In the order in which they give a find its name; True for those that stay where the public evidence has them."""


def kinds(policy: Pseudonymise, names: list[str]) -> list[Kind]:
    """What is replaced under ``policy``.

    Args:
        policy: The part of the policy that says so.
        names: The names of its list.
    """
    found = [Kind(kind_of(one.name), _finder(one), one.unless_in_evidence) for one in policy.patterns]
    found.append(Kind(CREDENTIAL, credentials))
    known = Names(names)
    if known:
        found.append(Kind(NAME, known.find))
    found += [
        Kind(kind_of(name), find, unless_known)
        for name, (find, unless_known) in _PERSONAL.items()
        if name in policy.personal
    ]
    found.append(Kind(CREDENTIAL, random_strings, unless_known=True))
    return found


def _finder(pattern: Pattern) -> Finder:
    compiled = re.compile(pattern.pattern)
    group = "value" if "value" in compiled.groupindex else 0

    def find(text: str) -> Iterator[Span]:
        return (match.span(group) for match in compiled.finditer(text) if match.start(group) >= 0)

    return find
