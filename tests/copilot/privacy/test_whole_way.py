"""The whole way, as a face goes it: settings, index, search, router, wall, engine, conversation; each byte watched."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.private_cases import QUOTED_WORDS, Secret, make_document, secret
from copilot.answering.events import Answer
from copilot.answering.flow import AskOptions
from copilot.assembly import Assembly
from copilot.logs import configure_logging
from copilot.privacy import Refused
from copilot.settings import Settings
from index.documents import AccessLabel
from index.errors import UsageError
from index.ingest import Ingestor
from index.store import Store
from tests.copilot.privacy.line import FAULTS, KEY, Line, asks, echo, tapped_line
from tests.copilot.privacy.private import UNTRUSTED

DOCUMENTS = 12
QUESTIONS = 40
ACCESS = {"manuals": AccessLabel.PUBLIC, "workshop": AccessLabel.INTERNAL, "staff": AccessLabel.RESTRICTED}


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    with tapped_line(tmp_path) as line:
        yield line


@pytest.fixture
def documents(data_dir: Path, tmp_path: Path) -> dict[str, list[str]]:
    """Documents under each label, in the index; their texts by collection."""
    data_dir.mkdir(parents=True)
    dice, texts = random.Random(5), dict[str, list[str]]()
    with Store.open(data_dir / "index.db") as store:
        for collection, access in ACCESS.items():
            folder = tmp_path / collection
            folder.mkdir()
            texts[collection] = [make_document(dice, private=collection != "manuals") for _ in range(DOCUMENTS)]
            for number, text in enumerate(texts[collection]):
                (folder / f"{number}.md").write_text(f"# Part {number}\n\n{text}\n", encoding="utf-8")
            Ingestor(store, None).run([folder], collection=collection, access=access)
    (data_dir / "calibration").mkdir()
    (data_dir / "calibration" / "none.json").write_text(json.dumps({"tier": "none", "bias": 5.0}))
    return texts


def questions(documents: dict[str, list[str]]) -> Iterator[tuple[str, list[Secret]]]:
    dice = random.Random(7)
    for _ in range(QUESTIONS):
        words = dice.choice(documents["manuals"]).split()
        asked = [" ".join(dice.sample(words, 5)) + "?"]
        said = [secret(dice) for _ in range(dice.choice((0, 1, 2)))]
        asked += [one.said for one in said]
        if dice.random() < 0.3:
            words = dice.choice(documents[dice.choice(("workshop", "staff"))]).split()
            start = dice.randrange(len(words) - QUOTED_WORDS)
            asked.append(" ".join(words[start : start + QUOTED_WORDS + 2]))
        yield " ".join(asked), said


@pytest.mark.parametrize("trusted", [False, True])
def test_whatever_is_asked_and_whatever_goes_wrong_nothing_private_leaves(
    line: Line,
    documents: dict[str, list[str]],
    data_dir: Path,
    trusted: bool,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HQ_KEY", KEY)
    (data_dir / "copilot.toml").write_text(
        "[cloud]\nattempts = 1\n[route]\nqueue = false\n[embedding]\nkind = 'none'\n"
        f'[[cloud.endpoints]]\nname = "hq"\nbase_url = "{line.tap.url}/v1"\nmodel = "big"\napi_key_env = "HQ_KEY"\n'
        f"trusted = {str(trusted).lower()}\n"
    )
    configure_logging(data_dir / "logs", "debug", echo=2)
    replies = [echo, asks, echo, echo, *FAULTS.values()]
    secrets, targets = list[Secret](), set[str]()

    async def ask_all() -> None:
        settings = Settings.load(None, data_dir, {})
        for number, (question, said) in enumerate(questions(documents)):
            secrets.extend(said)
            line.tap.answering[:] = [replies[number % len(replies)]]
            async with Assembly(settings) as assembly:
                options = AskOptions(wish="cloud", conversation="c1" if number % 3 else "c2")
                async for event in assembly.copilot().ask(question, options):
                    if isinstance(event, Answer):
                        targets.add(event.route.target)

    line.runner.run(ask_all())

    sent = bytes(line.tap.captured).decode("utf-8", "replace")
    unescaped = sent.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
    told = "".join(capfd.readouterr()) + (data_dir / "logs" / "edge-copilot.log").read_text("utf-8")
    told += (data_dir / "audit.jsonl").read_text("utf-8")
    staying = documents["staff"] + ([] if trusted else documents["workshop"])
    runs = {
        " ".join(words[start : start + QUOTED_WORDS])
        for words in map(str.split, staying)
        for start in range(len(words) - QUOTED_WORDS + 1)
    }
    canaries = {word.strip(".") for text in staying for word in text.split() if word.startswith("QZ")}
    assert {"cloud"} < targets, "some went, some didn't"
    assert len(line.tap.requests) > QUESTIONS / 3
    for leaving in (" ".join(unescaped.split()), " ".join(told.split())):
        assert not [run for run in runs if run in leaving]
        assert not [canary for canary in canaries if canary in leaving]
        assert not [one for one in secrets if " ".join(one.value.split()) in leaving]
    assert not [one for one in secrets if one.value in sent or one.value in unescaped]
    assert sent.count(KEY) == sum(line.startswith("Authorization: Bearer") for line in sent.split("\r\n"))
    assert KEY not in told
    if trusted:
        assert any(
            word in unescaped for text in documents["workshop"] for word in text.split() if word.startswith("QZ")
        )


def test_a_change_of_the_policy_holds_from_the_next_question_on(
    documents: dict[str, list[str]], data_dir: Path
) -> None:
    routing = Assembly(Settings.load(None, data_dir, {})).routing
    before = routing.wall

    assert routing.wall is before
    (data_dir / "privacy.toml").write_text("send = false")
    assert isinstance(routing.wall.outgoing("What?", (), (), UNTRUSTED), Refused)
    (data_dir / "privacy.toml").write_text("sned = false")
    with pytest.raises(UsageError):
        assert routing.wall
