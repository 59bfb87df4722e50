"""The routes of OpenAI's interface, together."""

from __future__ import annotations

from fastapi import APIRouter

from copilot.http.openai import chat, embeddings, models

router = APIRouter()
for _part in (chat, models, embeddings):
    router.include_router(_part.router)
