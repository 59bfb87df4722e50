"""Questions are answered with the values that matter at that moment: chosen, cited, checked, held back by label."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from copilot.answering.confidence import Calibration
from copilot.answering.events import Answer, Evidence, Token
from copilot.answering.excerpts import Excerpts
from copilot.answering.flow import AnswerPolicy, AskOptions, Copilot
from copilot.answering.present import COLLECTION
from copilot.engines.llama.engine import LlamaEngine, LlamaOptions
from copilot.hmi.alarms import AlarmBook, Rules
from copilot.hmi.board import Board
from copilot.hmi.context import LivePresent
from copilot.hmi.registry import Registry, read_registry
from copilot.hmi.values import Reading
from copilot.prefixes import DiskPrefixStore
from copilot.privacy.policy import PrivacyPolicy
from copilot.privacy.wall import Wall
from index.documents import AccessLabel
from index.ingest import Ingestor
from index.passages import SearchFilter
from index.search import Searcher
from index.store import Store
from tests.copilot.answering.scripted import ScriptedReader

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
NOW = 1_741_710_000.0  # 2025-03-11, 16:20 UTC
SURE = Calibration(tier="x", bias=10.0)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("answers") / "index.db") as opened:
        Ingestor(opened, None).run([EXAMPLES / "manuals"], collection="halden", access=AccessLabel.PUBLIC)
        yield opened


class Machine:
    """The example machine, told its values by the test."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self.now = NOW
        self.board = Board(registry, lambda: self.now)
        self.book = AlarmBook(lambda: 0.0)
        self._rules = Rules(registry, self.book)
        self._store = store
        self.present = LivePresent(registry, self.board, self.book.standing, lambda: self.now, zone=UTC)
        for source in registry.sources:
            self.board.source_up(source)

    def tell(self, name: str, *values: object, quality: str = "good") -> None:
        begun = self.now - len(values)
        readings = [Reading(name, value, begun + at, quality) for at, value in enumerate(values)]
        self._rules.look_at(self.board.take(readings))

    def trips(self) -> None:
        """F0012's neighbour in the manual: the DC link has risen over its limit because the ramp is short."""
        self.tell("dc_bus", *(760 + 0.9 * at for at in range(60)))
        self.tell("ramp_down", 2.0)
        self.tell("fault", 2)

    async def ask(self, question: str, engine: ScriptedReader | None = None, **options: object) -> tuple[Answer, str]:
        async def get() -> ScriptedReader:
            assert engine is not None
            return engine

        copilot = Copilot(
            Searcher(self._store, None),
            Excerpts(self._store),
            get if engine is not None else None,
            calibration=lambda _: SURE,
            present=self.present,
        )
        shown, answer, evidence = "", None, None
        async for event in copilot.ask(question, AskOptions(**options)):
            match event:
                case Evidence(result):
                    evidence = result
                case Token(text):
                    shown += text
                case Answer():
                    answer = event
        assert answer is not None
        assert evidence is not None
        assert [passage.rank for passage in evidence.passages] == list(range(1, len(evidence.passages) + 1))
        for number in re.findall(r"\[(\d+)\]", answer.text):
            assert int(number) in {citation.n for citation in answer.citations}
        assert [citation.n for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
        return answer, shown


@pytest.fixture
def machine(store: Store) -> Machine:
    return Machine(store, read_registry(EXAMPLES / "signals.toml"))


def cited(answer: Answer) -> dict[str, str]:
    return {citation.passage.document.rpartition("/")[2]: citation.quote for citation in answer.citations}


async def test_why_is_it_tripping_sees_the_alarm_its_signals_and_the_right_page(machine: Machine) -> None:
    machine.trips()

    answer, shown = await machine.ask("why is it tripping?")

    quotes = cited(answer)
    alarm = next(quote for quote in quotes.values() if quote.startswith("Alarm"))
    assert alarm == "Alarm F0002 DC link overvoltage: active since 16:19:59 (1 s), not acknowledged."
    assert "813.1 V, rising by " in quotes["dc_bus"]
    assert "above its limit of 800 V (16:19:59, 1 s ago, quality good)" in quotes["dc_bus"]
    assert "(A1, P1121): 2 s" in quotes["ramp_down"]
    assert "Lengthen ramp-down P1121 to at least 1.8 s" in quotes["tx200-service-manual.pdf"]
    assert answer.status == "grounded"
    assert answer.unverified == ()
    assert shown.strip() == answer.text.strip()
    assert shown.index("Right now:") < shown.index("Lengthen ramp-down")


async def test_the_same_question_without_an_alarm_speaks_of_none(machine: Machine) -> None:
    machine.tell("dc_bus", 640.0)

    answer, _ = await machine.ask("why is it tripping?")

    assert "Alarm" not in answer.text
    assert "F0002" not in answer.text.partition("Lengthen")[0]


async def test_a_stale_value_is_never_told_as_current(machine: Machine) -> None:
    machine.trips()
    machine.now += 600

    answer, _ = await machine.ask("why is it tripping? F0002")
    value, _ = await machine.ask("what is the DC link voltage right now?")

    assert "813" not in answer.text
    assert value.text == (
        "Right now:\n> DC link voltage (A1): no current value. Nothing is heard of it any more "
        "(last heard at 16:19:59). [1]"
    )


async def test_a_bad_value_is_never_told_as_current(machine: Machine) -> None:
    machine.tell("dc_bus", 641.0)
    machine.tell("dc_bus", 999.0, quality="bad")

    answer, _ = await machine.ask("what is the DC link voltage right now?")

    assert "no current value. The source marks it as bad" in answer.text
    assert "999" not in answer.text
    assert "641" not in answer.text


async def test_an_alarm_whose_source_is_silent_is_not_told_as_standing(machine: Machine) -> None:
    machine.trips()
    machine.board.source_down("plc", "The cable is out.")

    answer, _ = await machine.ask("which alarms are active?")

    assert "Whether it still stands isn't known" in answer.text
    assert "active since" not in answer.text
    assert "813" not in answer.text


async def test_a_value_that_is_asked_for_needs_no_model(machine: Machine) -> None:
    machine.tell("dc_bus", 641.25)
    reader = ScriptedReader(["Never."], lambda _: 9.0)

    answer, shown = await machine.ask("what is the DC link voltage right now?", reader)

    assert "641.2 V (16:19:59, 1 s ago, quality good)" in answer.text
    assert (answer.status, answer.route.target, answer.model) == ("grounded", "quotes", None)
    assert reader.prompts == []
    assert shown == answer.text


async def test_alarms_that_are_asked_for_are_listed_and_none_is_said_to_be_none(machine: Machine) -> None:
    answer, _ = await machine.ask("are there any alarms active?")
    assert "No alarm is known to stand." in answer.text

    machine.trips()
    answer, _ = await machine.ask("which alarms are active?")
    assert "F0002 DC link overvoltage: active since" in answer.text
    assert "No alarm" not in answer.text


async def test_a_signal_comes_with_what_the_question_names(machine: Machine) -> None:
    machine.trips()

    answer, _ = await machine.ask("what does P1121 do?")

    assert [citation.passage.document for citation in answer.citations][:1] == ["signals/ramp_down"]
    assert "dc_bus" not in cited(answer)


@pytest.mark.parametrize(
    "question",
    ["what torque for the terminals of Q1?", "how do I replace the rotor of BR-120?", "which oil for HP-16?"],
)
async def test_a_question_about_the_documents_alone_stays_with_them(machine: Machine, question: str) -> None:
    machine.trips()
    machine.tell("brake_supply", 23.9)

    answer, _ = await machine.ask(question)

    assert not any(passage.collection == COLLECTION for passage in answer.evidence.passages)
    assert answer.status == "grounded"


async def test_a_model_sees_the_moment_behind_what_it_reads_and_nothing_of_it_in_what_is_kept(machine: Machine) -> None:
    machine.trips()
    reader = ScriptedReader(["The DC link is at 813.1 V because the ramp-down of 2 s is too short."], lambda _: 9.0)

    answer, shown = await machine.ask("why is it tripping?", reader)

    prompt = reader.prompts[0]
    assert "813.1 V" in prompt.question
    assert "813" not in prompt.context
    assert "813" not in prompt.system
    assert "F0002" in prompt.question
    assert answer.unverified == ()
    assert shown.strip().startswith("Right now:")


async def test_a_number_that_the_machine_does_not_say_is_marked(machine: Machine) -> None:
    machine.trips()
    reader = ScriptedReader(["The DC link voltage is at 831.1 V and rising."], lambda _: 9.0)

    answer, _ = await machine.ask("why is it tripping?", reader)

    assert "831.1 V" in answer.unverified or "831.1 V" not in answer.text


async def test_a_question_for_what_nothing_is_known_of_still_shows_the_moment(machine: Machine) -> None:
    machine.trips()

    answer, _ = await machine.ask("why is it tripping?", filter=SearchFilter(collections=(COLLECTION,)))

    assert "F0002 DC link overvoltage: active since" in answer.text
    assert {citation.passage.collection for citation in answer.citations} == {COLLECTION}
    assert "Nothing in the documents" in answer.text


async def test_who_may_look_at_one_collection_alone_sees_nothing_of_the_moment(machine: Machine) -> None:
    machine.trips()

    answer, _ = await machine.ask("why is it tripping? F0002", filter=SearchFilter(collections=("halden",)))

    assert not any(passage.collection == COLLECTION for passage in answer.evidence.passages)


class Endpoint:
    name, model, trusted = "elsewhere", "large", True


async def test_live_values_stay_on_the_device_unless_they_are_labelled_otherwise(
    machine: Machine, store: Store, tmp_path: Path
) -> None:
    machine.trips()
    wall = Wall(PrivacyPolicy(question_only=True))

    answer, _ = await machine.ask("why is it tripping?")
    outgoing = wall.outgoing("why is it tripping?", (), answer.evidence.passages, Endpoint())
    assert b"813" not in outgoing.as_request()
    assert b"active since" not in outgoing.as_request()
    assert any(held.reason == "it is restricted" for held in outgoing.held)

    open_file = tmp_path / "open.toml"
    text = (EXAMPLES / "signals.toml").read_text(encoding="utf-8")
    open_file.write_text(text.replace('access = "restricted"', 'access = "internal"'), encoding="utf-8")
    labelled = Machine(store, read_registry(open_file))
    labelled.trips()
    answer, _ = await labelled.ask("why is it tripping?")
    assert b"813.1 V" in wall.outgoing("why is it tripping?", (), answer.evidence.passages, Endpoint()).as_request()


async def test_choosing_is_quick_with_many_signals(machine: Machine, store: Store, tmp_path: Path) -> None:
    """Not a measurement: five hundred signals, each with a full history, are chosen from without a fault."""
    file = tmp_path / "many.toml"
    file.write_text(
        '[[source]]\nname = "plc"\nkind = "mqtt"\nhost = "127.0.0.1"\n'
        + "".join(f'[[signal]]\nname = "s{n}"\nsource = "plc"\ntopic = "t/{n}"\nhigh = 5\n' for n in range(500)),
        encoding="utf-8",
    )
    many = Machine(store, read_registry(file))
    for number in range(500):
        many.tell(f"s{number}", *range(20))

    answer, _ = await many.ask("why is it tripping?")

    assert len([p for p in answer.evidence.passages if p.collection == COLLECTION]) <= 9


@pytest.mark.model
async def test_what_a_model_has_read_stays_of_use_while_the_values_change(
    machine: Machine, store: Store, tiny_model: Path, tmp_path: Path
) -> None:
    """The values stand behind the passage: the KV of what was read fits for the next question too, and holds none."""
    prefixes = DiskPrefixStore(tmp_path / "prefixes.db", budget_bytes=1 << 30)
    engine = LlamaEngine.load(LlamaOptions(tiny_model, "tiny", "hash", "tiny", cells=4096, threads=1), prefixes)
    copilot = Copilot(
        Searcher(store, None),
        Excerpts(store),
        lambda: asyncio.sleep(0, engine),
        policy=AnswerPolicy(passages=1, short_tokens=8),
        calibration=lambda _: SURE,
        present=machine.present,
    )
    machine.trips()
    kept = []
    for value in (815.0, 820.0):
        machine.tell("dc_bus", value)
        events = [event async for event in copilot.ask("why is it tripping?")]
        assert f"{value:.0f} V" in events[-1].text
        kept.append(prefixes.stats().entries)
        reused = engine.last_stats.reused_tokens
    await engine.close()
    prefixes.close()

    assert kept == [1, 1]
    assert reused > 50
