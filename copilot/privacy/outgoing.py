"""What leaves: a value that only the wall makes, down to the bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NoReturn

from copilot.privacy.pseudonyms import Pseudonyms, Restorer
from copilot.privacy.request import Request
from copilot.privacy.values import Held
from index.passages import Passage

_SEAL: Final = object()
"""Proves that the wall asks; nothing but `sealed` hands it on."""


@dataclass(frozen=True, slots=True, eq=False)
class Outgoing:
    """A request to one endpoint: the exact bytes, and what puts back in an answer what was replaced in them.

    `Wall.outgoing` makes it. Constructing it anywhere else raises TypeError, and its parts can't be changed, so a
    function that takes an `Outgoing` can't be given anything that the wall hasn't seen. The bytes belong to the
    endpoint that they were made for.

    Attributes:
        endpoint: Name of the endpoint that it may go to.
        trusted: Whether that endpoint counts as trusted.
        passages: The evidence in it, in the order of its numbers from 1, as this device knows it.
        held: What stays here, and why.
        placeholders: How many values were replaced, by kind.
        question_only: True where no evidence goes with the question.
    """

    endpoint: str
    trusted: bool
    passages: tuple[Passage, ...] = field(repr=False)
    held: tuple[Held, ...]
    placeholders: Mapping[str, int]
    question_only: bool
    _request: Request = field(repr=False)
    _body: bytes = field(repr=False)
    _pseudonyms: Pseudonyms = field(repr=False)
    _seal: object = field(repr=False)

    def __post_init__(self) -> None:
        if self._seal is not _SEAL:
            raise TypeError("only a Wall makes an Outgoing")

    def __reduce__(self) -> NoReturn:
        raise TypeError("an Outgoing is not pickled: it holds what was replaced")

    def as_request(self) -> bytes:
        """The body of the POST to ``/chat/completions``: JSON in UTF-8. The same bytes each time."""
        return self._body

    @property
    def sha256(self) -> str:
        """Of the body, in hexadecimal."""
        return hashlib.sha256(self._body).hexdigest()

    @property
    def labels(self) -> Mapping[str, int]:
        """How many passages of each access label are in it."""
        counts: dict[str, int] = {}
        for passage in self.passages:
            counts[str(passage.access)] = counts.get(str(passage.access), 0) + 1
        return MappingProxyType(counts)

    def restorer(self) -> Restorer:
        """A new one for one streamed answer: puts back in it what was replaced."""
        return self._pseudonyms.restorer()

    def restore(self, text: str) -> str:
        """``text`` of the endpoint with what was replaced put back, such as the query of a `ToolCall`."""
        return self._pseudonyms.restore(text)


def sealed(
    request: Request,
    body: bytes,
    pseudonyms: Pseudonyms,
    *,
    endpoint: str,
    trusted: bool,
    passages: tuple[Passage, ...],
    held: tuple[Held, ...],
) -> Outgoing:
    """For `Wall` alone (tests/copilot/privacy/test_outgoing.py holds everyone else off)."""
    return Outgoing(
        endpoint,
        trusted,
        passages,
        held,
        MappingProxyType(dict(sorted(pseudonyms.counts.items()))),
        not passages,
        request,
        body,
        pseudonyms,
        _SEAL,
    )


def parts_of(outgoing: Outgoing) -> tuple[Request, Pseudonyms]:
    """For `Wall` alone: what a later request of the same exchange builds on."""
    return outgoing._request, outgoing._pseudonyms
