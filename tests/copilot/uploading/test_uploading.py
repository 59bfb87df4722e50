"""A sync reports the device's health and hands in what waits; a hub that hears of a failing canary takes it back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copilot.answering.flow import AskOptions, Copilot
from copilot.assembly import Assembly
from copilot.cli.hubs.receive import judging
from copilot.cli.main import main
from copilot.notes.parts import open_notes
from copilot.settings import Settings
from copilot.syncing.parts import Syncing
from copilot.uploading import Uploading
from index.errors import PackError
from index.store import Store
from sync.device.enrolment import enrol
from sync.device.places import Places
from sync.format import Canary, Cohort
from sync.hub import rollout
from sync.hub.folder import HubFolder
from sync.hub.moving import evaluate
from sync.hub.publishing import Order, Publisher
from sync.hub.settings import CollectionSettings, SourceSettings
from sync.outbox import Draft
from sync.outbox.counting import counted
from sync.receiver.app import create_app
from sync.receiver.storage import Device, Storage, open_storage
from sync.receiver.tokens import token_hash
from tests.index.hashing_embedder import HashingEmbedder
from tests.sync.device.servers import serving
from tests.sync.receiver.people import running

TEXTS = {f"{name}.md": f"# {name}\n\nThe {name} is set to {number} mm.\n" for number, name in enumerate(
    ("crane", "valve", "motor", "pump", "seal", "brake", "relay", "hose"))}  # fmt: skip


class World:
    """A hub with a canary cohort, its receiver, and devices."""

    def __init__(self, folder: Path, url: str, public: str, hub: HubFolder, storage: Storage) -> None:
        self.folder, self.url, self.public, self.hub, self.storage = folder, url, public, hub, storage

    def publish(self, texts: dict[str, str], *canaries: Canary) -> None:
        docs = self.folder / "docs"
        docs.mkdir(exist_ok=True)
        for name, text in texts.items():
            (docs / name).write_text(text, "utf-8")
        lines = [one.model_dump_json() for one in canaries]
        self.hub.canaries_file("machines").write_text("\n".join(lines), "utf-8")
        Publisher(self.hub, HashingEmbedder()).publish(Order())  # type: ignore[arg-type]

    def device(self, name: str, *tags: str) -> Settings:
        data = self.folder / name
        data.mkdir()
        self.storage.add_device(Device(name, tags=tags, created_at=datetime.now(UTC)), token_hash(f"ecd_{name}"))
        (data / "token").write_text(f"ecd_{name}")
        (data / "copilot.toml").write_text(
            f'[outbox]\nurl = "{self.url}"\ntoken_file = "token"\n[embedding]\nkind = "none"\n'
        )
        root = self.hub.public / "metadata" / "1.root.json"
        enrol(Places.of(data), self.public, root, datetime.now(UTC), tags=tags, name=name)
        return Settings.load(None, data)

    def sync(self, settings: Settings) -> int | None:
        """Sync as `sync now` does; the generation that answers then."""
        syncing = Syncing(settings, unused, unused)
        with suppress(PackError):
            syncing.sync(HashingEmbedder())
        with Uploading(settings) as uploading:
            assert "not handed in" not in uploading.after_sync()
        with syncing.generations() as (_, generations):
            live = generations.live("machines")
        return live.number if live else None


def unused() -> None:  # type: ignore[return]
    raise AssertionError("no models are published")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    hub = HubFolder(tmp_path / "hub")
    hub.init()
    cohorts = {"canary": Cohort(tags=("pilot",))}
    current = hub.settings().with_collection("machines", CollectionSettings(cohorts=cohorts))
    source = SourceSettings(id="machines", collection="machines", type="folder", location=str(tmp_path / "docs"))
    current.with_source(source).write(hub.settings_file)
    storage = open_storage(hub.path)
    with running(create_app(storage)) as url, serving(hub.public) as server:
        yield World(tmp_path, url, server.url, hub, storage)
    storage.close()


def test_a_good_candidate_reaches_everybody(world: World) -> None:
    question = Canary(question="crane", documents=("crane.md",))
    world.publish(TEXTS, question)
    pilot, other = world.device("pilot-1", "pilot"), world.device("press-1")
    assert (world.sync(pilot), world.sync(other)) == (1, 1)

    world.publish({"crane.md": "# crane\n\nThe crane is set to 44 mm.\n"}, question)
    assert (world.sync(pilot), world.sync(other)) == (2, 1)
    (moved,) = evaluate(world.hub, world.storage)

    assert (moved.stage, moved.stage_now) == ("canary", "all"), moved.verdict.reasons
    assert (world.sync(pilot), world.sync(other)) == (2, 2)


def test_a_candidate_that_a_canary_refuses_is_halted_and_others_go_back(world: World) -> None:
    question = Canary(question="crane", documents=("crane.md",))
    world.publish(TEXTS, question)
    pilot, good = world.device("pilot-1", "pilot"), world.device("pilot-2", "pilot")
    assert (world.sync(pilot), world.sync(good)) == (1, 1)
    world.publish({"crane.md": "# crane\n\nThe crane is set to 44 mm.\n"}, question)
    assert world.sync(good) == 2

    # The candidate's questions as that device sees them: it has what the other one hasn't, and finds the wrong one.
    spoil(world, "valve.md")
    assert world.sync(pilot) == 1, "what was there before goes on answering"
    (moved,) = evaluate(world.hub, world.storage)

    assert moved.stage_now == "halted", moved.verdict.reasons
    assert any("would not switch" in reason for reason in moved.verdict.reasons)
    assert world.sync(good) == 1, "a device that has it goes back by itself"


def spoil(world: World, document: str) -> None:
    """Let the canary question of the candidate ask for what its first five passages don't hold."""
    wrong = Canary(question="crane set to 44 mm", documents=("gone.md",))

    def change(publication):  # type: ignore[no-untyped-def]
        return publication.model_copy(update={"canaries": (wrong,)})

    rollout.change(world.hub, "machines", change)


