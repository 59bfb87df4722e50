"""``POST /v1/feedback``: what a person thinks of an answer, for the hub."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body
from pydantic import Field

from copilot.answering.question import MAX_CHARACTERS
from copilot.http.services import Asker, ServicesOf
from copilot.http.talks import kept_as
from copilot.http.wire import Conversation, Wire
from copilot.uploading.hard import rated, rated_words
from sync.outbox import Receipt

router = APIRouter(tags=["feedback"])

_NOBODY = "There is no hub to tell: outbox.url is empty."


class FeedbackBody(Wire):
    """``POST /v1/feedback``."""

    question: str = Field(max_length=MAX_CHARACTERS, examples=["What does F0012 mean?"])
    answer: str = Field(max_length=100_000, description="The text of the answer, as it came.")
    rating: Literal["good", "bad"]
    comment: str = Field(default="", max_length=10_000, description="What would be right.")
    conversation: Conversation | None = None


class FeedbackJson(Wire):
    """What became of it."""

    kept: bool = Field(description="Whether it waits for the hub now.")
    id: str | None = Field(description="Of the item in the outbox.")
    notice: str = Field(description="A sentence for the person, or empty.")


_Feedback = Annotated[
    FeedbackBody,
    Body(
        openapi_examples={
            "wrong": {
                "value": {
                    "question": "What does F0012 mean?",
                    "answer": "The brake did not release within 400 ms. [1]",
                    "rating": "bad",
                    "comment": "Since firmware 3 it is 250 ms.",
                }
            }
        }
    ),
]


@router.post("/v1/feedback")
async def feedback(body: _Feedback, services: ServicesOf, caller: Asker) -> FeedbackJson:
    """Tell the hub what somebody thinks of an answer, within what the outbox policy lets go.

    What the answer was made from decides whether the policy lets it go; where that isn't known any more, it stays here.
    """
    uploading = services.assembly.uploading
    if not uploading.configured:
        return FeedbackJson(kept=False, id=None, notice=_NOBODY)
    answer = services.recent.find(caller.key, body.answer)

    def keep() -> Receipt:
        if answer is not None:
            return uploading.put(rated(answer, body.rating, body.comment))
        kept = kept_as(caller, body.conversation) if body.conversation else None
        turns = services.assembly.conversations.turns(kept) if kept is not None else []
        turn = next((one for one in reversed(turns) if one.answer.strip() == body.answer.strip()), None)
        sources = turn.sources if turn is not None else None
        return uploading.put(rated_words(body.question, body.answer, body.rating, body.comment, sources))

    receipt = await services.keeping.run(keep, caller.client)
    return FeedbackJson(kept=receipt.id is not None, id=receipt.id, notice=receipt.notice)
