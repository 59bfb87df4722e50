"""Errors as RFC 9457 writes them: ``application/problem+json``, with a remedy for the person who reads it."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from copilot.http.queueing.fair import Busy
from copilot.logs import record_failure
from index import errors
from index.errors import EdgeCopilotError

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
_GONE: Final = 499  # as nginx counts it; nobody gets to see it
_TYPES: Final = "urn:edge-copilot:problem:"

_STATUS: Final[Mapping[type[EdgeCopilotError], int]] = {
    errors.UsageError: 400,
    errors.InputError: 422,
    errors.NotThere: 404,
    errors.ModelError: 503,
    errors.StoreError: 503,
    errors.NetworkError: 502,
    errors.ResourceError: 503,
    errors.DiskFull: 507,
    errors.EngineError: 503,
    errors.SyncError: 502,
    EdgeCopilotError: 500,
}
_AGAIN_S: Final[Mapping[type[EdgeCopilotError], float]] = {errors.StoreBusy: 2.0}


class Problem(BaseModel):
    """What is wrong, for a program (``type``, ``status``) and for a person (``detail``, ``remedy``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str = Field(description="Names the kind of problem; about:blank where the status says it all.")
    title: str
    status: int
    detail: str
    remedy: str = Field(default="", description="What to do next; empty where there is nothing to do.")
    retry_after_s: float | None = Field(default=None, description="When to ask again, in seconds; null: no matter.")


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


class Refused(EdgeCopilotError):
    """A request that is not carried out.

    Args:
        status: Of the answer.
        message: What is wrong with this request.
        remedy: What to do next.
        retry_after_s: When to ask again.
    """

    def __init__(self, status: int, message: str, remedy: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, remedy)
        self.status = status
        self.retry_after_s = retry_after_s


def problem_of(error: EdgeCopilotError) -> Problem:
    """The problem that an error of ours is."""
    if isinstance(error, Busy):
        error = Refused(429, error.message, error.remedy, error.retry_after_s)
    if isinstance(error, Refused):
        return Problem(
            type="about:blank",
            title=HTTPStatus(error.status).phrase,
            status=error.status,
            detail=error.message,
            remedy=error.remedy,
            retry_after_s=error.retry_after_s,
        )
    family = type(error).__mro__
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
    status = next(_STATUS[kind] for kind in family if kind in _STATUS)
    return Problem(
        type=_TYPES + name,
        title=name.replace("-", " ").capitalize(),
        status=status,
        detail=error.message,
        remedy=error.remedy,
        retry_after_s=next((_AGAIN_S[kind] for kind in family if kind in _AGAIN_S), None),
    )


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that tells of a problem."""
    told = dict(headers or {})
    if problem.retry_after_s is not None:
        told["Retry-After"] = str(max(1, math.ceil(problem.retry_after_s)))
    if problem.status == HTTPStatus.UNAUTHORIZED:
        told["WWW-Authenticate"] = 'Bearer realm="edge-copilot"'
    return JSONResponse(problem.model_dump(), problem.status, told, media_type=MEDIA_TYPE)


def answer_with_problems(app: FastAPI) -> None:
    """Let every failure of ``app`` be answered with a problem. What it was is logged without any content."""

    @app.exception_handler(EdgeCopilotError)
    async def ours(_request: Request, error: EdgeCopilotError) -> Response:
        problem = problem_of(error)
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("answered with %d: %s", problem.status, type(error).__name__)
        return respond(problem)

    @app.exception_handler(RequestValidationError)
    async def unreadable(_request: Request, error: RequestValidationError) -> Response:
        return respond(
            Problem(
                type=_TYPES + "unreadable-request",
                title="Unreadable request",
                status=422,
                detail=_faults(error.errors()),
                remedy="What this endpoint takes stands in /openapi.json.",
            )
        )

    @app.exception_handler(HTTPException)
    async def plain(_request: Request, error: HTTPException) -> Response:
        detail = str(error.detail)
        remedy = "Which paths there are stands in /openapi.json." if error.status_code == HTTPStatus.NOT_FOUND else ""
        title = HTTPStatus(error.status_code).phrase
        problem = Problem(type="about:blank", title=title, status=error.status_code, detail=detail, remedy=remedy)
        return respond(problem, error.headers)

    @app.exception_handler(ClientGone)
    async def gone(_request: Request, _error: ClientGone) -> Response:
        return Response(status_code=_GONE)

    @app.exception_handler(Exception)
    async def fault(_request: Request, error: Exception) -> Response:
        return respond(problem_of_fault(error))


def problem_of_fault(error: Exception) -> Problem:
    """The problem that a fault of the program is; where it happened goes into the log."""
    record_failure(error)
    return Problem(
        type=_TYPES + "fault",
        title="Fault",
        status=500,
        detail=f"A fault in Edge Copilot itself ({type(error).__name__}).",
        remedy="Where it happened is in the log. Your documents are untouched.",
    )


def _faults(found: Any) -> str:  # noqa: ANN401 - pydantic's list of faults
    """The faults of a request in words; without what was sent, which may be a question."""
    told = []
    for fault in found[:5]:
        place = ".".join(str(part) for part in fault["loc"] if part != "body") or "The body"
        told.append(f"{place}: {fault['msg']}")
    more = f" (and {len(found) - 5} more)" if len(found) > 5 else ""
    return "; ".join(told) + more
