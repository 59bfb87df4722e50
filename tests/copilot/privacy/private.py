"""Passages, endpoints, and strategies for what must not leave."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

from hypothesis import strategies as st

from bench.private_cases import Secret, secret
from index.documents import AccessLabel
from index.passages import Passage

_ids = itertools.count(1)


@dataclass(frozen=True)
class To:
    """A recipient."""

    name: str = "hq"
    model: str = "big"
    trusted: bool = False


UNTRUSTED = To()
TRUSTED = To(trusted=True)


def passage(
    text: str,
    access: object = AccessLabel.PUBLIC,
    *,
    title: str = "Drive manual",
    section: tuple[str, ...] = ("Faults",),
    collection: str = "manuals",
    document: str = "/manuals/drive.pdf",
) -> Passage:
    id_ = next(_ids)
    return Passage(
        1, 1.0, document, title, section, 3, text, id_, (id_,), collection, access, "en", 0, len(text),  # type: ignore[arg-type]
    )  # fmt: skip


def secrets() -> st.SearchStrategy[Secret]:
    """Private values as people write them; from a seed, since composing them by strategies takes ten times as long."""
    return st.integers(0, 2**32).map(lambda seed: secret(random.Random(seed)))


KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq0\nx9zPq+/=\n-----END RSA PRIVATE KEY-----"
