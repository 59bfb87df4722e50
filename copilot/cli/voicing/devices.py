"""The microphones and loudspeakers of this machine."""

from __future__ import annotations

from dataclasses import asdict

from copilot.cli.output import printable, stdout_console, write_json
from copilot.voice.soundcard import devices


def show_devices(as_json: bool) -> int:
    """Print them; those that the system takes when none is named are marked.

    Raises:
        AudioError: What sound needs isn't installed.
    """
    microphones, loudspeakers = devices("in"), devices("out", renew=False)
    if as_json:
        write_json(
            {
                "microphones": [asdict(one) for one in microphones],
                "loudspeakers": [asdict(one) for one in loudspeakers],
            }
        )
        return 0
    console = stdout_console()
    for title, found in (("Microphones", microphones), ("Loudspeakers", loudspeakers)):
        console.print(title, style="bold")
        if not found:
            console.print("  none")
        for one in found:
            console.print(f"  {printable(one.name)}{' (the system’s choice)' if one.default else ''}")
    console.print("\nName one with --microphone and --loudspeaker, or in voice.microphone and voice.loudspeaker.")
    return 0
