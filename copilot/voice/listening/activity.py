"""Voice activity: is somebody talking in these 32 ms?

The Silero network (MIT) as it comes with faster-whisper, run by ONNX Runtime on one thread, window by window with its
state kept: about a third of a millisecond each, and the only thing that computes while nobody talks. faster-whisper's
own helper takes whole recordings only; and importing it would load speech to text.
"""

from __future__ import annotations

import copy
import importlib.util
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from copilot.voice.values import WINDOW_SAMPLES, Samples
from index.errors import ModelMissing

_CONTEXT: Final = 64  # samples of the window before that the network also sees
_STATE: Final = (1, 1, 128)
_REMEDY: Final = "Install the parts for voice: pip install 'edge-copilot[voice]'"

Numbers = npt.NDArray[np.float32]


class VoiceActivity(Protocol):
    """Tells speech from other sounds, window after window."""

    def probability(self, window: Samples) -> float:
        """Return how likely this window has speech in it, from 0 to 1."""
        ...

    def reset(self) -> None:
        """Forget what was heard before."""
        ...

    def another(self) -> VoiceActivity:
        """Return one for another stream of sound; cheap."""
        ...


class SileroActivity:
    """The Silero network; for one stream of sound.

    Raises:
        ModelMissing: faster-whisper, which brings it, isn't installed.
    """

    def __init__(self, model: Path | None = None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # spinning is a core lost while idle
        self._session: Any = onnxruntime.InferenceSession(
            str(model or silero_file()), providers=["CPUExecutionProvider"], sess_options=options
        )
        self._begin()

    def _begin(self) -> None:
        self._input: Numbers = np.zeros((1, _CONTEXT + WINDOW_SAMPLES), np.float32)
        self._h: Numbers = np.zeros(_STATE, np.float32)
        self._c: Numbers = np.zeros(_STATE, np.float32)

    def probability(self, window: Samples) -> float:
        """Return how likely this window of `WINDOW_SAMPLES` has speech in it."""
        assert len(window) == WINDOW_SAMPLES
        self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
        self._input[0, _CONTEXT:] = window
        self._input[0, _CONTEXT:] /= 32768
        output, h, c = self._session.run(None, {"input": self._input, "h": self._h, "c": self._c})
        self._h[:], self._c[:] = h, c
        return float(output.reshape(-1)[0])

    def reset(self) -> None:
        """Forget what was heard before."""
        for kept in (self._input, self._h, self._c):
            kept[:] = 0

    def another(self) -> SileroActivity:
        """Return one for another stream of sound, by the same network."""
        other = copy.copy(self)
        other._begin()
        return other


def silero_file() -> Path:
    """Return the network's file; found without importing the package around it.

    Raises:
        ModelMissing: It isn't installed.
    """
    spec = importlib.util.find_spec("faster_whisper")
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        found = sorted(Path(place, "assets").glob("silero_vad*.onnx"))
        if found:
            return found[-1]
    raise ModelMissing("The network that tells speech from noise is not installed.", _REMEDY)
