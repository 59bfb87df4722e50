"""The wall: from a question and its evidence to the bytes that may leave, or to the reason why none do.

Rules, in this order; none of them knows a score, a wish or a setting but the policy's own:

1. A passage goes only where its label allows: `public` anywhere, `internal` to trusted endpoints, everything else
   nowhere. What the policy names stays.
2. An earlier exchange goes only if all evidence of its answer may.
3. A text that a person typed is held against everything that may not go: a question that repeats a run of its words,
   or an identifier that stands nowhere else, is not sent.
4. Without evidence that may go, a question goes only where the policy lets it go alone.
5. In what is left, personal data and secrets are replaced.
6. The finished bytes are read once more, as a stranger would; what is found then stops the request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

from copilot.engines.base import GenerationOptions
from copilot.privacy.clearance import Clearance
from copilot.privacy.outgoing import Outgoing, parts_of, sealed
from copilot.privacy.policy import PrivacyPolicy
from copilot.privacy.pseudonyms import NotClean, Pseudonyms
from copilot.privacy.recognising import kinds
from copilot.privacy.repetition import Texts, runs, telling
from copilot.privacy.request import Message, Request
from copilot.privacy.values import Held, PriorTurn, Recipient, Refused, Source, ToolCall
from index.documents import AccessLabel
from index.passages import Passage
from index.search.identifiers import extract, normalise
from prompts import PromptFile, load

PROMPT: Final = "answer_cloud"
NO_EXCERPTS: Final = "(No excerpt may be shown.)"
NOTHING_FOUND: Final = "Nothing was found."
_CALL_ID: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)


class Library(Protocol):
    """What the documents of this device say, beyond the evidence of one question."""

    def collections(self) -> Iterable[Source]:
        """One for each collection, with no document."""
        ...

    def holding(self, words: Sequence[str]) -> Iterable[Source]:
        """Where these words stand in a row."""
        ...


class Wall:
    """Makes `Outgoing` values. Pure but for the library that it looks into.

    Args:
        policy: What may leave.
        library: All documents of this device; None looks at the evidence of the question alone.
        prompt: Gives the prompt, with the fields ``excerpts`` and ``question``.

    Raises:
        UsageError: The policy's list of names can't be read.
    """

    def __init__(
        self,
        policy: PrivacyPolicy,
        library: Library | None = None,
        prompt: Callable[[], PromptFile] = lambda: load("default", PROMPT),
    ) -> None:
        self._policy = policy
        self._clearance = Clearance(policy.never)
        self._kinds = kinds(policy.pseudonymise, policy.names())
        self._library = library
        self._prompt = prompt

    def stays(self, passage: Passage, recipient: Recipient) -> str | None:
        """Why ``passage`` may not go to ``recipient``, in words that follow "because"; None where it may."""
        return self._clearance.passage(passage, recipient)

    def outgoing(
        self,
        question: str,
        before: Sequence[PriorTurn],
        passages: Sequence[Passage],
        recipient: Recipient,
        *,
        options: GenerationOptions | None = None,
        may_ask: bool = False,
    ) -> Outgoing | Refused:
        """What would be sent for ``question``, down to the bytes.

        Args:
            question: As asked.
            before: The conversation, oldest first.
            passages: The whole evidence, what may not go included: the question is held against that.
            recipient: Where it would go.
            options: How long the reply may become.
            may_ask: Whether the endpoint may ask for more passages.
        """
        if not self._policy.send:
            return Refused("The privacy policy sends nothing.", "policy")
        going, staying, held = self._sorted(passages, recipient)
        private = Texts(map(_all_of, staying))
        allowed = Texts(map(_all_of, going))
        if (reason := self._question_stays(question, private, allowed, recipient)) is not None:
            return Refused(reason, "question", tuple(held))
        if not going and not self._policy.question_only:
            what = "None of the evidence may leave this device" if passages else "There is no evidence"
            return Refused(f"{what}, and the privacy policy lets no question go alone.", "evidence", tuple(held))
        turns = []
        for turn in before if self._policy.conversation else ():
            said = f"{turn.question}\n{turn.answer}"
            reason = self._clearance.turn(turn, recipient)
            if reason is None and private.repeated_in(said, unless_in=allowed):
                reason = "it repeats what may not leave"
            if reason is None:
                turns.append(turn)
            else:
                held.append(Held("turn", reason))
        pseudonyms = Pseudonyms(self._kinds, _identifiers(going))
        try:
            request = self._request(
                question, turns, going, recipient, options or GenerationOptions(), may_ask, pseudonyms
            )
        except NotClean:
            return _unclean(held)
        return self._checked(request, pseudonyms, private, allowed, recipient, tuple(going), tuple(held))

    def more(
        self,
        outgoing: Outgoing,
        call: ToolCall,
        passages: Sequence[Passage],
        recipient: Recipient,
        *,
        last: bool = False,
    ) -> Outgoing | Refused:
        """The next request of an exchange, with what the endpoint asked for.

        Args:
            outgoing: The request that it answered.
            call: What it asked for.
            passages: What was found here; those that the request already holds are not repeated.
            recipient: The same endpoint.
            last: True lets it ask no more.
        """
        request, pseudonyms = parts_of(outgoing)
        if (recipient.name, recipient.trusted) != (outgoing.endpoint, outgoing.trusted):
            return Refused("An exchange stays with the endpoint that it began with.", "check", outgoing.held)
        known = {passage.chunk_id for passage in outgoing.passages}
        going, staying, held = self._sorted([one for one in passages if one.chunk_id not in known], recipient)
        everything = (*outgoing.passages, *going)
        private, allowed = Texts(map(_all_of, staying)), Texts(map(_all_of, everything))
        pseudonyms = pseudonyms.copy()
        excerpts = [_excerpt(n, one) for n, one in enumerate(going, len(outgoing.passages) + 1)]
        try:
            query, *texts = pseudonyms.replace([call.query, *excerpts])
        except NotClean:
            return _unclean(held)
        id_ = call.id if _CALL_ID.fullmatch(call.id) else "call_1"
        asked = Message("assistant", "", id_, query)
        reply = Message("tool", "\n\n".join(texts) or NOTHING_FOUND, id_)
        extended = request.with_messages(asked, reply)
        if last:
            extended = extended.without_asking()
        return self._checked(extended, pseudonyms, private, allowed, recipient, everything, (*outgoing.held, *held))

    def _sorted(
        self, passages: Sequence[Passage], recipient: Recipient
    ) -> tuple[list[Passage], list[Passage], list[Held]]:
        going, staying, held = [], [], []
        for passage in passages:
            reason = self._clearance.passage(passage, recipient)
            if reason is None:
                going.append(passage)
            else:
                staying.append(passage)
                held.append(Held("passage", reason))
        return going, staying, held

    def _question_stays(self, question: str, private: Texts, allowed: Texts, recipient: Recipient) -> str | None:
        if self._clearance.text(question) is not None:
            return "The question holds a word that the privacy policy names."
        if private.repeated_in(question, unless_in=allowed) or self._stands_in_private(question, allowed, recipient):
            return "The question repeats what a document says that may not leave this device."
        return None

    def _stands_in_private(self, text: str, allowed: Texts, recipient: Recipient) -> bool:
        """Whether the library has words of ``text`` where they may not leave, and nowhere else."""
        if self._library is None or not self._has_private(recipient):
            return False
        asked = [*dict.fromkeys(run for run in runs(text) if run not in allowed.runs)]
        asked += [(word,) for word in sorted(telling(text) - allowed.telling)]
        for words in asked:
            sources = set(self._library.holding(words))
            if sources and all(self._clearance.source(source, recipient) for source in sources):
                return True
        return False

    def _has_private(self, recipient: Recipient) -> bool:
        """Whether there are documents here that may not go to ``recipient`` at all."""
        assert self._library is not None
        return bool(self._policy.never.documents) or any(
            self._clearance.source(source, recipient) for source in self._library.collections()
        )

    def _request(
        self,
        question: str,
        turns: Sequence[PriorTurn],
        passages: Sequence[Passage],
        recipient: Recipient,
        options: GenerationOptions,
        may_ask: bool,
        pseudonyms: Pseudonyms,
    ) -> Request:
        prompt = self._prompt()
        said = [text for turn in turns for text in (turn.question, turn.answer)]
        excerpts = [_excerpt(n, passage) for n, passage in enumerate(passages, 1)]
        system, asked, *rest = pseudonyms.replace([prompt.system, question, *said, *excerpts])
        filled = prompt.fill({"excerpts": "\n\n".join(rest[len(said) :]) or NO_EXCERPTS, "question": asked})
        roles = ("user", "assistant")
        return Request(
            recipient.model,
            (
                Message("system", system),
                *(Message(roles[at % 2], text) for at, text in enumerate(rest[: len(said)])),
                Message("user", f"{filled.context}\n\n{filled.question}"),
            ),
            options,
            may_ask,
        )

    def _checked(
        self,
        request: Request,
        pseudonyms: Pseudonyms,
        private: Texts,
        allowed: Texts,
        recipient: Recipient,
        passages: tuple[Passage, ...],
        held: tuple[Held, ...],
    ) -> Outgoing | Refused:
        """The request with its bytes, if these hold nothing that they should not."""
        body = request.encode()
        for text in _strings(json.loads(body)["messages"]):
            if pseudonyms.remaining(text) or private.repeated_in(pseudonyms.restore(text), unless_in=allowed):
                return _unclean(held)
        return sealed(
            request,
            body,
            pseudonyms,
            endpoint=recipient.name,
            trusted=recipient.trusted is True,
            passages=passages,
            held=held,
        )


def _unclean(held: Iterable[Held]) -> Refused:
    return Refused("The last check found something that may not leave this device.", "check", tuple(held))


def _all_of(passage: Passage) -> str:
    return "\n".join((passage.title, *passage.section, passage.text))


def _identifiers(passages: Iterable[Passage]) -> Callable[[str], bool]:
    """Tells the identifiers of public passages: whoever gets them could read them anywhere."""
    known = set().union(*(extract(_all_of(one)) for one in passages if one.access is AccessLabel.PUBLIC))
    return lambda value: normalise(value) in known


def _excerpt(number: int, passage: Passage) -> str:
    place = " › ".join(part for part in (passage.title, *passage.section[-1:]) if part)
    page = f", page {passage.page}" if passage.page is not None else ""
    return f"[{number}] {place}{page}\n{passage.text}"


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
