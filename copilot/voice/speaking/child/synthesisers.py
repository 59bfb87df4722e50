"""The voices that the process can speak with. Each imports its library when it is opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class Synthesiser(Protocol):
    """Makes audio of text."""

    def speak(self, text: str, speed: float) -> Iterator[tuple[Floats, int]]:
        """Yield samples from -1 to 1 and their rate in Hz."""
        ...


def open_synthesiser(kind: str, folder: str, threads: int, speaker: str, language: str) -> Synthesiser:
    """The voice in ``folder``."""
    opened: dict[str, type[Any]] = {"piper": Piper, "kokoro": Kokoro, "sherpa": Sherpa}
    synthesiser: Synthesiser = opened[kind](Path(folder), threads, speaker, language)
    return synthesiser


def quiet_session(model: Path, threads: int) -> Any:  # noqa: ANN401 - onnxruntime comes without types
    """ONNX Runtime without threads that spin while they wait: the cores are the language model's meanwhile."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The lengths of sentences differ; an arena that fits the longest of a day is never given back.
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


class Piper:
    """A Piper voice: a network and its ``.json`` (https://github.com/OHF-Voice/piper1-gpl, GPL-3.0)."""

    def __init__(self, folder: Path, threads: int, speaker: str, language: str) -> None:
        import json

        from piper import PiperVoice
        from piper.config import PiperConfig

        network = next(iter(sorted(folder.glob("*.onnx"))))
        config = PiperConfig.from_dict(json.loads(Path(f"{network}.json").read_text(encoding="utf-8")))
        self._voice = PiperVoice(session=quiet_session(network, threads), config=config, download_dir=folder)
        self._speaker = int(speaker) if speaker.isdecimal() else None

    def speak(self, text: str, speed: float) -> Iterator[tuple[Floats, int]]:
        """See `Synthesiser`."""
        from piper import SynthesisConfig

        own = float(self._voice.config.length_scale)
        for chunk in self._voice.synthesize(text, SynthesisConfig(speaker_id=self._speaker, length_scale=own / speed)):
            yield np.asarray(chunk.audio_float_array, np.float32), int(chunk.sample_rate)


class Kokoro:
    """Kokoro-82M by kokoro-onnx (MIT; the model Apache-2.0): ``*.onnx`` and a file of voices, ``voices*.bin``."""

    def __init__(self, folder: Path, threads: int, speaker: str, language: str) -> None:
        from kokoro_onnx import Kokoro as Model

        network = next(iter(sorted(folder.glob("*.onnx"))))
        voices = next(iter(sorted(folder.glob("voices*"))))
        self._model = Model.from_session(quiet_session(network, threads), str(voices))
        self._speaker = speaker or next(iter(sorted(self._model.get_voices())))
        self._language = {"en": "en-us"}.get(language, language)

    def speak(self, text: str, speed: float) -> Iterator[tuple[Floats, int]]:
        """See `Synthesiser`."""
        samples, rate_hz = self._model.create(text, voice=self._speaker, speed=speed, lang=self._language)
        yield np.asarray(samples, np.float32), int(rate_hz)


class UnknownWords(ValueError):
    """The voice doesn't know how words are said, nor the names of their letters."""


class Sherpa:
    """A VITS voice by sherpa-onnx (Apache-2.0): ``*.onnx``, ``tokens.txt`` and ``lexicon.txt``.

    sherpa-onnx leaves out what its lexicon hasn't got, and "not" must not be left out unnoticed: such a word is spelt,
    and where the lexicon has no letters either, the sentence is refused.
    """

    def __init__(self, folder: Path, threads: int, speaker: str, language: str) -> None:
        import sherpa_onnx

        network = next(iter(sorted(folder.glob("*.onnx"))))
        lexicon, tokens = folder / "lexicon.txt", folder / "tokens.txt"
        config = sherpa_onnx.OfflineTtsConfig(
            model=sherpa_onnx.OfflineTtsModelConfig(
                vits=sherpa_onnx.OfflineTtsVitsModelConfig(
                    model=str(network), lexicon=str(lexicon) if lexicon.exists() else "", tokens=str(tokens)
                ),
                num_threads=threads,
                provider="cpu",
            )
        )
        if not config.validate():
            raise ValueError("files of the voice are missing")
        self._model = sherpa_onnx.OfflineTts(config)
        self._speaker = int(speaker) if speaker.isdecimal() else 0
        self._words = known_words(lexicon) if lexicon.exists() else None

    def speak(self, text: str, speed: float) -> Iterator[tuple[Floats, int]]:
        """See `Synthesiser`.

        Raises:
            UnknownWords: Nothing of it, or not all of it, can be said.
        """
        if self._words is not None:
            text = spelt_where_unknown(text, self._words)
        made = self._model.generate(text, sid=self._speaker, speed=speed)
        if not len(made.samples):
            raise UnknownWords("nothing of it can be said")
        yield np.asarray(made.samples, np.float32), int(made.sample_rate)


def known_words(lexicon: Path) -> frozenset[str]:
    """The words of a lexicon: the first of each line."""
    lines = lexicon.read_text(encoding="utf-8").splitlines()
    return frozenset(line.split(maxsplit=1)[0].casefold() for line in lines if line.strip())


def spelt_where_unknown(text: str, words: frozenset[str]) -> str:
    """Return the text with each word that the lexicon hasn't got as its letters.

    Raises:
        UnknownWords: It hasn't got those either.
    """

    def known(match: re.Match[str]) -> str:
        word = match[0]
        if word.casefold() in words:
            return word
        if not all(letter.casefold() in words for letter in word if letter != "'"):
            raise UnknownWords("words are missing in its lexicon")
        return " ".join(letter for letter in word if letter != "'")

    return _WORD.sub(known, text)
