"""Where speech goes: a loudspeaker, a file, or whoever takes pieces of it, such as a headset behind a WebSocket."""

from copilot.voice.speaking.sinks.file import FileSink
from copilot.voice.speaking.sinks.pieces import PieceSink

__all__ = ["FileSink", "PieceSink"]
