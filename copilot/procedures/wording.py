"""The words that make a number in a step a limit, a condition, a rate or a size; in English and German."""

from __future__ import annotations

import re
from typing import Final

END: Final = re.compile(
    r"(?i:(?<!\bmax)(?<!\bmin)(?<!\bapprox)(?<!\bca)(?<!\bfig)(?<!\bno)(?<!\bnr)(?<!\bresp)(?<!\bbzw)(?<!\btemp))[.!?]"
    r"(?=\s+[^\sa-zäöü\d]|\s*$)|\n"
)
CLAUSE: Final = re.compile(r"[,;:(]\s|[—–]\s|\s-\s|\|")

PLUS_MINUS: Final = re.compile(
    r"\s?[,(]?\s?(?:(?:with\s)?(?:a\s)?tolerance(?:\sof)?:?\s?|toleranz:?\s?)?(?:±|\+\s?/\s?-|\+-|plus or minus)\s?$",
    re.I,
)
ALONE_PLUS_MINUS: Final = re.compile(r"(?:±|\+\s?/\s?-|\+-|plus or minus)\s?$", re.I)
EACH: Final = re.compile(r"\b(?:both|each|all|jeweils|beide|alle)\W*(?:±|\+\s?/\s?-|\+-)\s?$", re.I)
TO: Final = re.compile(r"\s?(?:-|\.{2,3}|…|to|through|up to|bis|bis zu)\s?", re.I)
AND: Final = re.compile(r"\s?(?:and|und)\s?", re.I)
BETWEEN: Final = re.compile(r"\b(?:between|zwischen)\s+$", re.I)
FROM: Final = re.compile(r"\b(?:from|von|range:?|bereich:?)\s+$", re.I)
OR: Final = re.compile(r"\s?(?:/|\bor\b|\boder\b)\s?", re.I)

# Words that say "not more" or "not less" by themselves.
AT_MOST: Final = (
    r"at most|at the most|max(?:imum|\.)?(?: of)?:?|maximal|(?:no|not) (?:more|higher|greater|longer|larger) than|"
    r"up to|within|≤|<=|höchstens|bis zu|nicht mehr als|innerhalb(?: von)?"
)
AT_LEAST: Final = (
    r"at least|min(?:imum|\.)?(?: of)?:?|minimal|(?:no|not) (?:less|lower|fewer|shorter|smaller) than|≥|>=|mindestens|"
    r"wenigstens|nicht weniger als"
)
# Words that need others to make them a limit: alone they mostly begin a condition.
LESS: Final = r"below|under|less than|lower than|smaller than|<|unter|weniger als|kleiner als|unterhalb(?: von)?"
MORE: Final = (
    r"above|over|more than|greater than|higher than|larger than|exceed(?:s|ing)?|>|über|mehr als|größer als|"
    r"überschreite[nt]|oberhalb(?: von)?"
)
COMPARED: Final = re.compile(
    rf"(?<!\w)(?:(?P<most>{AT_MOST})|(?P<least>{AT_LEAST})|(?P<less>{LESS})|(?P<more>{MORE}))\s?$", re.IGNORECASE
)
COUNTS: Final = re.compile(r"least|most|max|min|less|more|[≤≥<>]|mindestens|höchstens|wenigstens", re.IGNORECASE)
AFTER: Final = re.compile(
    r"\s?\(?(?:(?P<most>max(?:imum|\.)?|or (?:less|lower|below)|at (?:the )?most|oder weniger|höchstens)|"
    r"(?P<least>min(?:imum|\.)|or (?:more|higher|above|greater)|at (?:the )?least|oder mehr|mindestens))(?!\w)",
    re.IGNORECASE,
)
ABOUT: Final = re.compile(
    r"(?<!\w)(?:about|approx(?:imately|\.)?|around|circa|ca\.?|roughly|some|typically|normally|usually|nominal(?:ly)?|"
    r"~|≈|etwa|ungefähr|rund|typisch|normalerweise)\s?$",
    re.IGNORECASE,
)

