"""How well technical sentences are heard: word errors, and identifiers heard right, with and without the vocabulary.

    python -m bench.voice_wer [--sentences 200] [--conditions clean,10,5] [--folder DIR] [--json FILE]

The sentences are spoken by Piper's joe and by espeak-ng, clean and over noise (machine hum, white noise and babble in
turn). Each goes the way that it goes in the product after the end of speech was found: speech to text, then writing
down. "Without" is the same without prompt and index.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from rapidfuzz.distance import Levenshtein

from bench.voice.noise import KINDS, mixed, noise
from bench.voice.sentences import Sentence, sentences
from bench.voice.speakers import VOICES, speak
from copilot.catalogue import Catalogue, ModelStore
from copilot.settings.paths import default_data_dir
from copilot.voice.intents import GrammarCommands
from copilot.voice.listening.files import read_whole
from copilot.voice.transcribing.whisper import WhisperTranscriber
from copilot.voice.values import Hints, Samples
from copilot.voice.vocabulary import IndexPrompter
from copilot.voice.written.lexicon import IndexLexicon, SpeltLexicon
from copilot.voice.written.writer import SpokenWriter
from index.ingest import Ingestor
from index.search.identifiers import squeeze
from index.store import Store

ROOT: Final = Path(__file__).resolve().parent.parent
_WORD: Final = re.compile(r"[^\W_]+(?:[.,]\d+)?|[°%]\w?")


@dataclass
class Figures:
    """What was counted in one condition."""

    sentences: int = 0
    words: int = 0
    wrong_words: int = 0
    codes: int = 0
    right_codes: int = 0
    asked_back: int = 0
    rejected: int = 0
    took_s: list[float] = field(default_factory=list)
    misses: list[tuple[str, str, str]] = field(default_factory=list)

    def row(self) -> dict[str, float | int]:
        """The figures for a table."""
        return {
            "sentences": self.sentences,
            "word_error_rate": round(self.wrong_words / max(1, self.words), 4),
            "identifiers": self.codes,
            "identifiers_right": round(self.right_codes / max(1, self.codes), 4),
            "asked_back": self.asked_back,
            "rejected": self.rejected,
            "p50_s": round(float(np.median(self.took_s)), 3),
        }


def words_of(text: str) -> list[str]:
    """The words of a sentence for counting errors; an identifier is one word however it is written."""
    text = re.sub(r"(?<=\w)-(?=\w)", "", text.casefold())
    return _WORD.findall(text)


def index_of_examples(folder: Path) -> Store:
    """The example manuals' index, in words alone."""
    store = Store.open(folder / "index.db")
    Ingestor(store, None).run([ROOT / "examples" / "manuals"], "presses")
    return store


def hear(
    samples: Samples,
    sentence: Sentence,
    transcriber: WhisperTranscriber,
    writer: SpokenWriter,
    prompt: str,
    to: Figures,
) -> None:
    """Take in one sentence and count what was heard."""
    began = time.perf_counter()
    transcript = transcriber.transcribe(samples, prompt)
    written = writer.write(transcript, Hints(), transcriber.compare)
    to.took_s.append(time.perf_counter() - began)
    to.sentences += 1
    to.rejected += bool(transcript.rejected)
    wanted, got = words_of(sentence.written), words_of(written.text)
    to.words += len(wanted)
    to.wrong_words += Levenshtein.distance(wanted, got)
    heard = [squeeze(found.written) for found in written.identifiers]
    to.codes += len(sentence.codes)
    to.asked_back += len(written.doubts)
    for code in sentence.codes:
        if squeeze(code) in heard:
            to.right_codes += 1
        else:
            to.misses.append((code, transcript.text, written.text))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=200)
    parser.add_argument("--conditions", default="clean,10,5")
    parser.add_argument("--voices", default=",".join(VOICES))
    parser.add_argument(
        "--without", action=argparse.BooleanOptionalAction, default=True, help="also without vocabulary"
    )
    parser.add_argument("--folder", type=Path, help="where the recordings are kept for the next run")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--misses", action="store_true", help="show what was heard wrong")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        asked = sentences(given.sentences)
        model = ModelStore(default_data_dir()).directory(Catalogue.load().get("whisper-base"))
        transcriber = WhisperTranscriber(lambda: model)
        transcriber.load()
        with index_of_examples(Path(temporary)) as store:
            lexicon = IndexLexicon(lambda: store)
            ways = {
                "with": (
                    SpokenWriter(lexicon, commands=GrammarCommands()),
                    IndexPrompter(lambda: store, lexicon).prompt(Hints()),
                )
            }
            if given.without:
                ways["without"] = (SpokenWriter(SpeltLexicon()), "")
            noises = {kind: noise(kind, 30, folder / "noise") for kind in KINDS}
            rows = []
            for voice in given.voices.split(","):
                recordings = [read_whole(p) for p in speak(voice, [s.spoken for s in asked], folder / "speech")]
                for condition in given.conditions.split(","):
                    figures = {way: Figures() for way in ways}
                    for number, (sentence, speech) in enumerate(zip(asked, recordings, strict=True)):
                        if condition != "clean":
                            kind = KINDS[number % len(KINDS)]
                            speech = mixed(speech, noises[kind], float(condition), at=number * 4801)
                        for way, (writer, prompt) in ways.items():
                            hear(speech, sentence, transcriber, writer, prompt, figures[way])
                    for way, counted in figures.items():
                        row = {"voice": voice, "condition": condition, "vocabulary": way, **counted.row()}
                        rows.append(row)
                        print(json.dumps(row), flush=True)
                        if given.misses and way == "with":
                            for miss in counted.misses:
                                print("   ", *miss, sep=" | ")
        if given.json:
            given.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
