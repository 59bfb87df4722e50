"""``POST /v1/feedback``: what a person thinks of an answer, for the hub."""

from __future__ import annotations

import asyncio
from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from copilot.answering.question import MAX_CHARACTERS
from copilot.http.services import Asker, ServicesOf
from copilot.http.talks import kept_as
from copilot.http.wire import Conversation, Wire
from copilot.uploading.hard import rated, rated_words

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


@router.post("/v1/feedback")
async def feedback(body: FeedbackBody, services: ServicesOf, caller: Asker) -> FeedbackJson:
    """Tell the hub what somebody thinks of an answer, within what the outbox policy lets go.

    What the answer was made from decides whether the policy lets it go; where that isn't known any more, it stays here.
    """
    uploading = services.assembly.uploading
    if not uploading.configured:
        return FeedbackJson(kept=False, id=None, notice=_NOBODY)
    answer = services.recent.find(caller.key, body.answer)
    if answer is not None:
        draft = rated(answer, body.rating, body.comment)
    else:
        turns = []
        if (kept := kept_as(caller, body.conversation)) is not None:
            turns = await asyncio.to_thread(services.assembly.conversations.turns, kept)
        turn = next((one for one in reversed(turns) if one.answer.strip() == body.answer.strip()), None)
        draft = rated_words(body.question, body.answer, body.rating, body.comment, turn.sources if turn else None)
    receipt = await asyncio.to_thread(uploading.put, draft)
    return FeedbackJson(kept=True, id=receipt.id, notice=receipt.notice or "")
