"""The server's certificate, taken anew when its file has changed: it runs longer than certificates hold."""

from __future__ import annotations

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 60.0

CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2; those of 1.3 are all good. Others lack forward secrecy or authenticated encryption (RFC 9325)."""


class Certificate:
    """A certificate with its key, as a TLS context uses it.

    Args:
        context: Of the server; connections made from then on get what was loaded last.
        cert, key: The files.
    """

    def __init__(self, context: ssl.SSLContext, cert: Path, key: Path) -> None:
        self._context = context
        self._cert = cert
        self._key = key
        self._loaded = self._state()

    def renew(self) -> bool:
        """Load the files where they have changed. What can't be loaded leaves the certificate as it is.

        Returns:
            Whether there is another one now.
        """
        state = self._state()
        if state is None or state == self._loaded:
            return False
        try:
            # Tried apart: a certificate without its key, seen while both are being replaced, must not be half taken.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._cert, self._key)
            self._context.load_cert_chain(self._cert, self._key)
        except (OSError, ssl.SSLError) as error:
            log.warning("the changed certificate can't be used: %s", getattr(error, "reason", None) or error)
            return False
        self._loaded = state
        log.info("the certificate was taken anew")
        return True

    async def keep(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            await asyncio.to_thread(self.renew)

    def _state(self) -> tuple[tuple[int, int], ...] | None:
        try:
            return tuple((stat.st_mtime_ns, stat.st_ino) for stat in (self._cert.stat(), self._key.stat()))
        except OSError:
            return None  # in the middle of being replaced
