"""Identifiers: the names that technicians type letter for letter.

Fault codes, part numbers, pins, settings, paths, sizes: `F0012`, `BR-120`, `hm2_7i76e.0`, `[TRAJ]COORDINATES`,
`/etc/nut/ups.conf`, `3/8"`, `M6x20`. A document says "BR-120" and the technician types "br 120" or "BR120": both sides
are brought to one form by `normalise`. Plain words, plain numbers and measures ("24V") are no identifiers.

Documents are read strictly (`extract`): what is stored has the shape of an identifier. Questions are read loosely
(`candidates`): neighbouring words are also tried as one, because only what is stored can match.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 120  # characters; longer runs are encoded data, not names

_DASHES: Final = "‐‑‒–—―−"
_FOLD: Final = str.maketrans(
    {**dict.fromkeys(_DASHES, "-"), **dict.fromkeys("”“", '"'), **dict.fromkeys("⁄∕", "/"), **dict.fromkeys("’′", "'")}
    | {"×": "x", "\u00ad": None}
)

_FRACTION: Final = re.compile(r"(?<![\w./-])(?:(\d{1,3})[ -])?(\d{1,2}/\d{1,3})\s?(?:\"|''|in\.?(?!\w)|inch(?:es)?\b)")
_SIZE: Final = re.compile(r"(?<![\w.])(?:M|UNC|UNF)?\d+(?:[.,]\d+)?(?:\s?x\s?\d+(?:[.,]\d+)?)+(?!\w)", re.IGNORECASE)
_INI: Final = re.compile(r"\[[A-Za-z][\w ]{0,40}\]\s?[A-Z][A-Z0-9_]+\b")
_PATH: Final = re.compile(r"(?<![\w./])(?:~|[A-Za-z]:)?(?:[/\\][\w.+@%{}<>-]+){2,}")
_SPACED_CODE: Final = re.compile(r"(?<![\w.-])[A-Z]{1,4} \d{2,6}[A-Z]?(?![\w]|\.\d)")
_TOKEN: Final = re.compile(r"[^\s,;()\"'`=|!?*{}\[\]]+")
_EDGE: Final = "-.:/\\_+#&@~^%$<>"

_UNIT: Final = (
    r"(?:[munpkMG]?(?:m|s|V|A|W|Hz|F|H|Pa|bar|Ω|ohms?|g|l|L|N|Nm|J|K|B|iB|bit|bits?|b|bps|C|VA|Wh|Ah|VAC|VDC)"
    r"|mm[23]?|cm[23]?|m[23]|min|mins|sec|secs|h|hr|hrs|d|days?|in|ft|lb|lbs|psi|rpm|deg|dpi|fps|px|pt|x|st|nd|rd|th|k|M|D|G)"
)
_MEASURE: Final = re.compile(rf"[+-]?\d+(?:[.,]\d+)*-?{_UNIT}(?:[/-]\w+)?", re.IGNORECASE)
_COUNTED_WORD: Final = re.compile(r"\d+(?:[.,]\d+)?-[a-z]{3,}(?:-[a-z]+)*", re.IGNORECASE)  # 10-pin, 5-second
_WORD_NUMBER: Final = re.compile(r"[A-Za-z]?[a-z]{4,}-\d+")  # Figure-8
_CODE: Final = re.compile(r"(?=.*\d)(?=.*[^\W\d_])[\w+]+(?:[-/_][\w+]+)*")
_PART_NUMBER: Final = re.compile(r"\d{2,}-0\d+|\d+(?:-\d+){2,}")
_VERSION: Final = re.compile(r"v?\d+(?:\.\d+){2,}(?:[-.]?\w+)*")
_DOTTED: Final = re.compile(r"[\w<>#%]+(?:[-+][\w<>#%]+)*(?:[.:]{1,2}[\w<>#%]+(?:[-+][\w<>#%]+)*)+")
_UNDERSCORED: Final = re.compile(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*_[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*")
_SENTENCE_JOIN: Final = re.compile(r"[a-z]{2}\.[A-Z][a-z]")  # "settings.From": a blank lost in extraction
_SHORT_OPTION: Final = re.compile(r"(?<![\w.-])-[A-Za-z](?![\w-])")
_LONG_OPTION: Final = re.compile(r"--[A-Za-z][\w-]+")
_USB_ID: Final = re.compile(r"[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}")
_UNPRONOUNCEABLE: Final = re.compile(r"(?=[a-z]{6,}$).*[bcdfghjklmnpqrstvwxz]{6}|[a-z]{3,}ctl$", re.IGNORECASE)
_PART: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch of a question that may be an identifier.

    Attributes:
        text: As it was typed.
        forms: Normal forms to look up, the likeliest first.
        certain: Whether it has the shape of an identifier by itself, so that finding none is worth a notice.
    """

    text: str
    forms: tuple[str, ...]
    certain: bool


def normalise(identifier: str) -> str:
    """Return the form in which identifiers are stored and compared.

    Case, blanks, dashes, underscores and angle brackets go; dots, slashes, square brackets, the inch mark and the dash
    of an option ("-t") stay, because they carry meaning. Idempotent.
    """
    text = _prepare(identifier)
    if mixed := _FRACTION.fullmatch(text.strip()):
        return f'{mixed[1]}+{mixed[2]}"' if mixed[1] else f'{mixed[2]}"'
    if _SHORT_OPTION.fullmatch(text.strip()):
        return text.strip().casefold()
    previous = None
    while text != previous:  # leaving a blank out may bring a letter and its accent together
        previous, text = text, _prepare(re.sub(r"[\s_<>-]+", "", _prepare(text).casefold()))
    return text


