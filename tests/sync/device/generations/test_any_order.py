"""Whatever is done in whatever order, what is seen is one whole generation: the one that was switched to last."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from index.documents import AccessLabel
from index.errors import PackError, UsageError
from index.store import Store, reading
from sync.device.generations import Generations
from sync.format import (
    ChunkObject,
    DocumentEntry,
    DocumentObject,
    Manifest,
    ManifestRef,
    Publication,
    Release,
    Rollout,
    SectionObject,
    SectionRef,
    digest_of,
    encode_document,
    encode_manifest,
    encode_section,
)
from tests.sync.device.generations.hub import BEGAN, Clock, Objects, Published

PATHS = st.sampled_from(["a", "b", "c"])
SECTIONS = st.lists(st.sampled_from(["one", "two", "three", "four"]), min_size=1, max_size=3).map(tuple)
CONTENTS = st.dictionaries(PATHS, SECTIONS, min_size=1)

Content = dict[str, tuple[str, ...]]


def published(number: int, content: Content) -> Published:
    """A generation of documents of sections without vectors."""
    objects: dict[bytes, bytes] = {}
    entries = []
    for path, texts in sorted(content.items()):
        refs = []
        for text in texts:
            data = encode_section(SectionObject(("H",), (ChunkObject("", f"{text}\n"),)))
            objects[digest_of(data)] = data
            refs.append(SectionRef(digest_of(data)))
        data = encode_document(DocumentObject("T", "text/plain", "en", None, 1, bytes(32), "1", sections=tuple(refs)))
        objects[digest_of(data)] = data
        entries.append(DocumentEntry(path, digest_of(data), 1))
    manifest = Manifest("presses", number, tuple(entries))
    release = Release(
        number=number,
        published_at=BEGAN,
        manifest=ManifestRef(sha256=digest_of(encode_manifest(manifest)).hex(), bytes=1),
        documents=len(entries),
    )
    publication = Publication(
        collection="presses", access=AccessLabel.INTERNAL, releases=(release,), rollout=Rollout(stable=number)
    )
    return Published(publication, manifest, objects)


class Device(RuleBasedStateMachine):
    """A device, and beside it what it should have."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.published: dict[int, tuple[Published, Content]] = {}
        self.live: int | None = None
        self.kept: list[int] = []  # the latest last
        self._open()

    def _open(self) -> None:
        self.store = Store.open(Path(self.folder.name) / "index.db")
        self.generations = Generations(self.store, Path(self.folder.name) / "files", clock=Clock())
        self.generations._clock.now = BEGAN.replace(year=2027 + len(self.published))  # type: ignore[attr-defined]

    @rule(content=CONTENTS)
    def publish(self, content: Content) -> None:
        number = len(self.published) + 1
        self.published[number] = published(number, content), content

    @precondition(lambda self: self.published)
    @rule(data=st.data())
    def build_in_vain(self, data: st.DataObject) -> None:
        one, _ = self.published[data.draw(st.sampled_from(sorted(self.published)))]
        have = data.draw(st.sets(st.sampled_from(sorted(one.objects))))
        source = Objects({digest: one.objects[digest] for digest in have})
        try:
            self.generations.stage(one.publication, one.release, one.manifest, source)
        except PackError:
            assert have != one.objects.keys()

    @precondition(lambda self: self.published)
    @rule(data=st.data())
    def update(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.published)))
        one, _ = self.published[number]
        building = self.generations.stage(one.publication, one.release, one.manifest, one.source())
        self.generations.switch(self.generations.check(building, one.manifest, thorough=True))
        self._now_live(number)

    @rule()
    def rollback(self) -> None:
        earlier = [number for number in self.kept if self.live is not None and number < self.live]
        if not earlier:
            with pytest.raises(UsageError):
                self.generations.rollback("presses")
            return
        _, after = self.generations.rollback("presses")
        assert after.number == max(earlier)
        self._now_live(after.number)

    def _now_live(self, number: int) -> None:
        if self.live is not None and self.live != number:
            self.kept.append(self.live)
        self.kept = [one for one in self.kept if one != number]
        self.live = number

    @rule(keep=st.integers(0, 2))
    def collect(self, keep: int) -> None:
        self.generations.collect(keep)
        by_age = [one.number for one in self.generations.all() if one.state == "kept"]
        assert len(by_age) <= keep
        self.kept = [number for number in self.kept if number in by_age]
        with self.store.reader() as connection:
            assert connection.execute(
                "SELECT count(*) FROM documents WHERE id NOT IN (SELECT document_id FROM generation_documents)"
            ).get == 0  # fmt: skip

    @rule()
    def drop(self) -> None:
        if self.live is not None:
            self.generations.drop("presses")
            self.live, self.kept = None, []

    @rule()
    def restart(self) -> None:
        self.store.close()
        self._open()

    @invariant()
    def one_whole_generation_is_seen(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.reader() as connection:
            seen = {
                document.path: "".join(reading.text(connection, document.id))
                for document in reading.documents(connection)
            }
            names = [one.name for one in reading.collections(connection)]
        content = self.published[self.live][1] if self.live is not None else {}
        assert seen == {path: "".join(f"{text}\n" for text in texts) for path, texts in content.items()}
        assert names == (["presses"] if self.live is not None else [])
        live = self.generations.live("presses")
        assert (live.number if live else None) == self.live
        assert {one.number for one in self.generations.all() if one.state == "kept"} == set(self.kept)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            assert self.store.check() == []
            self.store.close()
            self.folder.cleanup()


Device.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestDevice = Device.TestCase
