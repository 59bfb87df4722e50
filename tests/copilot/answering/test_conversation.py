"""Follow-ups, and conversations that survive whatever happens to the program."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copilot.answering.conversation import for_reading, for_search, is_follow_up, sources_of
from copilot.answering.conversations import Conversations
from copilot.answering.turns import Turn
from copilot.privacy.values import Source
from index.documents import AccessLabel
from index.errors import ReadOnlyData, StoreCorrupt, WrongKey

FOLLOW_UPS = [
    "And for the bigger one?",
    "and F0013?",
    "What about the H60?",
    "but how often?",
    "Why?",
    "How long does it take?",
    "Where is it?",
    "und beim H60?",
    "What does that mean?",
    "the next step?",
]
BY_THEMSELVES = [
    "What does fault F0012 of the brake controller mean?",
    "How do I replace the brake of the Halden H40?",
    "What torque do the cover screws of the gearbox need?",
    "Which parameters of the motion controller are saved in the ini file?",
]


@pytest.mark.parametrize("question", FOLLOW_UPS)
def test_a_follow_up_is_told(question: str) -> None:
    assert is_follow_up(question)


@pytest.mark.parametrize("question", BY_THEMSELVES)
def test_a_question_that_stands_by_itself_is_none(question: str) -> None:
    assert not is_follow_up(question)


HISTORY = [
    Turn("What torque do the cover screws of the gearbox need?", "9.5 Nm. [1]"),
    Turn("And the M8 ones?", "23 Nm."),
]


def test_a_follow_up_is_searched_with_the_last_question_that_stood_by_itself() -> None:
    searched = for_search("and the M10 ones?", HISTORY)

    assert "M10" in searched
    assert "cover screws of the gearbox" in searched


def test_a_follow_up_is_read_with_the_exchange_before_it() -> None:
    before = for_reading("and the M10 ones?", HISTORY)

    assert "And the M8 ones?" in before
    assert "23 Nm." in before


def test_a_long_answer_is_not_read_again_in_full() -> None:
    assert len(for_reading("and?", [Turn("What?", "word " * 5000)])) < 1000


@pytest.mark.parametrize("history", [[], HISTORY])
def test_a_question_that_stands_by_itself_is_left_alone(history: list[Turn]) -> None:
    question = BY_THEMSELVES[0]

    assert for_search(question, history) == question
    assert for_reading(question, history) == ""


def test_a_follow_up_to_nothing_is_left_alone() -> None:
    assert for_search("and that one?", []) == "and that one?"
    assert for_reading("and that one?", []) == ""


def test_turns_come_back_in_order_in_another_process_s_life(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "conversations.db"
    turns = [Turn(f"q{n}", f"a{n}", "abstained" if n % 2 else "grounded") for n in range(5)]
    first = Conversations(file, now=lambda: datetime(2024, 5, 12, tzinfo=UTC))
    for turn in turns:
        first.add("one", turn)
    first.add("two", Turn("other", "thing"))
    first.close()

    second = Conversations(file)

    assert second.turns("one") == turns
    assert second.turns("one", last=2) == turns[-2:]
    assert second.turns("unknown") == []
    second.close()


PUBLIC = Source("manuals", "drive.pdf", AccessLabel.PUBLIC)
SECRET = Source("personnel", "staff.pdf", AccessLabel.RESTRICTED)


def test_a_turn_remembers_where_its_answer_came_from(tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"
    turns = [Turn("q", "a", sources=(PUBLIC, SECRET)), Turn("q", "a", sources=()), Turn("q", "a", sources=None)]
    first = Conversations(file)
    for turn in turns:
        first.add("one", turn)
    first.close()

    assert Conversations(file).turns("one") == turns


OLD_SCHEMA = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, title TEXT NOT NULL, begun_at TEXT NOT NULL) STRICT;
CREATE TABLE turns (
    id INTEGER PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    question TEXT NOT NULL, answer TEXT NOT NULL, status TEXT NOT NULL, asked_at TEXT NOT NULL
) STRICT;
INSERT INTO conversations VALUES ('one', 'q', '2026-03-01T08:00:00+00:00');
INSERT INTO turns VALUES (1, 'one', 'q', 'a', 'grounded', '2026-03-01T08:00:00+00:00');
"""


