"""A VITS voice by sherpa-onnx in its process: Piper's network with a lexicon instead of Piper's own phonemes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from copilot.voice.listening.resampling import Resampler
from copilot.voice.speaking.base import VoiceInfo
from copilot.voice.speaking.child.synthesisers import UnknownWords, known_words, spelt_where_unknown
from copilot.voice.speaking.process import ProcessVoice, child_command
from copilot.voice.transcribing.whisper import WhisperTranscriber
from copilot.voice.values import Samples
from index.errors import AudioError
from tests.copilot.voice.sounds import needed

SENTENCES = ("Remove the guard and check the brake of the conveyor.", "Turn the handle to the left.")
_METADATA_FIELD = 14  # of ONNX's ModelProto: metadata_props, key and value


def _length(number: int) -> bytes:
    """A length as protocol buffers write it."""
    low = number & 0x7F
    return bytes([low]) if number < 0x80 else bytes([low | 0x80]) + _length(number >> 7)


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _length(len(data)) + data


def _metadata(**values: str) -> bytes:
    """What is appended to an ONNX file to add metadata: messages of protocol buffers may be joined."""
    pairs = (_field(1, key.encode()) + _field(2, value.encode()) for key, value in values.items())
    return b"".join(_field(_METADATA_FIELD, pair) for pair in pairs)


@pytest.fixture(scope="module")
def folder(model_file: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A voice as sherpa-onnx takes it, of Piper's network and espeak-ng's phonemes of a few words."""
    pytest.importorskip("sherpa_onnx")
    network = model_file("piper-joe")
    config = json.loads(Path(f"{network}.json").read_text(encoding="utf-8"))
    phonemes: dict[str, list[int]] = config["phoneme_id_map"]
    made = tmp_path_factory.mktemp("sherpa")
    described = _metadata(
        model_type="vits",
        comment="piper",
        language="English",
        add_blank="1",
        n_speakers="1",
        sample_rate=str(config["audio"]["sample_rate"]),
        punctuation="; : , . ! ?",
    )
    (made / "voice.onnx").write_bytes(network.read_bytes() + described)
    tokens = "".join(f"{phoneme} {ids[0]}\n" for phoneme, ids in phonemes.items())
    (made / "tokens.txt").write_text(tokens, encoding="utf-8")
    words = sorted({word.strip(".").casefold() for sentence in SENTENCES for word in sentence.split()})
    espeak = needed("espeak-ng")
    lines = []
    for word in [*words, "b", "r", "o"]:
        told = subprocess.run(
            [espeak, "-q", "--ipa", "-v", config["espeak"]["voice"], word], check=True, capture_output=True, text=True
        )
        lines.append(f"{word} {' '.join(sound for sound in told.stdout.strip() if sound in phonemes)}\n")
    (made / "lexicon.txt").write_text("".join(lines), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def voice(folder: Path) -> Iterator[ProcessVoice]:
    voice = ProcessVoice(
        VoiceInfo("sherpa", "test", "en"), child_command("sherpa", str(folder), "1", "", "en"), "Mend."
    )
    yield voice
    voice.close()


def _spoken(voice: ProcessVoice, text: str, speed: float = 1.0) -> Samples:
    """What it says, in our format."""
    pieces = list(voice.synthesise(text, speed))
    resampler = Resampler(pieces[0].rate_hz)
    return np.concatenate([*(resampler.take(piece.samples) for piece in pieces), resampler.rest()])


@pytest.mark.model
@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_it_says_is_understood(sentence: str, voice: ProcessVoice, model_file: Callable[..., Path]) -> None:
    whisper = WhisperTranscriber(lambda: model_file("whisper-base").parent, threads=2)

    heard = whisper.transcribe(_spoken(voice, sentence), sentence)

    assert heard.text.casefold().strip(" .") == sentence.casefold().strip(" .")


@pytest.mark.model
def test_it_speaks_faster_when_it_is_told_to(voice: ProcessVoice) -> None:
    slow, fast = (len(_spoken(voice, SENTENCES[0], speed)) for speed in (0.7, 1.5))

    assert slow / fast > 1.4


@pytest.mark.model
def test_a_word_that_its_lexicon_lacks_is_spelt_and_never_left_out(voice: ProcessVoice) -> None:
    plain, spelt = (len(_spoken(voice, f"Check the {word}.")) for word in ("brake", "brobrobro"))

    assert spelt > plain * 1.5
    with pytest.raises(AudioError, match="can't speak"):
        _spoken(voice, "Check the quench.")


def test_words_are_looked_up_whatever_their_case(tmp_path: Path) -> None:
    (tmp_path / "lexicon.txt").write_text("Check tʃ ɛ k\n\na ə\nb b\nnot n ɒ t\n", encoding="utf-8")
    words = known_words(tmp_path / "lexicon.txt")

    assert spelt_where_unknown("check, Not AB's!", words | {"s"}) == "check, Not A B s!"
    with pytest.raises(UnknownWords):
        spelt_where_unknown("Check that.", words)
