"""From writing to speech: figures, units, part numbers and abbreviations in a technician's words."""

from copilot.voice.spoken.speakable import LANGUAGES, language_of, speakable

__all__ = ["LANGUAGES", "language_of", "speakable"]
