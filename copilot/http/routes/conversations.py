"""``/v1/conversations``: what was asked and answered before; each key has its own."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from copilot.answering.conversations import Talk
from copilot.answering.exporting import as_markdown
from copilot.answering.turns import Turn
from copilot.http.services import Asker, Reader, ServicesOf
from copilot.http.status import iso
from copilot.http.talks import kept_as, opened, own, shown_as
from copilot.http.wire import CONVERSATION, Limit, Offset, Wire

router = APIRouter(tags=["conversations"])

Id = Annotated[str, Path(pattern=CONVERSATION, max_length=64, examples=["3f2a9c1b"])]


class TalkJson(Wire):
    """A conversation in a list; ``snippet``: of a search, what fits, else its newest question."""

    id: str
    title: str
    begun_at: str
    last_at: str
    turns: int
    snippet: str


class TalksJson(Wire):
    """Conversations, the newest first; of a search, the best first."""

    conversations: tuple[TalkJson, ...]


class CitedJson(Wire):
    """A citation of an answer that was kept."""

    n: int
    document: str
    title: str
    section: tuple[str, ...]
    page: int | None
    quote: str
    chunk_id: int
    collection: str


class TurnJson(Wire):
    """A question and its answer."""

    question: str
    answer: str
    status: str
    asked_at: str | None
    citations: tuple[CitedJson, ...]


class OpenTalkJson(Wire):
    """A conversation with its exchanges, oldest first."""

    id: str
    title: str
    begun_at: str
    turns: tuple[TurnJson, ...]


class BegunJson(Wire):
    """A new conversation; it is kept from its first answer on."""

    id: str


class DeletedJson(Wire):
    """What was deleted."""

    deleted: str


@router.get("/v1/conversations")
async def conversations(
    services: ServicesOf,
    caller: Reader,
    query: Annotated[str, Query(max_length=500, description="Words that it must hold.")] = "",
    limit: Limit = 100,
    offset: Offset = 0,
) -> TalksJson:
    """List the caller's conversations, or search them."""
    found = await services.keeping.run(
        lambda: own(services.assembly.conversations, caller, query, limit, offset), caller.client
    )
    return TalksJson(conversations=tuple(_talk(talk) for talk in found))


@router.post("/v1/conversations", status_code=201)
async def begin(_services: ServicesOf, _caller: Asker) -> BegunJson:
    """Begin a conversation: give its id with each question."""
    return BegunJson(id=secrets.token_hex(8))


@router.get("/v1/conversations/{id}")
async def conversation(id: Id, services: ServicesOf, caller: Reader) -> OpenTalkJson:  # noqa: A002 - its name in the path
    """Open a conversation."""
    talk, turns = await services.keeping.run(lambda: opened(services.assembly.conversations, caller, id), caller.client)
    return OpenTalkJson(
        id=shown_as(talk), title=talk.title, begun_at=iso(talk.begun_at), turns=tuple(_turn(turn) for turn in turns)
    )


@router.get(
    "/v1/conversations/{id}/export",
    response_class=Response,
    responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}},
)
async def export(id: Id, services: ServicesOf, caller: Reader) -> Response:  # noqa: A002 - as above
    """A conversation as Markdown, with the places that its answers stand on."""
    talk, turns = await services.keeping.run(lambda: opened(services.assembly.conversations, caller, id), caller.client)
    text = as_markdown(replace(talk, id=shown_as(talk)), turns)
    name = f'attachment; filename="conversation-{id}.md"'
    return Response(text, media_type="text/markdown; charset=utf-8", headers={"Content-Disposition": name})


@router.delete("/v1/conversations/{id}")
async def delete(id: Id, services: ServicesOf, caller: Asker) -> DeletedJson:  # noqa: A002 - as above
    """Delete a conversation with everything that was said in it."""

    def work() -> None:
        kept = services.assembly.conversations
        opened(kept, caller, id)
        kept.delete(kept_as(caller, id))

    await services.keeping.run(work, caller.client)
    return DeletedJson(deleted=id)


def _talk(talk: Talk) -> TalkJson:
    return TalkJson(
        id=shown_as(talk),
        title=talk.title,
        begun_at=iso(talk.begun_at),
        last_at=iso(talk.last_at),
        turns=talk.turns,
        snippet=talk.snippet,
    )


def _turn(turn: Turn) -> TurnJson:
    return TurnJson(
        question=turn.question,
        answer=turn.answer,
        status=turn.status,
        asked_at=iso(turn.asked_at) if turn.asked_at is not None else None,
        citations=tuple(
            CitedJson(
                n=one.n,
                document=one.document,
                title=one.title,
                section=one.section,
                page=one.page,
                quote=one.quote,
                chunk_id=one.chunk_id,
                collection=one.collection,
            )
            for one in turn.cited
        ),
    )
