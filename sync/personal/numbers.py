"""Numbers that stand for a person or a thing of theirs: known by the words before them.

What such a number looks like differs from house to house, so the word counts: "patient no. 4711", "Kundennummer:
K-20 113", "S/N 6A-8812". A number that is given without its word is found by a pattern of one's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sync.personal.spans import Span

_NUMBER_WORD: Final = r"(?:[ \t]*(?:-|[ \t])?(?:no|nos|nr|num|number|nummer|id|code|ref|reference|#)\b\.?)"
_LINK: Final = r"[ \t]*(?:[:=#]|is|ist|lautet)?[ \t]*"
_GROUP: Final = r"[A-Za-z0-9](?:[A-Za-z0-9./_-]{0,38}[A-Za-z0-9])?"
_MORE: Final = r"(?:[ ](?=[\d-]*\d)[A-Z0-9-]{1,12}(?![A-Za-z0-9.,]\d)){0,3}"
_VALUE: Final = rf"(?=((?=[A-Za-z0-9./_-]{{0,30}}\d){_GROUP}{_MORE}))"


def _named(words: tuple[str, ...], alone: str) -> re.Pattern[str]:
    """Values after one of ``words`` and "number", or after ``alone``."""
    return re.compile(rf"(?i:(?<![A-Za-z])(?:(?:{'|'.join(words)}){_NUMBER_WORD}|(?:{alone})){_LINK}){_VALUE}")


_PATIENT: Final = _named(
    (
        r"patient(?:en)?(?:'s)?|medical record|case|fall|health card|driver'?s licen[cs]e|führerschein",
        r"(?:social |national )?insurance|social security|(?:kranken|sozial|renten)?versicher(?:ung(?:s)?|ten)",
        r"nhs|tax|steuer(?:identifikations)?|passport|reisepass|ausweis|personal|personnel|employee|staff",
        r"mitarbeiter|member|mitglied(?:s)?",
    ),
    alone=r"MRN|SSN|PID|DOB|date of birth|born(?: on)?|geb(?:oren)?\.?(?: am)?|geburts(?:datum|tag)",
)
_CUSTOMER: Final = _named(
    (
        r"customer(?:'s)?|client|kunden|account|konto|contract|vertrag(?:s)?|subscriber|policy|policen?",
        r"invoice|rechnung(?:s)?|booking|buchung(?:s)?|order|auftrag(?:s)?|bestell",
    ),
    alone=r"KdNr\.?|Kd\.-?Nr\.",
)
_SERIAL: Final = _named(
    (r"serial|serien|fabrikations|factory|fabrik|device|geräte",), alone=r"S/N|SN|serial|Ser\.-?Nr\."
)


def patient_numbers(text: str) -> Iterator[Span]:
    """Numbers of a person: patient, insurance, staff, passport, tax; the date of birth."""
    return (match.span(1) for match in _PATIENT.finditer(text))


def customer_numbers(text: str) -> Iterator[Span]:
    """Numbers of a customer: of the account, the contract, the order, the invoice."""
    return (match.span(1) for match in _CUSTOMER.finditer(text))


def serial_numbers(text: str) -> Iterator[Span]:
    """Serial numbers of a device, which tell whose it is."""
    return (match.span(1) for match in _SERIAL.finditer(text))
