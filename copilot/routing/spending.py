"""What larger models cost: tokens and money by day, endpoint and person; and the budgets, held before anything is sent.

What a request may cost at most is set aside before it leaves, in one transaction with the look at the budget, so that
two processes can't spend the same rest. Once the endpoint has said what it cost, that takes its place. Where a device
dies in between, the estimate stays: a budget is never exceeded, only left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from copilot.routing.file import KeptFile
from index.errors import ResourceError

FILE_NAME: Final = "usage.db"
_MICRO: Final = 1_000_000
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS usage (
    day TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    person TEXT NOT NULL,
    requests INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    reply_tokens INTEGER NOT NULL,
    money_micro INTEGER NOT NULL,
    PRIMARY KEY (day, endpoint, person)
) STRICT, WITHOUT ROWID;
"""


class OverBudget(ResourceError):
    """What may be spent in a day is spent: nothing was sent."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent in a day; None: no limit."""

    tokens_per_day: int | None = None
    money_per_day: float | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one request or of many.

    Attributes:
        money: In whatever currency the prices of the endpoints are.
    """

    prompt_tokens: int
    reply_tokens: int
    money: float

    @property
    def tokens(self) -> int:
        """Both together."""
        return self.prompt_tokens + self.reply_tokens


@dataclass(frozen=True, slots=True)
class Row:
    """What one person spent at one endpoint on one day; ``person`` is "" where nobody is named."""

    day: date
    endpoint: str
    person: str
    requests: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was set aside for one request."""

    day: str
    endpoint: str
    person: str
    cost: Cost


class Spending:
    """Counts and limits. May be used by several threads and processes at once.

    Args:
        path: The file; created with the first request.
        key: Encrypts it, like the index.
        budget: What may be spent.
        now: Local time: its date is the day.
    """

    def __init__(
        self, path: Path, key: str | None = None, budget: Budget | None = None, *, now: Callable[[], datetime]
    ) -> None:
        self._file = KeptFile(path, key, _SCHEMA, "usage")
        self._budget = budget or Budget()
        self._now = now

    def left(self) -> str:
        """Why nothing more may be spent today; "" where something may.

        Raises:
            StoreError: It is there but can't be read.
        """
        if self._budget == Budget() or not self._file.path.exists():
            return ""
        with self._file.writing() as connection:
            spent = _spent(connection, self._today())
        return _over(spent, Cost(0, 1, 0.0), self._budget)

    def reserve(self, endpoint: str, person: str, most: Cost) -> Reservation:
        """Set aside what a request may cost at most.

        Raises:
            OverBudget: That would be more than may be spent today; nothing was set aside.
            StoreError, ResourceError: It could not be written down; then nothing must be sent.
        """
        day = self._today()
        with self._file.writing() as connection:
            if over := _over(_spent(connection, day), most, self._budget):
                raise OverBudget(over, "Ask again tomorrow, or raise the budget: route.tokens_per_day.")
            _add(connection, (day, endpoint, person), 1, most, 1)
        return Reservation(day, endpoint, person, most)

    def settle(self, reserved: Reservation, cost: Cost | None) -> None:
        """Put what a request cost in place of what was set aside; None, for one that never left, takes it back.

        Raises:
            StoreError, ResourceError: It could not be written; the estimate stands then.
        """
        where = (reserved.day, reserved.endpoint, reserved.person)
        with self._file.writing() as connection:
            _add(connection, where, -1 if cost is None else 0, reserved.cost, -1)
            if cost is not None:
                _add(connection, where, 0, cost, 1)

    def rows(self, since: date | None = None) -> list[Row]:
        """What was spent, the newest day first.

        Raises:
            StoreError: It is there but can't be read.
        """
        if not self._file.path.exists():
            return []
        with self._file.writing() as connection:
            found: list[Any] = connection.execute(
                "SELECT day, endpoint, person, requests, prompt_tokens, reply_tokens, money_micro FROM usage "
                "WHERE day >= ? AND requests > 0 ORDER BY day DESC, endpoint, person",
                (since.isoformat() if since is not None else "",),
            ).fetchall()
        return [
            Row(date.fromisoformat(day), endpoint, person, requests, Cost(prompt, reply, money / _MICRO))
            for day, endpoint, person, requests, prompt, reply, money in found
        ]

    def _today(self) -> str:
        return self._now().date().isoformat()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _spent(connection: Any, day: str) -> Cost:  # noqa: ANN401 - apsw has no type for a cursor's rows
    row = connection.execute(
        "SELECT coalesce(sum(prompt_tokens), 0), coalesce(sum(reply_tokens), 0), coalesce(sum(money_micro), 0) "
        "FROM usage WHERE day = ?",
        (day,),
    ).fetchall()[0]
    return Cost(row[0], row[1], row[2] / _MICRO)


def _over(spent: Cost, more: Cost, budget: Budget) -> str:
    if budget.tokens_per_day is not None and spent.tokens + more.tokens > budget.tokens_per_day:
        return f"today's budget of {budget.tokens_per_day:,} tokens is spent."
    # Half a millionth more or less is rounding.
    if budget.money_per_day is not None and spent.money + more.money > budget.money_per_day + 0.5 / _MICRO:
        return f"today's budget of {budget.money_per_day:g} is spent."
    return ""


def _add(connection: Any, where: tuple[str, str, str], requests: int, cost: Cost, sign: int) -> None:  # noqa: ANN401
    connection.execute(
        "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,"
        " prompt_tokens = prompt_tokens + excluded.prompt_tokens, reply_tokens = reply_tokens + excluded.reply_tokens,"
        " money_micro = money_micro + excluded.money_micro",
        (
            *where,
            requests,
            sign * cost.prompt_tokens,
            sign * cost.reply_tokens,
            sign * round(cost.money * _MICRO),
        ),
    )
