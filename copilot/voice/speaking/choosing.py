"""Which voice speaks: the one that the settings name, else one of the catalogue in the language, else the system's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from copilot.catalogue import Catalogue, ModelStore
from copilot.catalogue.schema import ModelEntry
from copilot.settings.voice import VoiceSettings
from copilot.voice.speaking.base import Voice, VoiceInfo, VoiceKind
from copilot.voice.speaking.espeak import EspeakVoice, find_espeak
from copilot.voice.speaking.process import ProcessVoice, child_command
from index.errors import ModelError, ModelMissing

_KINDS: Final[dict[str, VoiceKind]] = {"piper": "piper", "kokoro": "kokoro", "sherpa": "sherpa"}
_PACKAGES: Final = {"piper": "piper-tts", "kokoro": "kokoro-onnx", "sherpa": "sherpa-onnx"}
_INSTALL: Final = {
    "piper": "Install it: pip install 'edge-copilot[voice]'",
    "kokoro": "Install it: pip install kokoro-onnx",
    "sherpa": "Install it: pip install sherpa-onnx",
}
SYSTEM: Final = "espeak-ng"
"""``voice.voice`` may name the system's voice by this."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A voice, or None where there is none; and what the person should know of the choice, "" for nothing."""

    voice: Voice | None
    notice: str = ""


def choose_voice(settings: VoiceSettings, catalogue: Catalogue, models: ModelStore) -> Chosen:
    """The voice that speaks on this machine.

    Without any, the copilot stays usable: its answers are on the screen.

    Raises:
        UsageError: The settings name a voice that the catalogue doesn't have.
        ModelMissing, ModelCorrupt: They name one that isn't here, or must not be used.
    """
    if find_spec("num2words") is None:
        return Chosen(None, f"The parts for speaking are not installed. {_INSTALL['piper']}")
    language = "en" if settings.language == "auto" else settings.language
    if settings.voice == SYSTEM:
        system = _system(language)
        return Chosen(system) if system else Chosen(None, "espeak-ng is not installed. Answers are on the screen.")
    if settings.voice is not None:
        entry = catalogue.get(settings.voice)
        if entry.role != "text-to-speech":
            raise ModelMissing(f"{entry.id} is no voice.", "edge-copilot models list --role text-to-speech names some.")
        return Chosen(_of(entry, models, language))
    reasons: list[str] = []
    for entry in _speaking(catalogue, language):
        if not _installed(entry):
            reasons.append(f"The package {_PACKAGES[entry.format]} is not installed. {_INSTALL[entry.format]}")
            continue
        try:
            return Chosen(_of(entry, models, language))
        except ModelError as error:
            reasons.append(str(error))
    reason = reasons[0] if reasons else f"The catalogue has no voice that speaks {language}."
    system = _system(language)
    if system is not None:
        return Chosen(system, f"{reason} Until then the system's espeak-ng speaks.")
    return Chosen(None, f"{reason} Until then answers are on the screen only.")


def _speaking(catalogue: Catalogue, language: str) -> Sequence[ModelEntry]:
    """Voices of a language; the default first, as they stand in the catalogue."""
    entries = [
        entry
        for entry in catalogue
        if entry.role == "text-to-speech" and entry.format in _KINDS and _code(entry) == language
    ]
    return sorted(entries, key=lambda entry: not entry.default)


def _code(entry: ModelEntry) -> str:
    return (entry.language or "en").lower().partition("-")[0]


def _installed(entry: ModelEntry) -> bool:
    """Looked up and not imported: the package is for the voice's process alone."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        version(_PACKAGES[entry.format])
    except PackageNotFoundError:
        return False
    return True


def _of(entry: ModelEntry, models: ModelStore, language: str) -> Voice:
    folder = models.directory(entry)
    kind = _KINDS[entry.format]
    info = VoiceInfo(kind, entry.id, _code(entry) if entry.language else language)
    # One thread: it computes ten times as fast as it is spoken, and the other cores are the language model's.
    command = child_command(kind, str(folder), "1", entry.speaker or "", info.language)
    return ProcessVoice(info, command, _INSTALL[entry.format])


def _system(language: str) -> Voice | None:
    program = find_espeak()
    return EspeakVoice(program, language) if program else None
