"""Serves the panel: one script that any page can use, and the page at ``/``.

These files are the same for everybody and hold nothing of anybody's documents, so no key is asked for them: the
panel asks the person for one when the interface behind it does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request, Response

from copilot.http.services import ServicesOf

_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    # No text can become markup or a script, not even by a mistake of ours (W3C, Trusted Types).
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # asked for anew each time, sent only when it has changed
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    media_type: str
    etag: str

    @classmethod
    def read(cls, name: str, media_type: str) -> _File:
        content = files("copilot.http.panel").joinpath("files", name).read_bytes()
        return cls(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')

    def answer(self, request: Request, headers: dict[str, str]) -> Response:
        told = {**_HEADERS, **headers, "ETag": self.etag}
        seen = {one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")}
        if self.etag in seen:
            return Response(status_code=304, headers=told)
        return Response(self.content, media_type=self.media_type, headers=told)


_PAGE: Final = _File.read("index.html", "text/html")
_FILES: Final = {
    "edge-copilot.js": _File.read("edge-copilot.js", "text/javascript"),
    "page.js": _File.read("page.js", "text/javascript"),
    "page.css": _File.read("page.css", "text/css"),
    "icon.svg": _File.read("icon.svg", "image/svg+xml"),
}

router = APIRouter(include_in_schema=False)


def policy(frame_ancestors: Sequence[str]) -> str:
    """The page's Content-Security-Policy.

    Args:
        frame_ancestors: Origins of pages that may show it in a frame; empty: only pages of this server.
    """
    framing = " ".join(("frame-ancestors 'self'", *frame_ancestors))
    return "; ".join((*_POLICY, framing))


@router.api_route("/", methods=["GET", "HEAD"])
async def page(request: Request, services: ServicesOf) -> Response:
    """The page."""
    return _PAGE.answer(request, {"Content-Security-Policy": policy(services.settings.serve.frame_ancestors)})


def _serving(name: str) -> None:
    @router.api_route(f"/panel/{name}", methods=["GET", "HEAD"], name=name)
    async def file(request: Request) -> Response:
        return _FILES[name].answer(request, {})


for _name in _FILES:
    _serving(_name)
