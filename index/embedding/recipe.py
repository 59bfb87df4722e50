"""How one embedding model wants its texts: the part of a vector that the weights alone don't tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Recipe:
    """What must be the same wherever vectors of one model are made, so that they can be compared.

    Attributes:
        name: Names the model and its pooling. Two runtimes of one model share it (their vectors differ by less than
            quantization does); two models never do.
        pooling: How token vectors become one: their mean over the attention mask, or the
            first (CLS) token's vector.
        max_tokens: Longer texts are cut here, special tokens included.
        query_prefix: Stands before a query, for models trained with one.
        passage_prefix: Stands before a passage.
    """

    name: str
    pooling: Literal["mean", "cls"] = "mean"
    max_tokens: int = 256
    query_prefix: str = ""
    passage_prefix: str = ""


# The limit is that of the model's own sentence_bert_config.json; it was trained on 128 tokens.
MINILM: Final = Recipe("all-MiniLM-L6-v2/mean")
