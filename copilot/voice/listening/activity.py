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
_QUIET: Final = 0.1  # probability below which nobody talks beyond doubt
_FORGET: Final = 31
"""Windows without speech, a second, after which an alert network's memory is emptied. Grown long on silence, it
hesitates: after twenty quiet seconds words were noticed 190 ms (median) to 390 ms (p95) after their first sound, with
an empty memory after 80 to 160 ms. The price is three to eleven sounds in an hour of a hall that are taken for a
voice for a moment, which only matters little while the copilot speaks."""
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

    def be_alert(self, on: bool) -> None:
        """Tell of speech sooner, and of other sounds more often."""
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
        self._quiet = 0
        self._alert = False

    def probability(self, window: Samples) -> float:
        """Return how likely this window of `WINDOW_SAMPLES` has speech in it."""
        assert len(window) == WINDOW_SAMPLES
        self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
        self._input[0, _CONTEXT:] = window
        self._input[0, _CONTEXT:] /= 32768
        output, h, c = self._session.run(None, {"input": self._input, "h": self._h, "c": self._c})
        self._h[:], self._c[:] = h, c
        probability = float(output.reshape(-1)[0])
        self._quiet = self._quiet + 1 if probability < _QUIET else 0
        if self._alert and self._quiet >= _FORGET:
            self._forget()
        return probability

    def reset(self) -> None:
        """Forget what was heard before."""
        self._input[:] = 0
        self._forget()

    def be_alert(self, on: bool) -> None:
        """See `VoiceActivity`."""
        self._alert = on

    def _forget(self) -> None:
        self._h[:] = self._c[:] = 0
        self._quiet = 0

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
