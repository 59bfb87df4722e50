"""Words of a question that say nothing about what is asked.

English only, because its questions are wordy and its manuals hold the same words; in other languages such words stand
in most chunks and fall to the frequency limit of `index.search.lexical`. A word that names a thing in some trade
("die", "can", "will" as a noun) is kept out of the list where that sense is common in manuals.
"""

from __future__ import annotations

from typing import Final

STOP_WORDS: Final = frozenset(
    """
    a about an and any are aren arent as at be because been being but by can cant could couldn couldnt did didn
    didnt do does doesn doesnt doing don dont for from get gets getting got had hadnt has hasn hasnt have haven
    havent having he her here hers him his how i if im in into is isn isnt it its just know let like ll me mine my
    need no not of on or our ours out over own please re shall she should shouldn shouldnt so some such tell than
    that the their theirs them then there these they this those to too up us ve want wants was wasn wasnt we were
    weren werent what whats when where wheres which while who whom whose why will with won wont would wouldn wouldnt
    yet you your yours
    """.split()  # noqa: SIM905 - a list of strings would be three times as long
)
