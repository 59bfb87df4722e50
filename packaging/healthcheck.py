"""Whether the endpoint of this container lives: exit code 0, else 1.

It looks where the settings say that the endpoint listens, so give those as variables (``EDGE_COPILOT_SERVE__PORT``)
or in ``copilot.toml``, not as options.
"""

from __future__ import annotations

import http.client
import ssl
import sys

from copilot.settings import Settings

_TIMEOUT_S = 8
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to look, not where to listen


def main() -> int:
    """Ask ``/healthz``."""
    serve = Settings.load().serve
    host = _ANY.get(serve.host, serve.host)
    if serve.tls_cert is not None:
        # It asks itself, within the container: whose certificate it is makes no difference.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, serve.port, timeout=_TIMEOUT_S, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, serve.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        return 0 if connection.getresponse().status == http.client.OK else 1
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
