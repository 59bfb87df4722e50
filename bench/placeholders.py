"""Does a model give placeholders back as it got them?

    python -m bench.placeholders [--tier standard]

The wall makes a request for each question below, whose answer is a value that was replaced. The model stands for the
endpoint's; its answer is restored, and must hold the value letter for letter.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bench.sync_collection import table
from copilot.catalogue import open_catalogue, open_store
from copilot.engines.base import GenerationOptions, Prompt
from copilot.engines.building import build_llama_options
from copilot.engines.llama.engine import LlamaEngine
from copilot.privacy import Outgoing
from copilot.privacy.policy import PrivacyPolicy
from copilot.privacy.wall import Wall
from copilot.settings import Settings
from index.documents import AccessLabel
from index.passages import Passage


@dataclass(frozen=True)
class To:
    name: str = "hq"
    model: str = "big"
    trusted: bool = True


# Question, passage, the value that the answer must hold.
CASES = (
    (
        "Which address do I write to about the DX-40?",
        "For the DX-40 write to lena.hart@plant.example.",
        "lena.hart@plant.example",
    ),
    (
        "What is the number of the night shift?",
        "The night shift answers at 0171 2345678, the office at 0171 8765432.",
        "0171 2345678",
    ),
    ("What is the password of the panel?", "Log in to the panel as operator. The password is Sesam1!x.", "Sesam1!x"),
    (
        "Who approved the test of the brake?",
        "The test of the brake BR-120 was approved by Joanna Kessel on 12 May.",
        "Joanna Kessel",
    ),
    ("At which address is the PLC?", "The PLC is at 10.0.0.7, the panel at 10.0.0.8, both on port 4840.", "10.0.0.7"),
    (
        "To which account is the deposit paid?",
        "The deposit is paid to DE89 3704 0044 0532 0130 00 before delivery.",
        "DE89 3704 0044 0532 0130 00",
    ),
    (
        "Whom do I ask when F0012 comes again?",
        "F0012: check the coil. If it comes again, ask Mr. Okafor at the service.",
        "Okafor",
    ),
    ("What is the patient number of bed 4?", "Bed 4: patient no. 4711-88, monitor X9, alarm limit 120.", "4711-88"),
    ("Which serial number does the spare drive have?", "The spare drive, S/N 6A-8812-X, lies in shelf 3.", "6A-8812-X"),
    (
        "What is the key for the interface?",
        "Set the key of the interface: api key sk-abcdefghijklmnop1234.",
        "sk-abcdefghijklmnop1234",
    ),
    (
        "Which MAC address has the gateway?",
        "The gateway has the MAC 00:1B:44:11:3A:B7 and one uplink.",
        "00:1B:44:11:3A:B7",
    ),
    (
        "Where does mail go on weekdays?",
        "Mail goes to a.b@plant.example on weekdays and to c.d@plant.example at weekends.",
        "a.b@plant.example",
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tier", default="standard")
    parser.add_argument("--data-dir", type=Path)
    asked = parser.parse_args()
    settings = Settings.load(None, asked.data_dir, {"engine.tier": asked.tier})
    print(asyncio.run(run(settings)))


async def run(settings: Settings) -> str:
    catalogue = open_catalogue(settings)
    options = build_llama_options(settings, catalogue, open_store(settings, catalogue))
    engine = await asyncio.to_thread(LlamaEngine.load, options, None)
    wall, counts, rows = (
        Wall(PrivacyPolicy()),
        Counter[str](),
        [("question", "the reply as it came", "holds the value")],
    )
    for number, (question, text, value) in enumerate(CASES):
        passage = Passage(
            1, 1.0, "d", "Handbook", (), 1, text, number, (number,), "c", AccessLabel.INTERNAL, "en", 0, len(text)
        )
        found = wall.outgoing(question, (), (passage,), To())
        assert isinstance(found, Outgoing)
        assert value not in found.as_request().decode()
        system, user = (message["content"] for message in json.loads(found.as_request())["messages"])
        restorer, reply, shown = found.restorer(), "", ""
        async for piece in engine.stream(Prompt(system, "", user), GenerationOptions(64)):
            reply += piece
            shown += restorer.feed(piece)
        shown += restorer.finish()
        counts["placeholder in the reply"] += "⟦" in reply
        counts["right"] += value in shown
        counts["left unrestored"] += "⟦" in shown
        rows.append((question, reply.strip().replace("\n", " "), "yes" if value in shown else "no"))
    await engine.close()
    return table(rows) + f"\n\n{len(CASES)} questions: " + ", ".join(f"{name} {n}" for name, n in counts.items())


if __name__ == "__main__":
    main()
