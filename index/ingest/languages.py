"""Which language a document is in, by its script and its commonest small words.

Enough to filter a search by language, at no cost: one look-up per word of a sample. Manuals mix English terms, code and
numbers into every language, which small function words don't mind. What is too short or too mixed has no language
rather than a wrong one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from typing import Final

_LEAST_HITS: Final = 4  # function words seen
_LEAST_SHARE: Final = 0.06  # of all words; running text has 0.2 to 0.5, lists of parts in the language still this
_LEAST_LEAD: Final = 1.15  # over the next language

_FUNCTION_WORDS: Final = {
    "en": "the of and to in is that for it with as be on by are this or from at which not an have when you if can"
    " will must has was",
    "de": "der die und das in den von zu mit des auf für ist im dem nicht ein eine als auch es an werden aus er hat"
    " dass sie nach wird bei einer um am sind noch wie einem über einen so zum kann muss oder wenn",
    "fr": "de la le et les des en un une du est pour que dans par sur au avec ne pas plus ce qui il se sont ou aux être"
    " cette vous doit si votre",
    "es": "de la que el en y los se del las un por con no una su para es al lo como más o pero sus le ha si este debe"
    " puede cuando",
    "it": "di e il la che in un per è una con non sono del si da come dei le al nel alla più gli della essere ma anche"
    " deve quando delle",
    "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou deve"
    " quando são está",
    "nl": "de van het een en in is dat op te zijn met voor niet aan er om ook als dan maar bij of uit wordt door naar"
    " worden deze kan moet heeft",
    "sv": "och i att det som en på är av för med till den har de inte om ett men var från kan eller när ska vid så ut"
    " under efter måste",
    "da": "og i at det er en til af på for med der den de ikke som et har fra kan om eller skal ved hvis når efter være"
    " bliver blev mod",
    "no": "og i det er en til av på for med som den de ikke et har fra kan om eller skal ved hvis når etter være blir"
    " ble mot å",
    "pl": "w i na z do się że nie jest to o jak ale po od za przez dla przy lub są oraz tego może być który należy"
    " jeśli",
    "cs": "a v se na je že s z do o k i to jako za po pro od ale by nebo jsou při která který musí není aby pokud",
    "fi": "ja on ei se että oli kun mutta niin kuin tai myös jos ovat sen voi sitä tämä olla ole vain kanssa mukaan"
    " pitää",
    "hu": "a az és hogy nem is egy meg ha csak de már vagy volt mint kell lehet ezt azt van nem után között szerint"
    " minden",
    "ro": "de și în la cu pe nu este o un care din se că pentru mai sau sunt al prin dacă fi trebuie acest",
    "tr": "ve bir bu için ile da de olarak olan daha çok gibi veya kadar sonra ne değil her ise en ya olduğu",
}
_INDEX: Final[dict[str, tuple[str, ...]]] = {
    word: tuple(code for code, words in _FUNCTION_WORDS.items() if word in words.split())
    for words in _FUNCTION_WORDS.values()
    for word in words.split()
    if len(word) > 1  # single letters are names of axes, signals and variables too
}
_WORD: Final = re.compile(r"[^\W\d_]+")

# Scripts that stand for one language, or whose languages are told apart by letters of their own.
_SCRIPTS: Final = {
    "GREEK": "el", "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "HEBREW": "he", "ARABIC": "ar", "THAI": "th",
    "DEVANAGARI": "hi", "CJK": "zh", "CYRILLIC": "ru",
}  # fmt: skip
_UKRAINIAN: Final = frozenset("іїєґ")
_KANA_SHARE: Final = 0.02  # Japanese has kana between its Chinese characters


def detect_language(text: str) -> str | None:
    """Return the two-letter code (ISO 639-1) of the language that a sample is in; None where that isn't clear.

    Args:
        text: A few thousand characters are enough.
    """
    by_script = _by_script(text)
    if by_script is not None:
        return by_script
    words = [word.casefold() for word in _WORD.findall(text)]
    hits: dict[str, float] = defaultdict(float)
    for word, times in Counter(words).items():
        for code in (codes := _INDEX.get(word, ())):
            hits[code] += times / len(codes) ** 0.5  # a word of many languages says little
    ranked = sorted(hits.items(), key=lambda item: -item[1])[:2]
    if not ranked or ranked[0][1] < max(_LEAST_HITS, _LEAST_SHARE * len(words)):
        return None
    if len(ranked) == 2 and ranked[0][1] < _LEAST_LEAD * ranked[1][1]:
        return None
    return ranked[0][0]


def _by_script(text: str) -> str | None:
    letters = Counter(character for character in text if character.isalpha())
    foreign: Counter[str] = Counter()
    for character, times in letters.items():
        if ord(character) > 0x36F:
            script = unicodedata.name(character, "").partition(" ")[0]
            if script in _SCRIPTS:
                foreign[script] += times
    # Latin terms stand in every manual, and a letter of another script (µ, Ω) in many Latin ones.
    if foreign.total() <= 0.3 * letters.total() or not foreign:
        return None
    kana = foreign["HIRAGANA"] + foreign["KATAKANA"]
    if kana > _KANA_SHARE * foreign.total():
        return "ja"
    script = foreign.most_common(1)[0][0]
    if script == "CYRILLIC" and any(letter.casefold() in _UKRAINIAN for letter in letters):
        return "uk"
    return _SCRIPTS[script]
