"""Install what tests need of the system and a minimal machine lacks: on Debian and its kin, as root or through sudo.

Only OCR needs anything: OpenCV's wheel takes X11, OpenGL and GLib from the system. Where they are there, nothing is
done; where they can't be installed, the command to run by hand is told.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from index.loaders.pdf.ocr import OCR_SYSTEM_PACKAGES


def ocr_works() -> bool:
    """Whether OpenCV finds its libraries; asked in a process of its own, which a failed import leaves no trace in."""
    return subprocess.run([sys.executable, "-c", "import cv2"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def main() -> int:
    """Install what is missing; 0 where everything is there in the end."""
    if ocr_works():
        return 0
    packages = OCR_SYSTEM_PACKAGES.split()
    before = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not before or shutil.which("sudo")):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *packages]):
            subprocess.run([*before, *command], env=environment, stdout=subprocess.DEVNULL, check=False)
    if ocr_works():
        return 0
    print(
        f"OCR's tests need libraries of the system. On Debian: sudo apt install {' '.join(packages)}", file=sys.stderr
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
