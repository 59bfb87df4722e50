"""200 sentences that a technician says about the example manuals' machine, each with its identifiers.

Made from patterns and the identifiers of the manuals, always the same ones. A code is said in one of the ways that
people say codes: figure by figure ("one two zero"), in pairs ("twelve eighteen"), as a number ("one twenty").
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

_CODES: Final = """
F0012 F0021 F0003 F0024 F0007 F0018 F0030 P1120 P1121 P1112 P1218 P1215 P1900 P1010 P1601 BR-120 BR-210 DX-40 TX-200
TB-1200 LC-30 HP-16 S12 S13 S17 S18 PE-11 PE-12 X13 X4 M10 M12 M16 B30 B31 V40 OP-7 AC-1 HT-1010 HT-6120 SI-07 FE-10
Q1 CL-8
"""
CODES: Final = tuple(_CODES.split())
PATTERNS: Final = (
    "What does fault {code} mean?",
    "The drive shows {code}, what should I check first?",
    "How do I replace {code}?",
    "Where is {code} on the machine?",
    "What is parameter {code} set to?",
    "The brake {code} does not let go.",
    "Show me the wiring of {code}.",
    "Is {code} the same as {other}?",
    "After {code} came {other}, what now?",
    "What is the part number for {code}?",
    "Set the torque to {number} newton metres.",
    "The pressure at {code} is {number} bar.",
    "How often must {code} be lubricated?",
    "Reset {code} and start the conveyor.",
    "The operator panel shows {code} since this morning.",
    "Which bolts hold the drive drum?",
    "How do I tension the timing belt?",
    "What voltage does {code} need?",
    "I measured {number} volts at terminal {code}.",
    "The motor is at {number} degrees Celsius.",
    "Can I run the machine without {code}?",
    "Is there a spare {code} in the store?",
    "What must be locked out before opening the guard?",
    "Replace the fuse and check {code} again.",
    "What is the clearance of {code} in millimetres?",
)
NUMBERS: Final = ("1.3", "24", "12.5", "0.4", "40", "6", "400", "85", "2.2", "150")
UNITS: Final = {"newton metres": "Nm", "bar": "bar", "volts": "V", "degrees Celsius": "°C"}
_DIGITS: Final = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence.

    Attributes:
        written: As it should be put into writing.
        spoken: For a voice: codes spelled out.
        codes: The identifiers in it.
    """

    written: str
    spoken: str
    codes: tuple[str, ...]


def sentences(count: int = 200, seed: int = 9) -> list[Sentence]:
    """Return the first ``count`` sentences."""
    from num2words import num2words

    chance = random.Random(seed)
    made: list[Sentence] = []
    while len(made) < count:
        pattern = PATTERNS[len(made) % len(PATTERNS)]
        code, other = chance.sample(CODES, 2)
        number = chance.choice(NUMBERS)
        words = num2words(float(number) if "." in number else int(number)).replace(" and ", " ")
        written, spoken = pattern, pattern
        for name, value in (("{code}", code), ("{other}", other)):
            if name in pattern:
                written = written.replace(name, value)
                spoken = spoken.replace(name, spell(value, chance))
        written, spoken = written.replace("{number}", number), spoken.replace("{number}", words)
        for said, sign in UNITS.items():
            written = written.replace(f"{number} {said}", f"{number} {sign}")
        codes = tuple(c for c, name in ((code, "{code}"), (other, "{other}")) if name in pattern)
        made.append(Sentence(written, spoken, codes))
    return made


def spell(code: str, chance: random.Random) -> str:
    """Return a code as somebody would say it."""
    from num2words import num2words

    letters = "".join(c for c in code if c.isalpha())
    figures = "".join(c for c in code if c.isdigit())
    way = chance.choice(("figures", "figures", "pairs", "number"))
    if figures.startswith("0") or way == "figures":
        said = " ".join(_DIGITS[int(c)] for c in figures)
    elif way == "pairs" and len(figures) == 4 and figures[2] != "0":
        said = f"{num2words(int(figures[:2]))} {num2words(int(figures[2:]))}"
    elif len(figures) == 3:
        said = f"{_DIGITS[int(figures[0])]} {num2words(int(figures[1:]))}" if figures[1] != "0" else "two hundred"
    elif len(figures) == 4:
        said = " ".join(_DIGITS[int(c)] for c in figures)
    else:
        said = num2words(int(figures))
    return f"{' '.join(letters.upper())} {said.replace('-', ' ')}"
