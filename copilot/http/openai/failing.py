"""Errors in OpenAI's form, so that its clients raise what they document."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from copilot.http.problems import ClientGone, Problem, Refused, problem_of, problem_of_fault, respond
from index.errors import EdgeCopilotError, InputError, QuestionError

_BAD: Final = 400
_CODES: Final = {
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "permission_denied"),
    404: ("invalid_request_error", "not_found"),
    413: ("invalid_request_error", "request_too_large"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
}


class NotPossible(Refused):
    """A request that OpenAI's interface allows and this one can't carry out.

    Args:
        message: What can't be done.
        param: The field that asks for it.
        code: OpenAI's name for the kind of error.
        remedy: What to do instead.
        status: Of the answer.
    """

    def __init__(
        self, message: str, param: str, code: str = "unsupported_value", remedy: str = "", status: int = _BAD
    ) -> None:
        super().__init__(status, message, remedy)
        self.param = param
        self.code = code


def error_body(error: Exception) -> tuple[Problem, dict[str, Any]]:
    """The problem that ``error`` is, and its words in OpenAI's form."""
    param: str | None = None
    code: str | None = None
    match error:
        case RequestValidationError():
            faults = error.errors()
            param = ".".join(str(part) for part in faults[0]["loc"] if part != "body") if faults else None
            detail = faults[0]["msg"] if faults else "The request can't be read."
            problem = _plain(_BAD, f"{param or 'The body'}: {detail}")
            code = "invalid_value"
        case HTTPException():
            problem = _plain(error.status_code, str(error.detail))
        case EdgeCopilotError():
            problem = problem_of(error)
            if isinstance(error, InputError):
                problem = problem.model_copy(update={"status": _BAD})
            if isinstance(error, QuestionError):
                param, code = "messages", "invalid_question"
            if isinstance(error, NotPossible):
                param, code = error.param, error.code
        case _:
            problem = problem_of_fault(error)
    kind, usual = _CODES.get(
        problem.status, ("server_error", "server_error") if problem.status >= 500 else ("invalid_request_error", None)
    )
    message = f"{problem.detail} {problem.remedy}".strip()
    return problem, {"error": {"message": message, "type": kind, "param": param, "code": code or usual}}


def _plain(status: int, detail: str) -> Problem:
    return Problem(type="about:blank", title="", status=status, detail=detail)


class OpenAIRoute(APIRoute):
    """A route that tells every failure in OpenAI's form, those of keys and limits included."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See `APIRoute.get_route_handler`."""
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except ClientGone:
                raise
            except Exception as error:
                problem, body = error_body(error)
                headers = respond(problem).headers
                kept = {name: headers[name] for name in ("Retry-After", "WWW-Authenticate") if name in headers}
                return JSONResponse(body, problem.status, kept)

        return told
