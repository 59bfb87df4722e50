"""A policy that can't be read lets nothing out; one that is read lets out what it names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.documents import AccessLabel
from index.errors import UsageError
from sync.outbox import Draft, File, HeldBack, Kept, OutboxPolicy, Preparer, find_policy
from sync.outbox.wire import Item

RESTRICTED = frozenset({AccessLabel.RESTRICTED})
INTERNAL = frozenset({AccessLabel.INTERNAL})


def kept(draft: Draft) -> Kept:
    return Kept("01a20f9f-3ad1-736e-95cb-ad8ab6682864", 1, draft, datetime(2026, 5, 1, tzinfo=UTC), 0)


def prepared(policy: OutboxPolicy, draft: Draft) -> Item:
    item = Preparer(policy).prepare(kept(draft))
    assert isinstance(item, Item), item
    return item


def held(policy: OutboxPolicy, draft: Draft) -> str:
    item = Preparer(policy).prepare(kept(draft))
    assert isinstance(item, HeldBack)
    return item.reason


def written(path: Path, text: str) -> OutboxPolicy:
    path.write_text(text, "utf-8")
    return OutboxPolicy.load(path)


class TestTheOneThatComesWithTheProgram:
    def test_sends_no_telemetry_and_counts_no_answers(self, policy: OutboxPolicy) -> None:
        assert policy.sent_kinds == ("note", "feedback", "question", "health")
        assert not policy.counts_answers
        assert "telemetry" in held(policy, Draft("telemetry", {"counters": {"a": 1}}))

    def test_sends_a_note_without_its_photograph(self, policy: OutboxPolicy) -> None:
        item = prepared(policy, Draft("note", {"text": "hums", "author": "Anna"}, attachment=File("a", "b/c", b"x")))

        assert (item.fields, item.left_out, item.attachment) == ({"text": "hums"}, ("author",), None)

    def test_blanks_personal_data_and_says_how_much(self, policy: OutboxPolicy) -> None:
        item = prepared(policy, Draft("note", {"text": "a@b.de, c@d.de and 0171 2345678"}))

        assert item.fields == {"text": "[mail], [mail] and [phone]"}
        assert item.redacted == {"mail": 2, "phone": 1}


class TestRestricted:
    def test_what_stems_from_there_stays_whatever_the_policy(self, policy: OutboxPolicy) -> None:
        for mode in ("hold", "strip"):
            own = policy.model_copy(update={"restricted": mode})
            assert "restricted" in held(own, Draft("note", {"text": "x"}, RESTRICTED | INTERNAL))

    def test_what_quotes_it_is_held(self, policy: OutboxPolicy) -> None:
        draft = Draft("feedback", {"question": "how?", "answer": "so"}, INTERNAL, {"answer": RESTRICTED})

        assert "restricted" in held(policy, draft)

    def test_or_goes_without_the_quote(self, policy: OutboxPolicy) -> None:
        own = policy.model_copy(update={"restricted": "strip"})
        draft = Draft("feedback", {"question": "how?", "answer": "so"}, INTERNAL, {"answer": RESTRICTED})

        item = prepared(own, draft)

        assert (item.fields, item.left_out) == ({"question": "how?"}, ("answer",))

    def test_but_not_where_another_field_repeats_the_quote(self, policy: OutboxPolicy) -> None:
        own = policy.model_copy(update={"restricted": "strip"})
        secret = "The safe opens with 12 turns"
        draft = Draft("feedback", {"question": f"why “{secret}”?", "answer": secret}, INTERNAL, {"answer": RESTRICTED})

        assert "repeats" in held(own, draft)

    def test_nobody_can_let_it_out(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="restricted"):
            written(tmp_path / "p.toml", 'restricted = "send"')


class TestReading:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("kinds = 3", "kinds"),
            ("[kinds.note]\nsend = true\nfeilds = []", "feilds"),
            ("[kinds.gossip]\nsend = true", "gossip"),
            ("= 3", "no TOML"),
            ("[[redact.patterns]]\nname = 'x'\npattern = '('", "regular expression"),
            ("[[redact.patterns]]\nname = 'x'\npattern = 'a*'", "nothing"),
        ],
    )
    def test_a_fault_is_named_and_lets_nothing_out(self, tmp_path: Path, text: str, said: str) -> None:
        with pytest.raises(UsageError, match=said) as raised:
            written(tmp_path / "p.toml", text)
        assert "Nothing was sent" in raised.value.remedy

    def test_a_kind_that_is_not_named_stays(self, tmp_path: Path) -> None:
        policy = written(tmp_path / "p.toml", "[kinds.note]\nsend = true\nfields = ['text']")

        assert policy.sent_kinds == ("note",)

    def test_names_stand_beside_the_policy(self, tmp_path: Path) -> None:
        (tmp_path / "names.txt").write_text("Anna Müller\n\n", "utf-8")
        policy = written(
            tmp_path / "p.toml", "[kinds.note]\nsend = true\nfields = ['text']\n[redact]\nnames_file = 'names.txt'"
        )

        assert prepared(policy, Draft("note", {"text": "ask anna müller"})).fields == {"text": "ask [name]"}

    def test_a_missing_list_of_names_lets_nothing_out(self, tmp_path: Path) -> None:
        policy = written(tmp_path / "p.toml", "[redact]\nnames_file = 'names.txt'")

        with pytest.raises(UsageError, match=r"names\.txt"):
            Preparer(policy)

    def test_a_pattern_of_ones_own(self, tmp_path: Path) -> None:
        policy = written(
            tmp_path / "p.toml",
            "[kinds.note]\nsend = true\nfields = ['text']\n[[redact.patterns]]\nname = 'badge'\npattern = 'B-[0-9]+'",
        )

        assert prepared(policy, Draft("note", {"text": "B-123"})).fields == {"text": "[badge]"}

    def test_a_policy_that_was_named_must_exist(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no outbox policy"):
            find_policy(tmp_path, tmp_path / "other.toml")

    def test_the_data_directorys_own_goes_first(self, tmp_path: Path) -> None:
        assert find_policy(tmp_path) is None
        (tmp_path / "outbox-policy.toml").write_text("")
        assert find_policy(tmp_path) == tmp_path / "outbox-policy.toml"


ROOT = Path(__file__).resolve().parents[3]


class TestThePageAboutIt:
    def test_its_example_is_a_policy(self, tmp_path: Path) -> None:
        page = (ROOT / "docs" / "fleet.md").read_text("utf-8")
        (example,) = [
            block for block in re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE) if "kinds" in block
        ]

        policy = written(tmp_path / "p.toml", example)

        assert policy.counts_answers
        assert policy.of("note").attachments

    def test_its_table_is_the_default(self, policy: OutboxPolicy) -> None:
        page = (ROOT / "docs" / "fleet.md").read_text("utf-8")
        rows = re.findall(r"^\| (note|feedback|question|telemetry|health) \| (.*?) \| (.*?) \|$", page, re.MULTILINE)

        said = {
            kind: ("no" not in sends.split(",")[0], tuple(re.findall(r"`(\w+)`", fields)))
            for kind, sends, fields in rows
        }
        assert said == {kind: (of.send, of.fields) for kind, of in policy.kinds.items()}
