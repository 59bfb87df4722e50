"""Programs that speak OpenAI's interface, as their users would set them up: nothing of them is changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.llms.openai import OpenAI
from llama_index.llms.openai_like import OpenAILike

from tests.copilot.http.conftest import Running

QUESTION = "What does F0012 mean?"


@pytest.fixture
def llm(no_model: Running, tmp_path: Path) -> Callable[..., str]:
    """Simon Willison's ``llm`` with a folder of its own, where ``edge`` is this endpoint."""
    (tmp_path / "extra-openai-models.yaml").write_text(
        f"- model_id: edge\n  model_name: edge-copilot\n  api_base: {no_model.url}/v1\n"
    )

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "llm", *arguments],
            env=os.environ | {"LLM_USER_PATH": str(tmp_path)},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_llm_asks_and_continues(llm: Callable[..., str]) -> None:
    assert "edge" in llm("models")

    streamed = llm("-m", "edge", "--key", "any", QUESTION)
    whole = llm("-m", "edge", "--key", "any", "--no-stream", QUESTION)
    follow_up = llm("-m", "edge", "--key", "any", "-c", "and F0013?")

    assert "F0012" in streamed
    assert "[1]" in streamed
    assert streamed == whole
    assert "F0013" in follow_up
    logged = json.loads(llm("logs", "--json", "-n", "1"))
    assert logged[0]["model"] == "edge"


def test_llamaindexs_openai_class_answers_completes_and_streams(no_model: Running) -> None:
    model = OpenAI(model="gpt-4o-mini", api_base=f"{no_model.url}/v1", api_key="any", max_retries=0)
    messages = [
        ChatMessage(role=MessageRole.SYSTEM, content="You are helpful."),
        ChatMessage(role=MessageRole.USER, content=QUESTION),
    ]

    answer = model.chat(messages).message.content
    completed = model.complete(QUESTION).text
    pieces = [piece.delta or "" for piece in model.stream_chat(messages)]

    assert answer is not None
    assert "F0012" in answer
    assert completed == answer == "".join(pieces)
    assert len(pieces) > 1


async def test_llamaindexs_openai_like_class_answers_by_our_own_names(no_model: Running) -> None:
    model = OpenAILike(
        model="edge-copilot-quotes", api_base=f"{no_model.url}/v1", api_key="any", is_chat_model=True, max_retries=0
    )

    answer = (await model.acomplete(QUESTION)).text
    streamed = [piece.delta or "" async for piece in await model.astream_complete(QUESTION)]

    assert "F0012" in answer
    assert "".join(streamed) == answer
