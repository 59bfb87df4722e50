"""What was spent, by day, endpoint and person; and budgets that nobody exceeds, however many ask at once."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.routing.spending import Budget, Cost, OverBudget, Spending
from index.errors import StoreError
from tests.copilot.routing.conftest import Clock


def test_costs_are_kept_by_day_endpoint_and_person(tmp_path: Path) -> None:
    clock = Clock()
    spending = Spending(tmp_path / "usage.db", now=clock)
    for endpoint, person in (("hq", "ada"), ("hq", "ada"), ("spare", "ada"), ("hq", "")):
        spending.settle(spending.reserve(endpoint, person, Cost(500, 400, 1.0)), Cost(300, 20, 0.25))
    clock.passes(days=1)
    spending.settle(spending.reserve("hq", "ada", Cost(500, 400, 1.0)), Cost(100, 10, 0.5))

    rows = spending.rows()

    assert [(row.day, row.endpoint, row.person, row.requests) for row in rows] == [
        (date(2026, 5, 5), "hq", "ada", 1),
        (date(2026, 5, 4), "hq", "", 1),
        (date(2026, 5, 4), "hq", "ada", 2),
        (date(2026, 5, 4), "spare", "ada", 1),
    ]
    assert rows[2].cost == Cost(600, 40, 0.5)
    assert len(spending.rows(since=date(2026, 5, 5))) == 1
    spending.close()


def test_a_request_that_never_left_costs_nothing(tmp_path: Path) -> None:
    spending = Spending(tmp_path / "usage.db", now=Clock())
    spending.settle(spending.reserve("hq", "", Cost(500, 400, 1.0)), None)

    assert spending.rows() == []


def test_a_budget_is_for_a_day(tmp_path: Path) -> None:
    clock = Clock()
    spending = Spending(tmp_path / "usage.db", budget=Budget(tokens_per_day=1000), now=clock)
    spending.settle(spending.reserve("hq", "", Cost(900, 0, 0.0)), Cost(900, 0, 0.0))
    assert spending.left() == ""
    with pytest.raises(OverBudget, match="1,000 tokens"):
        spending.reserve("hq", "", Cost(100, 1, 0.0))
    spending.settle(spending.reserve("hq", "", Cost(99, 1, 0.0)), Cost(99, 1, 0.0))
    assert "budget" in spending.left()

    clock.passes(days=1)

    assert spending.left() == ""
    spending.reserve("hq", "", Cost(1000, 0, 0.0))


def test_money_is_limited_too(tmp_path: Path) -> None:
    spending = Spending(tmp_path / "usage.db", budget=Budget(money_per_day=0.30), now=Clock())
    for _ in range(3):
        spending.reserve("hq", "", Cost(1, 1, 0.1))
    with pytest.raises(OverBudget):
        spending.reserve("hq", "", Cost(1, 1, 0.000001))


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=12), st.integers(0, 1500))
def test_a_budget_is_never_exceeded(requests: list[tuple[int, int]], budget: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        spending = Spending(Path(folder) / "usage.db", budget=Budget(tokens_per_day=budget), now=Clock())
        for most, real in requests:
            try:
                reserved = spending.reserve("hq", "", Cost(most, 0, 0.0))
            except OverBudget:
                continue
            spending.settle(reserved, Cost(min(real, most), 0, 0.0))
            assert sum(row.cost.tokens for row in spending.rows()) <= budget
        spending.close()


def test_two_that_ask_at_once_don_t_spend_the_same_rest(tmp_path: Path) -> None:
    path, granted = tmp_path / "usage.db", []
    Spending(path, budget=Budget(tokens_per_day=10), now=Clock()).reserve("hq", "", Cost(0, 0, 0.0))

    def ask() -> None:
        spending = Spending(path, budget=Budget(tokens_per_day=10), now=Clock())
        for _ in range(10):
            try:
                granted.append(spending.reserve("hq", "", Cost(1, 0, 0.0)))
            except OverBudget:
                break
        spending.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(granted) == 10


def test_it_is_encrypted_under_the_index_s_key(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    spending = Spending(path, "a key", now=Clock())
    spending.settle(spending.reserve("hq", "ada-lovelace", Cost(1, 1, 0.0)), Cost(1, 1, 0.0))
    spending.close()

    assert not any(b"ada-lovelace" in file.read_bytes() for file in tmp_path.iterdir())
    with pytest.raises(StoreError):
        Spending(path, "another", now=Clock()).rows()
