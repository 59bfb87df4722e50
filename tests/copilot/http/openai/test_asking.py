"""From a chat to a question: pure, and never surprised by what a client sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.http.openai.asking import chosen, names, question_of, text_of
from copilot.http.openai.failing import NotPossible
from copilot.http.openai.wire import ChatBody, Message

ALL = names(model=True, cloud=True)

roles = st.sampled_from(["system", "developer", "user", "assistant", "tool"])
messages = st.lists(st.builds(Message, role=roles, content=st.none() | st.text(max_size=20)), max_size=12)


def said(role: str, content: object) -> Message:
    return Message.model_validate({"role": role, "content": content})


@given(messages)
def test_whatever_was_said_before_the_last_message_of_the_person_is_the_question(before: list[Message]) -> None:
    question, history = question_of([*before, said("user", "why?")])

    assert question == "why?"
    assert len(history) <= 3
    assert all(turn.sources is None for turn in history)
    spoken = [message.content or "" for message in before if message.role in ("user", "assistant")]
    assert all(turn.question in spoken and turn.answer in spoken for turn in history)


def test_exchanges_are_pairs_and_instructions_are_none_of_them() -> None:
    question, history = question_of(
        [
            said("system", "Answer as a pirate."),
            said("assistant", "How can I help?"),
            said("user", "never answered"),
            said("user", "What is F0012?"),
            said("assistant", [{"type": "text", "text": "The brake."}]),
            said("tool", "42"),
            said("user", [{"type": "text", "text": "And"}, {"type": "text", "text": "F0013?"}]),
        ]
    )

    assert question == "And\nF0013?"
    assert [(turn.question, turn.answer) for turn in history] == [("What is F0012?", "The brake.")]


@pytest.mark.parametrize("last", ["assistant", "system", "tool"])
def test_a_chat_that_does_not_end_in_a_question_is_refused(last: str) -> None:
    with pytest.raises(NotPossible, match="role user"):
        question_of([said("user", "What is F0012?"), said(last, "x")])


def test_a_picture_is_refused_by_its_kind() -> None:
    with pytest.raises(NotPossible, match="image_url"):
        text_of(said("user", [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]))


@pytest.mark.parametrize(
    ("name", "id", "use_model", "wish"),
    [
        ("edge-copilot", "edge-copilot", True, "auto"),
        ("edge-copilot-local", "edge-copilot-local", True, "local"),
        ("edge-copilot-cloud", "edge-copilot-cloud", True, "cloud"),
        ("edge-copilot-quotes", "edge-copilot-quotes", False, "auto"),
        ("gpt-4o-mini", "edge-copilot", True, "auto"),
        ("o3", "edge-copilot", True, "auto"),
        ("chatgpt-4o-latest", "edge-copilot", True, "auto"),
    ],
)
def test_a_name_says_how_it_is_answered(name: str, id: str, use_model: bool, wish: str) -> None:
    found = chosen(name, ALL)

    assert (found.id, found.use_model, found.wish) == (id, use_model, wish)


def test_other_names_are_unknown_and_so_is_what_is_not_configured() -> None:
    for name, known in (
        ("llama", ALL),
        ("", ALL),
        ("gptx", ALL),
        ("edge-copilot-cloud", names(model=True, cloud=False)),
    ):
        with pytest.raises(NotPossible, match="There are: edge-copilot,") as refused:
            chosen(name, known)
        assert (refused.value.status, refused.value.code) == (404, "model_not_found")


@given(st.dictionaries(st.text(max_size=12), st.integers() | st.text(max_size=5) | st.none(), max_size=5))
def test_unknown_fields_are_let_pass(extra: dict[str, object]) -> None:
    known = set(ChatBody.model_fields)
    body = {key: value for key, value in extra.items() if key not in known}
    body |= {"model": "m", "messages": [{"role": "user", "content": "q", "name": "x"}], "temperature": 0.7}

    assert ChatBody.model_validate(body).messages[0].content == "q"
