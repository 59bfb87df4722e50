"""``POST /v1/ask``: one question, as a stream of events or as one answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response

from copilot.answering.events import Answer, Event, Evidence, Route, Token
from copilot.answering.flow import AskOptions
from copilot.answering.question import validate
from copilot.answering.wire import AnswerJson, PassageJson, RouteJson
from copilot.http.queueing.desk import Asking
from copilot.http.queueing.fair import Waiting
from copilot.http.services import Asker, Services, ServicesOf
from copilot.http.streaming import EventStream, sse, unless_gone
from copilot.http.talks import kept_as
from copilot.http.wire import AskBody, EvidenceJson, QueueJson, TokenJson

router = APIRouter(tags=["ask"])

_Question = Annotated[
    AskBody,
    Body(
        openapi_examples={
            "a question": {"value": {"question": "What does F0012 mean?"}},
            "a follow-up": {"value": {"question": "And F0013?", "conversation": "3f2a9c1b"}},
            "without a model": {"value": {"question": "How do I replace the brake?", "use_model": False}},
        }
    ),
]

_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


@router.post("/v1/ask", response_model=AnswerJson, responses=_STREAM)
async def ask(body: _Question, request: Request, services: ServicesOf, caller: Asker) -> Response:
    """Answer a question from the documents, with citations.

    With `Accept: text/event-stream` the answer comes as events: `evidence`, `queue` (while others are before it),
    `route`, `token`…, `answer`, or `error`. Going away stops the model.
    """
    question = validate(body.question)
    options = AskOptions(
        k=body.k,
        filter=await services.finder.scope(caller, body.collections, body.documents, body.languages),
        use_model=body.use_model and services.use_model,
        conversation=kept_as(caller, body.conversation) if body.conversation else None,
        detail=body.detail,
        wish=body.wish,
        deadline_s=body.deadline_s,
    )
    asking = services.ask(question, options, caller)
    if "text/event-stream" not in request.headers.get("accept", ""):
        async with asking:
            answer = await unless_gone(request, asking.answer())
        told = AnswerJson.of(answer, body.conversation, services.assembly.ages())
        return Response(told.model_dump_json(), media_type="application/json")
    try:
        await asking.begun()
    except BaseException:
        await asking.aclose()
        raise
    return EventStream(_events(asking, body.conversation, services), asking.aclose)


async def _events(asking: Asking, conversation: str | None, services: Services) -> AsyncIterator[bytes]:
    async for event in asking:
        yield event_bytes(event, conversation, services)


def event_bytes(event: Event | Waiting, conversation: str | None, services: Services) -> bytes:
    """An event of an answer as it is sent."""
    match event:
        case Evidence(result):
            ages = services.assembly.ages() if result.passages else None
            passages = tuple(PassageJson.of(passage, ages) for passage in result.passages)
            return sse("evidence", EvidenceJson(passages=passages, notices=result.notices))
        case Waiting(position, expected_wait_s):
            return sse("queue", QueueJson(position=position, expected_wait_s=expected_wait_s))
        case Route(target, reason):
            return sse("route", RouteJson(target=target, reason=reason))
        case Token(text, quoted):
            return sse("token", TokenJson(text=text, quoted=quoted))
        case Answer():
            ages = services.assembly.ages() if event.evidence.passages else None
            return sse("answer", AnswerJson.of(event, conversation, ages))
