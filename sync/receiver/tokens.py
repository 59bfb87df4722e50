"""Tokens of devices: made here, shown once, kept as hashes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Final

_PREFIX: Final = "ecd_"  # lets a scanner for leaked secrets know one when it sees it


def new_token(random_text: Callable[[int], str] = secrets.token_urlsafe) -> str:
    """A token with 256 random bits."""
    return _PREFIX + random_text(32)


def token_hash(token: str) -> str:
    """What a hub keeps of a token. A plain hash will do: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
