"""LlamaIndex's default flow beside ours: same documents, same questions, same GGUF file, same MiniLM, same run.

    python -m bench.peer_llamaindex DATA_DIR… [--limit N] [--tier T] [--rows FILE] [--work DIR] [--json]

Each DATA_DIR holds `questions.jsonl` and documents (`README*` apart). The two sides answer a question one after the
other, so that whatever else the machine does meets both. Ours is asked twice: in order, starting from nothing kept;
then all questions again by a new process's worth of parts, with what was read before on the disk.

PDFs and plain text go to LlamaIndex as they are (its default reader: pypdf, page by page); HTML and office files as the
clean text that our own loader makes of them. It runs in a process of its own (`--peer-python`), set up as
`bench.peer_worker` says.

Right: every `must` group is met (`copilot.evaluation.questions.meets`), for both. Refused: ours by its status; the peer
by any phrase that says so anywhere in its answer (`bench.peer_figures.says_unknown`). Place: ours by what it cites, the
peer by its best node.

`--rows FILE` appends each answer as it comes and goes on where an earlier run ended (with the same `--work DIR`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.peer_figures import AGAIN, OURS, PEER, Row, as_markdown, says_unknown
from copilot.answering.flow import AskOptions, Copilot
from copilot.assembly import Assembly
from copilot.engines.building import build_llama_options
from copilot.evaluation.questions import Question, meets, read_questions
from copilot.evaluation.runner import Outcome, run, stands_right
from copilot.hardware.machine import peak_memory_bytes
from copilot.library.indexing import Indexing, order_of
from copilot.settings import Settings
from index.documents import AccessLabel
from index.loaders import load
from index.passages import Passage

NODES = 2  # LlamaIndex's default; ours is judged by as many passages
EMBEDDING = "minilm-l6"


@dataclass(frozen=True)
class QuestionSet:
    """A folder of documents with its questions."""

    name: str
    questions: tuple[Question, ...]
    documents: tuple[Path, ...]


def read_set(folder: Path, limit: int | None) -> QuestionSet:
    questions = read_questions(folder / "questions.jsonl")
    documents = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name != "questions.jsonl" and not path.name.startswith(("README", "."))
    )
    return QuestionSet(folder.resolve().name, tuple(spread(questions, limit)), tuple(documents))


def spread(questions: Sequence[Question], limit: int | None) -> list[Question]:
    """The first ``limit`` questions, one of each kind in turn, in the file's order."""
    if limit is None or limit >= len(questions):
        return list(questions)
    by_kind: dict[str | None, list[Question]] = {}
    for question in questions:
        by_kind.setdefault(question.kind, []).append(question)
    turns = sorted((turn, at, q.id) for at, group in enumerate(by_kind.values()) for turn, q in enumerate(group))
    kept = {identity for _, _, identity in turns[:limit]}
    return [question for question in questions if question.id in kept]


