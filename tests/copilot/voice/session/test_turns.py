"""Whose turn it is."""

from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.session.turns import (
    Deed,
    Done,
    Finished,
    Happening,
    Nothing,
    Paused,
    SoundBegan,
    SpeechBegan,
    Turns,
    WentOn,
)


def run(*happenings: Happening, half: bool = False) -> tuple[Turns, list[Deed]]:
    turns, deeds = Turns(half=half), []
    for happening in happenings:
        turns, done = turns.after(happening)
        deeds += done
    return turns, deeds


def test_a_question_is_heard_thought_about_and_answered() -> None:
    turns, deeds = run(SpeechBegan(), Finished("why"), SoundBegan(), Done())

    assert deeds == ["begin"]
    assert turns == Turns()


def test_a_pause_begins_early_and_the_end_adopts_what_was_begun() -> None:
    turns, deeds = run(SpeechBegan(), Paused("what is F3"), Finished("what is F3"))

    assert deeds == ["begin early", "adopt early"]
    assert turns.state == "thinking"


def test_who_goes_on_after_a_pause_has_meant_something_else() -> None:
    _, deeds = run(SpeechBegan(), Paused("what is F3"), WentOn(), Paused("what is F3 for"), Finished("what is F30 for"))

    assert deeds == ["begin early", "cancel early", "begin early", "cancel early", "begin"]


def test_whoever_talks_into_the_answer_silences_it_and_words_end_it() -> None:
    turns, deeds = run(SpeechBegan(), Finished("why"), SoundBegan(), SpeechBegan(), Finished("stop"))

    assert deeds == ["begin", "pause speech", "drop speech", "begin"]
    assert turns.state == "thinking"


def test_what_it_says_by_itself_waits_for_whoever_has_just_begun_to_talk() -> None:
    turns, deeds = run(SpeechBegan(), SoundBegan(), Nothing())

    assert deeds == ["pause speech", "resume speech"]
    assert turns.state == "speaking"


def test_a_cough_does_not_cost_the_answer() -> None:
    turns, deeds = run(SpeechBegan(), Finished("why"), SoundBegan(), SpeechBegan(), Nothing())

    assert deeds == ["begin", "pause speech", "resume speech"]
    assert turns.state == "speaking"


def test_in_half_duplex_the_microphone_is_held_exactly_while_it_speaks() -> None:
    turns, deeds = run(SpeechBegan(), Finished("why"), SoundBegan(), Done(), half=True)

    assert deeds == ["begin", "hold microphone", "free microphone"]
    assert turns.state == "waiting"


def test_in_half_duplex_the_talk_button_frees_it() -> None:
    _, deeds = run(SpeechBegan(), Finished("why"), SoundBegan(), SpeechBegan(), half=True)

    assert deeds[-2:] == ["pause speech", "free microphone"]


HAPPENINGS = st.one_of(
    st.just(SpeechBegan()),
    st.builds(Paused, st.sampled_from(["a", "b"])),
    st.just(WentOn()),
    st.builds(Finished, st.sampled_from(["a", "b"])),
    st.just(Nothing()),
    st.just(SoundBegan()),
    st.just(Done()),
)


@given(st.lists(HAPPENINGS, max_size=30), st.booleans())
def test_whatever_happens_no_question_is_left_running_and_no_speech_left_paused(
    happenings: list[Happening], half: bool
) -> None:
    turns, early, paused, held = Turns(half=half), False, False, False
    for happening in happenings:
        turns, deeds = turns.after(happening)
        for deed in deeds:
            match deed:
                case "begin early":
                    assert not early
                    early = True
                case "cancel early" | "adopt early":
                    assert early
                    early = False
                case "begin":
                    assert not early
                case "pause speech":
                    assert not paused
                    paused = True
                case "resume speech" | "drop speech":
                    paused = False
                case "hold microphone":
                    held = True
                case "free microphone":
                    held = False
        assert early == (turns.early is not None)
        if paused:
            assert turns.state == "hearing"
        if turns.state in ("waiting", "hearing"):
            assert not held


@given(st.lists(HAPPENINGS, max_size=20))
def test_after_whatever_happened_a_question_is_still_answered(happenings: list[Happening]) -> None:
    turns = Turns()
    for happening in happenings:
        turns, _ = turns.after(happening)
    for happening in (Nothing(), Done(), SpeechBegan()):
        turns, _ = turns.after(happening)

    turns, deeds = turns.after(Finished("why"))

    assert turns.state == "thinking"
    assert deeds[-1] == "begin"
