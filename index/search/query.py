"""What a question is made of, for the channels that look for it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, cast

import apsw

from index.errors import QuestionError
from index.search.identifiers import Candidate, candidates
from index.search.stopwords import STOP_WORDS

LONGEST: Final = 2_000  # characters; an embedder reads the first few hundred words at most
MOST_TERMS: Final = 48

# As in the schema: a question must be cut and stemmed like the documents.
_TOKENIZER: Final = ("porter", ["unicode61", "remove_diacritics", "2"])
_FTS5_TOKENIZE_QUERY: Final = 0x0001  # https://www.sqlite.org/fts5.html#custom_tokenizers


@dataclass(frozen=True, slots=True)
class Term:
    """One word that is looked for.

    Attributes:
        word: As it was typed, in lower case.
        stem: As it stands in the word index.
    """

    word: str
    stem: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question, understood as far as words go.

    Attributes:
        text: Without control characters, cut to `LONGEST`.
        terms: Its words without stop words, each stem once, in order; all words where nothing else is left.
        identifiers: What in it may be an identifier.
        cut: Whether something of it was left out.
    """

    text: str
    terms: tuple[Term, ...]
    identifiers: tuple[Candidate, ...] = ()
    cut: bool = False


def clean(question: str) -> str:
    """Return the question as one line of NFC text without control and format characters.

    Raises:
        QuestionError: No letter and no digit is left.
    """
    text = question.encode("utf-8", "replace").decode("utf-8")  # lone surrogates of undecodable input
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text[: LONGEST * 8])
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
    if not any(c.isalnum() for c in text):
        raise QuestionError(
            "There are no words in the question." if question.strip() else "The question is empty.",
            "Type a word, a fault code or a part number.",
        )
    return text


def understand(connection: apsw.Connection, question: str) -> Query:
    """Clean a question and cut it into terms as the word index does.

    Raises:
        QuestionError: It holds no words.
    """
    whole = clean(question)
    text = whole
    if len(whole) > LONGEST:
        text = whole[:LONGEST].rsplit(" ", 1)[0]
    words = list(words_of(connection, text))
    telling = [term for term in words if not _says_nothing(term.word, text)]
    unique = list({term.stem: term for term in telling or words}.values())
    cut = len(text) < len(whole) or len(question) > LONGEST * 8 or len(unique) > MOST_TERMS
    return Query(text, tuple(unique[:MOST_TERMS]), tuple(candidates(text)), cut)


def words_of(connection: apsw.Connection, text: str) -> list[Term]:
    """Cut a text into words as the word index does, each with its stem."""
    name, arguments = _TOKENIZER
    raw = text.encode("utf-8", "replace")
    tokenizer = connection.fts5_tokenizer(name, arguments)
    tokens = cast("list[tuple[int, int, str]]", tokenizer(raw, _FTS5_TOKENIZE_QUERY, None, include_colocated=False))
    return [Term(raw[start:end].decode("utf-8", "replace").lower(), stem) for start, end, stem in tokens]


def _says_nothing(word: str, text: str) -> bool:
    if word in STOP_WORDS:
        return True
    # "x" of "don't" is noise, "X" of "the X axis" is a name.
    return len(word) == 1 and word.isascii() and word.isalpha() and re.search(rf"\b{word.upper()}\b", text) is None
