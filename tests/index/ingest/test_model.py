"""Whatever is ingested, replaced, pruned and removed, in whatever order, the index holds what a dict would."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from index.ingest import Ingestor
from index.store import Store, reading, writing
from tests.index.hashing_embedder import HashingEmbedder
from tests.index.ingest.helpers import manual, texts

files = st.sampled_from(["a.md", "b.md", "sub/c.md", "sub/d.md"])
words = st.sampled_from(["pump", "valve", "motor", "belt"])


class IngestMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.docs = self.folder / "docs"
        (self.docs / "sub").mkdir(parents=True)
        self.store = Store.open(self.folder / "index.db")
        self.disk: dict[str, str] = {}
        self.model: dict[str, str] = {}

    @rule(name=files, word=words, sections=st.integers(1, 5))
    def write(self, name: str, word: str, sections: int) -> None:
        (self.docs / name).write_text(manual(word, sections))
        self.disk[name] = f"{word} {sections}"

    @rule(name=files)
    def delete(self, name: str) -> None:
        (self.docs / name).unlink(missing_ok=True)
        self.disk.pop(name, None)

    @rule(prune=st.booleans(), below=st.sampled_from(["", "sub"]), with_vectors=st.booleans())
    def ingest(self, prune: bool, below: str, with_vectors: bool) -> None:
        embedder = HashingEmbedder() if with_vectors else None
        report = Ingestor(self.store, embedder).run([self.docs / below], prune=prune)
        inside = {name: text for name, text in self.disk.items() if name.startswith(below)}
        changed = {name for name, text in inside.items() if self.model.get(name) != text}
        gone = {name for name in self.model if name.startswith(below) and name not in self.disk} if prune else set()
        self.model |= inside
        for name in gone:
            del self.model[name]
        assert (report.documents, report.unchanged, report.removed) == (
            len(changed),
            len(inside) - len(changed),
            len(gone),
        )

    @rule(name=files)
    def remove(self, name: str) -> None:
        with self.store.reader() as connection:
            ids = [document.id for document in reading.find_documents(connection, str(self.docs / name))]
        with self.store.transaction() as connection:
            assert writing.remove_documents(connection, ids) == (name in self.model)
        self.model.pop(name, None)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.folder / "index.db")

    @rule(key=st.sampled_from(["a", None]))
    def rekey(self, key: str | None) -> None:
        self.store.rekey(key)
        self.store.rekey(None)

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        if not hasattr(self, "store"):
            return
        found = {str(Path(path).relative_to(self.docs)): text for path, text in texts(self.store).items()}
        assert found.keys() == self.model.keys()
        for name, text in self.model.items():
            word, sections = text.split()
            assert found[name].count("The ") == 12 * int(sections)
            assert found[name].count(f"The {word} ") == 12 * int(sections)
        assert self.store.check() == []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)


IngestMachine.TestCase.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)
TestIngesting = IngestMachine.TestCase
