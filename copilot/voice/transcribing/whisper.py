"""Whisper, by CTranslate2 with 8-bit weights.

Whisper looks at 30 seconds, however short the sentence, and filling them up takes most of the time. So it is given the
sound and ten seconds of nothing: heard as well, in a third of the time; for what is only shown meanwhile less. Where it
says the same thing again and again, or leaves something out, the sentence is read once more with all that it was
trained for.

The model is called through CTranslate2's own interface, because faster-whisper's `transcribe` always fills up, and
tells neither the other readings nor how likely a given text is. Features, tokens and prompts are faster-whisper's.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from copilot.voice.transcribing.guards import is_repetition, objection, without_notes
from copilot.voice.values import SAMPLE_RATE_HZ, Samples, Transcript
from index.errors import EngineError, ModelCorrupt, ModelMissing

WHOLE_FRAMES: Final = 3000  # of 10 ms: what Whisper was trained on
_FRAME_SAMPLES: Final = 160
_SILENCE_FRAMES: Final = 1000  # after the sound: with less it is heard worse, with more no better
_QUICK_FRAMES: Final = 400  # where it is only shown meanwhile
_FRAMES_A_CHARACTER: Final = 45  # more than that, and something was left out: a slow talker takes 15
_TOKENS_A_SECOND: Final = 9  # a fast talker reading out digits
_MOST_PROMPT_TOKENS: Final = 180
_READINGS: Final = 5
_STRANGE: Final = 0.2
"""Probability of the expected language below which it was another. Measured: of German and French it is taken with
up to 0.19, English in three voices with 3 dB of noise with 0.46 and more; it often can't tell which other."""
_NAMED: Final = 0.75  # probability of another language from which it is named
_ASK_LANGUAGE: Final = 0.55  # confidence below which the language is looked at

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Reading:
    text: str
    confidence: float
    no_speech: float
    others: tuple[str, ...] = ()


