"""Questions with private text in and around them, made from a seed: for `bench.privacy` and for the tests of the wall.

Public and private documents have vocabularies of their own, so that a run of private words in what leaves can only have
come from a private document.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from copilot.privacy.values import PriorTurn, Source
from index.documents import AccessLabel
from index.passages import Passage

QUOTED_WORDS: Final = 4
"""A quote of so many words of a private document counts as a leak."""

_ONSETS: Final = ("b", "br", "d", "dr", "f", "g", "gr", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr")
_PUBLIC: Final = tuple(a + v + b + w for a in _ONSETS for v in "aei" for b in "lmnrst" for w in ("a", "e", "er", "ing"))
_PRIVATE: Final = tuple(a + v + b + w for a in _ONSETS for v in "ou" for b in "lmnrst" for w in ("o", "u", "ux", "ong"))
_CODES: Final = ("F0012", "P1121", "BR-120", "6SL3210-5BE24-0UA0", "24 V", "0.8 Nm", "DX-40", "M8", "IP54", '3/8"')
_MIXED: Final = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Secret:
    """A value, and how it is said."""

    kind: str
    value: str
    said: str


@dataclass(frozen=True)
class To:
    """A recipient."""

    name: str
    model: str
    trusted: bool


@dataclass(frozen=True)
class Case:
    """A question with its evidence and conversation.

    Attributes:
        secrets: What of it must have been replaced, if it is in what leaves.
        runs, canaries: Words in a row, and single ones, that must not be in what leaves.
        quotes: Whether the question itself repeats a private document.
    """

    question: str
    before: tuple[PriorTurn, ...]
    passages: tuple[Passage, ...]
    recipient: To
    secrets: tuple[Secret, ...]
    runs: tuple[str, ...]
    canaries: tuple[str, ...]
    quotes: bool


def case(seed: int) -> Case:
    """The case of this seed."""
    dice = random.Random(seed)
    trusted = dice.random() < 0.4
    secrets: list[Secret] = []
    passages, private = [], []
    for number in range(dice.randint(1, 6)):
        one, stays = _passage(dice, number, trusted, secrets)
        passages.append(one)
        if stays:
            private.append(one)
    question = [_words(dice, _PUBLIC, dice.randint(4, 14)) + "?"]
    question += [_add(dice, secrets) for _ in range(dice.choice((0, 1, 1, 2, 3)))]
    if dice.random() < 0.3:
        question.append(dice.choice(_CODES))
    quotes = bool(private) and dice.random() < 0.35
    if quotes:
        question.append(_quote(dice, dice.choice(private)))
    dice.shuffle(question)
    before = tuple(_turn(dice, passages, private, secrets) for _ in range(dice.choice((0, 0, 1, 2))))
    words = [one.text.split() for one in private]
    return Case(
        dice.choice((" ", "\n", ", ", " – ")).join(question),
        before,
        tuple(passages),
        To("hq", "big", trusted),
        tuple(secrets),
        tuple(" ".join(w[n : n + QUOTED_WORDS]) for w in words for n in range(len(w) - QUOTED_WORDS + 1)),
        tuple(word.strip(".") for w in words for word in w if word.startswith("QZ")),
        quotes,
    )


def leaks(one: Case, content: bytes, passages: Sequence[Passage]) -> list[str]:
    """What of a case is in ``content`` although it must not be.

    Args:
        one: The case.
        content: What left: any bytes, JSON in them or not.
        passages: The evidence that may be in it: addresses and numbers that public passages show may stay.
    """
    raw = content.decode("utf-8", "replace")
    # As it stands, and without the escapes of JSON; for runs of words whatever their case and blanks.
    texts = (raw, raw.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\"))
    words = " ".join(texts[1].lower().split())
    public = "\n".join(passage.text for passage in passages if passage.access is AccessLabel.PUBLIC)
    found = [
        f"{secret.kind} {secret.value}"
        for secret in one.secrets
        if any(secret.value in text for text in texts)
        and not (secret.kind in ("ip", "mac", "number") and secret.value in public)
    ]
    found += [run for run in one.runs if run.lower() in words]
    return found + [canary for canary in one.canaries if canary.lower() in words]


def secret(dice: random.Random) -> Secret:
    """A private value as people write it."""
    kind = dice.choice(list(_KINDS))
    make, ways = _KINDS[kind]
    value = make(dice)
    return Secret(kind, value, dice.choice(ways).replace("{}", value))


def make_document(dice: random.Random, *, private: bool) -> str:
    """A few paragraphs of a public or a private document, with a word that stands nowhere else in the private one."""
    words = _words(dice, _PRIVATE if private else _PUBLIC, 80).split()
    words.insert(dice.randrange(len(words)), f"QZ{dice.randrange(10**8):08d}" if private else dice.choice(_CODES))
    return " ".join(words) + "."


def _add(dice: random.Random, secrets: list[Secret]) -> str:
    one = dice.choice(secrets) if secrets and dice.random() < 0.3 else secret(dice)
    if one not in secrets:
        secrets.append(one)
    return one.said


def _passage(dice: random.Random, number: int, trusted: bool, secrets: list[Secret]) -> tuple[Passage, bool]:
    labels = (AccessLabel.PUBLIC, AccessLabel.PUBLIC, AccessLabel.INTERNAL, AccessLabel.RESTRICTED, "public", None)
    access = dice.choice(labels)
    stays = not (access is AccessLabel.PUBLIC or (access is AccessLabel.INTERNAL and trusted))
    words = _words(dice, _PRIVATE if stays else _PUBLIC, dice.randint(12, 60)).split()
    if stays:
        words.insert(dice.randrange(len(words)), f"QZ{dice.randrange(10**8):08d}")
    else:
        words.insert(dice.randrange(len(words)), dice.choice(_CODES))
        for _ in range(dice.choice((0, 0, 1, 2))):
            words.insert(dice.randrange(len(words)), f"\n{_add(dice, secrets)}\n")
    text = " ".join(words) + "."
    title = _words(dice, _PRIVATE if stays else _PUBLIC, 2).title()
    name = f"/home/anna.long/{title}.pdf"
    place, ids = (title, (title,), number), (number + 1, (number + 1,))
    passage = Passage(number + 1, 1.0, name, *place, text, *ids, "c", access, "en", 0, len(text))  # type: ignore[arg-type]
    return passage, stays


def _turn(dice: random.Random, passages: list[Passage], private: list[Passage], secrets: list[Secret]) -> PriorTurn:
    about = dice.choice(passages)
    said = _quote(dice, about) if about in private or dice.random() < 0.5 else _add(dice, secrets)
    sources: tuple[Source, ...] | None = (Source.of(about),)
    if dice.random() < 0.2:
        sources = None
    elif about in private and dice.random() < 0.3:
        sources = (Source("c", "d", AccessLabel.PUBLIC),)  # wrongly: what it repeats gives it away
    return PriorTurn(_words(dice, _PUBLIC, 5) + "?", f"{_words(dice, _PUBLIC, 6)}: {said}", sources)


def _quote(dice: random.Random, passage: Passage) -> str:
    """Some words of a passage, perhaps written a little differently."""
    words = passage.text.split()
    start = dice.randrange(max(1, len(words) - QUOTED_WORDS))
    said = words[start : start + dice.randint(QUOTED_WORDS, 9)]
    way = dice.randrange(4)
    if way == 0:
        return " ".join(said).upper()
    return ("\n" if way == 1 else " - " if way == 2 else " ").join(said)


def _words(dice: random.Random, vocabulary: tuple[str, ...], count: int) -> str:
    return " ".join(dice.choice(vocabulary) for _ in range(count))


def _digits(dice: random.Random, count: int) -> str:
    return "".join(dice.choice(string.digits) for _ in range(count))


def _letters(dice: random.Random, count: int) -> str:
    return "".join(dice.choice(string.ascii_lowercase) for _ in range(count))


def _mail(dice: random.Random) -> str:
    local = dice.choice(
        (_letters(dice, 6), f"{_letters(dice, 4)}.{_letters(dice, 7)}", f"{_letters(dice, 5)}+x_{_digits(dice, 2)}")
    )
    return f"{local}@{_letters(dice, 5)}.{dice.choice(('com', 'de', 'co.uk', 'example'))}"


def _phone(dice: random.Random) -> str:
    gap = dice.choice((" ", "-", "/"))
    return dice.choice(
        (
            f"+{dice.randint(1, 99)} {_digits(dice, 3)} {_digits(dice, 6)}",
            f"00{dice.randint(1, 99)}-{_digits(dice, 3)}-{_digits(dice, 6)}",
            f"0{dice.randint(20, 9999)}{gap}{_digits(dice, 7)}",
            f"({dice.randint(200, 999)}) {_digits(dice, 3)}-{_digits(dice, 4)}",
        )
    )


def _grouped(text: str, gap: str) -> str:
    return gap.join(text[start : start + 4] for start in range(0, len(text), 4))


def _iban(dice: random.Random) -> str:
    country, length = dice.choice((("DE", 18), ("GB", 18), ("FR", 23), ("NL", 14), ("NO", 11)))
    account = _digits(dice, length)
    rest = int("".join(str(int(letter, 36)) for letter in f"{account}{country}00")) % 97
    return _grouped(f"{country}{98 - rest:02}{account}", dice.choice(("", " ", "-")))


def _card(dice: random.Random) -> str:
    body = dice.choice(("4", "51", "37", "6011")) + _digits(dice, 12)
    total = sum(
        (int(digit) * 2 - 9 * (int(digit) > 4)) if place % 2 == 0 else int(digit)
        for place, digit in enumerate(reversed(body))
    )
    return _grouped(body + str(-total % 10), dice.choice(("", " ", "-")))


def _name(dice: random.Random) -> str:
    parts = [_letters(dice, dice.randint(4, 9)).title() for _ in range(dice.choice((1, 2)))]
    return " ".join(parts)


def _password(dice: random.Random) -> str:
    return "".join(dice.choice(_MIXED + "!$%&*+#") for _ in range(dice.randint(6, 18))) + _digits(dice, 1)


def _token(dice: random.Random) -> str:
    rest = "".join(dice.choice(_MIXED) for _ in range(36))
    begun = dice.choice(("sk-", "sk-proj-", "ghp_", "glpat-", "hf_", "xoxb-", "AKIA", "ecd_", "eyJhbGciOi."))
    return begun + (rest.upper() if begun == "AKIA" else rest)


def _ip(dice: random.Random) -> str:
    if dice.random() < 0.3:
        return f"fd{dice.randrange(256):02x}:{dice.randrange(65536):x}::{dice.randrange(1, 65536):x}"
    return ".".join(str(dice.randint(1, 254)) for _ in range(4))


def _mac(dice: random.Random) -> str:
    return dice.choice(":-").join(f"{dice.randrange(256):02X}" for _ in range(6))


def _number(dice: random.Random) -> str:
    return f"{_letters(dice, dice.randint(1, 3)).upper()}-{_digits(dice, dice.randint(5, 8))}"


def _key(dice: random.Random) -> str:
    lines = ("".join(dice.choice(_MIXED + "+/") for _ in range(64)) for _ in range(3))
    kind = dice.choice(("RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY"))
    return f"-----BEGIN {kind}-----\n" + "\n".join(lines) + f"\n-----END {kind}-----"


_KINDS: Final[dict[str, tuple[Callable[[random.Random], str], tuple[str, ...]]]] = {
    "mail": (_mail, ("write to {}", "{}", "mail: {}", "<{}>")),
    "phone": (_phone, ("call {}", "Tel. {}", "{}", "({})")),
    "iban": (_iban, ("IBAN {}", "pay to {}", "{}")),
    "card": (_card, ("card {}", "{}", "card number: {}")),
    "name": (_name, ("Mr. {}", "Frau {}", "Dr. {}", "Name: {}", "reported by {}", "my name is {}", "Mrs {}'s")),
    "password": (
        _password,
        ("password: {}", "PASSWORD={}", "the password is {}", 'password "{}"', "Passwort: {}", "--password {}"),
    ),
    "token": (_token, ("{}", "Bearer {}", "api key {}", "token: {}", '"api_key": "{}"')),
    "ip": (_ip, ("at {}", "{}", "address {}")),
    "mac": (_mac, ("MAC {}", "{}")),
    "number": (_number, ("patient no. {}", "Kundennummer: {}", "customer number {}", "S/N {}", "serial no. {}")),
    "key": (_key, ("{}", "the key:\n{}")),
}  # fmt: skip
