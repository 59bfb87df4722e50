"""How a listener listens."""

from __future__ import annotations

from dataclasses import dataclass

from copilot.voice.values import ListeningMode


@dataclass(frozen=True, slots=True)
class ListeningOptions:
    """What the settings say of listening.

    Attributes:
        mode: How an utterance begins and ends.
        pause_s: Silence that ends an utterance.
        threshold: Probability from which a window is speech.
        longest_s: Longest utterance; what comes after is not taken in.
        before_s: Sound kept from before the beginning was noticed.
        every_s: New sound between two readings of what is shown meanwhile; 0 shows nothing meanwhile.
        look_again_s: Seconds between two tries to find a lost microphone.
        wake_window_s: How long after the wake word alone an utterance is waited for.
        language: Expected, ISO 639-1; "" for any.
    """

    mode: ListeningMode = "hands-free"
    pause_s: float = 0.7
    threshold: float = 0.5
    longest_s: float = 120.0
    before_s: float = 0.35
    every_s: float = 0.8
    look_again_s: float = 1.0
    wake_window_s: float = 8.0
    language: str = "en"