class WhisperTranscriber:
    """Speech to text. Not safe for use from several threads at once.

    Args:
        folder: Gives the model's folder; called once, when it is loaded, and may raise `ModelMissing`.
        language: ISO 639-1; "" to find out each time.
        threads: That compute; 0 takes up to four of the cores that this process may use.
    """

    def __init__(self, folder: Callable[[], Path], language: str = "en", threads: int = 0) -> None:
        self._folder = folder
        self._language = language
        self._threads = threads or min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 4)
        self._model: Any = None
        self._encoded: Any = None
        self._encoded_frames = 0

    @property
    def language(self) -> str:
        """The language that it expects; "" where it finds out by itself."""
        return self._language

    def load(self) -> None:
        """Load the model, if that isn't done.

        Raises:
            ModelMissing: It, or faster-whisper, isn't here.
            ModelCorrupt: It must not be used, or can't be loaded.
        """
        if self._model is not None:
            return
        folder = self._folder()
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise ModelMissing(
                "The parts for speech to text are not installed.", "Install them: pip install 'edge-copilot[voice]'"
            ) from error
        try:
            self._model = WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=self._threads, local_files_only=True
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelCorrupt(
                f"The speech to text model in {folder} can't be loaded.", "Fetch it again: edge-copilot models pull"
            ) from error

    def transcribe(self, samples: Samples, prompt: str = "", *, final: bool = True) -> Transcript:
        """Return what was said in up to 30 seconds of sound.

        Raises:
            ModelMissing, ModelCorrupt: As `load`.
            EngineError: It failed.
        """
        self.load()
        try:
            return self._transcribe(samples, prompt, final)
        except RuntimeError as error:
            raise EngineError(
                "Speech to text failed.", "Say it again; if it stays so, start the copilot anew."
            ) from error

    def _transcribe(self, samples: Samples, prompt: str, final: bool) -> Transcript:
        features = self._model.feature_extractor(samples.astype(np.float32) / 32768)
        frames = min(WHOLE_FRAMES, math.ceil(len(samples) / _FRAME_SAMPLES))
        language, probability = self._language or "en", 1.0
        encoded = self._encode(features, frames + (_SILENCE_FRAMES if final else _QUICK_FRAMES))
        if not self._language:
            language, probability = next(iter(self._languages(encoded).items()))
        reading = self._read(encoded, language, prompt, len(samples) / SAMPLE_RATE_HZ, final)
        if final and (is_repetition(reading.text) or len(reading.text) * _FRAMES_A_CHARACTER < frames):
            encoded = self._encode(features, WHOLE_FRAMES)
            reading = self._read(encoded, language, prompt, len(samples) / SAMPLE_RATE_HZ, final)
        if final:
            self._encoded, self._encoded_frames = encoded, frames
        text = without_notes(reading.text)
        rejected = objection(text, prompt, reading.confidence, reading.no_speech)
        if final and self._language and reading.confidence < _ASK_LANGUAGE and rejected in ("", "unsure", "noise"):
            likely = self._languages(encoded)
            if likely.get(self._language, 1.0) < _STRANGE:
                spoken, sure = next(iter(likely.items()))
                language, probability, rejected = spoken if sure >= _NAMED else "", sure, "language"
        return Transcript(
            text=text,
            language=language,
            language_probability=round(probability, 3),
            confidence=round(reading.confidence, 3),
            no_speech=round(reading.no_speech, 3),
            rejected=rejected,
            others=tuple(without_notes(other) for other in reading.others),
        )

    def compare(self, texts: Sequence[str]) -> list[float]:
        """Return how likely each text is as what was said in the sound last transcribed with ``final``.

        Returns:
            For each the sum of its tokens' log probabilities: 0 is certain. Comparable among texts for one sound.
        """
        if self._encoded is None:
            return [0.0 for _ in texts]
        tokenizer = self._tokenizer(self._language or "en")
        scores: list[float] = []
        for text in texts:
            tokens = tokenizer.encode(" " + text.strip())[:200]
            # The model wants at least one frame, and no more than it has seen.
            result = self._model.model.align(
                self._encoded, list(tokenizer.sot_sequence), [tokens], max(2, self._encoded_frames // 2)
            )[0]
            probabilities = np.maximum(np.asarray(result.text_token_probs, np.float64), 1e-9)
            scores.append(float(np.log(probabilities).sum()))
        return scores

    def _encode(self, features: Numbers, frames: int) -> Any:  # noqa: ANN401 - CTranslate2's own type
        wanted = min(WHOLE_FRAMES, frames + frames % 2)
        have = features[:, :wanted]
        # Padded as faster-whisper pads: with zeros, which in the log spectrum is neither loud nor silent.
        return self._model.encode(np.pad(have, ((0, 0), (0, wanted - have.shape[1]))))

    def _read(self, encoded: Any, language: str, prompt: str, seconds: float, final: bool) -> _Reading:  # noqa: ANN401
        tokenizer = self._tokenizer(language)
        before = tokenizer.encode(" " + prompt.strip())[-_MOST_PROMPT_TOKENS:] if prompt else []
        start = self._model.get_prompt(tokenizer, before, without_timestamps=True)
        result = self._model.model.generate(
            encoded,
            [start],
            beam_size=_READINGS if final else 1,
            num_hypotheses=_READINGS if final else 1,
            max_length=min(self._model.max_length, len(start) + 16 + math.ceil(_TOKENS_A_SECOND * seconds)),
            suppress_blank=True,
            suppress_tokens=[-1],
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        texts = [tokenizer.decode([t for t in ids if t < tokenizer.eot]).strip() for ids in result.sequences_ids]
        # The score is the mean over the tokens and the end mark.
        return _Reading(texts[0], math.exp(result.scores[0]), result.no_speech_prob, tuple(dict.fromkeys(texts[1:])))

    def _languages(self, encoded: Any) -> dict[str, float]:  # noqa: ANN401 - CTranslate2's own type
        """Every language with its probability, the likeliest first."""
        found = self._model.model.detect_language(encoded)[0]
        return {token.strip("<|>"): float(probability) for token, probability in found}

    def _tokenizer(self, language: str) -> Any:  # noqa: ANN401 - faster-whisper's own type
        from faster_whisper.tokenizer import Tokenizer

        return Tokenizer(
            self._model.hf_tokenizer, self._model.model.is_multilingual, task="transcribe", language=language
        )
