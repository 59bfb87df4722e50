"""Errors as RFC 9457 writes them: ``application/problem+json``, with words that a technician understands."""

from __future__ import annotations

import logging
import math

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from index.errors import EdgeCopilotError, ResourceError

log = logging.getLogger(__name__)


class Refused(Exception):
    """A request that is answered with a problem.

    Args:
        title: The same for every problem of this kind.
        detail: What is wrong with this one.
        retry_after_s: When to ask again.
    """

    def __init__(self, status: int, title: str, detail: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.retry_after_s = retry_after_s


def problem(status: int, title: str, detail: str = "", retry_after_s: float | None = None) -> JSONResponse:
    """The answer for a problem."""
    headers = {} if retry_after_s is None else {"Retry-After": str(max(1, math.ceil(retry_after_s)))}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        {"type": "about:blank", "title": title, "status": status, "detail": detail},
        status,
        headers,
        media_type="application/problem+json",
    )


def answer_with_problems(app: FastAPI) -> None:
    """Let every failure of ``app`` be answered with a problem; what it was goes into the log without any content."""

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> JSONResponse:
        return problem(error.status, error.title, error.detail, error.retry_after_s)

    @app.exception_handler(HTTPException)
    async def unknown(_request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail))

    @app.exception_handler(ResourceError)
    async def no_room(_request: Request, error: ResourceError) -> JSONResponse:
        log.error("%s", error.message)
        return problem(503, "The hub can't keep anything now", retry_after_s=300)

    @app.exception_handler(EdgeCopilotError)
    async def storage(_request: Request, error: EdgeCopilotError) -> JSONResponse:
        log.error("%s: %s", type(error).__name__, error.message)
        return problem(503, "The hub's storage does not work now", retry_after_s=60)

    @app.exception_handler(Exception)
    async def fault(_request: Request, error: Exception) -> JSONResponse:
        log.error("a fault in the receiver: %s", type(error).__name__)
        return problem(500, "A fault in the hub itself")
