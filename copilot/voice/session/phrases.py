"""What the copilot says by itself, in each language that it speaks. Short: somebody stands there and waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from copilot.wording import translated


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences with their places for words in braces.

    Attributes:
        language: That they are in; what other parts of the program say is told in it too.
        The others are sentences, in English where a language doesn't give its own.
    """

    language: str = "en"
    not_understood: str = "I didn't understand that. Please say it again."
    which: str = "Did you mean {first} or {others}?"
    what_note: str = "What shall I note?"
    keep_note: str = "Note: {text}. Keep it?"
    kept_note: str = "The note is kept."
    set_value: str = "Step {step}: {value}. Keep it?"
    what_value: str = "Which value?"
    not_kept: str = "Not kept."
    confirm: str = "Please say yes or no."
    nothing_asked: str = "There is nothing to confirm."
    nothing_said: str = "Nothing has been said yet."
    no_more: str = "That is all."
    more: str = "Say more to go on."
    no_sources: str = "There is no answer with a source yet."
    source: str = "{title}, page {page}."
    source_section: str = "{title}, section {section}."
    no_procedure: str = "No procedure is running, and the last answer has no steps."
    first_step: str = "This is the first step."
    last_step: str = "That was the last step."
    guide: str = "Shall I guide you through “{title}” and keep a record?"
    no_values: str = "Values can be set in a guided procedure only. Start one in the terminal."
    machine: str = "You are at {machine}."
    no_machine: str = "No machine is set. Name it: edge-copilot notes machine."
    no_alarms: str = "There are no alarms."
    alarms_unknown: str = "No signals are configured, so alarms are not known."
    alarms: str = "{count} alarms."
    one_alarm: str = "One alarm."
    no_expert: str = "No expert can be asked: no larger model is configured. This is the answer of this device."
    nothing_to_ask: str = "What shall I ask the expert?"
    taken_back: str = "I take back what I said. The answer is:"
    microphone_off: str = "The microphone is off."
    slower: str = "Slower."
    faster: str = "Faster."
    louder: str = "Louder."
    quieter: str = "Quieter."
    help: str = (
        "Ask a question, or say: repeat, slower, louder, stop, more, sources, next step, take a note, "
        "which machine, read alarms, or ask the expert."
    )
    no_index: str = "There are no documents yet."
    or_word: str = "or"
    cut: str = "That was too long; I heard only its beginning."

    def said(self, text: str) -> str:
        """What another part of the program says (a fault, a remedy, a notice), in the language of these."""
        return translated(text, self.language)


ENGLISH: Final = Phrases()
GERMAN: Final = Phrases(
    language="de",
    not_understood="Das habe ich nicht verstanden. Bitte noch einmal.",
    which="Meinen Sie {first} oder {others}?",
    what_note="Was soll ich notieren?",
    keep_note="Notiz: {text}. Behalten?",
    kept_note="Die Notiz ist gespeichert.",
    set_value="Schritt {step}: {value}. Behalten?",
    what_value="Welcher Wert?",
    not_kept="Nicht gespeichert.",
    confirm="Bitte sagen Sie Ja oder Nein.",
    nothing_asked="Es gibt nichts zu bestätigen.",
    nothing_said="Es wurde noch nichts gesagt.",
    no_more="Das ist alles.",
    more="Sagen Sie mehr, um fortzufahren.",
    no_sources="Es gibt noch keine Antwort mit Quelle.",
    source="{title}, Seite {page}.",
    source_section="{title}, Abschnitt {section}.",
    no_procedure="Es läuft kein Ablauf, und die letzte Antwort hat keine Schritte.",
    first_step="Das ist der erste Schritt.",
    last_step="Das war der letzte Schritt.",
    guide="Soll ich Sie durch „{title}“ führen und ein Protokoll anlegen?",
    no_values="Werte gehören zu einem geführten Ablauf. Starten Sie einen am Bildschirm.",
    machine="Sie sind an {machine}.",
    no_machine="Es ist keine Maschine eingetragen. Nennen Sie sie in den Notizen.",
    no_alarms="Es gibt keine Alarme.",
    alarms_unknown="Es sind keine Signale eingerichtet; Alarme sind nicht bekannt.",
    alarms="{count} Alarme.",
    one_alarm="Ein Alarm.",
    no_expert="Es kann kein Experte gefragt werden: kein größeres Modell ist eingerichtet. Das sagt dieses Gerät.",
    nothing_to_ask="Was soll ich den Experten fragen?",
    taken_back="Ich nehme zurück, was ich gesagt habe. Die Antwort ist:",
    microphone_off="Das Mikrofon ist aus.",
    slower="Langsamer.",
    faster="Schneller.",
    louder="Lauter.",
    quieter="Leiser.",
    help=(
        "Stellen Sie eine Frage, oder sagen Sie: wiederholen, langsamer, lauter, stopp, mehr, Quelle, nächster "
        "Schritt, Notiz, welche Maschine, Alarme oder frag den Experten."
    ),
    no_index="Es gibt noch keine Dokumente.",
    or_word="oder",
    cut="Das war zu lang; ich habe nur den Anfang gehört.",
)


def phrases_in(language: str) -> Phrases:
    """The phrases of a language; English for one that has none."""
    return GERMAN if language.lower().startswith("de") else ENGLISH
