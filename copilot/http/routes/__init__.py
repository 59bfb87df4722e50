"""One module a resource. Each has a ``router``; what has to run beside it stands in its ``running``.

A new resource is a module of its own and one line in `PARTS`::

    router = APIRouter(tags=["signals"])

    @router.get("/v1/signals")
    async def signals(services: ServicesOf, caller: Reader) -> SignalsJson: ...

    @asynccontextmanager
    async def running(services: Services) -> AsyncIterator[None]: ...   # where something runs as long as the server
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from fastapi import APIRouter

from copilot.http.services import Services

PARTS: Final = (
    "copilot.http.panel.router",
    "copilot.http.routes.health",
    "copilot.http.routes.search",
    "copilot.http.routes.ask",
    "copilot.http.routes.signals",
    "copilot.http.routes.conversations",
    "copilot.http.routes.feedback",
    "copilot.http.routes.notes",
    "copilot.http.routes.documents",
    "copilot.http.routes.voice",
    "copilot.http.openai.routes",
    "copilot.http.supervision",
)
"""Modules in the order in which their paths are matched."""


@dataclass(frozen=True, slots=True)
class Part:
    """A resource.

    Attributes:
        router: Its paths.
        running: Entered when the server has begun, left before it ends; None where nothing runs.
    """

    router: APIRouter
    running: Callable[[Services], AbstractAsyncContextManager[None]] | None


def parts() -> Iterator[Part]:
    """Import every part."""
    for name in PARTS:
        module = import_module(name)
        yield Part(module.router, getattr(module, "running", None))
