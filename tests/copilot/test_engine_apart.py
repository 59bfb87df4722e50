"""The language model of an endpoint that stays up: in a process of its own, tried again, and never in the way."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from copilot.answering.events import Answer, Token
from copilot.assembly import Assembly
from copilot.engines.base import WatchedEngine
from copilot.engines.child import ChildEngine
from copilot.engines.llama.engine import LlamaEngine
from copilot.library.indexing import Indexing, Order
from copilot.settings import Settings
from index.errors import EdgeCopilotError, ModelMissing

WAIT_S = 60.0


@pytest.fixture
def settings(data_dir: Path, tmp_path: Path) -> Callable[..., Settings]:
    def load(**engine: object) -> Settings:
        given = {"engine.threads": 1, "engine.context": 2048, "engine.gpu_layers": 0, "embedding.kind": "none"}
        return Settings.load(overrides=given | {f"engine.{key}": value for key, value in engine.items()})

    return load


@pytest.mark.model
@pytest.mark.parametrize(
    ("process", "stays_up", "kind"),
    [
        ("auto", True, ChildEngine),
        ("auto", False, LlamaEngine),
        ("child", False, ChildEngine),
        ("inside", True, LlamaEngine),
    ],
)
async def test_the_setting_says_where_the_model_runs_and_auto_means_apart_for_what_stays_up(
    settings: Callable[..., Settings], tiny_model: Path, process: str, stays_up: bool, kind: type
) -> None:
    async with Assembly(settings(process=process, model=str(tiny_model)), stays_up=stays_up) as assembly:
        engine = await assembly.engine()

        assert isinstance(engine, kind)
        assert isinstance(engine, WatchedEngine) == (kind is ChildEngine)


@pytest.mark.model
async def test_a_question_over_which_the_model_dies_is_answered_from_the_documents(
    settings: Callable[..., Settings], tiny_model: Path, tmp_path: Path
) -> None:
    manual = tmp_path / "manual.md"
    manual.write_text("# Faults\n\nF0012 means that the brake did not release. Check the supply of the brake.\n")
    chosen = settings(process="child", model=str(tiny_model), tier="tiny")
    async with Assembly(chosen) as assembly:
        Indexing(chosen, None).run(Order((manual,)))
        engine = await assembly.engine()
        assert isinstance(engine, ChildEngine)

        async def ask(interfere: Callable[[], None]) -> Answer:
            last: Answer | None = None
            async for event in assembly.copilot().ask("What does F0012 mean?"):
                interfere()
                last = event if isinstance(event, Answer) else last
                assert not isinstance(event, Token) or event.text is not None
            assert last is not None
            return last

        def kill() -> None:
            if (pid := engine.health.pid) is not None:
                os.kill(pid, signal.SIGKILL)

        answer = await asyncio.wait_for(ask(kill), WAIT_S)

        assert "did not release" in answer.text
        assert answer.route.target == "quotes"


async def test_a_model_that_was_missing_is_looked_for_again_where_the_endpoint_stays_up(
    settings: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copilot.assembly.TRY_AGAIN_S", 0.0)
    missing = tmp_path / "fetched later.gguf"
    for stays_up, again in ((True, "too short"), (False, "There is no model")):
        missing.unlink(missing_ok=True)
        async with Assembly(settings(model=str(missing), process="inside"), stays_up=stays_up) as assembly:
            with pytest.raises(ModelMissing):
                await assembly.engine()
            missing.write_bytes(b"something")

            with pytest.raises(EdgeCopilotError, match=again):
                await assembly.engine()
