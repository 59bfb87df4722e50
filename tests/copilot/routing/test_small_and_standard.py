"""The small tier as the device, `llama_cpp.server` with the standard model as "the cloud": real models all the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from copilot.answering.escalating import TAKEN_OVER
from copilot.answering.events import Answer, Event, Token
from copilot.answering.flow import AskOptions
from copilot.assembly import Assembly
from copilot.privacy.audit import FILE_NAME as AUDIT_FILE
from copilot.privacy.audit import AuditLog
from copilot.settings import Settings
from index.documents import AccessLabel
from index.ingest import Ingestor
from index.store import Store
from tests.copilot.engines.cloud.llama_server import llama_server
from tests.copilot.engines.cloud.servers import Fault, before

MANUALS = Path(__file__).parents[3] / "examples" / "manuals"
RESTRICTED = "# Handover\n\nThe lock of the spindle room opens with the turn code Osprey.\n"
QUESTION = "What does fault F0012 mean?"

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def standard(model_file: Callable[..., Path]) -> Iterator[str]:
    """The address of the larger model."""
    pytest.importorskip("starlette_context", reason="what llama_cpp.server needs is not installed")
    with llama_server(model_file("qwen2.5-coder-1.5b"), alias="standard", context=4096) as url:
        yield url


@pytest.fixture
def device(
    data_dir: Path, shared_models: Path, model_file: Callable[..., Path], tmp_path: Path
) -> Callable[[str], object]:
    """Opens a device with the small model and the example manuals, given the address of its endpoint."""
    model_file("qwen2.5-coder-0.5b")
    (tmp_path / "handover.md").write_text(RESTRICTED, "utf-8")
    data_dir.mkdir(parents=True)
    with Store.open(data_dir / "index.db") as store:
        Ingestor(store, None).run([MANUALS], collection="halden", access=AccessLabel.PUBLIC)
        secret = [tmp_path / "handover.md"]
        Ingestor(store, None).run(secret, collection="handover", access=AccessLabel.RESTRICTED)

    @asynccontextmanager
    async def open_device(url: str) -> AsyncIterator[Assembly]:
        (data_dir / "copilot.toml").write_text(
            '[engine]\ntier = "small"\n[embedding]\nkind = "none"\n[cloud]\nattempts = 1\nfirst_word_s = 300\n'
            f'next_word_s = 120\nwhole_s = 600\n[[cloud.endpoints]]\nname = "hq"\nbase_url = "{url}"\n'
            'model = "standard"\ntools = false\nmax_tokens = 48\n',
            "utf-8",
        )
        async with Assembly(Settings.load()) as assembly:
            yield assembly

    return open_device


async def asked(assembly: Assembly, question: str) -> tuple[Answer, str]:
    events: list[Event] = [event async for event in assembly.copilot().ask(question, AskOptions(wish="cloud"))]
    answer = events[-1]
    assert isinstance(answer, Answer)
    return answer, "".join(event.text for event in events if isinstance(event, Token))


async def test_the_larger_model_answers_over_the_devices_own_evidence(
    standard: str, device: Callable[[str], object], data_dir: Path
) -> None:
    async with device(standard) as assembly:
        answer, _ = await asked(assembly, QUESTION)
        entries = list(AuditLog(data_dir / AUDIT_FILE).requests())

    assert (answer.route.target, answer.model) == ("cloud", "standard at hq")
    assert answer.status == "escalated"
    assert answer.citations
    for citation in answer.citations:
        assert set(citation.quote.splitlines()) <= set(citation.passage.text.splitlines()), "a row with its head"
    assert answer.timings.prompt_tokens > 100
    assert [entry.outcome for entry in entries] == ["answered"]


async def test_where_the_link_dies_in_mid_answer_the_small_model_goes_on(
    standard: str, device: Callable[[str], object]
) -> None:
    async with before(standard, then=Fault(cut_after=900)) as proxy, device(proxy.url) as assembly:
        answer, shown = await asked(assembly, QUESTION)
        waiting = assembly.routing.questions.everything()

    assert answer.route.target == "queue"
    assert answer.model == "qwen2.5-coder-0.5b" or answer.model is None
    assert TAKEN_OVER in shown
    assert answer.text.strip()
    assert [one.waiting.question for one in waiting] == [QUESTION]


async def test_what_is_restricted_is_answered_by_the_small_model_alone(
    standard: str, device: Callable[[str], object], data_dir: Path
) -> None:
    async with before(standard) as proxy, device(proxy.url) as assembly:
        answer, _ = await asked(assembly, "With which code does the lock of the spindle room open?")
        sent = list(AuditLog(data_dir / AUDIT_FILE).requests())

    assert answer.route.target in ("local", "quotes")
    assert not sent
    assert "Osprey" in answer.text
