"""What goes through the wall, what doesn't, and why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.private_cases import case, leaks
from copilot.engines.base import GenerationOptions
from copilot.privacy import Outgoing, PriorTurn, Refused, Source, ToolCall
from copilot.privacy.policy import Never, Pattern, PrivacyPolicy, Pseudonymise
from copilot.privacy.wall import Wall
from index.documents import AccessLabel
from tests.copilot.privacy.private import KEY, TRUSTED, UNTRUSTED, To, passage

PUBLIC, INTERNAL, RESTRICTED = AccessLabel.PUBLIC, AccessLabel.INTERNAL, AccessLabel.RESTRICTED
WALL = Wall(PrivacyPolicy())
ALONE = Wall(PrivacyPolicy(question_only=True))
F0012 = "F0012: overcurrent. Check the motor cable of the drive."
STAFF = "The door of the archive opens with the yellow key under shelf 77123."
PLAN = "The new plant in Lindau will be built by the second company next spring."
QUESTION = "What does F0012 mean?"


def sent(found: Outgoing | Refused) -> Any:
    assert isinstance(found, Outgoing), found
    return json.loads(found.as_request())


def text_of(found: Outgoing | Refused) -> str:
    return "\n".join(message["content"] or "" for message in sent(found)["messages"])


def test_public_evidence_goes_with_the_question() -> None:
    found = WALL.outgoing(QUESTION, [], [passage(F0012)], UNTRUSTED, options=GenerationOptions(99, ("\n\n",)))

    body = sent(found)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert F0012 in body["messages"][1]["content"]
    assert QUESTION in body["messages"][1]["content"]
    assert "[1] Drive manual › Faults, page 3" in body["messages"][1]["content"]
    assert (body["model"], body["max_tokens"], body["stop"], body["stream"]) == ("big", 99, ["\n\n"], True)
    assert "tools" not in body
    assert "/manuals/drive.pdf" not in text_of(found), "a path may hold a person's name"


@pytest.mark.parametrize(
    ("access", "to", "goes"),
    [
        (PUBLIC, UNTRUSTED, True),
        (PUBLIC, TRUSTED, True),
        (INTERNAL, TRUSTED, True),
        (INTERNAL, UNTRUSTED, False),
        (RESTRICTED, UNTRUSTED, False),
        (RESTRICTED, TRUSTED, False),
        ("public", TRUSTED, False),  # no label, only its name
        ("secret", TRUSTED, False),
        (None, TRUSTED, False),
        (INTERNAL, To(trusted="yes"), False),  # type: ignore[arg-type]
        (INTERNAL, To(trusted=1), False),  # type: ignore[arg-type]
    ],
)
def test_a_passage_goes_only_where_its_label_allows(access: object, to: To, goes: bool) -> None:
    found = WALL.outgoing("How is it done?", [], [passage(F0012), passage(PLAN, access)], to)

    assert (PLAN in text_of(found)) is goes
    assert isinstance(found, Outgoing)
    assert len(found.held) == (0 if goes else 1)
    assert found.labels.get("public") == (2 if access is PUBLIC else 1)


def test_evidence_that_stays_keeps_the_question_here_unless_the_policy_lets_it_go_alone() -> None:
    passages = [passage(STAFF, RESTRICTED)]

    refused = WALL.outgoing(QUESTION, [], passages, TRUSTED)
    alone = ALONE.outgoing(QUESTION, [], passages, TRUSTED)

    assert isinstance(refused, Refused)
    assert (refused.because, [one.reason for one in refused.held]) == ("evidence", ["it is restricted"])
    assert isinstance(alone, Outgoing)
    assert alone.question_only
    assert "archive" not in text_of(alone)


def test_a_question_without_any_evidence_is_treated_the_same() -> None:
    assert isinstance(WALL.outgoing(QUESTION, [], [], TRUSTED), Refused)
    assert isinstance(ALONE.outgoing(QUESTION, [], [], TRUSTED), Outgoing)


def test_a_policy_that_sends_nothing_sends_nothing() -> None:
    refused = Wall(PrivacyPolicy(send=False)).outgoing(QUESTION, [], [passage(F0012)], TRUSTED)

    assert isinstance(refused, Refused)
    assert refused.because == "policy"


@pytest.mark.parametrize(
    "question",
    [
        "Is it right that the door of the archive opens with a key?",
        "Is it right that THE DOOR  of\nthe árchive-opens?",
        "opens with the yellow key under",
        "What about 77123?",
    ],
)
def test_a_question_that_repeats_what_is_restricted_is_not_sent(question: str) -> None:
    refused = ALONE.outgoing(question, [], [passage(F0012), passage(STAFF, RESTRICTED)], TRUSTED)

    assert isinstance(refused, Refused)
    assert refused.because == "question"
    assert "archive" not in repr(refused)


def test_words_that_public_evidence_says_too_are_no_secret() -> None:
    restricted = passage(f"For the audit: {F0012}", RESTRICTED)

    found = WALL.outgoing(
        "Why: F0012: overcurrent, check the motor cable?", [], [passage(F0012), restricted], UNTRUSTED
    )

    assert isinstance(found, Outgoing)


def test_chance_runs_of_small_words_are_no_repetition() -> None:
    restricted = passage("This is what it is not: how do I get to the top of it?", RESTRICTED)

    assert isinstance(ALONE.outgoing("how do I get to the drive?", [], [restricted], UNTRUSTED), Outgoing)


def test_texts_without_blanks_are_compared_too() -> None:
    restricted = passage("書庫の鍵は黄色い箱の中にあります。", RESTRICTED)

    assert isinstance(ALONE.outgoing("鍵は黄色い箱の中ですか", [], [restricted], UNTRUSTED), Refused)
    assert isinstance(ALONE.outgoing("モーターの交換方法は", [], [restricted], UNTRUSTED), Outgoing)


@pytest.mark.parametrize(
    ("never", "reason"),
    [
        (Never(collections=("Plans",)), "the privacy policy names its collection"),
        (Never(documents=("*/secret/*",)), "the privacy policy names its document"),
        (Never(documents=("lindau.*",)), "the privacy policy names its document"),
        (Never(keywords=("second company",)), "it holds a word that the privacy policy names"),
        (Never(keywords=("lindau",)), "it holds a word that the privacy policy names"),
        (Never(patterns=(r"Lind\w+",)), "it holds a word that the privacy policy names"),
    ],
)
def test_what_the_policy_names_stays_whatever_its_label(never: Never, reason: str) -> None:
    named = passage(PLAN, PUBLIC, collection="plans", document=r"C:\plans\secret\Lindau.pdf")

    found = Wall(PrivacyPolicy(never=never)).outgoing("How is it done?", [], [passage(F0012), named], TRUSTED)

    assert isinstance(found, Outgoing)
    assert [one.reason for one in found.held] == [reason]
    assert "Lindau" not in text_of(found)


def test_a_question_with_a_word_that_the_policy_names_is_not_sent() -> None:
    wall = Wall(PrivacyPolicy(question_only=True, never=Never(keywords=("Projekt Adler",))))

    assert isinstance(wall.outgoing("What is projekt-adler about?", [], [passage(F0012)], TRUSTED), Refused)
    assert isinstance(wall.outgoing("What is Projekt Adlerhorst about?", [], [passage(F0012)], TRUSTED), Outgoing)


def _turn(*accesses: AccessLabel, answer: str = "It is in box 12.") -> PriorTurn:
    return PriorTurn("Where is it?", answer, tuple(Source("c", "d", access) for access in accesses))


def test_earlier_exchanges_go_where_all_of_their_evidence_may() -> None:
    turns = [_turn(PUBLIC), _turn(PUBLIC, RESTRICTED), _turn(INTERNAL), PriorTurn("a?", "b", None), _turn()]

    untrusted = WALL.outgoing(QUESTION, turns, [passage(F0012)], UNTRUSTED)
    trusted = WALL.outgoing(QUESTION, turns, [passage(F0012)], TRUSTED)

    assert [m["role"] for m in sent(untrusted)["messages"]] == ["system", *["user", "assistant"] * 2, "user"]
    assert [m["role"] for m in sent(trusted)["messages"]] == ["system", *["user", "assistant"] * 3, "user"]
    assert isinstance(trusted, Outgoing)
    assert [one.what for one in trusted.held] == ["turn", "turn"]


def test_a_turn_that_repeats_what_is_restricted_stays_whatever_its_sources() -> None:
    turn = _turn(PUBLIC, answer="It opens with the yellow key under shelf 3.")

    found = WALL.outgoing(QUESTION, [turn], [passage(F0012), passage(STAFF, RESTRICTED)], TRUSTED)

    assert "yellow" not in text_of(found)


def test_a_policy_may_keep_the_conversation_here() -> None:
    found = Wall(PrivacyPolicy(conversation=False)).outgoing(QUESTION, [_turn(PUBLIC)], [passage(F0012)], TRUSTED)

    assert "box 12" not in text_of(found)


def test_personal_data_is_replaced_everywhere_the_same_and_put_back() -> None:
    turn = PriorTurn("Who wrote it?", "Mr. Miller (miller@plant.example)", (Source("c", "d", PUBLIC),))
    evidence = passage(
        "Miller's number is 0171 2345678.", title="Handbook of Mr. Miller", section=("Ask miller@plant.example",)
    )

    found = WALL.outgoing("Did Miller call from 0171 2345678?", [turn], [evidence], UNTRUSTED)

    text = text_of(found)
    assert "iller" not in text
    assert "2345678" not in text
    assert isinstance(found, Outgoing)
    assert dict(found.placeholders) == {"MAIL": 1, "NAME": 1, "PHONE": 1}
    assert found.restore("⟦NAME_1⟧: ⟦PHONE_1⟧, ⟦MAIL_1⟧") == "Miller: 0171 2345678, miller@plant.example"


def test_identifiers_stay_and_addresses_of_public_manuals_too() -> None:
    public = passage("F0012, P1121, BR-120, 6SL3210-5BE24-0UA0; S/N 6A-8812-X; its address is 192.168.0.1")

    found = WALL.outgoing("Is 192.168.0.1 or 10.0.0.7 in P1121? S/N 6A-8812-X or 6A-9999-Y", [], [public], UNTRUSTED)

    text = text_of(found)
    assert text.count("192.168.0.1") == 2
    assert text.count("6A-8812-X") == 2
    assert "10.0.0.7" not in text
    assert "F0012, P1121, BR-120, 6SL3210-5BE24-0UA0" in text


def test_addresses_of_internal_documents_are_replaced_even_for_a_trusted_endpoint() -> None:
    found = WALL.outgoing("Where is it?", [], [passage("The panel is at 10.0.0.7", INTERNAL)], TRUSTED)

    assert "10.0.0.7" not in text_of(found)


def test_an_identifier_that_the_policy_names_is_replaced() -> None:
    wall = Wall(PrivacyPolicy(pseudonymise=Pseudonymise(patterns=(Pattern(name="brake", pattern=r"BR-\d+"),))))

    found = wall.outgoing("What is BR-120?", [], [passage("BR-120 is a brake.")], UNTRUSTED)

    assert "⟦BRAKE_1⟧ is a brake." in text_of(found)


def test_the_bytes_are_the_same_each_time_and_hashed() -> None:
    found = WALL.outgoing(QUESTION, [], [passage(F0012)], UNTRUSTED)

    assert isinstance(found, Outgoing)
    assert found.as_request() is found.as_request()
    assert len(found.sha256) == 64


def test_the_endpoint_may_ask_for_more_and_gets_what_may_go() -> None:
    first = WALL.outgoing(QUESTION, [], [passage(F0012)], UNTRUSTED, may_ask=True)
    assert isinstance(first, Outgoing)
    known = first.passages[0]
    more = [known, passage("Reset it with P1121. Ask a@b.de."), passage(STAFF, RESTRICTED), passage(PLAN, INTERNAL)]

    second = WALL.more(first, ToolCall("c1", "how to reset"), more, UNTRUSTED, last=True)

    messages = sent(second)["messages"]
    assert sent(first)["tools"]
    assert "tools" not in sent(second)
    assert messages[:2] == sent(first)["messages"]
    assert messages[2]["tool_calls"][0]["id"] == messages[3]["tool_call_id"] == "c1"
    assert messages[3]["content"] == "[2] Drive manual › Faults, page 3\nReset it with P1121. Ask ⟦MAIL_1⟧."
    assert isinstance(second, Outgoing)
    assert [one.text for one in second.passages] == [F0012, more[1].text]
    assert second.restore("⟦MAIL_1⟧") == "a@b.de"
    assert first.restore("⟦MAIL_1⟧") == "⟦MAIL_1⟧", "the first request knows nothing of it"


def test_an_exchange_stays_with_the_endpoint_that_it_began_with() -> None:
    first = WALL.outgoing(QUESTION, [], [passage(F0012)], TRUSTED, may_ask=True)
    assert isinstance(first, Outgoing)

    for other in (UNTRUSTED, To(name="another", trusted=True)):
        assert isinstance(WALL.more(first, ToolCall("c1", "x"), [passage(PLAN)], other), Refused)


def test_what_an_endpoint_asks_with_is_sent_back_only_in_a_plain_form() -> None:
    first = WALL.outgoing(QUESTION, [], [passage(F0012)], UNTRUSTED, may_ask=True)
    assert isinstance(first, Outgoing)

    second = WALL.more(first, ToolCall("c 1\n{}", "ask a@b.de"), [], UNTRUSTED)

    call = sent(second)["messages"][2]["tool_calls"][0]
    assert call["id"] == "call_1"
    assert json.loads(call["function"]["arguments"]) == {"query": "ask ⟦MAIL_1⟧"}


class Held:
    """A library whose every word stands in one restricted document."""

    def __init__(self, *said: str) -> None:
        self.said = said

    def collections(self) -> list[Source]:
        return [Source("staff", "", RESTRICTED)]

    def holding(self, words: Any) -> list[Source]:
        return [Source("staff", "s", RESTRICTED)] if " ".join(words) in self.said else []


def test_a_question_that_repeats_a_restricted_document_that_was_not_found_is_not_sent() -> None:
    wall = Wall(PrivacyPolicy(), Held("opens with the yellow"))

    assert isinstance(wall.outgoing("It opens with the yellow one?", [], [passage(F0012)], TRUSTED), Refused)
    assert isinstance(wall.outgoing(QUESTION, [], [passage(F0012)], TRUSTED), Outgoing)


@pytest.mark.parametrize("secret", [KEY, "sk-abcdefghijklmnop1234", "Bearer abcdef1234567890", "ftp://joe:pw12@host/x"])
def test_credentials_are_replaced_whatever_the_policy_says(secret: str) -> None:
    wall = Wall(PrivacyPolicy(pseudonymise=Pseudonymise(personal=())))

    found = wall.outgoing(f"Why is {secret} refused?", [], [passage(F0012)], TRUSTED)

    assert secret not in text_of(found)
    assert isinstance(found, Outgoing)
    assert dict(found.placeholders) == {"SECRET": 1}


def test_a_half_surrogate_breaks_nothing() -> None:
    assert isinstance(WALL.outgoing("What \ud800 is F0012?", [], [passage(F0012)], UNTRUSTED), Outgoing)


@settings(max_examples=500)
@given(st.integers(0, 2**63))
def test_nothing_private_is_in_the_bytes_and_everything_comes_back(seed: int) -> None:
    one = case(seed)

    found = ALONE.outgoing(one.question, one.before, one.passages, one.recipient)

    if isinstance(found, Refused):
        assert found.because == "question"
        assert one.quotes
        return
    assert not one.quotes
    assert leaks(one, found.as_request(), found.passages) == []
    assert one.question in found.restore(text_of(found))
    assert all(passage.text in found.restore(text_of(found)) for passage in found.passages)
