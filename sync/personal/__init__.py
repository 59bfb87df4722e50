"""Recognising personal data and secrets in text, for whatever leaves a device: the outbox and the wall.

Finders yield spans of a text without invisible characters. Their work grows with the text's length alone, so that a
text can't be made to hang a device.
"""

from sync.personal.addresses import ip_addresses, mac_addresses
from sync.personal.credentials import credentials, random_strings
from sync.personal.numbers import customer_numbers, patient_numbers, serial_numbers
from sync.personal.people import people
from sync.personal.spans import Finder, Seen, Span

__all__ = [
    "Finder",
    "Seen",
    "Span",
    "credentials",
    "customer_numbers",
    "ip_addresses",
    "mac_addresses",
    "patient_numbers",
    "people",
    "random_strings",
    "serial_numbers",
]