def test_answers_are_counted_where_that_was_switched_on(world: World) -> None:
    world.publish(TEXTS)
    settings = world.device("press-1")
    world.sync(settings)
    (settings.data_dir / "calibration").mkdir()
    (settings.data_dir / "calibration" / "none.json").write_text(json.dumps({"tier": "none", "bias": 5.0}))

    assert ask(settings) == {}
    policy = "[rollout]\nparticipate = true\n[kinds.health]\nsend = true\nfields = ['collections']\n"
    (settings.data_dir / "outbox-policy.toml").write_text(policy)
    assert ask(settings) == {("machines", 1, "answers"): 1, ("machines", 1, "abstentions"): 1}

    world.sync(settings)
    (seen,) = world.storage.observations("machines")
    assert (seen.answers, seen.abstentions, seen.errors) == (1, 1, 0)


def ask(settings: Settings) -> dict[tuple[str, int, str], int]:
    import asyncio

    async def once() -> None:
        async with Assembly(settings) as assembly:
            copilot: Copilot = assembly.copilot()
            for question in ("What is the crane set to?", "who won the world cup in 1966"):
                async for _ in copilot.ask(question, AskOptions(use_model=False)):
                    pass

    asyncio.run(once())
    with Uploading(settings) as uploading:
        return counted(uploading.outbox)


def test_a_hub_that_is_away_does_not_spoil_the_sync(world: World) -> None:
    world.publish(TEXTS)
    settings = world.device("press-1")
    away = settings.model_copy(update={"outbox": settings.outbox.model_copy(update={"url": "http://127.0.0.1:9"})})
    with Uploading(away) as uploading:
        uploading.put(Draft("note", {"text": "hums"}))
        with Store.open(settings.index_file):
            pass

        assert "not handed in" in uploading.after_sync()
        assert uploading.outbox.health().waiting >= 1
        assert uploading.after_sync() == "", "it is asked again later"


def test_whoever_keeps_the_hub_asks_what_would_happen_and_lets_it_happen(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.publish(TEXTS)
    pilot = world.device("pilot-1", "pilot")
    world.sync(pilot)
    world.publish({"crane.md": "# crane\n\nThe crane is set to 44 mm.\n"})
    command = ["hub", "rollout", str(world.hub.path), "machines", "--evaluate"]

    assert main(command) == 0
    assert "0 of 1 devices that must report" in capsys.readouterr().out
    world.sync(pilot)
    assert main([*command, "--dry-run"]) == 0
    assert "machines: canary. 1 device has reported" in capsys.readouterr().out
    assert main([*command, "--json"]) == 0
    (moved,) = json.loads(capsys.readouterr().out)["rollouts"]
    assert (moved["stage"], moved["stage_now"], moved["verdict"]["action"]) == ("canary", "all", "advance")


def test_the_receiver_judges_by_itself_where_it_is_told_to(world: World) -> None:
    world.publish(TEXTS)
    pilot = world.device("pilot-1", "pilot")
    world.sync(pilot)
    world.publish({"crane.md": "# crane\n\nThe crane is set to 44 mm.\n"})
    world.sync(pilot)

    with judging(world.hub.path, world.storage, every_minutes=0.001):
        for _ in range(600):
            if rollout.served(world.hub, "machines").rollout.stage == "all":
                break
            time.sleep(0.05)

    assert rollout.served(world.hub, "machines").rollout.stable == 2


def test_notes_that_were_kept_before_there_was_a_hub_go_along(tmp_path: Path) -> None:
    alone = Settings.load(data_dir=tmp_path, overrides={"notes.access": "internal"})
    with Uploading(alone) as uploading, open_notes(alone, None, uploading) as notes:
        notes.add("Filter replaced")
        assert list(uploading.outbox.items()) == []

    connected = Settings.load(
        data_dir=tmp_path, overrides={"notes.access": "internal", "outbox.url": "https://hub.example"}
    )
    with Uploading(connected) as uploading:
        [batch] = uploading.preview()
        assert [*uploading.preview()] == [batch], "a second look hands in nothing twice"

    assert "Filter replaced" in batch.body.decode()
