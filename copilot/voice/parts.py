"""Builds voice from the settings: the ears, the voice, the conversation; the faces call this through the assembly."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.voice.protocols import AudioSource, Understanding
from copilot.voice.session import Abilities, SessionOptions, VoiceSession
from copilot.voice.session.seams import Asking
from copilot.voice.speaking.base import Sink
from copilot.voice.speaking.choosing import choose_voice
from copilot.voice.speaking.speaker import Speaker
from index.errors import ModelError

if TYPE_CHECKING:
    from copilot.catalogue import Catalogue, ModelStore
    from copilot.settings import Settings
    from copilot.voice.listening.listener import SourceListener
    from copilot.voice.listening.reading import ReadingParts
    from copilot.voice.protocols import Transcriber
    from index.store import Store


class Voice:
    """Everything of voice, built at its first use. Close it after use.

    Args:
        settings: Of the data directory.
        catalogue, models, store: The models that are known and here, and the index, each at its first use.
        asking: Gives the answer flow.
        abilities: Gives what else can be done by voice.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: Callable[[], Catalogue],
        models: Callable[[], ModelStore],
        store: Callable[[], Store],
        asking: Callable[[], Asking],
        abilities: Callable[[], Abilities],
    ) -> None:
        self.settings = settings
        self._catalogue = catalogue
        self._models = models
        self._store = store
        self._asking = asking
        self._abilities = abilities
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="speech to text")

    @property
    def language(self) -> str:
        """What is spoken, ISO 639-1; English where it is found out each time."""
        language = self.settings.voice.language
        return "en" if language == "auto" else language

    @cached_property
    def transcriber(self) -> Transcriber:
        """Speech to text; its model is loaded at its first use, once for all sessions."""
        from copilot.voice.transcribing.whisper import WhisperTranscriber

        voice = self.settings.voice

        def folder() -> Path:
            catalogue = self._catalogue()
            entry = catalogue.get(voice.speech_model) if voice.speech_model else catalogue.default("speech-to-text")
            return self._models().directory(entry)

        language = "" if voice.language == "auto" else voice.language
        threads = 0 if voice.speech_threads == "auto" else voice.speech_threads
        return WhisperTranscriber(folder, language, threads)

    @cached_property
    def reading(self) -> ReadingParts:
        """What turns utterances into writing."""
        from copilot.voice.intents import GrammarCommands
        from copilot.voice.listening.reading import ReadingParts
        from copilot.voice.vocabulary import IndexPrompter
        from copilot.voice.written.lexicon import IndexLexicon
        from copilot.voice.written.writer import SpokenWriter

        lexicon = IndexLexicon(self._store)
        prompter = IndexPrompter(self._store, lexicon, self.settings.voice.words, self.language)
        writer = SpokenWriter(lexicon, self.language, GrammarCommands())
        return ReadingParts(self.transcriber, writer, prompter, self._thread)

    @cached_property
    def understanding(self) -> Understanding:
        """Finds what an utterance asks for."""
        from copilot.voice.intents import GrammarUnderstanding

        return GrammarUnderstanding()

    def microphone(self) -> AudioSource:
        """The microphone of the settings; not opened before it is listened to."""
        from copilot.voice.listening.microphone import Microphone

        return Microphone(self.settings.voice.microphone)

    def loudspeaker(self) -> Sink:
        """The loudspeaker of the settings; not opened before there is something to say."""
        from copilot.voice.soundcard import find_device
        from copilot.voice.speaking.sinks.loudspeaker import Loudspeaker

        return Loudspeaker(lambda: find_device("out", self.settings.voice.loudspeaker))

    def listener(self, source: AudioSource) -> SourceListener:
        """Ears for a source.

        Raises:
            ModelMissing, ModelCorrupt: Voice activity detection, or the wake word's network, isn't here.
        """
        from copilot.voice.listening.activity import SileroActivity
        from copilot.voice.listening.listener import SourceListener
        from copilot.voice.listening.openwakeword import OpenWakeWord
        from copilot.voice.listening.options import ListeningOptions
        from copilot.voice.listening.waking import PhraseWaker

        voice = self.settings.voice
        options = ListeningOptions(
            mode=voice.mode,
            pause_s=voice.pause_ms / 1000,
            threshold=1.0 - voice.sensitivity,
            longest_s=voice.longest_s,
            language="" if voice.language == "auto" else voice.language,
        )
        sound_waker = OpenWakeWord(self._wake_folder(voice.wake_models)) if voice.wake_models is not None else None
        phrase = voice.wake_word if sound_waker is None else sound_waker.phrase
        return SourceListener(
            source,
            SileroActivity(),
            self.reading,
            options,
            waker=PhraseWaker(phrase),
            sound_waker=sound_waker,
        )

    def _wake_folder(self, name: str) -> Path:
        """The folder of the wake word's models: a model of the catalogue by its id, else a folder of one's own."""
        entry = next((one for one in self._catalogue() if one.id == name and one.role == "wake-word"), None)
        return self._models().directory(entry) if entry is not None else Path(name)

    def speaker(self, sink: Sink) -> tuple[Speaker | None, str]:
        """A voice into ``sink``, None where there is none, and what the person should know of it ("" for nothing).

        Raises:
            UsageError: The settings name a voice that the catalogue doesn't have.
        """
        voice = self.settings.voice
        try:
            chosen = choose_voice(voice, self._catalogue(), self._models())
        except ModelError as error:
            return None, f"{error} Until then answers are on the screen only."
        if chosen.voice is None:
            return None, chosen.notice
        return Speaker(chosen.voice, sink, speed=voice.speed, volume=voice.volume), chosen.notice

    def session(
        self,
        source: AudioSource | None,
        sink: Sink | None,
        *,
        collections: tuple[str, ...] = (),
        conversation: str | None = None,
        use_model: bool = True,
        asking: Asking | None = None,
        abilities: Abilities | None = None,
        half_duplex: bool | None = None,
        early: bool = True,
    ) -> tuple[VoiceSession, str]:
        """A conversation, and what the person should know before it begins ("" for nothing).

        Args:
            source: Where the person is heard; None where text comes by `VoiceSession.submit` only.
            sink: Where the copilot is heard; None for the screen only.
            collections: Where to look; empty: everywhere.
            conversation: Id of the conversation that it belongs to; None keeps nothing.
            use_model: False answers by quoting alone.
            asking: Answers; None for the answer flow of this device.
            abilities: What else may be done; None for all that this device can.
            half_duplex: Nothing is heard while it speaks; None as the settings have it.
            early: Begin a question while it is not yet sure that the person has finished.

        Raises:
            ModelMissing, ModelCorrupt: What is needed for listening isn't here.
            UsageError: The settings name a voice that the catalogue doesn't have.
        """
        listener = self.listener(source) if source is not None else None
        speaker, notice = self.speaker(sink) if sink is not None else (None, "")
        options = SessionOptions(
            language=self.language,
            half_duplex=self.settings.voice.duplex == "half" if half_duplex is None else half_duplex,
            collections=collections,
            conversation=conversation,
            use_model=use_model,
            early=early,
        )
        session = VoiceSession(
            listener,
            self.understanding,
            speaker,
            asking or self._asking(),
            abilities or self._abilities(),
            options,
        )
        return session, notice

    def close(self) -> None:
        """End what was built; sessions are closed by themselves."""
        self._thread.shutdown(wait=False, cancel_futures=True)
