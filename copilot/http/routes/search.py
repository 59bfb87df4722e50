"""``POST /v1/search``: passages, without a model."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from copilot.http.services import Reader, ServicesOf
from copilot.http.wire import SearchBody, SearchJson

router = APIRouter(tags=["search"])

_Query = Annotated[
    SearchBody,
    Body(
        openapi_examples={
            "a fault code": {"value": {"query": "F0012"}},
            "within a collection": {"value": {"query": "brake does not release", "k": 3, "collections": ["halden"]}},
        }
    ),
]


@router.post("/v1/search")
async def search(body: _Query, services: ServicesOf, caller: Reader) -> SearchJson:
    """Find the passages that fit a query best: a question, some words, a fault code."""
    k = body.k or services.settings.search.k
    return await services.finder.search(caller, body.query, k, body.collections, body.documents, body.languages)
