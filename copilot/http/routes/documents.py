"""``/v1/documents`` and ``/v1/passages``: what there is, and where a passage stands in it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from copilot.http.passages import OpenedJson, opened, picture, picture_tag, place_of
from copilot.http.services import Reader, ServicesOf
from copilot.http.wire import NAME, Wire
from index.documents import AccessLabel
from index.store import Store, reading
from index.store.reading import DocumentInfo

router = APIRouter(tags=["documents"])

ChunkId = Annotated[int, Path(ge=-(2**62), le=2**62, description="`chunk_id` of a passage.", examples=[118])]


class DocumentJson(Wire):
    """A document, as in ``documents list --json``."""

    path: str
    title: str
    collection: str
    access: AccessLabel
    media_type: str
    language: str | None
    pages: int | None
    chunks: int
    ingested_at: str
    revision: str | None
    first_passage: int | None = Field(description="`chunk_id` of its first passage: where to begin leafing.")


class DocumentsJson(Wire):
    """The documents that the caller may see, by path."""

    documents: tuple[DocumentJson, ...]


@router.get("/v1/documents")
async def documents(
    services: ServicesOf,
    caller: Reader,
    collection: Annotated[str | None, Query(max_length=200, pattern=NAME, description="Only of this one.")] = None,
) -> DocumentsJson:
    """List the documents that can be searched."""

    def look(store: Store) -> DocumentsJson:
        with store.reader() as connection:
            found = [one for one in reading.documents(connection, collection) if caller.sees(one.collection)]
            first = reading.first_chunks(connection)
        return DocumentsJson(documents=tuple(_document(one, first.get(one.id)) for one in found))

    return await services.finder.look(look, caller)


@router.get("/v1/passages/{chunk_id}")
async def passage(chunk_id: ChunkId, services: ServicesOf, caller: Reader) -> OpenedJson:
    """Open a passage: its section, and the passages before and after it."""
    return await services.finder.look(lambda store: opened(store, caller, chunk_id, services.assembly.ages()), caller)


@router.get(
    "/v1/passages/{chunk_id}/page.png",
    response_class=Response,
    responses={
        200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "The picture that the client has is still right."},
    },
)
async def page(
    chunk_id: ChunkId,
    request: Request,
    services: ServicesOf,
    caller: Reader,
    quote: Annotated[str, Query(max_length=4000, description="Text of the page that is marked.")] = "",
    width: Annotated[int, Query(ge=100, le=4000, description="Of the picture, in pixels.")] = 1200,
    page: Annotated[int | None, Query(ge=1, le=1_000_000, description="Another page of the same document.")] = None,
) -> Response:
    """Draw the page that a passage stands on, as it was printed, with a quote marked. 404 where there is no picture.

    The header `Highlight` tells where the marks are, such as `0.21-0.34` of the page's height from the top.
    """
    place = await services.finder.look(lambda store: place_of(store, caller, chunk_id), caller)
    tag = picture_tag(place, page, quote, width)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    drawn, marked = await services.drawing.run(lambda: picture(place, page, quote, width), caller.client)
    if marked is not None:
        headers["Highlight"] = f"{marked[0]:.4f}-{marked[1]:.4f}"
    return Response(drawn, media_type="image/png", headers=headers)


def _document(document: DocumentInfo, first: int | None) -> DocumentJson:
    return DocumentJson(
        path=document.path,
        title=document.title,
        collection=document.collection,
        access=document.access,
        media_type=document.media_type,
        language=document.language,
        pages=document.pages,
        chunks=document.chunks,
        ingested_at=document.ingested_at,
        revision=document.revision,
        first_passage=first,
    )
