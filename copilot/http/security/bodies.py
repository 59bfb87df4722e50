"""How much, and how slowly, may be sent."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copilot.http.problems import Refused, problem_of, respond

_PATIENCE_S: Final = 60.0  # for a whole body


class BoundedBodies:
    """ASGI: refuses bodies that are too large, or that don't come to an end.

    Args:
        app: What comes behind it.
        most_bytes: Of a body.
        patience_s: For it.
    """

    def __init__(self, app: ASGIApp, most_bytes: int, patience_s: float = _PATIENCE_S) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._patience_s = patience_s
        self._told = (
            f"The request is larger than the {most_bytes >> 10} KiB that are taken.",
            "Send less, or raise serve.max_body_kb.",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "")
        if said.isdecimal() and (len(said) > 18 or int(said) > self._most_bytes):
            await respond(problem_of(Refused(413, *self._told)), {"Connection": "close"})(scope, receive, send)
            return
        taken, ended = 0, False
        until_s: float | None = None

        async def bounded() -> Message:
            nonlocal taken, ended, until_s
            if ended:
                return await receive()  # the end of the connection, which may take as long as the answer
            now_s = asyncio.get_running_loop().time()
            until_s = until_s or now_s + self._patience_s
            try:
                async with asyncio.timeout_at(until_s):
                    message = await receive()
            except TimeoutError as error:
                raise HTTPException(408, "The request came too slowly.", {"Connection": "close"}) from error
            taken += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if taken > self._most_bytes:
                raise HTTPException(413, " ".join(self._told), {"Connection": "close"})
            return message

        await self._app(scope, bounded, send)
