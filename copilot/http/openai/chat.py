"""``POST /v1/chat/completions``: the answer flow, told as OpenAI tells it."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import time
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from copilot.answering.events import Answer, Evidence, Token
from copilot.answering.flow import AskOptions
from copilot.answering.question import validate
from copilot.answering.wire import AnswerJson, PassageJson
from copilot.engines.stopping import StopFilter
from copilot.http.openai.asking import Chosen, check, chosen, names, question_of
from copilot.http.openai.citing import annotated
from copilot.http.openai.failing import OpenAIRoute, error_body
from copilot.http.openai.wire import (
    Annotation,
    AnswerMessage,
    ChatBody,
    ChatChunk,
    ChatCompletion,
    Choice,
    Delta,
    DeltaChoice,
    Grounding,
    Progress,
    Usage,
)
from copilot.http.queueing.desk import Asking
from copilot.http.queueing.fair import Waiting
from copilot.http.services import Asker, Services, ServicesOf
from copilot.http.streaming import EventStream, unless_gone
from copilot.http.wire import QueueJson

router = APIRouter(tags=["openai"], route_class=OpenAIRoute)

_DONE: Final = b"data: [DONE]\n\n"
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells one answer.

    Attributes:
        id: Of the completion.
        created: Unix time in seconds.
        model: Name that was chosen.
        base: Address of this server as the client knows it, with a slash at the end.
        stops: Strings that end the text.
        with_usage: Whether a stream ends with its usage.
    """

    id: str
    created: int
    model: str
    base: str
    stops: tuple[str, ...]
    with_usage: bool

    def whole(self, answer: Answer, told: AnswerJson) -> ChatCompletion:
        """The answer in one piece."""
        shown = StopFilter(self.stops)
        text = shown.feed(answer.text) + shown.flush()
        message = AnswerMessage(content=text, annotations=self.annotations(text, answer))
        return ChatCompletion(
            id=self.id,
            created=self.created,
            model=self.model,
            choices=(Choice(message=message),),
            usage=_usage(answer),
            edge_copilot=_grounding(told),
        )

    async def stream(self, asking: Asking, services: Services) -> AsyncIterator[bytes]:
        """The answer as it is written: evidence, place in line, text, annotations, usage."""
        shown, text = StopFilter(self.stops), ""
        try:
            async for event in asking:
                match event:
                    case Evidence(result):
                        ages = services.assembly.ages() if result.passages else None
                        evidence = tuple(PassageJson.of(passage, ages) for passage in result.passages)
                        yield self._chunk(Delta(role="assistant", content=""), extra=Progress(evidence=evidence))
                    case Waiting(position, expected_wait_s):
                        place = QueueJson(position=position, expected_wait_s=expected_wait_s)
                        yield self._chunk(Delta(), extra=Progress(queue=place))
                    case Token(piece):
                        if piece := shown.feed(piece):
                            text += piece
                            yield self._chunk(Delta(content=piece))
                    case Answer():
                        if rest := shown.flush():
                            text += rest
                            yield self._chunk(Delta(content=rest))
                        ages = services.assembly.ages() if event.evidence.passages else None
                        yield self._chunk(
                            Delta(annotations=self.annotations(text, event)),
                            extra=_grounding(AnswerJson.of(event, None, ages)),
                            finished=True,
                        )
                        if self.with_usage:
                            yield self._event(self._bare(choices=(), usage=_usage(event)))
            yield _DONE
        except Exception as error:
            _, body = error_body(error)
            yield _data(body)

    def annotations(self, text: str, answer: Answer) -> tuple[Annotation, ...]:
        """Those of ``text``."""
        return annotated(text, answer.text, answer.citations, lambda chunk: f"{self.base}v1/passages/{chunk}")

    def _chunk(self, delta: Delta, extra: Progress | Grounding | None = None, *, finished: bool = False) -> bytes:
        choice = DeltaChoice(delta=delta, finish_reason="stop" if finished else None)
        return self._event(self._bare(choices=(choice,), edge_copilot=extra))

    def _bare(self, **fields: Any) -> ChatChunk:  # noqa: ANN401 - fields of the chunk
        return ChatChunk(id=self.id, created=self.created, model=self.model, **fields)

    def _event(self, chunk: ChatChunk) -> bytes:
        told = chunk.model_dump(mode="json", exclude_none=True, exclude={"edge_copilot"})
        for choice, one in zip(told["choices"], chunk.choices, strict=True):
            choice["finish_reason"] = one.finish_reason  # null until the end, and never left out
        if chunk.edge_copilot is not None:
            told["edge_copilot"] = chunk.edge_copilot.model_dump(mode="json", exclude_unset=True)
        return _data(told)


def _data(value: object) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode("utf-8", "replace")


def _usage(answer: Answer) -> Usage:
    return Usage.of(answer.timings.prompt_tokens, answer.timings.answer_tokens)


def _grounding(told: AnswerJson) -> Grounding:
    return Grounding(
        status=told.status,
        route=told.route,
        model=told.model,
        confidence=told.confidence,
        unverified=told.unverified,
        notices=told.notices,
        citations=told.citations,
        evidence=told.evidence,
    )


@router.post("/v1/chat/completions", response_model=ChatCompletion, responses=_STREAM)
async def chat_completions(body: ChatBody, request: Request, services: ServicesOf, caller: Asker) -> Response:
    """Answer the last message from the documents, for clients of OpenAI's interface.

    Citations come as annotations of the message, everything else that `POST /v1/ask` tells as `edge_copilot`. What was
    said before counts as in a conversation; instructions do not change how answers are made.
    """
    check(body)
    model = chosen(body.model, names(model=services.use_model, cloud=bool(services.settings.cloud.endpoints)))
    question, history = question_of(body.messages)
    wanted = AskOptions(
        k=body.k,
        filter=await services.finder.scope(caller, body.collections, body.documents, body.languages),
        use_model=model.use_model and services.use_model,
        detail=body.detail,
        wish=body.wish or model.wish,
        deadline_s=body.deadline_s,
        queue=False,  # nobody could fetch the answer later
        keep=False,
        history=history,
        max_tokens=body.max_completion_tokens or body.max_tokens,
    )
    teller = _teller(body, model, request)
    asking = services.ask(validate(question), wanted, caller)
    if not body.stream:
        async with asking:
            answer = await unless_gone(request, asking.answer())
        told = teller.whole(answer, AnswerJson.of(answer, None, services.assembly.ages()))
        return Response(told.model_dump_json(), media_type="application/json")
    try:
        await asking.begun()
    except BaseException:
        await asking.aclose()
        raise
    return EventStream(teller.stream(asking, services), asking.aclose)


def _teller(body: ChatBody, model: Chosen, request: Request) -> _Teller:
    stops = (body.stop,) if isinstance(body.stop, str) else body.stop or ()
    with_usage = body.stream_options is not None and body.stream_options.include_usage
    number = f"chatcmpl-{secrets.token_hex(12)}"
    return _Teller(number, int(time()), model.id, str(request.base_url), stops, with_usage)
