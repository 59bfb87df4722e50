"""LlamaIndex's default flow in a process of its own: one JSON object a line in, one a line out.

Started by `bench.peer_llamaindex` with any interpreter that has the `bench` extra; imports nothing of ours, so that
its memory is its own. What is left at its default: SimpleDirectoryReader (PDFs page by page through pypdf),
SentenceSplitter (1024 tokens, 200 overlap), VectorStoreIndex in memory, the two best nodes, the compact synthesizer
and its prompt, 3900 tokens of context, 256 of answer. What is set: the GGUF file with the chat template that it
carries, the embedding model, as many threads as ours (llama-cpp-python's default is half the cores), and a temperature
of 0, so that a run can be repeated. Nothing is fetched: LlamaIndex ships its tokenizer's and NLTK's tables.

First line in: {"model", "embedding", "threads", "documents": [[path, name], ...]}; out: {"nodes", "took_s"}.
Then lines {"question"}; out: {"text", "first_token_ms", "total_ms", "nodes": [{"name", "page", "text", "score"}]}
or {"error"}. End of input ends it; the last line out is {"peak_rss_mb"}.
"""

# ruff: noqa: ANN401 - LlamaIndex's objects have no types that would help here
from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

for _name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
    os.environ[_name] = "1"


def language_model(path: str, threads: int) -> Any:
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter
    from llama_index.llms.llama_cpp import LlamaCPP

    def prompt_of(messages: list[Any]) -> str:
        # llama.cpp puts the model's beginning-of-text token in front by itself.
        return formatter(messages=messages).prompt.removeprefix(begin or "\0")

    engine = LlamaCPP(
        model_path=path,
        temperature=0.0,
        verbose=False,
        model_kwargs={"n_threads": threads, "n_threads_batch": threads},
        completion_to_prompt=lambda text: prompt_of([{"role": "user", "content": text}]),
        messages_to_prompt=lambda messages: prompt_of([{"role": m.role.value, "content": m.content} for m in messages]),
    )
    model = engine._model
    begin, end = (
        model._model.token_get_text(token) if token >= 0 else "" for token in (model.token_bos(), model.token_eos())
    )
    formatter = Jinja2ChatFormatter(model.metadata["tokenizer.chat_template"], eos_token=end, bos_token=begin)
    engine.generate_kwargs["stop"] = [end]
    return engine


def read_documents(paths: list[str]) -> tuple[list[Any], dict[str, int]]:
    """LlamaIndex documents, and the 1-based page in its file of each that is one of several."""
    from llama_index.core import SimpleDirectoryReader

    documents = SimpleDirectoryReader(input_files=paths).load_data()
    pages: dict[str, int] = {}
    for _, of_file in groupby(documents, key=lambda document: document.metadata["file_path"]):
        pages.update({document.doc_id: number for number, document in enumerate(of_file, start=1)})
    return documents, pages


def build(job: dict[str, Any], threads: int) -> tuple[Any, dict[str, int], int]:
    from llama_index.core import Settings, VectorStoreIndex
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    Settings.llm = language_model(job["model"], threads)
    Settings.embed_model = HuggingFaceEmbedding(model_name=job["embedding"], device="cpu")
    documents, pages = read_documents([path for path, _ in job["documents"]])
    index = VectorStoreIndex.from_documents(documents)
    return index.as_query_engine(streaming=True), pages, len(index.docstore.docs)


def answer(engine: Any, question: str, place: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    begun = perf_counter()
    response = engine.query(question)
    first: float | None = None
    pieces: list[str] = []
    for piece in response.response_gen:
        pieces.append(piece)
        if first is None and piece.strip():
            first = perf_counter() - begun
    total = perf_counter() - begun
    return {
        "text": "".join(pieces).strip(),
        "first_token_ms": round((first if first is not None else total) * 1000, 1),
        "total_ms": round(total * 1000, 1),
        "nodes": [place(found) for found in response.source_nodes],
    }


def serve(lines: TextIO, reply: Callable[[dict[str, Any]], None]) -> None:
    job = json.loads(lines.readline())
    begun = perf_counter()
    engine, pages, nodes = build(job, job["threads"])
    names = {str(Path(path)): name for path, name in job["documents"]}
    reply({"nodes": nodes, "took_s": round(perf_counter() - begun, 2)})

    def place(found: Any) -> dict[str, Any]:
        node = found.node
        name = names[str(Path(node.metadata["file_path"]))]
        page = pages.get(node.ref_doc_id) if name.casefold().endswith(".pdf") else None
        return {"name": name, "page": page, "text": node.get_content(), "score": found.score}

    for line in lines:
        try:
            reply(answer(engine, json.loads(line)["question"], place))
        except Exception as error:  # the peer's failures are figures too
            reply({"error": f"{type(error).__name__}: {error}"})
    reply({"peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)})


def main() -> None:
    # Libraries print; what is printed must not come between the lines.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)

    def reply(message: dict[str, Any]) -> None:
        channel.write(json.dumps(message) + "\n")

    serve(sys.stdin, reply)


if __name__ == "__main__":
    main()
