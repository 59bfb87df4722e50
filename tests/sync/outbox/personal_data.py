"""Strategies for personal data as people write it, with check digits that are right."""

from __future__ import annotations

from hypothesis import strategies as st

_NAME = st.text("abcdefghijklmnopqrstuvwxyzäöüß0123456789._%+-", min_size=1, max_size=20)
_DIGITS = st.text("0123456789", min_size=1, max_size=1)


def mails() -> st.SearchStrategy[str]:
    domain = st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8), min_size=1, max_size=3)
    return st.builds(lambda local, parts: f"{local}@{'.'.join(parts)}", _NAME, domain)


def _digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=most)


def phones() -> st.SearchStrategy[str]:
    joint = st.sampled_from(["", " ", "-", "/", " / "])
    national = st.builds(
        lambda area, gap, rest: f"0{area}{gap}{rest}",
        st.integers(20, 9999),
        st.sampled_from([" ", "/", "-"]),
        _digits(6, 9),
    )
    international = st.builds(
        lambda plus, country, gap, rest: f"{plus}{country}{gap}{rest}",
        st.sampled_from(["+", "00"]),
        st.integers(1, 99),
        joint,
        st.builds(lambda a, gap, b: a + gap + b, _digits(3, 4), st.sampled_from(["", " ", "-"]), _digits(4, 6)),
    )
    american = st.builds(lambda a, b, c: f"({a}) {b}-{c}", st.integers(200, 999), _digits(3, 3), _digits(4, 4))
    return national | international | american


def _luhn(body: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


def _grouped(text: str, gap: str) -> str:
    return gap.join(text[start : start + 4] for start in range(0, len(text), 4))


def cards() -> st.SearchStrategy[str]:
    number = st.builds(
        lambda first, rest: _luhn(first + rest), st.sampled_from(["4", "51", "37", "6011"]), _digits(11, 13)
    )
    return st.builds(_grouped, number, st.sampled_from(["", " ", "-", "."]))


def ibans() -> st.SearchStrategy[str]:
    def build(country: str, account: str, gap: str, lower: bool) -> str:
        value = int("".join(str(int(letter, 36)) for letter in f"{account}{country}00"))
        text = _grouped(f"{country}{98 - value % 97:02}{account}", gap)
        return text.lower() if lower else text

    account = st.sampled_from([("DE", 18), ("GB", 18), ("FR", 23), ("NL", 14), ("NO", 11)]).flatmap(
        lambda one: st.tuples(
            st.just(one[0]),
            st.text("0123456789", min_size=one[1], max_size=one[1])
            if one[0] in ("DE", "NO")
            else st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=one[1], max_size=one[1]),
        )
    )
    return st.builds(
        lambda pair, gap, lower: build(*pair, gap, lower), account, st.sampled_from(["", " ", "-"]), st.booleans()
    )
