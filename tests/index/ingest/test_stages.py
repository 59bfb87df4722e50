"""A stage in a thread of its own gives the same items, and always ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.stages import ahead


@given(st.lists(st.integers()), st.integers(1, 4))
def test_the_items_come_through_in_order(items: list[int], depth: int) -> None:
    assert list(ahead(ahead(items, depth), depth)) == items


def test_an_error_comes_after_the_items_before_it() -> None:
    def fail() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("three")

    items = ahead(ahead(fail(), 1), 1)

    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ValueError, match="three"):
        next(items)


def test_no_more_is_computed_than_was_asked_for() -> None:
    computed = []

    def count() -> Iterator[int]:
        for number in range(1000):
            computed.append(number)
            yield number

    items = ahead(count(), 3)
    assert next(items) == 0
    items.close()

    assert len(computed) <= 6  # yielded, three waiting, one at hand, one begun as the room was made


def test_leaving_early_closes_what_feeds_it_in_its_own_thread() -> None:
    closed_in: list[int] = []

    def endless() -> Iterator[int]:
        try:
            while True:
                yield threading.get_ident()
        finally:
            closed_in.append(threading.get_ident())

    items = ahead(ahead(endless(), 2), 2)
    worker = next(items)
    items.close()

    assert closed_in == [worker]
    assert worker != threading.get_ident()
    assert not [thread for thread in threading.enumerate() if thread.name == "ingest-stage"]
