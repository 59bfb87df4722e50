"""Names of people, where the words around them give them away. Others are found by a list: see `Names`.

Without a model, a name by itself can't be told from a product or a place, and a manual is full of those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sync.personal.spans import Span

_CAPITAL: Final = r"[A-ZÀ-ÖØ-ÞŁŚŻŹČŠŽ]"
_PART: Final = rf"{_CAPITAL}\.|(?:{_CAPITAL}['’]{_CAPITAL}|Mc{_CAPITAL}|{_CAPITAL})[\w’'-]{{0,29}}"
_PARTICLE: Final = r"(?:van|von|de|der|den|del|della|di|da|du|la|le|zu|zum|zur|ter|ten|bin|al|el|y)"
_NAME: Final = rf"(?=((?:{_PARTICLE}[ ]){{0,2}}(?:{_PART})(?:[ ](?:{_PARTICLE}[ ]){{0,2}}(?:{_PART})){{0,3}}))"

_POSSESSIVE: Final = re.compile(r"(?:['’]s|['’-])?\Z")

_TITLE: Final = re.compile(
    r"(?<!\w)(?:(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Herrn?|Frau|Hr|Monsieur|Madame|Mme|Mlle|Señora?"
    r"|Sra?|Signora?|Dhr|Mevr)\.?|(?:Fr|Sig|Ing|Dipl\.-Ing)\.)[ \t]+){1,3}" + _NAME
)
_INTRODUCTION: Final = "|".join(
    (
        r"my name is|i am called|ich hei(?:ß|ss)e|mein name ist|je m'appelle|me llamo",
        r"(?:signed|reported|entered|written|approved|checked) by|(?:unterschrieben|gemeldet|geprüft) von",
        r"gezeichnet|gez\.|(?:kind |best )?regards,|sincerely,|grüße,|grüßen,?|yours,",
        r"contact person|ansprechpartner(?:in)?|attn\.?|z\.?[ ]?Hd\.?|c/o",
    )
)
_INTRODUCED: Final = re.compile(rf"(?i:\b(?:{_INTRODUCTION})[ \t]*:?\s{{0,2}})" + _NAME)
_LABEL: Final = "|".join(
    (
        r"(?:(?:sur|last|first|given|family|full|patient|customer|client|employee|vor|nach|familien)[ -]?)?name",
        r"patient(?:in)?|customer|client|kund(?:e|in)|technician|techniker(?:in)?|operator|bediener(?:in)?",
        r"employee|mitarbeiter(?:in)?|contact",
    )
)
_LABELLED: Final = re.compile(rf"(?i:(?<!\w)(?:{_LABEL})[ \t]*[:=][ \t]*)" + _NAME)
_PATIENT: Final = re.compile(r"(?<!\w)(?:[Pp]atient(?:in)?|[Cc]olleague|[Kk]olleg(?:e|in))[ \t]+" + _NAME)


def people(text: str) -> Iterator[Span]:
    """Names after a title, an introduction or a label; the title stays."""
    for pattern in (_TITLE, _INTRODUCED, _LABELLED, _PATIENT):
        for match in pattern.finditer(text):
            yield match.start(1), match.start(1) + len(_POSSESSIVE.sub("", match[1]))
