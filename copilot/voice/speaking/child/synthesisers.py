"""The voices that the process can speak with. Each imports its library when it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


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


class Sherpa:
    """A VITS voice by sherpa-onnx (Apache-2.0): ``*.onnx``, ``tokens.txt`` and ``lexicon.txt``."""

    def __init__(self, folder: Path, threads: int, speaker: str, language: str) -> None:
        import sherpa_onnx

        network = next(iter(sorted(folder.glob("*.onnx"))))

        def beside(name: str) -> str:
            return str(folder / name) if (folder / name).exists() else ""

        config = sherpa_onnx.OfflineTtsConfig(
            model=sherpa_onnx.OfflineTtsModelConfig(
                vits=sherpa_onnx.OfflineTtsVitsModelConfig(
                    model=str(network),
                    lexicon=beside("lexicon.txt"),
                    tokens=beside("tokens.txt"),
                ),
                num_threads=threads,
                provider="cpu",
            )
        )
        if not config.validate():
            raise ValueError("files of the voice are missing")
        self._model = sherpa_onnx.OfflineTts(config)
        self._speaker = int(speaker) if speaker.isdecimal() else 0

    def speak(self, text: str, speed: float) -> Iterator[tuple[Floats, int]]:
        """See `Synthesiser`."""
        made = self._model.generate(text, sid=self._speaker, speed=speed)
        if not len(made.samples):
            raise ValueError("its lexicon has none of these words")
        yield np.asarray(made.samples, np.float32), int(made.sample_rate)
