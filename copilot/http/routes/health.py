"""Whether the server lives, whether it can answer, and how it is."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from copilot.http.problems import Refused
from copilot.http.services import Reader, ServicesOf
from copilot.http.status import StatusJson, status_of
from copilot.http.wire import Wire

router = APIRouter(tags=["health"])


class HealthJson(Wire):
    """The server lives."""

    status: str = "ok"
    version: str


@router.get("/healthz")
async def healthz() -> HealthJson:
    """Whether the server lives. Asks nothing of the index or the model."""
    return HealthJson(version=version("edge-copilot"))


@router.get("/readyz")
async def readyz(services: ServicesOf) -> HealthJson:
    """Whether questions can be answered now: the index can be read, and the server isn't stopping."""
    if services.stopping.is_set():
        raise Refused(503, "The server is being shut down.", "", 5.0)
    await services.finder.check()
    return HealthJson(version=version("edge-copilot"))


@router.get(
    "/metrics", response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
)
async def metrics(services: ServicesOf, _caller: Reader) -> Response:
    """Counts and times in Prometheus' text format; no text of questions or documents."""
    return Response(services.metrics.text(), media_type=CONTENT_TYPE_LATEST)


@router.get("/v1/status")
async def status(services: ServicesOf, caller: Reader) -> StatusJson:
    """Models, index, age of knowledge, and what is going on."""
    return await status_of(services, caller)
