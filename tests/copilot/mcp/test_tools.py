"""The tools, called by the SDK's own client in this process."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from copilot.answering.context import Offer
from copilot.answering.flow import Copilot
from copilot.assembly import Assembly
from copilot.library import Shelf
from copilot.mcp import LocalHost, build_server
from copilot.settings import Settings
from index.documents import AccessLabel
from index.passages import SearchFilter, SearchResult

Connected = AbstractAsyncContextManager[tuple[Client, Assembly]]


@asynccontextmanager
async def _connected(restricted: bool) -> AsyncIterator[tuple[Client, Assembly]]:
    async with Assembly(Settings.load(overrides={"embedding.kind": "none"})) as assembly:
        server = build_server(LocalHost(assembly, use_model=False), restricted=restricted)
        async with Client(server) as client:
            yield client, assembly


@pytest.fixture
def connect(indexed: Path) -> Callable[..., Connected]:
    """Connect to a server of this process: ``async with connect(restricted=True) as (client, assembly)``."""
    return lambda *, restricted=False: _connected(restricted)


Connect = Callable[..., Connected]


async def called(client: Client, name: str, **arguments: Any) -> Any:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    return result.structured_content


async def refused(client: Client, name: str, **arguments: Any) -> str:
    result = await client.call_tool(name, arguments)
    assert result.is_error
    return result.content[0].text


async def test_four_tools_say_what_they_take_and_which_of_them_only_read(connect: Connect) -> None:
    async with connect() as (client, _):
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}

        assert set(tools) == {"search", "read_passage", "ask", "add_note"}
        assert [name for name, tool in tools.items() if not tool.annotations.read_only_hint] == ["add_note"]
        for tool in tools.values():
            assert tool.description
            assert tool.output_schema
            assert "ctx" not in tool.input_schema["properties"]
            assert all("description" in one for one in tool.input_schema["properties"].values())


async def test_search_then_read(connect: Connect) -> None:
    async with connect() as (client, _):
        found = await called(client, "search", query="F0012", k=2)
        first = found["passages"][0]
        opened = await called(client, "read_passage", chunk_id=first["chunk_id"])

        assert "400 ms" in first["text"]
        assert opened["section"] == first["section"]
        assert "24 V" in opened["section_text"]
        after = await called(client, "read_passage", chunk_id=opened["after"])
        assert "gearbox" in after["text"]
        assert after["before"] == opened["chunk_id"]


async def test_ask_answers_with_citations_and_tells_what_it_has_found_meanwhile(connect: Connect) -> None:
    async with connect() as (client, _):
        told: list[str | None] = []

        async def progress(_done: float, _total: float | None, message: str | None) -> None:
            told.append(message)

        result = await client.call_tool("ask", {"question": "What does F0012 mean?"}, progress_callback=progress)

        answer = result.structured_content
        assert answer["status"] == "grounded"
        assert "did not release" in answer["text"]
        assert answer["citations"][0]["document"].endswith("halden.md")
        assert told
        assert told[0] is not None
        assert "found" in told[0]


async def test_a_note_is_kept_and_found_with_later_questions(connect: Connect) -> None:
    async with connect() as (client, assembly):
        kept = await called(
            client, "add_note", text="Brake coil replaced on H40, was open circuit.", machine="H40", tags=["brake"]
        )

        note = assembly.notes.get(kept["id"])
        assert (note.text, note.machine, note.tags) == (
            "Brake coil replaced on H40, was open circuit.",
            "H40",
            ("brake",),
        )


async def test_what_is_restricted_is_not_there_for_an_assistant(connect: Connect) -> None:
    async with connect(restricted=True) as (shown, _), connect() as (client, _):
        secret = next(
            one
            for one in (await called(shown, "search", query="margin on the gearbox"))["passages"]
            if one["collection"] == "prices"
        )

        found = await called(client, "search", query="margin on the gearbox")
        assert {one["collection"] for one in found["passages"]} <= {"halden"}
        answer = await called(client, "ask", question="What is the margin on the gearbox?")
        assert "38" not in answer["text"]
        assert {one["collection"] for one in answer["evidence"]} <= {"halden"}
        assert "no such passage" in await refused(client, "read_passage", chunk_id=secret["chunk_id"])
        for tool, question in (("search", {"query": "margin"}), ("ask", {"question": "margin?"})):
            assert "no collection" in await refused(client, tool, **question, collections=["prices"])
        assert "38 percent" in (await called(shown, "ask", question="What is the margin on the gearbox?"))["text"]


class Beside:
    """Something restricted that lies beside the index, as a note does: offered unless collections are named."""

    def offers(self, question: str, found: SearchResult, filter: SearchFilter) -> Sequence[Offer]:
        if filter.collections:
            return ()
        first = found.passages[0]
        text = "F0012 comes of a sticking brake, told by customer Meyer."
        note = replace(first, text=text, collection="notes", access=AccessLabel.RESTRICTED, end=len(text))
        return [Offer(note, "first")]


class BesideHost(LocalHost):
    def __init__(self, assembly: Assembly) -> None:
        super().__init__(assembly)
        self._copilot = Copilot(assembly.searcher, assembly.excerpts, None, context=[Beside()])


@pytest.mark.parametrize("restricted", [False, True])
async def test_what_is_restricted_beside_the_index_is_left_out_too(indexed: Path, restricted: bool) -> None:
    settings = Settings.load(overrides={"embedding.kind": "none"})
    Shelf(settings).remove_collection("prices")  # so that nothing in the index calls for care
    async with Assembly(settings) as assembly:
        server = build_server(BesideHost(assembly), restricted=restricted)
        async with Client(server) as client:
            answer = await called(client, "ask", question="What does F0012 mean?", collections=[])

            assert ("Meyer" in str(answer)) == restricted
            assert answer["evidence"]


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("search", {"query": "…"}, "empty"),
        ("search", {"query": "brake", "collections": ["nowhere"]}, "There are: halden"),
        ("search", {"query": "brake", "k": 0}, "k"),
        ("search", {}, "query"),
        ("read_passage", {"chunk_id": 10**9}, "no such passage"),
        ("ask", {"question": ""}, "empty"),
        ("add_note", {"text": ""}, "text"),
    ],
)
async def test_what_cannot_be_done_is_said_in_words(
    connect: Connect, tool: str, arguments: dict[str, Any], told: str
) -> None:
    async with connect() as (client, _):
        assert told in await refused(client, tool, **arguments)


async def test_without_an_index_the_assistant_is_told_what_is_missing(data_dir: Path) -> None:
    async with Assembly(Settings.load()) as assembly, Client(build_server(LocalHost(assembly))) as client:
        assert "ingest" in await refused(client, "search", query="brake")


async def test_making_a_server_leaves_the_logging_of_the_program_alone(connect: Connect) -> None:
    before = list(logging.getLogger().handlers)

    async with connect():
        pass

    assert logging.getLogger().handlers == before
