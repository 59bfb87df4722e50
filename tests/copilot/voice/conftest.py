"""Voices, noise and a sound card for the tests of this room; the faces that speak take them from `sounds` too."""

from __future__ import annotations

from tests.copilot.voice.sounds import make_noise, say, say_clearly, sound_card

__all__ = ["make_noise", "say", "say_clearly", "sound_card"]
