"""How much two codes sound alike when they are spelled aloud.

Names of letters fall into groups that noise makes one of ("B, D, E, P, T …" all end in "ee"; "M" and "N"; "F", "S" and
"X"), and so do some figures ("five" and "nine"; "fifteen" and "fifty"). Within a group a slip is likely, across groups
it isn't. See the confusion groups of spelled letters in noise: Miller & Nicely 1955; Hull 1973, "A letter-digit matrix
of auditory confusions".
"""

from __future__ import annotations

from typing import Final

_GROUPS: Final = ("bcdegptvz3", "ahjk8", "fsx6", "mn", "iy5", "o04", "quw2", "lr", "59", "x6", "1", "7")
_ALIKE: Final = 0.45
_SAME_SOUND: Final = 0.1  # the letter O and the figure 0, the letter I and the figure 1
_ONE_MORE: Final = 0.7  # a character heard twice or not at all
_FIGURE_MORE: Final = 0.9
_ZERO_MORE: Final = 0.4  # of several zeros in a row one more or less is soon heard
_CLASS: Final = {letter: group[0] for group in reversed(_GROUPS) for letter in group}


def sound_key(code: str) -> str:
    """Return a code with each character replaced by one that stands for its group; codes that sound alike are near."""
    return "".join(_CLASS.get(c, c) for c in code)


def sound_distance(heard: str, known: str) -> float:
    """Return how far two spelled codes are apart: 0 for the same, about 1 for each character that isn't."""
    before = [0.0]
    for at in range(len(known)):
        before.append(before[at] + _gap(known, at))
    for at_heard, h in enumerate(heard):
        row = [before[0] + _gap(heard, at_heard)]
        for at_known, k in enumerate(known):
            row.append(
                min(
                    before[at_known] + _change(h, k),
                    before[at_known + 1] + _gap(heard, at_heard),
                    row[at_known] + _gap(known, at_known),
                )
            )
        before = row
    return before[-1]


def _change(heard: str, known: str) -> float:
    if heard == known:
        return 0.0
    if {heard, known} in ({"o", "0"}, {"i", "1"}, {"l", "1"}):
        return _SAME_SOUND
    if any(heard in group and known in group for group in _GROUPS):
        return _ALIKE
    return 1.0 if heard.isdigit() == known.isdigit() else 1.2


def _gap(code: str, at: int) -> float:
    if code[at] == "0" and ((at and code[at - 1] == "0") or code[at + 1 : at + 2] == "0"):
        return _ZERO_MORE
    if at and code[at] == code[at - 1]:
        return _ZERO_MORE
    return _FIGURE_MORE if code[at].isdigit() else _ONE_MORE
