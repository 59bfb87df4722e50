"""The wake word in the sound itself, by models of openWakeWord.

Three networks in a row: sound to mel spectrogram, spectrogram to one embedding every 80 ms, the last embeddings to a
probability (https://github.com/dscripka/openWakeWord, "model architecture"). The project's own package wants TensorFlow
Lite, SciPy and scikit-learn and doesn't install on newer Pythons, so its models are run here. They are not shipped:
the pre-trained ones may only be used non-commercially (CC BY-NC-SA 4.0); train one of your own or bring it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from copilot.voice.values import Samples
from index.errors import ModelCorrupt, ModelMissing

_STEP: Final = 1280  # samples: 80 ms, what one embedding goes forward by
_REACH: Final = 160 * 3  # samples before the step that its spectrogram also needs
_MEL_FRAMES: Final = 76  # of the spectrogram in one embedding
_MEL_STEP: Final = 8
_KEPT_MELS: Final = 97 * 2
_THRESHOLD: Final = 0.5
_WARM_UP: Final = 5  # first answers after a reset, of a memory that is not filled yet
_SHARED: Final = ("melspectrogram", "embedding_model", "silero_vad")

Numbers = npt.NDArray[np.float32]


class OpenWakeWord:
    """One wake word.

    Args:
        folder: Holds ``melspectrogram.onnx``, ``embedding_model.onnx`` and one more, the wake word's.
        threshold: Probability that is taken for the wake word.

    Raises:
        ModelMissing: A file isn't there, or it isn't clear which is the wake word's.
        ModelCorrupt: One of them can't be loaded.
    """

    def __init__(self, folder: Path, threshold: float = _THRESHOLD) -> None:
        words = sorted(path for path in folder.glob("*.onnx") if path.stem not in _SHARED)
        missing = [name for name in _SHARED[:2] if not (folder / f"{name}.onnx").is_file()]
        if missing or len(words) != 1:
            lacks = " and ".join(f"{name}.onnx" for name in missing) or "exactly one wake word's model"
            raise ModelMissing(
                f"The folder {folder} of openWakeWord models lacks {lacks}.",
                "Put melspectrogram.onnx, embedding_model.onnx and the wake word's model there, or name one of "
                "edge-copilot models list --role wake-word, or empty voice.wake_models to look for the wake word in "
                "what was heard.",
            )
        self.phrase = words[0].stem.partition("_v")[0].replace("_", " ")
        self._threshold = threshold
        self._mel, self._embedding, self._word = (_session(path) for path in (*self._paths(folder), words[0]))
        self._needed = int(self._word.get_inputs()[0].shape[1])
        self.reset()

    @staticmethod
    def _paths(folder: Path) -> tuple[Path, Path]:
        return folder / "melspectrogram.onnx", folder / "embedding_model.onnx"

    def reset(self) -> None:
        """Forget what was heard before."""
        self._sound = np.zeros(_REACH, np.int16)
        self._mels: Numbers = np.ones((_MEL_FRAMES, 32), np.float32)
        self._embeddings: Numbers = np.zeros((0, 96), np.float32)
        self._answers = 0

    def take(self, window: Samples) -> bool:
        """Take one window; tell whether the wake word has just been said."""
        self._sound = np.concatenate([self._sound, window])
        heard = False
        while len(self._sound) >= _REACH + _STEP:
            heard = self._step(self._sound[: _REACH + _STEP]) >= self._threshold or heard
            self._sound = self._sound[_STEP:]
        if heard:
            self.reset()
        return heard

    def _step(self, sound: Samples) -> float:
        mels = _run(self._mel, sound.astype(np.float32)[None, :]).reshape(-1, 32) / 10 + 2
        self._mels = np.concatenate([self._mels, mels])[-_KEPT_MELS:]
        embedding = _run(self._embedding, self._mels[-_MEL_FRAMES:][None, :, :, None].astype(np.float32))
        self._embeddings = np.concatenate([self._embeddings, embedding.reshape(1, 96)])[-self._needed :]
        self._answers += 1
        if len(self._embeddings) < self._needed or self._answers <= _WARM_UP:
            return 0.0
        return float(_run(self._word, self._embeddings[None, :, :]).reshape(-1)[0])


def _session(path: Path) -> Any:  # noqa: ANN401 - onnxruntime has no types
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"], sess_options=options)
    except Exception as error:  # onnxruntime raises classes of its own for each fault
        raise ModelCorrupt(f"The wake word model {path} can't be loaded.", "Copy it anew.") from error


def _run(session: Any, values: Numbers) -> Numbers:  # noqa: ANN401 - onnxruntime has no types
    result: Numbers = session.run(None, {session.get_inputs()[0].name: values})[0]
    return result
