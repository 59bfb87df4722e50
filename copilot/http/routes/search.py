"""``POST /v1/search``: passages, without a model."""

from __future__ import annotations

from fastapi import APIRouter

from copilot.http.security.scope import within
from copilot.http.services import Reader, ServicesOf
from copilot.http.wire import SearchBody, SearchJson

router = APIRouter(tags=["search"])


@router.post("/v1/search")
async def search(body: SearchBody, services: ServicesOf, caller: Reader) -> SearchJson:
    """Find the passages that fit a query best: a question, some words, a fault code."""
    wanted = await within(services, caller, body.collections, body.documents, body.languages)
    return await services.finder.search(body.query, body.k or services.settings.search.k, wanted, caller.client)
