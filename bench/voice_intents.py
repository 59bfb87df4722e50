"""How many commands are understood from speech: spoken by two voices, read by Whisper, understood by the grammar.

    python -m bench.voice_intents [--voices piper,espeak] [--folder DIR] [--misses]

Between commands stand questions, which must stay questions.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Final

from bench.voice.speakers import VOICES, speak
from bench.voice_wer import index_of_examples
from copilot.catalogue import Catalogue, ModelStore
from copilot.settings.paths import default_data_dir
from copilot.voice.intents import GrammarCommands, GrammarUnderstanding
from copilot.voice.listening.files import read_whole
from copilot.voice.transcribing.whisper import WhisperTranscriber
from copilot.voice.values import Hints
from copilot.voice.vocabulary import IndexPrompter
from copilot.voice.written.lexicon import IndexLexicon
from copilot.voice.written.writer import SpokenWriter

# What is said, what it means, and the step or value in it.
SAID: Final = (
    ("Repeat that, please.", "repeat", ""), ("Say that again.", "repeat", ""), ("Once more please.", "repeat", ""),
    ("Could you speak slower?", "slower", ""), ("Slow down.", "slower", ""), ("Speak more slowly.", "slower", ""),
    ("Speak faster please.", "faster", ""), ("Speed up.", "faster", ""),
    ("Speak louder.", "louder", ""), ("Turn the volume up.", "louder", ""), ("Volume down.", "quieter", ""),
    ("Speak quieter please.", "quieter", ""), ("Stop.", "stop", ""), ("Stop talking.", "stop", ""),
    ("That's enough.", "stop", ""), ("Tell me more.", "more", ""), ("Go on.", "more", ""), ("Continue.", "more", ""),
    ("What is the source?", "sources", ""), ("Where does that come from?", "sources", ""),
    ("Next step.", "next-step", ""), ("Go to the next step, please.", "next-step", ""),
    ("What is the next step?", "next-step", ""), ("Previous step.", "previous-step", ""),
    ("Go back.", "previous-step", ""),
    ("Go to step four.", "this-step", "4"), ("Which step am I at?", "this-step", ""),
    ("Take a note. The belt is worn on the left side.", "log-note", ""),
    ("Note that the brake squeals.", "log-note", ""),
    ("Write down that the guard was open.", "log-note", ""),
    ("Set step three to forty two newton metres.", "set-value", "42 Nm"),
    ("Step two is one point three bar.", "set-value", "1.3 bar"),
    ("The value is twenty four volts.", "set-value", "24 V"),
    ("Set the torque to twelve newton metres at step five.", "set-value", "12 Nm"),
    ("Which machine am I at?", "which-machine", ""), ("What machine is this?", "which-machine", ""),
    ("Read the alarms.", "read-alarms", ""), ("Are there any alarms?", "read-alarms", ""),
    ("Which alarms are active?", "read-alarms", ""), ("Ask the expert.", "ask-expert", ""),
    ("Send this to the expert.", "ask-expert", ""), ("Mute the microphone.", "mute", ""),
    ("Stop listening.", "mute", ""),
    ("What can I say?", "help", ""), ("Yes, save it.", "yes", ""), ("That's right.", "yes", ""), ("Yes.", "yes", ""),
    ("No, that's wrong.", "no", ""), ("No.", "no", ""), ("Cancel that.", "no", ""),
    ("How do I tension the timing belt?", "ask", ""),
    ("What must be locked out before opening the guard?", "ask", ""),
    ("Why does the conveyor stop by itself?", "ask", ""), ("Where is the emergency stop?", "ask", ""),
    ("What is the torque of the drum bolts?", "ask", ""), ("How often is the chain greased?", "ask", ""),
    ("Can I repeat the test run without the guard?", "ask", ""),
    ("Which oil goes into the gearbox?", "ask", ""),
    ("What happens in the next step of the lock out?", "ask", ""),
    ("Is the machine louder after the repair?", "ask", ""),
)  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", default=",".join(VOICES))
    parser.add_argument("--folder", type=Path, help="where the recordings are kept for the next run")
    parser.add_argument("--misses", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        model = ModelStore(default_data_dir()).directory(Catalogue.load().get("whisper-base"))
        transcriber = WhisperTranscriber(lambda: model)
        understanding = GrammarUnderstanding()
        with index_of_examples(Path(temporary)) as store:
            lexicon = IndexLexicon(lambda: store)
            writer, prompt = (
                SpokenWriter(lexicon, commands=GrammarCommands()),
                IndexPrompter(lambda: store, lexicon).prompt(Hints()),
            )
            for voice in given.voices.split(","):
                right = 0
                for (_, name, value), path in zip(
                    SAID, speak(voice, [said for said, _, _ in SAID], folder / "commands"), strict=True
                ):
                    transcript = transcriber.transcribe(read_whole(path), prompt)
                    written = writer.write(transcript, Hints(), transcriber.compare)
                    intent = understanding.understand(
                        written.text, expecting="confirmation" if name in ("yes", "no") else ""
                    )
                    got = intent.value or (str(intent.step) if intent.step and name == "this-step" else "")
                    good = (
                        intent.name == name
                        and (not value or got == value)
                        and (not transcript.rejected or written.command)
                    )
                    right += good
                    if given.misses and not good:
                        print("   ", name, value, transcript.text, transcript.rejected, intent, sep=" | ")
                row = {"voice": voice, "commands": len(SAID), "right": round(right / len(SAID), 4)}
                print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
