"""What an utterance asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.intents import GrammarCommands, GrammarUnderstanding
from copilot.voice.intents.grammar import grammar

understand = GrammarUnderstanding().understand


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Repeat that, please.", "repeat"),
        ("Say that again.", "repeat"),
        ("Could you speak slower?", "slower"),
        ("Slow down.", "slower"),
        ("faster", "faster"),
        ("Louder please.", "louder"),
        ("Turn the volume down.", "quieter"),
        ("Stop!", "stop"),
        ("Stop, stop, stop.", "stop"),
        ("Go on.", "more"),
        ("Tell me more.", "more"),
        ("Where does that come from?", "sources"),
        ("Could you go to the next step, please?", "next-step"),
        ("Previous step.", "previous-step"),
        ("Which step am I at?", "this-step"),
        ("Which machine am I at?", "which-machine"),
        ("Read the alarms.", "read-alarms"),
        ("Are there any alarms?", "read-alarms"),
        ("Ask the expert.", "ask-expert"),
        ("Mute.", "mute"),
        ("Stop listening.", "mute"),
        ("What can I say?", "help"),
        ("Yes, save it.", "yes"),
        ("No, that's wrong.", "no"),
    ],
)
def test_a_command_is_understood(said: str, name: str) -> None:
    assert understand(said).name == name


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("Slow her.", "slower"),
        ("Next steps.", "next-step"),
        ("Reed the alarms.", "read-alarms"),
        ("Repeat hat.", "repeat"),
    ],
)
def test_a_misheard_command_is_understood_still(heard: str, name: str) -> None:
    intent = understand(heard)

    assert intent.name == name
    assert intent.confidence < 1


@pytest.mark.parametrize(
    "question",
    [
        "What does F0012 mean?",
        "What is the next step in the lockout?",
        "How do I stop the conveyor?",
        "Is the brake on step 3 hot?",
        "What should I do after the next step?",
        "How much torque?",
        "Which machine has the DX-40 drive?",
        "Where is the note about the belt?",
        "Why does the alarm horn sound?",
        "Is it yes or no?",
        "",
    ],
)
def test_a_question_stays_a_question(question: str) -> None:
    intent = understand(question)

    assert (intent.name, intent.text) == ("ask", question)


@pytest.mark.parametrize(
    ("said", "value", "step"),
    [
        ("Set the torque to 1.3 Nm at step 4.", "1.3 Nm", 4),
        ("Step 3 is 42 Nm.", "42 Nm", 3),
        ("Set step three to 42.", "42", 3),
        ("Set value 1.3 Nm for step 4", "1.3 Nm", 4),
        ("The value is 24 V.", "24 V", None),
        ("Enter 400 VAC at step 2", "400 VAC", 2),
        ("I measured 60 °C.", "60 °C", None),
    ],
)
def test_a_value_is_understood_with_its_step(said: str, value: str, step: int | None) -> None:
    intent = understand(said)

    assert (intent.name, intent.value, intent.step) == ("set-value", value, step)
    assert intent.stores


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Take a note: the belt on TX-200 is worn.", "the belt on TX-200 is worn."),
        ("Note that BR-120 squeals.", "BR-120 squeals."),
        ("Take a note.", ""),
    ],
)
def test_a_note_is_kept_as_it_was_said(said: str, text: str) -> None:
    intent = understand(said)

    assert (intent.name, intent.text) == ("log-note", text)
    assert intent.stores


def test_the_expert_is_asked_a_question_at_once() -> None:
    intent = understand("Ask the expert why the drive trips with F0012.")

    assert (intent.name, intent.text) == ("ask-expert", "why the drive trips with F0012.")


def test_a_step_is_gone_to() -> None:
    assert (understand("Go to step two.").name, understand("go to step 2").step) == ("this-step", 2)


def test_what_was_asked_back_is_understood_in_its_light() -> None:
    assert understand("4.2 bar.", expecting="value").value == "4.2 bar"
    assert understand("four point two bar", expecting="value").value == "4.2 bar"
    assert understand("passed", expecting="value").value == "passed"
    assert understand("The belt is worn.", expecting="note").text == "The belt is worn."
    assert understand("cancel", expecting="note").name == "no"
    assert understand("yes save", expecting="confirmation").name == "yes"
    assert understand("What does F0012 mean?", expecting="confirmation").name == "ask"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Nächster Schritt", "next-step"),
        ("Langsamer bitte.", "slower"),
        ("Welche Maschine ist das?", "which-machine"),
        ("Lies die Alarme vor.", "read-alarms"),
        ("Wie bitte?", "repeat"),
        ("Frag den Experten.", "ask-expert"),
        ("Mikrofon aus.", "mute"),
        ("Ja, genau.", "yes"),
        ("Was bedeutet F0012?", "ask"),
    ],
)
def test_german(said: str, name: str) -> None:
    assert understand(said, language="de").name == name


def test_german_values_and_notes() -> None:
    value = understand("Setze Schritt 3 auf 1,3 Nm", language="de")
    note = understand("Notiere, dass der Riemen verschlissen ist.", language="de")

    assert (value.name, value.value, value.step) == ("set-value", "1,3 Nm", 3)
    assert (note.name, note.text) == ("log-note", "der Riemen verschlissen ist.")


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_phrase_of_the_grammar_means_what_it_stands_for(language: str) -> None:
    twice: dict[str, str] = {}
    for pattern in grammar(language).patterns:
        for phrase in pattern.phrases:
            assert twice.setdefault(phrase, pattern.name) == pattern.name, f"“{phrase}” means two things"
            assert understand(phrase, language=language).name == pattern.name, phrase


@given(st.text(max_size=60), st.sampled_from(["", "value", "note", "choice", "confirmation"]))
def test_any_text_is_understood_as_something(text: str, expecting: str) -> None:
    assert understand(text, expecting=expecting).name


def test_commands_near_to_what_was_heard_are_named_for_the_sound_to_decide() -> None:
    near = GrammarCommands().near

    assert "Stop talking." in near("Start talking.", "en")
    assert "Go to step 4." in near("Out to step 4.", "en")
    assert "Step 2 is 1.3 bar." in near("Cep2 is 1.3 bar.", "en")


def test_a_command_and_a_long_question_have_no_near_commands() -> None:
    near = GrammarCommands().near

    assert near("Stop talking.", "en") == []
    assert near("What must be locked out before opening the guard at the conveyor?", "en") == []


@given(st.text(max_size=60), st.sampled_from(["en", "de"]))
def test_any_text_has_near_commands_or_none(text: str, language: str) -> None:
    assert len(GrammarCommands().near(text, language)) <= 40
