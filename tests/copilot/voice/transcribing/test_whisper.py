"""Speech to text with the model itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from copilot.voice.transcribing.whisper import WhisperTranscriber
from copilot.voice.values import SAMPLE_RATE_HZ, Hints, Samples
from copilot.voice.written.lexicon import SpeltLexicon
from copilot.voice.written.writer import SpokenWriter
from index.errors import ModelCorrupt, ModelMissing

Say = Callable[..., Samples]
PROMPT = "Question about F0012, BR-120, DX-40, TB-1200, timing belt, conveyor."


@pytest.fixture(scope="module")
def transcriber(model_file: Callable[..., Path]) -> WhisperTranscriber:
    whisper = WhisperTranscriber(lambda: model_file("whisper-base").parent, threads=2)
    whisper.load()
    return whisper


@pytest.mark.model
def test_a_spoken_sentence_is_read(transcriber: WhisperTranscriber, say: Say) -> None:
    transcript = transcriber.transcribe(say("How do I tension the timing belt?"), PROMPT)

    assert transcript.text.casefold().rstrip("?.") == "how do i tension the timing belt"
    assert transcript.rejected == ""
    assert transcript.confidence > 0.6


# Said by Piper, whose figures are read with probabilities above 0.8 whatever the processor computes with. espeak-ng's
# are read with 0.5 to 0.65, where the rounding of 8-bit weights tips the balance: F0012 becomes F0011 or F00101012.
@pytest.mark.model
@pytest.mark.parametrize(
    ("spoken", "code"),
    [
        ("What does fault F zero zero one two mean?", "F0012"),
        ("What does fault F zero zero two one mean?", "F0021"),
        ("How do I replace the brake B R one twenty?", "BR-120"),
        ("How do I replace the brake B R two ten?", "BR-210"),
        ("How do I tension the belt T B twelve hundred?", "TB-1200"),
        ("The drive D X forty does not start.", "DX-40"),
    ],
)
def test_spelled_codes_are_heard_with_the_vocabulary(
    spoken: str, code: str, transcriber: WhisperTranscriber, say_clearly: Callable[[str], Samples]
) -> None:
    writer = SpokenWriter(SpeltLexicon(["F0012", "F0021", "BR-120", "BR-210", "DX-40", "TB-1200"]))

    transcript = transcriber.transcribe(say_clearly(spoken), PROMPT)
    written = writer.write(transcript, Hints(), transcriber.compare)

    assert [found.written for found in written.identifiers] == [code]
    assert transcript.confidence > 0.75


@pytest.mark.model
def test_what_was_said_is_likelier_than_what_was_not(transcriber: WhisperTranscriber, say: Say) -> None:
    transcriber.transcribe(say("What does fault F zero zero one two mean?"), PROMPT)

    right, wrong, other = transcriber.compare(
        ["What does fault F0012 mean?", "What does fault F0021 mean?", "How do I grease the chain?"]
    )

    assert right > wrong > other


@pytest.mark.model
@pytest.mark.parametrize(
    "recipe",
    ["synth {s} whitenoise gain -n -20", "synth {s} sine 50 gain -n -10", "synth {s} pluck E3 pluck G3 gain -n -6"],
    ids=["white noise", "hum", "strings"],
)
def test_nothing_is_made_up_from_noise(recipe: str, transcriber: WhisperTranscriber, make_noise) -> None:
    transcript = transcriber.transcribe(make_noise(recipe, 4), PROMPT)

    assert not transcript.text or transcript.rejected


@pytest.mark.model
def test_nothing_is_made_up_from_silence(transcriber: WhisperTranscriber) -> None:
    transcript = transcriber.transcribe(np.zeros(3 * SAMPLE_RATE_HZ, np.int16), PROMPT)

    assert not transcript.text or transcript.rejected


@pytest.mark.model
def test_the_language_is_found_out_where_none_is_set(model_file: Callable[..., Path], say: Say) -> None:
    whisper = WhisperTranscriber(lambda: model_file("whisper-base").parent, language="", threads=2)

    transcript = whisper.transcribe(say("Wie spanne ich den Zahnriemen an dieser Maschine?", "de"))

    assert transcript.language == "de"


def test_a_missing_model_is_told_with_what_to_do() -> None:
    def folder() -> Path:
        raise ModelMissing("It is not on this device.", "Fetch it.")

    with pytest.raises(ModelMissing):
        WhisperTranscriber(folder).load()


def test_a_damaged_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")

    with pytest.raises(ModelCorrupt) as caught:
        WhisperTranscriber(lambda: tmp_path).load()
    assert caught.value.remedy