def squeeze(identifier: str) -> str:
    """Return the normal form's letters and digits alone: what is left when separators are typed as blanks or not at
    all."""
    return "".join(c for c in normalise(identifier) if c.isalnum())


def extract(text: str) -> set[str]:
    """Return the forms under which a document's text is found by its identifiers.

    For each identifier its normal form, its squeezed form where that still holds letters and digits
    (`axis0jogcounts`), a path's last part, and every part that is a code by itself (`7i76e` of `hm2_7i76e.0`).
    """
    found: set[str] = set()
    for raw in _strict(_prepare(text)):
        found.update(_forms(raw))
    return found


def candidates(question: str) -> list[Candidate]:
    """Return what in a question may be an identifier, in the order of its words.

    Besides everything that `extract` would take, up to four neighbouring words are tried as one where that makes
    letters and digits stand together ("br 120", "axis 0 jog counts").
    """
    text = _prepare(question)
    found: dict[str, Candidate] = {}
    for raw in _strict(text):
        form = normalise(raw)
        found.setdefault(form, Candidate(raw.strip(), _lookups(form), certain=True))
    for bare in re.finditer(r"(?<![\w./-])(\d{1,2}/\d{1,3})(?![\w\"/])", text):
        found.setdefault(f'{bare[1]}"', Candidate(bare[1], (f'{bare[1]}"',), certain=False))
    words = [word for token in text.split() if (word := token.strip(_EDGE + ",;()\"'`<>=|!?*{}"))]
    for size in (1, 2, 3, 4):
        for start in range(len(words) - size + 1):
            run = words[start : start + size]
            raw = " ".join(run)
            if len(raw) > LONGEST or not _joins(run):
                continue
            form = normalise(raw)
            found.setdefault(form, Candidate(raw, _lookups(form), certain=False))
    return list(found.values())


def _lookups(form: str) -> tuple[str, ...]:
    squeezed = squeeze(form)
    return (form, squeezed) if squeezed != form and _mixed(squeezed) else (form,)


def _mixed(text: str) -> bool:
    return any(c.isdigit() for c in text) and any(c.isalpha() for c in text)


def _joins(run: list[str]) -> bool:
    if not all(re.fullmatch(r"[\w.+#/:-]+", word) for word in run):
        return False
    return _mixed("".join(run))


def _prepare(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_FOLD)


def _strict(text: str) -> list[str]:
    found: list[str] = []
    for pattern in (_FRACTION, _SIZE, _INI, _PATH, _SPACED_CODE, _SHORT_OPTION):
        found.extend(match[0].rstrip(".") for match in pattern.finditer(text))
    for match in _TOKEN.finditer(text):
        token = match[0]
        if len(token) > LONGEST:
            continue
        option = token.startswith("--") and _LONG_OPTION.fullmatch(token.rstrip(_EDGE))
        token = token.rstrip(_EDGE) if option else token.strip(_EDGE)
        if len(token) > 1 and (option or is_identifier(token)):
            found.append(token)
        elif "/" in token or "-" in token or ":" in token:  # "F0012/F0013", "F0012:"
            found.extend(part for part in re.split(r"[/:]|--", token) if len(part) > 1 and is_identifier(part))
    return [raw for raw in found if len(raw) <= LONGEST]


def is_identifier(token: str) -> bool:
    """Tell whether one word without blanks has the shape of an identifier."""
    if _is_measure(token):
        return False
    if _CODE.fullmatch(token) or _PART_NUMBER.fullmatch(token) or _VERSION.fullmatch(token):
        return True
    if _USB_ID.fullmatch(token) or _UNPRONOUNCEABLE.match(token):
        return True
    if _UNDERSCORED.fullmatch(token):
        return any(c.isalpha() for c in token)
    if _DOTTED.fullmatch(token) and not _SENTENCE_JOIN.search(token):
        parts = re.split(r"[.:]+", token)
        long_parts = sum(len(part) > 1 for part in parts)
        return any(c.isalpha() for c in token) and (long_parts > 1 or (long_parts == 1 and parts[-1].isdigit()))
    return False


def _forms(raw: str) -> set[str]:
    forms = set(_lookups(normalise(raw)))
    last = re.split(r"[/\\]", raw)[-1]
    if last != raw and len(last) > 2 and is_identifier(last):
        forms.add(normalise(last))
    parts = _PART.findall(raw)
    if len(parts) > 1:
        forms.update(
            part.casefold() for part in parts if len(part) > 1 and _CODE.fullmatch(part) and not _is_measure(part)
        )
    return forms


def _is_measure(token: str) -> bool:
    return bool(_MEASURE.fullmatch(token) or _COUNTED_WORD.fullmatch(token) or _WORD_NUMBER.fullmatch(token))


def surfaces(text: str) -> dict[str, str]:
    """Return, for every form that `extract` finds in a text, how the text writes it."""
    raws = [raw.strip() for raw in _strict(_prepare(text))]
    whole = {normalise(raw): raw for raw in raws}
    return {form: raw for raw in raws for form in _forms(raw)} | whole
