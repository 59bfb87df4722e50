"""Recognising personal data and secrets in text, for whatever leaves a device: the outbox and the wall.

Finders yield spans of a text without invisible characters. Their work grows with the text's length alone, so that a
text can't be made to hang a device.
"""

from sync.personal.accounts import cards, ibans
from sync.personal.addresses import ip_addresses, mac_addresses
from sync.personal.contacts import mails, phones
from sync.personal.credentials import credentials, random_strings
from sync.personal.names import Names
from sync.personal.numbers import customer_numbers, patient_numbers, serial_numbers
from sync.personal.people import people
from sync.personal.spans import Finder, Seen, Span, visible

__all__ = [
    "Finder",
    "Names",
    "Seen",
    "Span",
    "cards",
    "credentials",
    "customer_numbers",
    "ibans",
    "ip_addresses",
    "mac_addresses",
    "mails",
    "patient_numbers",
    "people",
    "phones",
    "random_strings",
    "serial_numbers",
    "visible",
]
