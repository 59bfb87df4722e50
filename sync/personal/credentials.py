"""Credentials: private keys, keys and tokens in a known form, passwords that are named as such.

Sources: RFC 7468 (PEM), RFC 7519 (JWT), RFC 7617 (Basic), RFC 3986 (userinfo), and the published forms of the
providers' tokens, as secret scanners list them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sync.personal.spans import Span

_PEM: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|SECRET)[A-Z ]{0,20}-----"
    r"(?:(?!-----)[\s\S]){0,20000}(?:-----END [A-Z0-9 ]{0,60}-----)?"
)

_TOKEN: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-(?:[A-Za-z]+-)*[A-Za-z0-9_-]{16,}"  # OpenAI, Anthropic
    r"|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,}"  # Stripe
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}"
    r"|glpat-[A-Za-z0-9_-]{16,}"
    r"|(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{12,}"  # AWS
    r"|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}"  # Google
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}"  # Slack
    r"|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{20,}|pypi-[A-Za-z0-9_-]{20,}|dop_v1_[a-f0-9]{20,}"
    r"|ecd_[A-Za-z0-9_-]{16,}"  # this program's own device tokens
    r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    r"|eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?"  # JWT
    r"|AGE-SECRET-KEY-1[A-Z0-9]{20,}"
    r")(?![A-Za-z0-9])"
)
_BEARER: Final = re.compile(r"(?i:\b(?:bearer|basic|digest|negotiate)[ \t]+)(?=([A-Za-z0-9+/_.~=-]{12,}))")
_USERINFO: Final = re.compile(r"(?i:\b[a-z][a-z0-9+.-]{1,20}://)([^\s/?#@]{1,200}(?:@[^\s/?#@]{1,200})*)@(?=[^\s/?#@])")

_PASSWORD: Final = "|".join(
    (
        r"pass(?:word|wd|phrase|code|wort)?|pwd|kennwort|mot de passe|contrase(?:ñ|n)a|parola d'ordine|wachtwoord",
        r"secret(?:[ _-]?(?:access[ _-]?)?key)?|client[ _-]?secret|credentials?|zugangs(?:code|daten)",
        r"(?:api|access|auth(?:entication|orization)?)[ _-]?(?:key(?:[ _-]?id)?|token|secret|code)",
        r"(?:(?:refresh|bearer|session|id|device|personal)[ _-]?)?token|private[ _-]?key|pass-?key",
        r"psk|pre-?shared[ _-]?key|wpa2?(?:[ _-]?key)?|wi-?fi[ _-]?key|security[ _-]?(?:code|answer)",
    )
)
_BEGINNING: Final = rf"(?i:(?<![A-Za-z])(?:[A-Za-z0-9]{{1,30}}[_-])?(?:{_PASSWORD})\b[\"'”’]?)"
# "password: x", "PASSWORD=x", "password for the panel is x", "password 'x'", "<password>x", "--password x"
_LINK: Final = (
    r"(?:[ \t]{0,3}(?::=|[:=]{1,2}>?|→|>)[ \t]{0,3}"
    r"|(?i:(?:[ \t]+[^\s:=]{1,20}){0,5}?[ \t]+(?:is|was|lautet|ist|war|est|es)[ \t:]{1,3})"
    r"|[ \t]+(?=[\"'“„‘`«]))"
)
_VALUE: Final = r"(?:[\"“„‘`«]([^\"”“‘`»\n]{1,200})[\"”“’`»]|'([^'\n]{1,200})'|([^\s\"'“”„`<]{1,200}))"
_NAMED: Final = re.compile(f"{_BEGINNING}{_LINK}(?={_VALUE})")
_OPTION: Final = re.compile(
    rf"(?i:(?<![\w-])--?(?:[a-z0-9]{{1,20}}-)?(?:{_PASSWORD}))[ =]()()(?=([^\s\"'`-][^\s\"'`]{{0,199}}))"
)
# Several words, without quotes: the rest of the line, up to the end of the sentence.
_PHRASE: Final = re.compile(
    r"(?i:(?<![A-Za-z])(?:pass-?phrase|(?:seed|recovery|mnemonic|backup)[ -]?(?:phrase|words|codes?|keys?)))"
    r"[ \t]{0,3}(?:[:=]|is|are|lautet)[ \t]{1,3}()()(?=([^\s\"'.;][^\n.;\"]{0,300}))"
)
# A pin is also a contact: only digits after a clear link are one.
_PIN: Final = re.compile(
    r"(?i:(?<![A-Za-z])(?:pin|puk|tan|otp|cvc|cvv)(?:[ _-]?(?:code|number|nummer))?"
    r"[ \t]{0,3}(?:[:=]|is|lautet|ist)[ \t]{0,3})()()(\d{3,10})(?![\w.,]*\w)"
)
_BLANKED: Final = re.compile(r"\[[a-z][a-z0-9_-]{0,31}\]")  # what stands in for a value in the outbox
_TRAILING: Final = ".,;:!?)]}>"
_NO_VALUES: Final = frozenset(
    [
        *("a", "an", "the", "not", "no", "none", "null", "set", "unset", "empty", "required", "wrong", "right", "lost"),
        *("correct", "incorrect", "invalid", "valid", "missing", "expired", "forgotten", "unknown", "needed", "asked"),
        *("given", "stored", "kept", "sent", "shown", "displayed", "printed", "written", "found", "changed", "reset"),
        *(
            "default",
            "in",
            "on",
            "at",
            "by",
            "for",
            "from",
            "of",
            "to",
            "with",
            "under",
            "here",
            "there",
            "this",
            "that",
        ),
        *("it", "you", "your", "my", "our", "true", "false", "protected", "accepted", "rejected", "case-sensitive"),
        *("nicht", "der", "die", "das", "ein", "eine", "falsch", "richtig", "ungültig", "gültig", "leer", "nötig"),
    ]
)

_RUN: Final = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{24,}={0,2}(?![A-Za-z0-9+/_=-])")
_LEAST_DIGITS: Final = 3


def credentials(text: str) -> Iterator[Span]:
    """Private keys, tokens, what follows ``Bearer``, the user part of addresses, and what is called a password."""
    for pattern in (_PEM, _TOKEN):
        for match in pattern.finditer(text):
            yield match.span()
    for pattern in (_BEARER, _USERINFO):
        for match in pattern.finditer(text):
            yield match.span(1)
    for pattern in (_NAMED, _OPTION, _PHRASE, _PIN):
        for match in pattern.finditer(text):
            group = next(number for number in (3, 2, 1) if match[number])
            start, end = match.span(group)
            if group == 3:
                if _BLANKED.match(match[3]):
                    continue
                while end > start + 1 and text[end - 1] in _TRAILING:
                    end -= 1
                if text[start:end].casefold() in _NO_VALUES:
                    continue
            yield start, end


def random_strings(text: str) -> Iterator[Span]:
    """Long runs of small letters, capitals and digits mixed as no word, path or part number is: keys without a name."""
    for match in _RUN.finditer(text):
        run = match[0]
        mixed = any(c.islower() for c in run) and any(c.isupper() for c in run)
        if mixed and sum(c.isdigit() for c in run) >= _LEAST_DIGITS:
            yield match.span()