class Rows:
    """Answers so far; kept in a file where one is named."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self.all: list[Row] = []
        if file is not None and file.exists():
            for line in file.read_text("utf-8").splitlines():
                found = json.loads(line)
                self.all.append(Row(**{**found, "chunks": tuple(found["chunks"])}))

    def add(self, row: Row) -> None:
        self.all.append(row)
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")

    def has(self, side: str, questions: str, question: Question) -> bool:
        return any((row.side, row.questions, row.id) == (side, questions, question.id) for row in self.all)


class Peer:
    """The worker, as a context."""

    def __init__(self, python: str, job: Mapping[str, Any]) -> None:
        self._process = subprocess.Popen(
            [python, str(Path(__file__).with_name("peer_worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.built = self._exchange(job)
        self.peak_rss_mb: float | None = None

    def _exchange(self, message: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        return self._receive()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(
                f"The peer's process ended with status {self._process.wait()}; what it said stands above. "
                "Does its interpreter (--peer-python) have the bench extra?"
            )
        received: dict[str, Any] = json.loads(line)
        return received

    def ask(self, questions: str, question: Question) -> Row:
        return peer_row(questions, question, self._exchange({"question": question.question}))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.kill()
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        self.peak_rss_mb = self._receive()["peak_rss_mb"]
        self._process.wait()


def peer_row(questions: str, question: Question, reply: Mapping[str, Any]) -> Row:
    text = str(reply.get("text", reply.get("error", "")))
    failed = "error" in reply
    passages = [as_passage(rank, node) for rank, node in enumerate(reply.get("nodes", ()), start=1)]
    refused = not failed and says_unknown(text)
    right: bool | None = not failed and meets(question.must, text) if question.must else None
    return Row(
        side=PEER,
        questions=questions,
        id=question.id,
        kind=question.kind,
        answerable=question.answerable,
        right=right if question.answerable else refused,
        refused=refused,
        source_right=bool(passages) and stands_right(question, passages[0]) if question.located else None,
        facts_retrieved=facts_in(question, passages),
        first_evidence_ms=None,
        first_token_ms=reply.get("first_token_ms"),
        total_ms=reply.get("total_ms"),
        words=len(text.split()),
        text=text,
    )


def as_passage(rank: int, node: Mapping[str, Any]) -> Passage:
    """A node in the form in which ours are judged. Any of its lines may be the heading looked for."""
    lines = tuple(line.strip("# \t") for line in node["text"].splitlines() if line.strip("# \t"))
    return Passage(
        rank=rank,
        score=node["score"] or 0.0,
        document=node["name"],
        title="",
        section=lines,
        page=node["page"],
        text=node["text"],
        chunk_id=rank,
        chunk_ids=(rank,),
        collection="default",
        access=AccessLabel.INTERNAL,
        language=None,
        start=0,
        end=len(node["text"]),
    )


def facts_in(question: Question, passages: Sequence[Passage]) -> bool | None:
    if not question.must:
        return None
    return meets(question.must, "\n".join(passage.text for passage in passages[:NODES]))


def our_row(side: str, questions: str, outcome: Outcome, read_before: frozenset[int], reads: int) -> Row:
    question, answer = outcome.question, outcome.answer
    timings = answer.timings
    chunks = tuple(passage.chunk_id for passage in answer.evidence.passages[:reads])
    return Row(
        side=side,
        questions=questions,
        id=question.id,
        kind=question.kind,
        answerable=question.answerable,
        right=outcome.correct,
        refused=outcome.abstained,
        source_right=outcome.found_by_citation,
        facts_retrieved=None if outcome.question.must == () else (outcome.facts_within or NODES + 1) <= NODES,
        first_evidence_ms=timings.first_evidence_ms,
        first_token_ms=timings.first_token_ms if timings.first_token_ms is not None else timings.total_ms,
        total_ms=timings.total_ms,
        words=len(answer.text.split()),
        text=answer.text,
        chunks=chunks,
        never_read=side == OURS and not read_before & set(chunks),
    )


def clean_text(documents: Sequence[Path], folder: Path) -> list[tuple[str, str]]:
    """What the peer reads: path and name of each document. What is no PDF or plain text goes to ``folder`` as text."""
    given: list[tuple[str, str]] = []
    for path in documents:
        if path.suffix.casefold() in (".pdf", ".txt", ".md"):
            given.append((str(path.resolve()), path.name))
            continue
        text = folder / f"{len(given)}-{path.name}.txt"
        text.write_text("\n\n".join(block.text for block in load(path).blocks), "utf-8")
        given.append((str(text.resolve()), path.name))
    return given


async def ask_ours(copilot: Copilot, question: Question) -> Outcome:
    (outcome,) = [outcome async for outcome in run(copilot, [question], AskOptions(k=10))]
    return outcome


class Comparison:
    """Both sides over one set of questions."""

    def __init__(self, given: argparse.Namespace, rows: Rows, work: Path) -> None:
        self._given = given
        self._rows = rows
        self._work = work
        self.facts: dict[str, Any] = {}

    def settings_for(self, name: str) -> Settings:
        folder = self._work / name
        folder.mkdir(parents=True, exist_ok=True)
        return Settings.load(data_dir=folder, overrides={"engine.tier": self._given.tier} if self._given.tier else {})

    async def compare(self, chosen: QuestionSet) -> None:
        settings = self.settings_for(chosen.name)
        facts = self.facts.setdefault(chosen.name, {"documents": len(chosen.documents)})
        pending = [question for question in chosen.questions if not self._done(chosen.name, question)]
        tell(f"{chosen.name}: {len(chosen.documents)} documents, {len(chosen.questions)} questions")
        async with Assembly(settings) as assembly:
            options = build_llama_options(settings, assembly.catalogue, assembly.models)
            facts |= {"model": options.model_id, "threads": options.threads}
            if not self._given.peer_only:
                report = Indexing(settings, assembly.embedder).run(order_of(chosen.documents, chosen.name))
                facts |= {"our_chunks": report.chunks, "our_ingest_s": round(report.took_s, 2)}
                if not any(row.questions == chosen.name and row.side == OURS for row in self._rows.all):
                    assembly.prefixes.clear()
                await assembly.engine()
            if self._given.ours_only:
                await self._ask(chosen.name, pending, assembly, None)
            else:
                with tempfile.TemporaryDirectory() as folder:
                    embedding = assembly.models.directory(assembly.catalogue.get(EMBEDDING))
                    job = {
                        "model": str(options.path),
                        "embedding": str(embedding),
                        "threads": options.threads,
                        "documents": clean_text(chosen.documents, Path(folder)),
                    }
                    tell("LlamaIndex builds its index")
                    with Peer(self._given.peer_python, job) as peer:
                        facts |= {"peer_nodes": peer.built["nodes"], "peer_index_s": peer.built["took_s"]}
                        await self._ask(chosen.name, pending, assembly, peer)
                    facts["peer_peak_rss_mb"] = peer.peak_rss_mb
        if not self._given.peer_only:
            await self._again(chosen, settings)
            facts["our_peak_rss_mb"] = round(peak_memory_bytes() / (1 << 20), 1)

    def _sides(self) -> Iterator[str]:
        if not self._given.ours_only:
            yield PEER
        if not self._given.peer_only:
            yield OURS

    def _done(self, name: str, question: Question) -> bool:
        return all(self._rows.has(side, name, question) for side in self._sides())

    async def _ask(self, name: str, questions: Sequence[Question], assembly: Assembly, peer: Peer | None) -> None:
        copilot = assembly.copilot() if not self._given.peer_only else None
        reads = assembly.settings.answer.passages
        for number, question in enumerate(questions, start=1):
            found: list[str] = []
            if peer is not None and not self._rows.has(PEER, name, question):
                row = await asyncio.to_thread(peer.ask, name, question)
                self._rows.add(row)
                found.append(f"{PEER} {mark(row)}")
            if copilot is not None and not self._rows.has(OURS, name, question):
                read = frozenset(chunk for row in self._rows.all if row.questions == name for chunk in row.chunks)
                row = our_row(OURS, name, await ask_ours(copilot, question), read, reads)
                self._rows.add(row)
                found.append(f"ours {mark(row)}")
            tell(f"  {number}/{len(questions)} {question.id}: {', '.join(found)}")

    async def _again(self, chosen: QuestionSet, settings: Settings) -> None:
        pending = [question for question in chosen.questions if not self._rows.has(AGAIN, chosen.name, question)]
        if not pending:
            return
        async with Assembly(settings) as assembly:
            await assembly.engine()
            copilot = assembly.copilot()
            for question in pending:
                outcome = await ask_ours(copilot, question)
                self._rows.add(our_row(AGAIN, chosen.name, outcome, frozenset(), settings.answer.passages))


def mark(row: Row) -> str:
    word = {True: "right", False: "wrong", None: "?"}[row.right]
    return f"{word}, {row.first_token_ms:.0f} ms" if row.first_token_ms is not None else f"failed ({row.text})"


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DATA_DIR")
    parser.add_argument("--limit", type=int, help="questions of each set, spread over its kinds")
    parser.add_argument("--tier", choices=["tiny", "small", "standard", "large"])
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--ours-only", action="store_true")
    only.add_argument("--peer-only", action="store_true")
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has the bench extra")
    parser.add_argument("--rows", type=Path, help="keep each answer here and go on where it ends")
    parser.add_argument("--work", type=Path, help="keep our indexes here; default: a temporary folder")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def main() -> None:
    given = parse()
    rows = Rows(given.rows)
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(given, rows, given.work or Path(folder))
        sets = [read_set(data, given.limit) for data in given.folders]
        for chosen in sets:
            asyncio.run(comparison.compare(chosen))
    wanted = {(chosen.name, question.id) for chosen in sets for question in chosen.questions}
    shown = [row for row in rows.all if (row.questions, row.id) in wanted]
    if given.json:
        print(json.dumps({"sets": comparison.facts, "rows": [asdict(row) for row in shown]}, ensure_ascii=False))
        return
    print(as_markdown(shown))
    print()
    for name, facts in comparison.facts.items():
        print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in facts.items()))


if __name__ == "__main__":
    main()
