"""10,000 private questions on their way to an endpoint: does a private byte leave, does every answer come back whole?

    python -m bench.privacy [--cases 10000] [--seed 0] [--faults 0.3] [--folder /dev/shm]

Each case is a question with up to six passages of evidence under any label, personal data and secrets in it, quotes of
restricted documents, and a conversation. The wall makes the request, the real engine sends it to a server on loopback
that keeps every byte, and the server says back what it was told. Some attempts fail first: 429, 500, cut, nonsense.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.private_cases import case, leaks
from bench.sync_collection import table
from copilot.privacy import Refused
from copilot.privacy.policy import PrivacyPolicy
from copilot.privacy.wall import Wall
from index.passages import Passage
from tests.copilot.privacy.line import FAULTS, echo, tapped_line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="the first case's")
    parser.add_argument("--faults", type=float, default=0.3, help="share of requests of which the first attempt fails")
    parser.add_argument("--folder", type=Path, help="where the audit log goes: a slow disk makes this slow")
    asked = parser.parse_args()
    logging.getLogger("stamina").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        print(run(Path(folder), asked.cases, asked.seed, asked.faults))


def run(folder: Path, cases: int, first: int, faults: float) -> str:
    wall = Wall(PrivacyPolicy(question_only=True))
    counts, took_ms = Counter[str](), list[float]()
    chance = random.Random(first)
    with tapped_line(folder) as line:
        for seed in range(first, first + cases):
            one = case(seed)
            began = time.thread_time()
            found = wall.outgoing(one.question, one.before, one.passages, one.recipient)
            took_ms.append((time.thread_time() - began) * 1000)
            if isinstance(found, Refused):
                counts["kept here: the question repeats what is private" if one.quotes else "kept here wrongly"] += 1
                continue
            counts["repeats what is private, and left"] += one.quotes
            line.tap.clear()
            faulty = chance.random() < faults
            line.tap.answering[:] = [*([FAULTS[chance.choice(sorted(FAULTS))]] if faulty else []), echo]
            shown, _, error = line.ask(found)
            leaked = leaks(one, bytes(line.tap.captured), found.passages)
            leaked += leaks(one, line.audit.path.read_bytes() + repr(error).encode(), ())
            line.audit.path.unlink()
            for leak in leaked:
                print(f"case {seed}: {leak}")
            counts["sent"] += 1
            counts["attempts"] += len(line.tap.requests)
            messages = json.loads(found.as_request())["messages"]
            said = found.restore("\n".join(message["content"] for message in messages))
            counts["restored exactly"] += all(text in said for text in (one.question, *_texts(found.passages)))
            counts["values replaced"] += sum(found.placeholders.values())
            counts["leaks"] += len(leaked)
            if error is None:
                counts["answered"] += 1
                whole = all(text in shown for text in (one.question, *_texts(found.passages)))
                counts["came back exactly"] += whole
                if not whole:
                    print(f"case {seed}: did not come back exactly")
    took_ms.sort()
    rows = [("cases", f"{cases:,}"), *((name, f"{counts[name]:,}") for name in _NAMES)]
    rows.append(
        ("the wall's time for one, median / 95% / 99%", " / ".join(f"{_at(took_ms, q):.1f} ms" for q in _SHARES))
    )
    return table([("", "count"), *rows])


_SHARES = (0.5, 0.95, 0.99)
_NAMES = (
    "kept here: the question repeats what is private", "kept here wrongly", "repeats what is private, and left", "sent",
    "attempts", "values replaced", "leaks", "restored exactly", "answered", "came back exactly",
)  # fmt: skip


def _texts(passages: Iterable[Passage]) -> list[str]:
    return [passage.text for passage in passages]


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


if __name__ == "__main__":
    main()
