"""Two voices that need no network: Piper's joe and espeak-ng's Klatt synthesiser, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from copilot.catalogue import Catalogue, ModelStore
from copilot.settings.paths import default_data_dir

VOICES: Final = ("piper", "espeak")
_PIPER: Final = """
import json, sys, wave
from piper import PiperVoice
voice = PiperVoice.load(sys.argv[1])
for text, path in json.load(sys.stdin):
    with wave.open(path, "wb") as file:
        voice.synthesize_wav(text, file)
"""


def speak(voice: str, texts: Sequence[str], folder: Path, language: str = "en-gb+klatt4") -> list[Path]:
    """Return a WAV file for each text; one that is there already is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{voice}-{language}-{number:04}.wav" for number in range(len(texts))]
    wanted = [(text, str(path)) for text, path in zip(texts, paths, strict=True) if not path.is_file()]
    if not wanted:
        return paths
    if voice == "piper":
        entry = Catalogue.load().get("piper-joe")
        model = ModelStore(Path(os.environ.get("EDGE_COPILOT_DATA_DIR") or default_data_dir())).path(entry)
        subprocess.run(
            [sys.executable, "-c", _PIPER, str(model)], input=json.dumps(wanted), text=True, check=True, timeout=1800
        )
    else:
        for text, path in wanted:
            subprocess.run(["espeak-ng", "-v", language, "-s", "140", "-w", path, text], check=True, timeout=60)
    return paths