@pytest.mark.parametrize("later", ["", "ALTER TABLE turns ADD COLUMN sources TEXT"], ids=["first", "with sources"])
def test_a_file_of_an_earlier_version_is_read_added_to_and_searched(tmp_path: Path, later: str) -> None:
    file = tmp_path / "conversations.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(OLD_SCHEMA + later)
    connection.close()

    conversations = Conversations(file)
    conversations.add("one", Turn("q2", "a2", sources=(PUBLIC,)))

    assert conversations.turns("one") == [Turn("q", "a"), Turn("q2", "a2", sources=(PUBLIC,))]
    assert [talk.turns for talk in conversations.listed("a2")] == [2]


def test_a_label_that_is_not_known_makes_the_sources_unknown(tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"
    Conversations(file).add("one", Turn("q", "a", sources=(PUBLIC,)))
    with sqlite3.connect(file) as connection:
        connection.execute("""UPDATE turns SET sources = '[["manuals", "drive.pdf", "top secret"]]'""")
    connection.close()

    assert Conversations(file).turns("one")[0].sources is None


def test_a_follow_up_takes_the_sources_of_the_exchange_before_it_along() -> None:
    """The model had that exchange in sight, so its words may be in the answer."""
    history = [Turn("What torque do the cover screws of the gearbox need?", "9.5 Nm", sources=(SECRET,))]

    assert sources_of("and the M8 ones?", [], history) == (SECRET,)
    assert sources_of("What does the fault code F0012 of the converter mean?", [], history) == ()
    assert sources_of("and the M8 ones?", [], [Turn("q", "a", sources=None)]) is None


def test_looking_for_turns_makes_no_file(tmp_path: Path) -> None:
    conversations = Conversations(tmp_path / "conversations.db")

    assert conversations.turns("one") == []
    conversations.close()
    assert list(tmp_path.iterdir()) == []


def test_ids_differ() -> None:
    conversations = Conversations(Path("never-written.db"))

    assert len({conversations.begin() for _ in range(100)}) == 100


def test_with_a_key_no_word_stands_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"
    conversations = Conversations(file, "secret key")
    conversations.add("one", Turn("What ails patient Meier?", "Gastritis."))

    for kept in tmp_path.iterdir():
        assert b"Meier" not in kept.read_bytes()
    conversations.close()
    assert b"Meier" not in file.read_bytes()
    assert b"SQLite format" not in file.read_bytes()[:16]
    for wrong in (None, "another key"):
        with pytest.raises((StoreCorrupt, WrongKey), match="key"):
            Conversations(file, wrong).turns("one")
    assert Conversations(file, "secret key").turns("one") == [Turn("What ails patient Meier?", "Gastritis.")]


def test_a_damaged_file_is_told_in_words_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"
    file.write_bytes(b"\x00\xff" * 5000)

    for attempt in (lambda c: c.turns("one"), lambda c: c.add("one", Turn("q", "a"))):
        with pytest.raises((StoreCorrupt, WrongKey)) as told:
            attempt(Conversations(file))
        assert str(file) in told.value.message
        assert told.value.remedy
    assert file.read_bytes() == b"\x00\xff" * 5000


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_can_t_be_written_to_is_told_in_words(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(ReadOnlyData):
        Conversations(tmp_path / "conversations.db").add("one", Turn("q", "a"))


def test_threads_and_two_programs_write_side_by_side(tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"
    both = [Conversations(file), Conversations(file)]
    threads = [
        threading.Thread(target=lambda one=one: [one.add("one", Turn("q", "a")) for _ in range(5)])
        for one in both
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(both[0].turns("one")) == 30
    for one in both:
        one.close()


WRITER = """
import sys
from pathlib import Path
from copilot.answering.conversations import Conversations
from copilot.answering.turns import Turn
conversations = Conversations(Path(sys.argv[1]))
for n in range(100_000):
    conversations.add("one", Turn(f"q{n}", "a" * 500))
    print(n, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_every_turn_that_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"
    for upto in (0, 7, 30):
        file.unlink(missing_ok=True)
        with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            acknowledged = -1
            while acknowledged < upto:
                acknowledged = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            acknowledged = max([acknowledged, *(int(line) for line in writer.stdout.read().split())])

        conversations = Conversations(file)
        turns = conversations.turns("one")
        conversations.close()
        assert [turn.question for turn in turns][: acknowledged + 1] == [f"q{n}" for n in range(acknowledged + 1)]
        assert len(turns) <= acknowledged + 2
