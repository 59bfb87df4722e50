"""Whatever is written, removed, published, taken back or forgotten, in any order, what is served is right."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sync.hub.reverting import revert
from tests.sync.hub.published import Hub, manual, write

NAMES = st.sampled_from(["a.md", "b.md", "sub/c.md", "d.md"])
WORDS = st.sampled_from(["one thing", "another thing", "a third thing"])


class HubMachine(RuleBasedStateMachine):
    """``sources`` is what the folder holds, ``served`` what devices get, ``generations`` what each number held."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.disk = patch.object(os, "fsync", lambda _: None)
        self.disk.start()
        self.hub = Hub(self.place / "hub", self.place / "docs")
        self.docs = self.hub.add()
        self.sources: dict[str, str] = {}
        self.served: dict[str, str] | None = None
        self.generations: dict[int, dict[str, str]] = {}
        self.taken_back: dict[str, str] | None = None

    def teardown(self) -> None:
        self.disk.stop()
        shutil.rmtree(self.place)

    @rule(name=NAMES, words=WORDS)
    def write(self, name: str, words: str) -> None:
        self.sources[name] = manual(name, words=words)
        write(self.docs / name, self.sources[name])

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        if self.sources.pop(name, None) is not None:
            (self.docs / name).unlink()

    @rule()
    def publish(self) -> None:
        report = self.hub.publish()
        if self.sources == self.taken_back:
            assert len(report.skipped) == 1
        elif self.served is not None or self.sources:
            if self.served != self.sources:
                self.taken_back = None
            self._now(self.sources)

    @precondition(lambda self: len(self.generations) > 1)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        kept = [release.number for release in self.hub.publication().releases][:-1]
        number = data.draw(st.sampled_from(kept))
        bad = self.generations[max(self.generations)]
        revert(self.hub.folder, "presses", number)
        self.taken_back = bad
        self.served = None
        self._now(self.generations[number])

    @rule()
    def forget(self) -> None:
        """The hub's memory is lost, and with it what was taken back."""
        for path in self.hub.path.glob("state.db*"):
            path.unlink()
        self.taken_back = None

    @invariant()
    def every_generation_is_whole(self) -> None:
        if self.served is None:
            return
        publication = self.hub.publication()
        assert publication.rollout.stable == max(self.generations)
        for release in publication.releases:
            generation = self.hub.generation(number=release.number)
            told = {path: generation.text(path).strip() for path in generation.documents}
            assert told == {path: shown(text) for path, text in self.generations[release.number].items()}

    def _now(self, documents: dict[str, str]) -> None:
        if self.served != documents:
            self.generations[max(self.generations, default=0) + 1] = dict(documents)
        self.served = dict(documents)


def shown(text: str) -> str:
    """A manual's text without its headings, as its chunks have it."""
    return "\n\n".join(line for line in text.splitlines() if line.startswith("Fault"))


HubMachine.TestCase.settings = settings(
    max_examples=8, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyOrder = HubMachine.TestCase
