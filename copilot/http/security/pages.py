"""Which web pages may call the server: none but its own, and those that are named.

Two attacks come through the browser of somebody who may reach this server. A page elsewhere sends requests to it
(cross-site request forgery): told by ``Origin`` and ``Sec-Fetch-Site``. A page whose name was made to point at this
machine (DNS rebinding) passes for the server's own: told by ``Host``, which then holds that name. An address in
figures can't be rebound, so it is always right.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from copilot.http.problems import Refused, problem_of, respond


class OwnPagesOnly:
    """ASGI: refuses what a strange page sent.

    Args:
        app: What comes behind it.
        hosts: Names of this server, beside localhost and this machine's name.
        origins: Of pages that may call it, such as https://hmi.example.com.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = (), origins: Iterable[str] = ()) -> None:
        self._app = app
        own = socket.gethostname().lower()
        self._hosts = {"localhost", own, f"{own}.local", *(host.lower() for host in hosts)}
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refused = self._look(scope)
        if refused is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
        else:
            await respond(problem_of(refused))(scope, receive, send)

    def _look(self, scope: Scope) -> Refused | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_own(host):
            return Refused(
                421,
                f"This server is not called {name_of(host)[:100]!r}.",
                "Call it by its address, or name it in serve.allowed_hosts.",
            )
        origin = headers.get("origin")
        if origin is not None:
            if origin in self._origins or urlsplit(origin).netloc.lower() == host.lower():
                return None
            return Refused(403, "Pages from elsewhere may not call this server.", "Name them in serve.allowed_origins.")
        if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
            return None
        if (
            scope["type"] == "http"
            and scope["method"] in ("GET", "HEAD")
            and headers.get("sec-fetch-mode") == "navigate"
        ):
            return None  # a link, or a frame: whoever leads there can't read what comes
        return Refused(403, "Pages from elsewhere may not fetch this.", "Name them in serve.allowed_origins.")

    def _is_own(self, host: str) -> bool:
        name = name_of(host)
        if name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True


def name_of(host: str) -> str:
    """What stands before the port in a Host header, in small letters, without a dot at the end."""
    name = host.lower()
    if name.startswith("["):
        return name[: name.find("]") + 1]
    return name.partition(":")[0].rstrip(".")
