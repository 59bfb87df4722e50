"""Transcribing: speech into text, by Whisper on this device."""
