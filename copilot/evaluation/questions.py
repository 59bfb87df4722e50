"""Question files: one JSON object a line, each a question with where its answer stands and what it must say.

The format is documented in ``docs/evaluation.md``; owners write their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from index.errors import InputError, UnreadableFile

Kind = Literal["lookup", "procedure", "table", "multi", "unanswerable"]
NonBlank = Annotated[str, Field(min_length=1, pattern=r"\S")]

_SHORT: Final = 4
_NAMED_FAULTS: Final = 20


class QuestionFileError(InputError):
    """Lines of a question file can't be used; the message names each."""


class Question(BaseModel):
    """One line of a question file.

    Attributes:
        id: Unique within the file.
        question: As typed in the field.
        kind: ``unanswerable`` where the right answer is that the documents don't tell; None where nobody said.
        documents: File names in which the answer stands; any one suffices, except for ``multi``.
        pages: 1-based pages of a paged document; any one suffices, except for ``multi``.
        headings: Titles of sections; any one suffices.
        answer: A reference for people; not compared.
        must: Groups that all have to be met by an answer, each by any one of its alternatives.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: NonBlank
    question: NonBlank
    kind: Kind | None = None
    documents: tuple[str, ...] = ()
    pages: tuple[Annotated[int, Field(ge=1)], ...] = ()
    headings: tuple[str, ...] = ()
    answer: str = ""
    must: tuple[Annotated[tuple[NonBlank, ...], Field(min_length=1)], ...] = ()

    @model_validator(mode="after")
    def _nothing_to_say(self) -> Self:
        if self.kind == "unanswerable" and self.must:
            raise ValueError("an unanswerable question has no must: the right answer is that the documents don't tell")
        return self

    @property
    def answerable(self) -> bool:
        """Whether the documents hold an answer."""
        return self.kind != "unanswerable"

    @property
    def located(self) -> bool:
        """Whether it is known where the answer stands."""
        return self.answerable and bool(self.documents or self.headings)


def read_questions(path: Path) -> list[Question]:
    """Read a question file.

    Raises:
        UnreadableFile: It can't be opened.
        QuestionFileError: A line is malformed or an id is there twice; every such line is named.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")  # not splitlines: a JSON string may hold U+2028
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"The question file {path} is no text in UTF-8.", "Save it as UTF-8.") from error
    except OSError as error:
        raise UnreadableFile(
            f"The question file {path} can't be read: {error.strerror}.", "Check the path and its permissions."
        ) from error
    questions: list[Question] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = Question.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            faults.append(f"line {number}: no JSON object ({error.msg} at column {error.colno})")
            continue
        except ValidationError as error:
            faults += [f"line {number}: {_place(fault['loc'])}{_words(fault['msg'])}" for fault in error.errors()]
            continue
        except (ValueError, RecursionError):  # a number of thousands of digits, brackets nested as deep
            faults.append(f"line {number}: no JSON object of a question")
            continue
        if question.id in seen:
            faults.append(f"line {number}: id {question.id} stands in line {seen[question.id]} already")
            continue
        seen[question.id] = number
        questions.append(question)
    if faults:
        more = f"; and {len(faults) - _NAMED_FAULTS} more" if len(faults) > _NAMED_FAULTS else ""
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise QuestionFileError(
            f"{path} has {count}: {'; '.join(faults[:_NAMED_FAULTS])}{more}",
            "The format is described in docs/evaluation.md.",
        )
    if not questions:
        raise QuestionFileError(f"{path} holds no questions.", "The format is described in docs/evaluation.md.")
    return questions


def _words(message: str) -> str:
    if "dictionary" in message:
        return "no JSON object"
    return message.removeprefix("Value error, ")


def _place(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location) + ": " if location else ""


def meets(must: Sequence[Sequence[str]], text: str) -> bool:
    """Whether ``text`` has every group of ``must`` by one of its alternatives.

    An alternative is looked for regardless of case, of how blanks are set (also between a number and its unit) and of
    which dash or apostrophe is used. A number must stand alone: "15" is not met by "150", "1.15" or "P15", but by
    "15s". A word may stand within a longer one ("ltdl" in "libltdl"), unless it has fewer than four letters: then it
    must begin it.
    """
    flat = _flat(text)
    return all(any(_stands_in(alternative, flat) for alternative in group) for group in must)


_ONE_LOOK: Final = {
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-"),
    **dict.fromkeys(map(ord, "\u2018\u2019\u02bc"), "'"),
}
_NUMBER: Final = re.compile(r"[-+]?\d")


def _flat(text: str) -> str:
    return text.translate(_ONE_LOOK).casefold()


def _stands_in(wanted: str, text: str) -> bool:
    parts = _flat(wanted).split()
    core = " ".join(parts)
    pattern = re.escape(parts[0])
    for left, right in pairwise(parts):
        pattern += (r"\s*" if left[-1].isdigit() != right[0].isdigit() else r"\s+") + re.escape(right)
    before = after = ""
    if _NUMBER.match(core):
        before = r"(?<!\w)(?<!\d[.,])"
    elif core[0].isalpha() and len(core) < _SHORT:
        before = r"(?<![^\W\d_])"
    if core[-1].isdigit():
        ends_in_number = not any(letter.isalpha() for letter in parts[-1])
        after = (r"(?![\dx])" if ends_in_number else r"(?!\w)") + r"(?![.,]\d)"
    return re.search(before + pattern + after, text) is not None
