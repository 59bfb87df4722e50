"""Whether the server lives, whether it can answer, and how it is."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter

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
    await services.finder.check()
    return HealthJson(version=version("edge-copilot"))


@router.get("/v1/status")
async def status(services: ServicesOf, caller: Reader) -> StatusJson:
    """Models, index, age of knowledge, and what is going on."""
    return await status_of(services, caller)
