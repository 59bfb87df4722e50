"""The one answer flow over a small real index: what comes when, and what is said when something is missing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from copilot.answering.confidence import Calibration
from copilot.answering.conversation import sources_of
from copilot.answering.conversations import Conversations, cited_of
from copilot.answering.events import Answer, Event, Evidence, Route, Token
from copilot.answering.excerpts import Excerpts
from copilot.answering.flow import AskOptions, Copilot
from copilot.answering.turns import Turn
from copilot.answering.wire import AnswerJson
from copilot.engines.base import Prompt, ReadingEngine
from index.errors import EngineError, ModelMissing, NetworkError, QuestionError
from index.search import Searcher
from index.store import Store
from tests.copilot.answering.conftest import BuildCopilot, by_the_reader
from tests.copilot.answering.scripted import ScriptedChat, ScriptedReader, Source

TORQUE = "To what torque are the screws of the brake tightened?"


async def events_of(copilot: Copilot, question: str, options: AskOptions | None = None) -> list[Event]:
    return [event async for event in copilot.ask(question, options)]


async def answer_to(copilot: Copilot, question: str, options: AskOptions | None = None) -> Answer:
    last = (await events_of(copilot, question, options))[-1]
    assert isinstance(last, Answer)
    return last


def shown(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Token))


def knows(word: str) -> ScriptedReader:
    """A reader that says yes to excerpts with ``word``."""
    return ScriptedReader(
        [" They are tightened", " to 9.5 Nm."], lambda prompt: 5.0 if word in prompt.context else -5.0
    )


async def test_events_come_in_order_evidence_route_tokens_answer(build: BuildCopilot) -> None:
    events = await events_of(build(Source(knows("9.5 Nm"))), TORQUE)

    kinds = [type(event) for event in events]
    assert kinds[:2] == [Evidence, Route]
    assert kinds[-1] is Answer
    assert set(kinds[2:-1]) == {Token}


async def test_evidence_comes_before_the_engine_is_even_asked_for(build: BuildCopilot) -> None:
    source = Source(knows("9.5 Nm"))
    events = build(source).ask(TORQUE)

    first = await anext(events)

    assert isinstance(first, Evidence)
    assert any("9.5 Nm" in passage.text for passage in first.result.passages)
    assert source.asked == 0
    await events.aclose()


async def test_a_written_answer_is_tied_to_the_passage_that_was_read(build: BuildCopilot) -> None:
    answer = await answer_to(build(Source(knows("9.5 Nm"))), TORQUE)

    assert answer.status == "grounded"
    assert answer.text.startswith("They are tightened to 9.5 Nm. [1]")
    assert "9.5 Nm" in answer.citations[0].passage.text
    assert answer.unverified == ()
    assert answer.model == "scripted"
    assert (answer.timings.prompt_tokens, answer.timings.answer_tokens) == (100, 2)


async def test_what_is_streamed_is_what_the_answer_says(build: BuildCopilot) -> None:
    events = await events_of(build(Source(knows("9.5 Nm"))), TORQUE)

    answer = events[-1]
    assert isinstance(answer, Answer)
    assert shown(events).split() == answer.text.split()


async def test_a_number_that_is_not_in_the_passage_is_marked(build: BuildCopilot) -> None:
    reader = ScriptedReader([" The screws of the brake are tightened to 95 Nm."], lambda _prompt: 5.0)

    answer = await answer_to(build(Source(reader)), TORQUE)

    assert answer.unverified == ("95 Nm",)
    assert "95 Nm [unverified]" in answer.text


async def test_the_passage_that_the_reader_chooses_is_cited_not_the_first_found(build: BuildCopilot) -> None:
    reader = ScriptedReader([" F0013 is too warm."], lambda prompt: 5.0 if "2800 rpm" in prompt.context else -5.0)

    answer = await answer_to(build(Source(reader)), "brake fan speed of the motor")

    assert {citation.passage.title for citation in answer.citations} == {"Ventra fan"}


async def test_where_the_reader_says_no_to_all_the_answer_abstains_and_names_the_nearest(build: BuildCopilot) -> None:
    reader = knows("no such words")

    events = await events_of(build(Source(reader)), TORQUE)

    answer = events[-1]
    assert isinstance(answer, Answer)
    assert answer.status == "abstained"
    assert answer.citations == ()
    assert "Halden H40" in answer.text
    assert shown(events).split() == answer.text.split()
    assert reader.prompts == [], "nothing was written"
    assert answer.timings.answer_tokens == 0


async def test_who_is_refused_an_answer_sees_what_came_nearest_as_a_quote_that_is_cited_for_nothing(
    build: BuildCopilot,
) -> None:
    answer = await answer_to(build(Source(knows("no such word"))), TORQUE)

    assert answer.status == "abstained"
    assert "> " in answer.text
    assert answer.citations == ()
    quoted = [line.removeprefix("> ") for line in answer.text.splitlines() if line.startswith("> ")]
    assert all(any(line in passage.text for passage in answer.evidence.passages) for line in quoted if line != "…")


async def test_where_the_reader_is_unsure_the_document_is_quoted_and_the_model_writes_nothing(
    store: Store,
) -> None:
    reader = knows("9.5 Nm")
    unsure = Calibration(tier="standard", weights={"yes_logit": 0.01}, answer_above=0.4, write_above=0.9)
    copilot = Copilot(Searcher(store, None), Excerpts(store), Source(reader), calibration=lambda _tier: unsure)

    answer = await answer_to(copilot, TORQUE)

    assert answer.status == "grounded"
    assert all(line.startswith("> ") for line in answer.text.splitlines())
    assert reader.prompts == []
    assert len(answer.citations) == 1


async def test_counts_of_an_earlier_reply_are_not_told_for_an_answer_without_one(build: BuildCopilot) -> None:
    reader = knows("9.5 Nm")
    copilot = build(Source(reader))
    await answer_to(copilot, TORQUE)

    answer = await answer_to(copilot, "How fast is the fan?")

    assert answer.status == "abstained"
    assert (answer.timings.prompt_tokens, answer.timings.answer_tokens) == (0, 0)


async def test_nothing_found_is_said_and_no_engine_is_asked_for(build: BuildCopilot) -> None:
    source = Source(knows("9.5 Nm"))

    answer = await answer_to(build(source), "zyzzyva quokka")

    assert answer.status == "abstained"
    assert answer.evidence.passages == ()
    assert answer.text
    assert source.asked == 0


async def test_without_an_engine_the_documents_are_quoted_letter_for_letter(build: BuildCopilot) -> None:
    answer = await answer_to(build(None), TORQUE)

    assert answer.route.target == "quotes"
    assert answer.model is None
    assert answer.status == "grounded"
    (citation,) = answer.citations
    for line in citation.quote.splitlines():
        assert line == "…" or line in citation.passage.text
    assert "9.5 Nm" in answer.text


async def test_quoting_by_wish_asks_for_no_engine(build: BuildCopilot) -> None:
    source = Source(knows("9.5 Nm"))

    answer = await answer_to(build(source), TORQUE, AskOptions(use_model=False))

    assert answer.route.target == "quotes"
    assert source.asked == 0


async def test_a_missing_model_is_the_reason_why_documents_are_quoted(build: BuildCopilot) -> None:
    missing = ModelMissing("The model is not here.", "Pull it.")

    events = await events_of(build(Source(missing)), TORQUE)

    route, answer = events[1], events[-1]
    assert isinstance(route, Route)
    assert isinstance(answer, Answer)
    assert route.target == "quotes"
    assert "The model is not here." in route.reason
    assert "Pull it." in route.reason
    assert answer.status == "grounded"


FAILURES = {
    "before a word": [EngineError("The text is longer than the model's context.", "Ask for less.")],
    "in the middle": [" The screws", NetworkError("The server broke off.", "Ask again.")],
}


@pytest.mark.parametrize("script", FAILURES.values(), ids=FAILURES)
async def test_a_model_that_fails_costs_nobody_the_answer(script: list[str | Exception], build: BuildCopilot) -> None:
    engine = ScriptedChat(script)

    events = await events_of(build(Source(engine)), TORQUE)

    answer = events[-1]
    assert isinstance(answer, Answer)
    assert answer.status == "grounded"
    assert answer.route.target == "quotes"
    assert answer.model is None
    assert "9.5 Nm" in answer.text
    assert str(script[-1]).split(". ")[0] in answer.notices[0]
    assert shown(events).endswith(answer.text)


async def test_a_fault_of_the_program_is_not_hidden(build: BuildCopilot) -> None:
    with pytest.raises(ZeroDivisionError):
        await answer_to(build(Source(ScriptedChat([ZeroDivisionError()]))), TORQUE)


@pytest.mark.parametrize("script", [["NONE"], ["NO", "NE."], [" none", " "]])
async def test_an_engine_that_can_t_judge_says_none_and_nobody_sees_the_word(
    script: list[str], build: BuildCopilot
) -> None:
    events = await events_of(build(Source(ScriptedChat(script))), TORQUE)

    answer = events[-1]
    assert isinstance(answer, Answer)
    assert answer.status == "abstained"
    assert "none" not in shown(events).lower()
    assert shown(events) == answer.text


@pytest.mark.parametrize("script", [["No"], ["no", "ne of them"], ["Non", "etheless, 9.5 Nm."]])
async def test_words_that_only_begin_like_none_are_an_answer(script: list[str], build: BuildCopilot) -> None:
    events = await events_of(build(Source(ScriptedChat(script))), TORQUE)

    assert shown(events).lower().startswith("".join(script).lower())


async def test_an_engine_that_can_t_judge_gets_every_passage_at_once(build: BuildCopilot) -> None:
    engine = ScriptedChat(["They are tightened to 9.5 Nm."])

    answer = await answer_to(build(Source(engine)), TORQUE)

    (prompt,) = engine.prompts
    assert not isinstance(engine, ReadingEngine)
    for passage in answer.evidence.passages[:3]:
        assert passage.text in prompt.context
    assert TORQUE in prompt.question


@pytest.mark.parametrize(
    "script",
    [
        [" The excerpt states that they", " are tightened to 9.5 Nm."],
        [" The", " excerpt", " says", " that", " they are tightened to 9.5 Nm."],
    ],
)
async def test_a_model_that_speaks_of_its_excerpt_is_brought_to_the_point(
    script: list[str], build: BuildCopilot
) -> None:
    events = await events_of(build(Source(ScriptedReader(script, lambda _prompt: 5.0))), TORQUE)

    assert shown(events).startswith("They are tightened to 9.5 Nm.")


async def test_closing_the_events_stops_the_model_at_once(build: BuildCopilot) -> None:
    engine = ScriptedChat(["They are", " tightened"], endless=True)
    events = build(Source(engine)).ask(TORQUE)
    while not isinstance(await anext(events), Token):
        pass

    await events.aclose()

    assert engine.closed_streams == 1


async def test_cancelling_while_the_model_thinks_stops_it(build: BuildCopilot) -> None:
    engine = ScriptedChat([], endless=True)
    asking = asyncio.create_task(events_of(build(Source(engine)), TORQUE))
    await engine.begun.wait()

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert engine.closed_streams == 1


async def test_a_follow_up_is_searched_and_read_with_what_was_asked_before(
    build: BuildCopilot, conversations: Conversations
) -> None:
    reader = knows("F0013")
    copilot = build(Source(reader))
    options = AskOptions(conversation="c1")
    await answer_to(copilot, "What does fault F0012 of the brake mean?", options)

    answer = await answer_to(copilot, "And F0013?", options)

    assert "F0012" in answer.evidence.query
    assert "What does fault F0012 of the brake mean?" in reader.prompts[-1].question
    assert [turn.question for turn in conversations.turns("c1")] == [
        "What does fault F0012 of the brake mean?",
        "And F0013?",
    ]


async def test_whoever_keeps_the_history_may_bring_it_and_nothing_of_it_may_leave(
    build: BuildCopilot, conversations: Conversations
) -> None:
    reader = knows("F0013")
    told = (Turn("What does fault F0012 of the brake mean?", "The brake did not release."),)

    answer = await answer_to(build(Source(reader)), "And F0013?", AskOptions(history=told))

    assert "F0012" in answer.evidence.query
    assert "The brake did not release." in reader.prompts[-1].question
    assert answer.sources is None  # nobody knows what the words of that history were taken from


@pytest.mark.parametrize(("wished", "given"), [(None, 64), (7, 7), (200, 200), (100_000, 256)])
async def test_a_wished_length_holds_within_the_policy(build: BuildCopilot, wished: int | None, given: int) -> None:
    reader = knows("9.5 Nm")

    await answer_to(build(Source(reader)), TORQUE, AskOptions(max_tokens=wished))

    assert reader.options[0].max_tokens == given


async def test_what_was_asked_before_never_changes_the_prefix(build: BuildCopilot) -> None:
    reader = knows("F0012")
    copilot = build(Source(reader))
    options = AskOptions(conversation="c1")
    await answer_to(copilot, "What does fault F0012 of the brake mean?", options)
    await answer_to(copilot, "And what is to be done about F0012 then?", options)

    first, second = reader.prompts

    assert (first.system, first.context) == (second.system, second.context)


async def test_a_conversation_that_can_t_be_kept_costs_a_notice_not_the_answer(store: Store, tmp_path: Path) -> None:
    damaged = tmp_path / "conversations.db"
    damaged.write_bytes(b"no database at all" * 1000)
    copilot = Copilot(
        Searcher(store, None), Excerpts(store), None, conversations=Conversations(damaged), calibration=by_the_reader
    )

    answer = await answer_to(copilot, TORQUE, AskOptions(conversation="c1"))

    assert answer.status == "grounded"
    assert any("conversation" in notice for notice in answer.notices)
    assert damaged.read_bytes().startswith(b"no database"), "nothing of it was thrown away"


@pytest.mark.parametrize("question", ["", "  \n", "\0\x07", "?!…", "x" * 100_000])
async def test_what_is_no_question_is_refused_before_anything_is_searched(question: str, build: BuildCopilot) -> None:
    with pytest.raises(QuestionError) as told:
        await events_of(build(None), question)

    assert told.value.remedy


HOSTILE = {
    "control characters": "What does\x00 F0012\x1b[31m mean?\r\n",
    "another language": "Was bedeutet F0012?",
    "another script": "F0012 とは何ですか",
    "quotes and operators of a search": '"F0012" AND (NOT * OR NEAR/3) \'; DROP TABLE chunks; --',
    "emoji": "🔧 F0012 🔥?",
}


@pytest.mark.parametrize("question", HOSTILE.values(), ids=HOSTILE)
async def test_any_question_with_an_identifier_finds_its_passage(question: str, build: BuildCopilot) -> None:
    answer = await answer_to(build(None), question)

    assert any("F0012" in passage.text for passage in answer.evidence.passages)


async def test_the_json_of_an_answer_has_the_documented_form(build: BuildCopilot) -> None:
    answer = await answer_to(build(Source(knows("9.5 Nm"))), TORQUE)

    data = AnswerJson.of(answer).model_dump(mode="json")

    assert set(data) >= {"status", "text", "citations", "evidence", "unverified", "route", "model", "timings"}
    assert set(data["citations"][0]) == {"n", "document", "section", "page", "quote"}
    assert set(data["evidence"][0]) == {
        "rank", "score", "document", "title", "section", "page", "text", "chunk_id", "collection",
        "revision", "synced_at",
    }  # fmt: skip
    assert set(data["route"]) == {"target", "reason"}
    assert set(data["timings"]) == {
        "first_evidence_ms", "first_token_ms", "total_ms", "prompt_tokens", "answer_tokens",
    }  # fmt: skip
    assert data["evidence"][0]["section"][-1]


async def test_warm_passages_are_read_together_and_cold_ones_only_until_one_is_good(build: BuildCopilot) -> None:
    reader = ScriptedReader([" Yes."], lambda _prompt: 9.0)
    copilot = build(Source(reader))

    await answer_to(copilot, "the brake and the fan and the motor")

    assert reader.read_batches == [1], "the first was good enough"


async def test_a_turn_keeps_the_answer_as_it_was_shown(build: BuildCopilot, conversations: Conversations) -> None:
    answer = await answer_to(build(None), TORQUE, AskOptions(conversation="c1"))

    sources = sources_of(TORQUE, answer.evidence.passages, ())
    assert sources
    turn = Turn(TORQUE, answer.text, answer.status, sources, cited_of(answer.citations))
    assert turn.cited
    assert conversations.turns("c1") == [turn]


def test_the_scripted_engines_are_what_they_stand_for() -> None:
    assert isinstance(knows("x"), ReadingEngine)
    assert Prompt("", "", "").reply == ""
