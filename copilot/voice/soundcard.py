"""The sound card: which microphones and loudspeakers there are, and when PortAudio may look for them anew.

PortAudio makes its list of devices once. To see what was plugged in since, it has to be ended and begun again, which
takes every open stream with it; so streams are counted, and the list is only renewed while there are none.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

from copilot.voice.values import AudioDevice
from index.errors import AudioError

Direction = Literal["in", "out"]

_LOCK: Final = threading.RLock()
_open_streams = 0
_refused = False


def portaudio() -> Any:  # noqa: ANN401 - sounddevice has no types
    """Return the `sounddevice` module.

    Raises:
        AudioError: It, or the PortAudio library that it calls, isn't installed.
    """
    try:
        with quiet():
            import sounddevice
    except ImportError as error:
        raise AudioError(
            "The parts for sound are not installed.", "Install them: pip install 'edge-copilot[voice]'"
        ) from error
    except OSError as error:
        raise AudioError("The PortAudio library is missing.", "On Debian: apt install libportaudio2") from error
    return sounddevice


def devices(direction: Direction, *, renew: bool = True) -> list[AudioDevice]:
    """Return the microphones (``in``) or loudspeakers (``out``) of this machine.

    Args:
        direction: Which of both.
        renew: Look for what was plugged in since, if no stream is open.

    Raises:
        AudioError: PortAudio isn't installed.
    """
    sound = portaudio()
    with _LOCK:
        if renew:
            _renew(sound)
        side = 0 if direction == "in" else 1
        try:
            default, rows = sound.default.device[side], sound.query_devices()
        except sound.PortAudioError:
            return []
        return [
            AudioDevice(row["index"], row["name"], row[f"max_{direction}put_channels"], row["index"] == default)
            for row in rows
            if row[f"max_{direction}put_channels"] > 0
        ]


def find_device(direction: Direction, name: str | None) -> AudioDevice:
    """Return the device that is meant.

    Args:
        direction: Microphone or loudspeaker.
        name: Its name, its number, or a part of its name in any case; None for the system's choice.

    Raises:
        AudioError: There is none, or the part fits several.
    """
    here = devices(direction, renew=False)
    if not any(name is None or name.casefold() in f"{device.id} {device.name}".casefold() for device in here):
        here = devices(direction)
    kind = "microphone" if direction == "in" else "loudspeaker"
    if not here:
        raise AudioError(f"There is no {kind}.", "Plug one in; it is looked for by itself.")
    if name is None:
        return next((device for device in here if device.default), here[0])
    wanted = name.casefold()
    exact = [device for device in here if device.name.casefold() == wanted or str(device.id) == name]
    fitting = exact or [device for device in here if wanted in device.name.casefold()]
    listed = ", ".join(f"“{device.name}”" for device in fitting or here)
    if not fitting:
        raise AudioError(f"There is no {kind} “{name}”.", f"There are: {listed}. Set voice.{kind} to one of them.")
    if len(fitting) > 1:
        raise AudioError(f"“{name}” fits several {kind}s.", f"Say which: {listed}.")
    return fitting[0]


@contextmanager
def opening() -> Iterator[None]:
    """Hold while a device is looked up, opened and counted: nobody else renews PortAudio's list meanwhile."""
    with _LOCK:
        yield


@contextmanager
def stream_open() -> Iterator[None]:
    """Hold while a stream is open, so that PortAudio isn't ended under it."""
    global _open_streams
    with _LOCK:
        _open_streams += 1
    try:
        yield
    finally:
        with _LOCK:
            _open_streams -= 1


def refused() -> None:
    """Say that a device could not be opened. ALSA's layer over PulseAudio then leaves something behind that makes
    PortAudio abort the process when it is begun again, so its list stays as it is from now on."""
    global _refused
    with _LOCK:
        _refused = True


def _renew(sound: Any) -> None:  # noqa: ANN401 - sounddevice has no types
    if _open_streams or _refused:
        return
    with quiet(), contextlib.suppress(sound.PortAudioError):
        sound._terminate()
        sound._initialize()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries below from writing their search for devices onto the terminal."""
    try:
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
    except OSError:  # no standard error, as in a service: nothing to keep quiet
        yield
        return
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
