"""The whole way of a question: decided, sent, answered, taken back, kept; over real sockets and a real index."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from copilot.answering.escalating import TAKEN_OVER
from copilot.answering.events import Answer, Event, Evidence, Route, Token
from copilot.answering.flow import AskOptions, Copilot
from copilot.privacy.policy import PrivacyPolicy, Pseudonymise
from copilot.routing.questions import Waiting
from copilot.routing.spending import Budget
from copilot.routing.surroundings import RoutePolicy
from index.errors import EngineError, ModelMissing
from index.passages import SearchFilter
from sync.device.rules import Conditions, QuietHours
from tests.copilot.answering.scripted import ScriptedReader
from tests.copilot.engines.cloud.servers import Answerer, Fault, before
from tests.copilot.routing.conftest import EASY, TORQUE, Bench, Clock, wishing

NOBODY = "http://127.0.0.1:9/v1"


async def events_of(copilot: Copilot, question: str, options: AskOptions | None = None) -> list[Event]:
    return [event async for event in copilot.ask(question, options)]


async def answer_to(copilot: Copilot, question: str, options: AskOptions | None = None) -> Answer:
    last = (await events_of(copilot, question, options))[-1]
    assert isinstance(last, Answer)
    return last


def shown(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Token))


async def test_a_hard_question_is_answered_by_the_larger_model_grounded_and_cited(
    build: Callable[..., object], server: Answerer
) -> None:
    async with build(server.url) as bench:
        events = await events_of(bench.copilot, TORQUE)

    answer = events[-1]
    assert isinstance(answer, Answer)
    assert [type(event) for event in events[:2]] == [Evidence, Route]
    assert (answer.status, answer.route.target, answer.model) == ("escalated", "cloud", "big at hq0")
    assert "9.5 Nm" in answer.text
    assert answer.citations[0].n == 1
    assert "9.5 Nm" in answer.citations[0].passage.text
    assert answer.unverified == ()
    assert answer.timings.answer_tokens == 12
    assert not bench.reader.prompts, "the local model read, but wrote nothing"
    assert bench.reader.read_batches


async def test_an_easy_question_stays_here_and_nothing_is_sent(build: Callable[..., object], server: Answerer) -> None:
    async with build(server.url, learned=EASY) as bench:
        events = await events_of(bench.copilot, TORQUE)

    answer = events[-1]
    assert isinstance(answer, Answer)
    assert (answer.status, answer.route.target, answer.model) == ("grounded", "local", "scripted")
    assert answer.text.startswith("They are tightened to 9.5 Nm. [1]")
    assert "probability" in answer.route.reason
    assert not server.bodies
    assert sum(isinstance(event, Route) for event in events) == 1


@pytest.mark.parametrize(
    ("wish", "policy", "target"),
    [
        ("local", RoutePolicy(threshold=0.0), "local"),
        ("auto", RoutePolicy(threshold=2.0), "local"),
        ("auto", RoutePolicy(threshold=0.0), "cloud"),
        ("cloud", RoutePolicy(threshold=2.0), "cloud"),
    ],
    ids=["a wish to stay", "never", "always", "a wish to ask"],
)
async def test_the_person_s_wish_goes_before_the_threshold(
    build: Callable[..., object], server: Answerer, wish: str, policy: RoutePolicy, target: str
) -> None:
    async with build(server.url, learned=EASY, policy=policy) as bench:
        answer = await answer_to(bench.copilot, TORQUE, wishing(wish))

    assert answer.route.target == target
    assert bool(server.bodies) == (target == "cloud")
    if target == "cloud":
        assert not bench.reader.read_batches, "who is asked anyhow need not wait for the local reading"


SECRETS = ["At what price is the takeover of Ventra agreed?", "What is the code word of the project?"]


@pytest.mark.parametrize("question", SECRETS)
@pytest.mark.parametrize("wish", ["auto", "cloud"])
async def test_what_is_restricted_stays_whatever_anybody_wishes(
    build: Callable[..., object], server: Answerer, question: str, wish: str
) -> None:
    async with build(server.url, trusted=True, policy=RoutePolicy(threshold=0.0)) as bench:
        answer = await answer_to(bench.copilot, question, wishing(wish, filter=SearchFilter(("ventra",))))
        told = await bench.copilot.explain(question, wishing(wish, filter=SearchFilter(("ventra",))))

    assert answer.route.target == "local"
    assert answer.status == "grounded"
    assert not server.bodies
    assert (told.target, told.payload) == ("local", None)
    assert not bench.queue.path.exists()


async def test_restricted_passages_among_others_are_left_out(build: Callable[..., object], server: Answerer) -> None:
    async with build(server.url) as bench:
        answer = await answer_to(bench.copilot, "What is greased, and what is tightened to which torque?")

    assert answer.route.target == "cloud"
    for body in server.bodies:
        for word in (b"Nightjar", b"takeover", b"GLY", b"winch"):
            assert word not in body


async def test_internal_passages_go_to_trusted_endpoints_alone(build: Callable[..., object], server: Answerer) -> None:
    question, there = "How often is the hoist winch greased?", AskOptions(filter=SearchFilter(("workshop",)))
    async with build(server.url) as bench:
        assert (await answer_to(bench.copilot, question, there)).route.target == "local"
    assert not server.bodies
    async with build(server.url, trusted=True) as bench:
        answer = await answer_to(bench.copilot, question, there)
    assert answer.route.target == "cloud"
    assert "700 hours" in answer.text


async def test_names_go_as_placeholders_and_come_back(build: Callable[..., object], server: Answerer) -> None:
    question = "To what torque are the screws of the brake tightened, asks ada.meier@halden.example?"
    async with build(server.url, privacy=PrivacyPolicy(pseudonymise=Pseudonymise())) as bench:
        answer = await answer_to(bench.copilot, question)

    assert answer.route.target == "cloud"
    assert b"ada.meier" not in server.bodies[0]
    assert "9.5 Nm" in answer.text


CUTS = {
    "cut at once": Fault(refused=True),
    "cut in the header": Fault(cut_after=60),
    "cut in mid-stream": Fault(cut_after=450),
    "silent in mid-stream": Fault(hang_after=450),
    "a fault of the server": Fault(instead=b"HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n"),
}


@pytest.mark.parametrize("fault", CUTS.values(), ids=CUTS)
async def test_where_the_link_dies_this_device_answers_and_the_question_waits(
    build: Callable[..., object], server: Answerer, fault: Fault
) -> None:
    async with before(server.url, then=fault) as proxy, build(proxy.url) as bench:
        events = await events_of(bench.copilot, TORQUE)
        waiting = bench.queue.everything()

    answer = events[-1]
    assert isinstance(answer, Answer)
    assert (answer.status, answer.route.target, answer.model) == ("queued", "queue", "scripted")
    assert answer.text.startswith("They are tightened to 9.5 Nm. [1]")
    assert [one.waiting.question for one in waiting] == [TORQUE]
    assert any("This device answers" in notice for notice in answer.notices)
    assert shown(events).endswith(answer.text.partition(" [1]")[2].strip() or answer.text)
    if fault.cut_after == 450 or fault.hang_after:
        assert TAKEN_OVER in shown(events), "who has seen half an answer is told"
    assert bench.reader.read_batches == [len(answer.evidence.passages[:3])] or len(bench.reader.read_batches) <= 3


async def test_an_endpoint_that_refuses_is_no_reason_to_ask_again_later(
    build: Callable[..., object], server: Answerer
) -> None:
    refused = Fault(instead=b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n")
    async with before(server.url, then=refused) as proxy, build(proxy.url) as bench:
        answer = await answer_to(bench.copilot, TORQUE)

    assert (answer.status, answer.route.target) == ("grounded", "local")
    assert "does not know the model" in answer.route.reason
    assert not bench.queue.path.exists()


async def test_without_a_network_the_best_local_answer_comes_at_once_and_the_question_waits(
    build: Callable[..., object],
) -> None:
    async with build(NOBODY) as bench:
        answer = await answer_to(bench.copilot, TORQUE)
        again = await answer_to(bench.copilot, TORQUE)
        (waiting,) = bench.queue.everything()
        later = await answer_to(bench.copilot, "How much oil is in the gearbox?", wishing("auto", queue=False))

    assert (answer.status, answer.route.target) == ("queued", "queue")
    assert "9.5 Nm" in answer.text
    assert "waits for a network" in answer.route.reason
    assert waiting.waiting.question == TORQUE, "asked twice, it waits once"
    assert again.status == "queued"
    assert (later.status, later.route.target) == ("grounded", "local")


async def test_what_may_not_leave_is_not_even_queued(build: Callable[..., object]) -> None:
    async with build(NOBODY) as bench:
        answer = await answer_to(bench.copilot, SECRETS[0], AskOptions(filter=SearchFilter(("ventra",))))

    assert answer.route.target == "local"
    assert not bench.queue.path.exists()


async def test_the_queue_is_sent_once_there_is_a_network_and_answers_are_filed(
    build: Callable[..., object], server: Answerer, clock: Clock
) -> None:
    async with build(NOBODY) as bench:
        first = await answer_to(bench.copilot, TORQUE, wishing("auto", conversation="c1"))
        assert first.status == "queued"
        nothing = await bench.sender().send()
        assert (nothing.answered, len(nothing.waiting)) == ([], 1)
    clock.passes(hours=2)
    async with build(server.url) as bench:
        done = await bench.sender().send()
        nothing = await bench.sender().send()
        turns = bench.conversations.turns("c1")
        (told,) = bench.queue.untold()

    ((queued, answer),) = done.answered
    assert (queued.waiting.question, answer.status) == (TORQUE, "escalated")
    assert [(turn.question, turn.status) for turn in turns] == [(TORQUE, "queued"), (TORQUE, "escalated")]
    assert turns[1].sources
    assert told.answer == answer.text
    assert not nothing.answered
    assert len(server.bodies) == 1, "no question is sent twice"
    assert server.headers[0]["idempotency-key"] == queued.id


async def test_a_question_that_was_cut_off_goes_out_again_under_the_same_id(
    build: Callable[..., object], server: Answerer
) -> None:
    async with before(server.url, then=Fault(cut_after=450)) as proxy, build(proxy.url) as bench:
        await answer_to(bench.copilot, TORQUE)
    async with build(server.url) as bench:
        assert len((await bench.sender().send()).answered) == 1

    assert len({headers["idempotency-key"] for headers in server.headers}) == 1


async def test_a_question_that_never_gets_an_answer_is_left_alone_in_the_end(build: Callable[..., object]) -> None:
    async with build(NOBODY) as bench:
        bench.queue.put(Waiting(TORQUE))
        for _ in range(4):
            assert (await bench.sender().send()).waiting
        done = await bench.sender().send()

        assert list(done.kept.values())
        assert bench.queue.everything()[0].state == "kept"


async def test_the_larger_model_may_ask_for_more_passages_twice(build: Callable[..., object], server: Answerer) -> None:
    server.asks = 2
    async with build(server.url) as bench:
        answer = await answer_to(bench.copilot, TORQUE, wishing("auto", filter=SearchFilter(("halden",)), k=1))

    assert answer.status == "escalated"
    assert len(server.bodies) == 3
    assert [len([m for m in body["messages"] if m["role"] == "tool"]) for body in server.requests] == [0, 1, 2]
    assert "tools" not in server.requests[2] or server.requests[2].get("tool_choice") == "none"
    assert len({headers["idempotency-key"] for headers in server.headers}) == 3
    assert len(answer.evidence.passages) > 1, "what was found besides is evidence too"
    assert answer.evidence.passages[1].rank == 2


async def test_more_passages_pass_the_same_wall(build: Callable[..., object], server: Answerer) -> None:
    server.asks = 1
    async with build(server.url) as bench:
        await answer_to(bench.copilot, "To what torque, takeover or not, are the screws of the brake tightened?")

    for body in server.bodies:
        assert b"Nightjar" not in body
        assert b"41 million" not in body


async def test_a_model_that_only_ever_asks_is_given_up(build: Callable[..., object], server: Answerer) -> None:
    server.asks = 99
    async with build(server.url, rounds=1) as bench:
        answer = await answer_to(bench.copilot, TORQUE)

    assert answer.route.target in ("local", "cloud")
    assert "9.5 Nm" in answer.text
    assert len(server.bodies) == 2


async def test_a_larger_model_that_finds_nothing_says_so(build: Callable[..., object], server: Answerer) -> None:
    async with build(server.url) as bench:
        answer = await answer_to(bench.copilot, "brake colour")

    assert (answer.status, answer.route.target) == ("abstained", "cloud")
    assert "NONE" not in answer.text


async def test_every_request_is_in_the_audit_log_and_in_the_account(
    build: Callable[..., object], server: Answerer
) -> None:
    async with build(server.url) as bench:
        await answer_to(bench.copilot, TORQUE)
        entries = list(bench.audit.requests())
        (row,) = bench.spending.rows()

    assert [entry.bytes for entry in entries] == [len(server.bodies[0])]
    assert [entry.outcome for entry in entries] == ["answered"]
    assert (row.endpoint, row.person, row.requests) == ("hq0", "ada", 1)
    assert row.cost.reply_tokens == 12
    assert (row.cost.prompt_tokens == json.loads(server.bodies[0]) and 0) or row.cost.prompt_tokens
    assert row.cost.money == pytest.approx((row.cost.prompt_tokens * 10 + 12 * 30) / 1e6, abs=1e-6)


async def test_a_budget_is_held_before_anything_is_sent(build: Callable[..., object], server: Answerer) -> None:
    async with build(server.url, budget=Budget(tokens_per_day=100)) as bench:
        too_large = await answer_to(bench.copilot, TORQUE)
        assert not server.bodies
        assert not list(bench.audit.requests())
    async with build(server.url, budget=Budget(tokens_per_day=3000)) as bench:
        routes = [(await answer_to(bench.copilot, TORQUE)).route for _ in range(8)]
        spent = sum(row.cost.tokens for row in bench.spending.rows())

    assert too_large.route.target == "local"
    assert "budget" in too_large.route.reason
    assert "9.5 Nm" in too_large.text
    assert {route.target for route in routes} == {"local", "cloud"}
    assert spent <= 3000


@pytest.mark.parametrize(
    ("policy", "conditions", "words"),
    [
        (RoutePolicy(on_metered=False), Conditions(metered=True), "metered"),
        (RoutePolicy(least_battery_percent=30), Conditions(on_mains=False, battery_percent=12.0), "battery is at 12 %"),
        (RoutePolicy(hours=QuietHours.parse("22:00-06:00")), Conditions(), "hour"),
    ],
    ids=["metered", "battery", "hours"],
)
async def test_rules_of_the_device_keep_questions_here(
    build: Callable[..., object], server: Answerer, policy: RoutePolicy, conditions: Conditions, words: str
) -> None:
    async with build(server.url, policy=policy, conditions=conditions) as bench:
        answer = await answer_to(bench.copilot, TORQUE, wishing("cloud"))

    assert answer.route.target == "local"
    assert words in answer.route.reason
    assert not server.bodies


async def test_a_device_that_is_hot_asks_without_reading_first(build: Callable[..., object], server: Answerer) -> None:
    hot = Conditions(temperature_c=93.0)
    async with build(server.url, learned=EASY, policy=RoutePolicy(hot_c=80.0), conditions=hot) as bench:
        bench.parts.conditions.measured()
        answer = await answer_to(bench.copilot, TORQUE)

    assert answer.route.target == "cloud"
    assert "93 °C" in answer.route.reason
    assert not bench.reader.read_batches


async def test_a_larger_model_that_does_not_begin_by_the_deadline_is_left_and_this_device_answers(
    build: Callable[..., object], server: Answerer
) -> None:
    async with before(server.url, then=Fault(hang_after=0)) as proxy, build(proxy.url) as bench:
        answer = await answer_to(bench.copilot, TORQUE, wishing("cloud", deadline_s=0.8, queue=False))

    assert answer.route.target == "local"
    assert "did not begin in time" in answer.route.reason
    assert "9.5 Nm" in answer.text


async def test_explain_shows_how_things_stand(build: Callable[..., object], server: Answerer) -> None:
    cool = Conditions(metered=True, on_mains=False, battery_percent=71.0, temperature_c=41.0)
    async with build(server.url, conditions=cool) as bench:
        bench.parts.conditions.measured()
        told = await bench.copilot.explain(TORQUE, AskOptions(deadline_s=30.0))

    assert {name: told.signals[name] for name in ("metered", "on_mains", "battery_percent", "temperature_c")} == {
        "metered": 1.0,
        "on_mains": 0.0,
        "battery_percent": 71.0,
        "temperature_c": 41.0,
    }
    assert told.signals["link"] == 1.0
    assert 0 < told.signals["round_trip_s"] < 2
    assert 0 < told.signals["left_s"] <= 30
    assert told.signals["hour"] == 12.0
    assert told.signals["public"] >= 1


async def test_explain_tells_the_exact_bytes_and_sends_nothing(build: Callable[..., object], server: Answerer) -> None:
    async with build(server.url) as bench:
        told = await bench.copilot.explain(TORQUE)
        assert not server.bodies
        assert not bench.spending.rows()
        assert not list(bench.audit.requests())
        await answer_to(bench.copilot, TORQUE)

    assert (told.target, told.endpoint) == ("cloud", "hq0")
    assert told.payload == server.requests[0]
    assert told.signals["answerable"] > 0.9
    assert told.signals["probability"] > 0.9


async def test_explain_queues_nothing(build: Callable[..., object]) -> None:
    async with build(NOBODY) as bench:
        told = await bench.copilot.explain(TORQUE)

    assert told.target == "queue"
    assert told.payload is not None
    assert not bench.queue.path.exists()


async def test_a_device_without_a_model_of_its_own_may_ask(
    build: Callable[..., object], server: Answerer, tmp_path: Path
) -> None:
    async with build(server.url) as bench:
        copilot = bench.copilot
        copilot._engine = _missing  # the same flow on a device whose model was not fetched
        answer = await answer_to(copilot, TORQUE)
        quoted = await answer_to(copilot, TORQUE, wishing("local"))

    assert (answer.status, answer.route.target) == ("escalated", "cloud")
    assert (quoted.route.target, quoted.model) == ("quotes", None)


async def _missing() -> ScriptedReader:
    raise ModelMissing("The model is not here.", "Fetch it.")


async def test_without_a_model_nothing_is_asked_of_one(build: Callable[..., object], server: Answerer) -> None:
    async with build(server.url, policy=RoutePolicy(threshold=0.0)) as bench:
        answer = await answer_to(bench.copilot, TORQUE, AskOptions(use_model=False))

    assert answer.route.target == "quotes"
    assert not server.bodies


async def test_a_local_model_that_fails_after_the_link_did_still_leaves_quotes(build: Callable[..., object]) -> None:
    async with build(NOBODY, says=(EngineError("The model failed."),)) as bench:
        answer = await answer_to(bench.copilot, TORQUE)

    assert answer.status in ("queued", "grounded")
    assert "9.5 Nm" in answer.text


async def test_stopping_in_the_middle_hangs_up_and_pays_for_what_came(
    build: Callable[..., object], server: Answerer
) -> None:
    async with before(server.url, then=Fault(hang_after=450)) as proxy, build(proxy.url) as bench:
        events = bench.copilot.ask(TORQUE)
        async for event in events:
            if isinstance(event, Token):
                break
        await events.aclose()
        await asyncio.sleep(0)
        entries = list(bench.audit.requests())
        (row,) = bench.spending.rows()

    assert entries[-1].outcome == "cancelled"
    assert row.cost.prompt_tokens > 0
    assert bench.reader.closed_streams == 0


async def test_follow_ups_take_with_them_what_may_leave(build: Callable[..., object], server: Answerer) -> None:
    there = wishing("auto", conversation="c2", filter=SearchFilter(("halden",)))
    async with build(server.url, learned=EASY) as bench:
        await answer_to(bench.copilot, TORQUE, there)
    async with build(server.url) as bench:
        await answer_to(bench.copilot, "and which screws are these?", there)

    said = [message["content"] for message in server.requests[0]["messages"]]
    assert any(TORQUE in text for text in said)


async def test_a_follow_up_on_a_secret_leaves_the_secret_here(build: Callable[..., object], server: Answerer) -> None:
    async with build(server.url, learned=EASY) as bench:
        await answer_to(bench.copilot, SECRETS[1], wishing("auto", conversation="c3", filter=SearchFilter(("ventra",))))
    async with build(server.url) as bench:
        await answer_to(bench.copilot, "and the screws of the brake?", wishing("cloud", conversation="c3"))

    for body in server.bodies:
        assert b"Nightjar" not in body
        assert b"code word" not in body


async def test_nobody_is_told_of_a_model_that_did_not_write(build: Callable[..., object], server: Answerer) -> None:
    async with before(server.url, then=Fault(cut_after=450)) as proxy, build(proxy.url) as bench:
        answer = await answer_to(bench.copilot, TORQUE)

    assert answer.model == "scripted"


def test_options_of_a_bench_are_what_a_person_may_wish() -> None:
    assert wishing("cloud") == replace(AskOptions(), wish="cloud")
    assert Bench is not None
