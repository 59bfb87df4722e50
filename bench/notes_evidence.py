"""Notes as evidence: through the seam in the answer flow, or as a collection of the index?

    .venv/bin/python -m bench.notes_evidence

Notes about two machines beside the example manuals. Asked are questions about the past, of which one note is the
answer, and questions that the manuals answer. Said is how often the right note comes first, how often one comes up
that has nothing to do with the question, whether the manuals' first passage is still the first, and what it costs to
keep a note and to look for it. With the embedding model, where it is on this machine.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from copilot.answering.context import with_offers
from copilot.catalogue import open_catalogue, open_store
from copilot.library.embedding import build_embedder
from copilot.notes import Context, Notes
from copilot.notes.evidence import COLLECTION, NoteEvidence
from copilot.settings import Settings
from index.documents import AccessLabel
from index.errors import ModelMissing
from index.ingest import Ingestor
from index.passages import SearchFilter
from index.search import Searcher
from index.store import Store

MANUALS = Path(__file__).parents[1] / "examples" / "manuals"
HERE, THERE = Context(machine="TX-200 hall 3"), Context(machine="TX-200 hall 5")
NOTES = {
    "filter": ("Filter element FE-10 replaced, oil was dark. 12 l topped up.", HERE),
    "curtain": ("Light curtain LC-30: plug X32 wet after washing the floor. Dried, seal greased.", HERE),
    "gap": ("BR-210: air gap 0.7 mm, adjusted to 0.40 mm. Rotor 10.1 mm.", HERE),
    "belt": ("Timing belt TB-1200 frayed at the edge, new one fitted, 46 Hz.", HERE),
    "encoder": ("F0011 twice this week. Encoder cable swapped, cable tie on X22 was missing.", HERE),
    "drum": ("Tail drum bearing noisy. Ordered 6206-C3, not done yet.", HERE),
    "accu": ("Accumulator AC-1 precharge 84 bar, filled with nitrogen.", HERE),
    "inverter": ("A1 replaced by a new DX-40-022, parameters loaded from the card.", HERE),
    "photo": ("PE-11: reflector knocked out of line by a fork lift, straightened.", HERE),
    "clamp": ("Clamp cylinder leaks at the gland, wiped, watch it.", HERE),
    "filter there": ("Filter element FE-10 replaced.", THERE),
    "belt there": ("Timing belt TB-1200 tensioned again after 24 hours.", THERE),
}
PAST = {
    "When was the filter element replaced last?": "filter",
    "Has the light curtain been wet before?": "curtain",
    "What was the air gap of BR-210 last time?": "gap",
    "Who fitted the last timing belt?": "belt",
    "Did we have F0011 already?": "encoder",
    "Is there a note about the drum bearing?": "drum",
    "What was the precharge of the accumulator last time?": "accu",
    "Was the inverter A1 ever changed?": "inverter",
    "Have we had trouble with PE-11 before?": "photo",
    "Is there anything in the handover about the clamp cylinder?": "clamp",
    "Wann wurde FE-10 zuletzt gewechselt?": "filter",
    "Did anybody work on X22 recently?": "encoder",
}
MANUAL = (
    "What does fault F0012 mean?",
    "How do I replace the seals of the clamp cylinder?",
    "How tight are the fixing screws of brake BR-210?",
    "How do I align the light curtain?",
    "How much oil does the hydraulic unit take?",
    "What is the frequency of the timing belt?",
    "Which fuse protects the HMI?",
    "How do I save the parameters of an inverter?",
)


def ms(call: float) -> float:
    return (perf_counter() - call) * 1000


def main() -> int:
    settings = Settings.load()
    catalogue = open_catalogue(settings)
    try:
        embedder = build_embedder(settings, catalogue, open_store(settings, catalogue))
    except ModelMissing:
        embedder = None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "notes").mkdir()
        notes = Notes(folder / "notes.db", access=AccessLabel.INTERNAL)
        notes.set_context(HERE)
        ids, keeping = {}, []
        for key, (text, context) in NOTES.items():
            begun = perf_counter()
            ids[notes.add(text, context=context).note.id] = key
            keeping.append(ms(begun))
        evidence = NoteEvidence(notes)
        with Store.open(folder / "index.db") as store:
            ingestor = Ingestor(store, embedder)
            ingestor.run([MANUALS])
            searcher = Searcher(store, embedder)
            searcher.search("warm up")
            before = {question: searcher.search(question) for question in MANUAL}
            seam, looking, stray, kept_first = 0, [], 0, 0
            for question, wanted in PAST.items():
                found = searcher.search(question)
                begun = perf_counter()
                offers = evidence.offers(question, found, SearchFilter())
                looking.append(ms(begun))
                first = with_offers(found, offers).passages[0]
                hit = ids.get(first.document.removeprefix("note:"))
                seam += hit == wanted
                if hit != wanted:
                    print(f"  seam missed: {question} ({hit or 'no note'})")
            for question, found in before.items():
                offers = evidence.offers(question, found, SearchFilter())
                stray += len(offers)
                kept_first += with_offers(found, offers).passages[0] == found.passages[0]
            print(f"embedder: {'yes' if embedder else 'no'}; {len(NOTES)} notes, {len(PAST)} questions about the past")
            print(
                f"seam: right note first {seam}/{len(PAST)}; a manual's passage stays first {kept_first}/{len(MANUAL)}"
            )
            print(f"  notes shown below a manual's answer: {stray} in {len(MANUAL)} questions")
            print(f"  keep {statistics.median(keeping):.1f} ms, look {statistics.median(looking):.2f} ms (medians)")

            ingesting = []
            for key, (text, context) in NOTES.items():
                path = folder / "notes" / f"{key}.md"
                path.write_text(f"# Note, {context.machine}\n\n{text}\n", "utf-8")
                begun = perf_counter()
                ingestor.run([path], collection=COLLECTION, access=AccessLabel.INTERNAL)
                ingesting.append(ms(begun))
            searcher = Searcher(store, embedder)
            indexed = sum(
                Path(searcher.search(question).passages[0].document).stem == wanted for question, wanted in PAST.items()
            )
            same = sum(
                searcher.search(question).passages[0].text == found.passages[0].text
                for question, found in before.items()
            )
            print(
                f"collection: right note first {indexed}/{len(PAST)}; "
                f"a manual's passage stays first {same}/{len(MANUAL)}"
            )
            print(f"  keep {statistics.median(ingesting):.1f} ms (median), and nothing while another process ingests")
        notes.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