CONDITION: Final = re.compile(
    r"\b(?:if|when(?:ever)?|in case|unless|while|whilst|once|as soon as|before|after|except|otherwise|provided|"
    r"depending|wenn|falls|sofern|sobald|solange|während|bevor|nachdem|je nach|außer)\b"
    r"|^\W*(?:at|bei|for|für|with|mit|in|below|above|under|over|more than|less than|from|unter|über|ab)\b"
    r"(?!\s+(?:least|most))",
    re.IGNORECASE,
)
CONDITION_BEHIND: Final = re.compile(
    r"\s*,?\s*(?:if|when|unless|while|provided|depending|at|wenn|falls|sofern|je nach|bei)\b(?! least| most)",
    re.IGNORECASE,
)
UNTIL: Final = re.compile(r"\b(?:until|till|bis)\b(?!\s+zu\b)", re.IGNORECASE)
NOT: Final = re.compile(r"\b(?:not|never|no|cannot|can't|don't|mustn't|nicht|nie|niemals|kein\w*)\b", re.IGNORECASE)
PRESCRIBES: Final = re.compile(
    r"\b(?:must|should|shall|has to|have to|needs? to|may|is to|are to|ensure|make sure|check|verify|keep|kept|stays?|"
    r"remains?|reads?|measures?|shows?|falls?|drops?|rises?|limit|allowed|permitted|set|adjust|"
    r"muss|müssen|soll|sollen|darf|dürfen|sicherstellen|prüfen|halten|zulässig)\b",
    re.IGNORECASE,
)
CONCLUDES: Final = re.compile(
    r"^[^.;|]*?\b(?:is|are|means?|indicates?|points?|replace|renew|scrap|then|ist|sind|bedeutet|ersetzen|tauschen)\b"
    r"|^\s*(?::|→|=>|->|⇒)",
    re.IGNORECASE,
)
TARGET: Final = re.compile(
    r"\b(?:tighten(?:ed)?|re-?tighten|torque[ds]?|set|reset|adjust(?:ed)?|fill(?:ed)?|inflate|charge|pressuri[sz]e|heat|"
    r"cool|warm|pre-?load|tension|align|raise|lower|increase|reduce|bring|turn|screw|bolt|rises?|climbs?|drops?|falls?|"
    r"sealed|calibrate|trim|regulate|clamp|move|drive|run|anziehen|festziehen|einstellen|stellen|füllen|spannen|erhöhen|"
    r"senken)\b(?:[^.;:]*?\b(?:to|until|auf|bis)|[^.;:\d]*?\b(?:at|with|mit))\s+(?:exactly\s+|a\s+|the\s+)?$",
    re.IGNORECASE,
)
HAS_TO_BE: Final = re.compile(
    r"\b(?:(?:must|should|shall|has to|have to|is to|are to|needs to)\s+(?:be|read|measure|show|indicate|have)"
    r"|reads?|measures?|(?:is|are) set to|muss|soll)\s+(?:exactly\s+|genau\s+)?$",
    re.IGNORECASE,
)
IS: Final = re.compile(r"\b(?:is|are|beträgt|betragen|ist)\s+(?:exactly\s+)?$", re.IGNORECASE)
QUANTITY: Final = (
    r"\b(?:torque|pressure|precharge|voltage|current|gap|clearance|play|temperature|speed|resistance|tension|level|"
    r"force|travel|backlash|value|thickness|"
    r"\w*(?:moment|druck|spannung|strom|spalt|spiel|temperatur|drehzahl|widerstand|wert))\b"
)
QUANTITY_NAMED: Final = re.compile(QUANTITY + r"[^.;]*$", re.IGNORECASE)
QUANTITY_BEFORE: Final = re.compile(QUANTITY + r"\s+(?:(?:of|von)\s+)?$", re.IGNORECASE)
TARGET_BEHIND: Final = re.compile(
    r"[^.;,]{0,40}\b(?:einstellen|anziehen|festziehen|nachziehen|auffüllen|füllen|spannen|erhöhen|senken|eingestellt|"
    r"angezogen|gefüllt)\b",
    re.IGNORECASE,
)
LISTED: Final = re.compile(
    r"(?:\s(?:on|for|with|an|für|bei)\s[^,.;:\d]*[\w-]*|\s?\([^()]{1,30}\))?\s?,\s(?:and\s|und\s)?"
    r"(?:(?:the|those|den|die|das)\s[^,.;:]{1,50}\s(?:to|at|with|auf|mit)\s)?"
)
QUALIFIER: Final = re.compile(r"\s?\((?!\d)[^()]{1,24}\)|\s(?:on|for|an|für)\s[A-Z][\w-]*(?=[\s,.;]|$)")
TORQUES: Final = frozenset({"Nm", "kNm", "Ncm", "mNm", "ft-lb", "in-lb"})  # hardly ever said but to be reached
POURED: Final = re.compile(r"\b(?:fill|fill in|add|pour(?: in)?|refill|top up|einfüllen|nachfüllen)\s+$", re.IGNORECASE)
LABELLED: Final = re.compile(r"(?:^|[.;,(|]\s?)\W*[\w°%/ -]{1,40}?\s?[:=]\s?$")
RATE: Final = re.compile(r"\s?(?:per\b|for (?:each|every)\b|an? (?:minute|hour|second)\b|pro\b|je\b)", re.I)
SHARE: Final = re.compile(r"\s?(?:of|von)\s(?:the\s|a\s)?\d", re.I)
DESCRIBES: Final = re.compile(
    r"\s(?:long|wide|high|thick|deep|tall|rod|bar\b(?!\s)|key|spanner|wrench|bolt|screw|hose|pipe|cable|fuse|disc|plate|"
    r"drill|hole|lang|breit|dick)\b",
    re.IGNORECASE,
)
FOLD: Final = str.maketrans({**dict.fromkeys("‐‑‒–−", "-"), "\u00a0": " ", "\u202f": " "})
