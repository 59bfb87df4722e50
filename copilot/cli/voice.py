"""``edge-copilot voice``: talk with the copilot, or let it answer a recording."""

from __future__ import annotations

from pathlib import Path

import click

from copilot.cli.app import App, json_option, pass_app

_EPILOG = """\b
Examples:
  edge-copilot voice
  edge-copilot voice --push-to-talk --collection halden
  edge-copilot voice --devices
  edge-copilot voice --microphone "USB Headset" --language de
  edge-copilot voice --from-file question.wav --to-file answer.wav --json

\b
Within: space talks (again: done), m turns the microphone off and on, s or Esc stops the answer, + and - the volume,
< and > the speed, q ends. A line "● MIC" is on the screen whenever the microphone is on.
"""


@click.command("voice", epilog=_EPILOG)
@click.option("--from-file", type=click.Path(path_type=Path), help="Answer what is said in this recording.")
@click.option("--to-file", type=click.Path(path_type=Path), help="With --from-file: speak into this WAV file.")
@click.option("--devices", is_flag=True, help="List microphones and loudspeakers.")
@click.option("--push-to-talk", "mode", flag_value="push-to-talk", help="Listen only after the talk key.")
@click.option("--hands-free", "mode", flag_value="hands-free", help="Listen to whoever talks.")
@click.option("--wake-word", "mode", flag_value="wake-word", help="Listen to what follows the wake word.")
@click.option("--microphone", metavar="NAME", help="Its name or a part of it.")
@click.option("--loudspeaker", metavar="NAME", help="Its name or a part of it.")
@click.option("--half-duplex", is_flag=True, help="Hear nothing while speaking: for loudspeakers without a headset.")
@click.option("--language", metavar="CODE", help="Language that is spoken, such as de.")
@click.option("--voice", metavar="MODEL", help="The voice: a model of the catalogue, or espeak-ng.")
@click.option("--silent", is_flag=True, help="Answer on the screen only.")
@click.option("--muted", is_flag=True, help="Begin with the microphone off.")
@click.option("--collection", "collections", multiple=True, help="Look only in this collection (repeatable).")
@click.option("--conversation", metavar="ID", help="Continue the conversation with this id, or begin it.")
@click.option("--no-llm", is_flag=True, help="Answer in the documents' own words, without a language model.")
@click.option("--tier", type=click.Choice(["tiny", "small", "standard", "large"]), help="Size of language model.")
@json_option
@pass_app
def command(
    app: App,
    from_file: Path | None,
    to_file: Path | None,
    devices: bool,
    mode: str | None,
    microphone: str | None,
    loudspeaker: str | None,
    half_duplex: bool,
    language: str | None,
    voice: str | None,
    silent: bool,
    muted: bool,
    collections: tuple[str, ...],
    conversation: str | None,
    no_llm: bool,
    tier: str | None,
    as_json: bool,
) -> int:
    """Ask aloud and be answered aloud, take notes, walk through procedures. Nothing is recorded, nothing leaves.

    What is said is turned into text on this device and thrown away. Without a microphone, questions can be typed;
    without a voice or a loudspeaker, the answers are on the screen.
    """
    from copilot.cli.voicing.devices import show_devices
    from copilot.cli.voicing.files import answer_file
    from copilot.cli.voicing.talking import Wishes, talk

    if devices:
        return show_devices(as_json)
    if to_file is not None and from_file is None:
        raise click.UsageError("--to-file goes with --from-file.")
    if as_json and from_file is None:
        raise click.UsageError("--json goes with --from-file or --devices.")
    app.override("engine.tier", tier)
    app.override("voice.mode", mode)
    app.override("voice.microphone", microphone)
    app.override("voice.loudspeaker", loudspeaker)
    app.override("voice.duplex", "half" if half_duplex else None)
    app.override("voice.language", language)
    app.override("voice.voice", voice)
    wishes = Wishes(collections or app.settings.search.collections, conversation, not no_llm, silent, muted)
    if from_file is not None:
        return answer_file(app.settings, from_file, to_file, wishes, as_json)
    return talk(app.settings, wishes)
