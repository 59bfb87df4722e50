"""Citations as annotations: each mark ``[n]`` of a text with the address of the passage that it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from copilot.answering.events import Citation
from copilot.http.openai.wire import Annotation, UrlCitation

_MARK: Final = re.compile(r"\[(\d{1,4})\]")


def annotated(
    text: str, answer: str, citations: Sequence[Citation], address: Callable[[int], str]
) -> tuple[Annotation, ...]:
    """Annotate ``text``.

    Args:
        text: What the client has.
        answer: The answer's text. Where a model failed on the way, ``text`` begins with what it had written, and only
            the marks of what follows are those of ``citations``.
        citations: What the marks stand for.
        address: Gives the address of a passage by the id of its chunk.
    """
    begin = max(text.rfind(answer), 0)
    cited = {citation.n: citation for citation in citations}
    return tuple(
        _annotation(mark, cited[n], address) for mark in _MARK.finditer(text, begin) if (n := int(mark[1])) in cited
    )


def _annotation(mark: re.Match[str], citation: Citation, address: Callable[[int], str]) -> Annotation:
    return Annotation(
        url_citation=UrlCitation(
            start_index=mark.start(),
            end_index=mark.end(),
            title=title(citation),
            url=address(citation.passage.chunk_id),
        )
    )


def title(citation: Citation) -> str:
    """Document, section and page in one line."""
    passage = citation.passage
    page = f", page {citation.page}" if citation.page is not None else ""
    return " › ".join((passage.title, *passage.section)) + page
