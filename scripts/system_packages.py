"""Install what tests need of the system and a minimal machine lacks: on Debian and its kin, as root or through sudo.

What is there already is not installed again; where something can't be installed, the command to run by hand is told.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.loaders.pdf.ocr import OCR_SYSTEM_PACKAGES


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that tests need.

    Attributes:
        what: For people.
        there: Whether it is here.
        packages: Debian's packages that bring it.
    """

    what: str
    there: Callable[[], bool]
    packages: tuple[str, ...]


def _program(*names: str) -> Callable[[], bool]:
    # Debian keeps servers where a plain user's PATH doesn't look.
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
    return lambda: all(shutil.which(name, path=path) for name in names)


def _ocr_works() -> bool:
    """Whether OpenCV finds its libraries; asked in a process of its own, which a failed import leaves no trace in."""
    return subprocess.run([sys.executable, "-c", "import cv2"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def _alsa_reaches_pulse() -> bool:
    """Whether ALSA has its plug-in for PulseAudio, which Debian keeps beside its other libraries."""
    return any(Path("/usr/lib").glob("**/alsa-lib/libasound_module_pcm_pulse.so"))


NEEDS: Final = (
    Need("OCR", _ocr_works, tuple(OCR_SYSTEM_PACKAGES.split())),
    Need("an MQTT broker", _program("mosquitto"), ("mosquitto",)),
    Need("a browser", _program("chromium"), ("chromium",)),
    Need("a sound card without hardware", _program("pulseaudio", "pactl"), ("pulseaudio", "pulseaudio-utils")),
    Need("PortAudio", lambda: ctypes.util.find_library("portaudio") is not None, ("libportaudio2",)),
    Need("PortAudio's way to PulseAudio", _alsa_reaches_pulse, ("libasound2-plugins",)),
    Need("a second voice", _program("espeak-ng"), ("espeak-ng",)),
    Need("noise", _program("sox"), ("sox",)),
    Need("a terminal to look at", _program("tmux"), ("tmux",)),
)


def _missing() -> list[Need]:
    return [need for need in NEEDS if not need.there()]


def main() -> int:
    """Install what is missing; 0 where everything is there in the end."""
    missing = _missing()
    if not missing:
        return 0
    packages = sorted({package for need in missing for package in need.packages})
    before = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not before or shutil.which("sudo")):
        print(f"installing {' '.join(packages)} …", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        for command in (["apt-get", "update", "-qq"], install):
            subprocess.run([*before, *command], env=environment, stdout=subprocess.DEVNULL, check=False)
    if still := _missing():
        packages = sorted({package for need in still for package in need.packages})
        print(
            f"Tests need {', '.join(need.what for need in still)}. On Debian: sudo apt install {' '.join(packages)}",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
