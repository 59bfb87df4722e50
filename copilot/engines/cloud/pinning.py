"""TLS to an endpoint: against the certificates that the owner names, and against the public keys that are pinned.

A pin is the base64 of the sha256 of a certificate's public key (its SubjectPublicKeyInfo, as in RFC 7469, 2.4), so that
a certificate that is renewed with the same key still fits. It is checked at the end of the handshake, before a byte of
the request is written, and beside the usual checks, not instead of them. To read the pin of a server::

    openssl s_client -connect HOST:443 </dev/null | openssl x509 -pubkey -noout \\
        | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
from pathlib import Path

from index.errors import UsageError


def tls_context(ca_file: Path | None, pins: tuple[str, ...]) -> ssl.SSLContext:
    """The context for one endpoint.

    Raises:
        UsageError: ``ca_file`` can't be read or holds no certificates.
    """
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file is not None else None)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"The certificates in {ca_file} can't be used.", "Check the endpoint's ca_file.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if pins:
        context.sslobject_class = _pinned(frozenset(pins))
    return context


def pin_of(certificate: bytes) -> str:
    """The pin of a certificate in DER."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_der_x509_certificate(certificate).public_key()
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(encoded).digest()).decode("ascii")


def _pinned(pins: frozenset[str]) -> type[ssl.SSLObject]:
    class Pinned(ssl.SSLObject):
        """A TLS connection that ends its handshake only with a pinned key."""

        def do_handshake(self) -> None:
            """Shake hands, then look at the other side's key."""
            super().do_handshake()
            certificate = self.getpeercert(binary_form=True)
            found = pin_of(certificate) if certificate else ""
            if not any(hmac.compare_digest(found, pin) for pin in pins):
                raise ssl.SSLCertVerificationError("the certificate's public key is none of the pinned ones")

    return Pinned
