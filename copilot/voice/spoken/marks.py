"""Takes away what is only for the eye: citation marks, quote marks, bullets, tables' bars, Markdown."""

from __future__ import annotations

import re
from typing import Final

from copilot.answering.compose import UNVERIFIED_MARK
from copilot.voice.spoken.base import SpokenLanguage

_CITATION: Final = re.compile(r"\s*\[\d{1,3}\](?!\()")
_LINK: Final = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_LINE_START: Final = re.compile(r"^(?:\s*>)*\s*(?:#{1,6}\s+|[-*•◦▪–]\s+(?=\S))?", re.MULTILINE)
_STEP: Final = re.compile(r"^\s*(?:(?:step|schritt)\s+)?(\d{1,2})[.):](?:\s+)(?=\S)", re.MULTILINE | re.IGNORECASE)
_RULE_LINE: Final = re.compile(r"^\s*\|?(?:\s*:?-{3,}:?\s*\|?)+\s*$|^\s*(?:[-*_]\s*){3,}$", re.MULTILINE)
_BAR: Final = re.compile(r"\s*\|\s*")
_EMPHASIS: Final = re.compile(r"(?<!\w)(\*\*|__|\*|_|~~)(?=\S)(.+?)(?<=\S)\1(?!\w)")
_CODE: Final = re.compile(r"`+([^`\n]+)`+|^```.*$", re.MULTILINE)
_ADDRESS: Final = re.compile(r"\b(?:https?|ftp)://(?:www\.)?([A-Za-z0-9.-]+)\S*")
_INVISIBLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def without_marks(text: str, language: SpokenLanguage) -> str:
    """``text`` as it would be read out, its values still in figures. The ends of lines stay."""
    words = language.words
    text = _INVISIBLE.sub(" ", text.replace("\r\n", "\n").replace("\t", " "))
    text = text.replace(f" {UNVERIFIED_MARK}", f", {words['unverified']},").replace(
        UNVERIFIED_MARK, words["unverified"]
    )
    text = _LINK.sub(r"\1", text)
    text = _CITATION.sub("", text)
    text = _RULE_LINE.sub("", text)
    text = _LINE_START.sub("", text)
    text = _STEP.sub(lambda match: words["step"].format(language.cardinal(int(match[1]))) + " ", text)
    text = _CODE.sub(lambda match: match[1] or "", text)
    text = _EMPHASIS.sub(r"\2", text)
    text = _ADDRESS.sub(
        lambda match: f"{words['address']} {match[1].rstrip('.-').replace('.', ' ' + words['dot'] + ' ')}", text
    )
    return "\n".join(_BAR.sub("; ", line.strip().strip("|").strip()) for line in text.splitlines())
