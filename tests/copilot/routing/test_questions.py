"""Questions that wait: kept until they are answered, claimed by one at a time, never sent again once they are."""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from copilot.routing.questions import CLAIM_S, QuestionQueue, Waiting
from index.errors import StoreError, UsageError
from index.passages import SearchFilter
from tests.copilot.routing.conftest import Clock

Q = Waiting(
    "why does it trip", "c1", SearchFilter(("halden",), (), ("en",), strict=True), k=3, detail=True, reason="hard"
)


def test_a_question_waits_across_restarts_and_is_answered_once(tmp_path: Path) -> None:
    clock = Clock()
    queue = QuestionQueue(tmp_path / "q.db", "a key", now=clock)
    name = queue.put(Q)
    queue.close()

    queue = QuestionQueue(tmp_path / "q.db", "a key", now=clock)
    claimed = queue.claim("me")
    assert claimed is not None
    assert (claimed.id, claimed.waiting) == (name, Q)
    assert queue.claim("somebody else") is None
    assert queue.answered(claimed.id, "me", "because")
    assert not queue.answered(claimed.id, "me", "because")

    assert queue.claim("me") is None
    assert [(one.state, one.answer) for one in queue.untold()] == [("answered", "because")]
    queue.told([claimed.id])
    assert queue.untold() == []
    assert b"trip" not in (tmp_path / "q.db").read_bytes()


def test_the_same_question_waits_once(tmp_path: Path) -> None:
    queue = QuestionQueue(tmp_path / "q.db", now=Clock())

    assert queue.put(Q) == queue.put(Q)
    assert queue.put(Waiting(Q.question)) != queue.put(Q), "in another conversation it is another question"
    assert len(queue.everything()) == 2


def test_a_claim_whose_process_died_runs_out(tmp_path: Path) -> None:
    clock = Clock()
    queue = QuestionQueue(tmp_path / "q.db", now=clock)
    name = queue.put(Q)
    queue.claim("who dies")
    clock.passes(seconds=CLAIM_S + 1)

    claimed = queue.claim("the next")

    assert claimed is not None
    assert claimed.id == name, "under the same id, so that an endpoint can tell"
    assert not queue.answered(claimed.id, "who dies", "late")
    assert queue.answered(claimed.id, "the next", "in time")


def test_what_waits_too_long_expires_and_is_told(tmp_path: Path) -> None:
    clock = Clock()
    queue = QuestionQueue(tmp_path / "q.db", days=2, now=clock)
    queue.put(Q)
    clock.passes(days=2, minutes=1)

    assert queue.claim("me") is None
    assert [one.state for one in queue.untold()] == ["expired"]
    clock.passes(days=40)
    assert queue.everything() == []


def test_a_cancelled_question_is_not_sent_and_its_answer_not_filed(tmp_path: Path) -> None:
    queue = QuestionQueue(tmp_path / "q.db", now=Clock())
    name = queue.put(Q)
    assert name is not None
    queue.claim("me")

    assert queue.cancel(name[-6:])
    assert not queue.answered(name, "me", "too late")
    assert not queue.cancel(name)
    assert queue.claim("me") is None
    with pytest.raises(UsageError, match="No question"):
        queue.cancel("nonsense")


def test_a_full_queue_takes_no_more(tmp_path: Path) -> None:
    queue = QuestionQueue(tmp_path / "q.db", most=2, now=Clock())

    names = [queue.put(Waiting(f"question {n}")) for n in range(3)]

    assert names[2] is None
    assert None not in names[:2]


def test_nothing_is_created_by_looking(tmp_path: Path) -> None:
    queue = QuestionQueue(tmp_path / "q.db", now=Clock())

    assert (queue.everything(), queue.claim("me")) == ([], None)
    assert not queue.path.exists()


def test_another_key_is_told(tmp_path: Path) -> None:
    queue = QuestionQueue(tmp_path / "q.db", "a key", now=Clock())
    queue.put(Q)
    queue.close()

    with pytest.raises(StoreError, match="can't be read"):
        QuestionQueue(tmp_path / "q.db", "another", now=Clock()).everything()


def test_many_that_send_at_once_send_each_question_once(tmp_path: Path) -> None:
    clock = Clock()
    queue = QuestionQueue(tmp_path / "q.db", now=clock)
    names = [queue.put(Waiting(f"question {n}")) for n in range(12)]
    sent: Counter[str] = Counter()

    def send(holder: str) -> None:
        mine = QuestionQueue(tmp_path / "q.db", now=clock)
        while (claimed := mine.claim(holder)) is not None:
            sent[claimed.id] += 1
            mine.answered(claimed.id, holder, "yes")
        mine.close()

    threads = [threading.Thread(target=send, args=(f"sender {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sent == Counter(str(name) for name in names)


class Machine(RuleBasedStateMachine):
    """Questions come, are claimed, answered, released, cancelled and expire, in any order; senders die."""

    ids = Bundle("ids")

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.queue = QuestionQueue(Path(self.folder.name) / "q.db", days=1, now=self.clock)
        self.answered: set[str] = set()
        self.cancelled: set[str] = set()
        self.holding: dict[str, str] = {}
        self.count = 0

    @rule(target=ids)
    def put(self) -> str:
        self.count += 1
        name = self.queue.put(Waiting(f"question {self.count}"))
        assert name is not None
        return name

    @rule(holder=st.sampled_from(["a", "b"]))
    def claim(self, holder: str) -> None:
        claimed = self.queue.claim(holder)
        if claimed is not None:
            assert claimed.id not in self.answered | self.cancelled
            self.holding[claimed.id] = holder

    @rule(name=ids, how=st.sampled_from(["answered", "release", "keep"]), holder=st.sampled_from(["a", "b"]))
    def end(self, name: str, how: str, holder: str) -> None:
        if how == "answered":
            done = self.queue.answered(name, holder, "yes")
            assert not (done and (name in self.answered or self.holding.get(name) != holder))
            if done:
                self.answered.add(name)
        elif how == "release":
            self.queue.release(name, holder)
        else:
            self.queue.keep(name, holder, "no")

    @rule(name=ids)
    def cancel(self, name: str) -> None:
        if name in {one.id for one in self.queue.everything()} and self.queue.cancel(name):
            assert name not in self.answered
            self.cancelled.add(name)

    @rule(hours=st.integers(0, 30))
    def time_passes(self, hours: int) -> None:
        self.clock.passes(hours=hours)

    @invariant()
    def an_answer_stays(self) -> None:
        states = {one.id: one.state for one in self.queue.everything()}
        assert all(states.get(name, "answered") == "answered" for name in self.answered)
        assert all(states.get(name, "cancelled") == "cancelled" for name in self.cancelled)

    def teardown(self) -> None:
        if hasattr(self, "queue"):
            self.queue.close()
            self.folder.cleanup()


Machine.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestQueue = Machine.TestCase
