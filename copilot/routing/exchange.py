"""One question on its way out: what may go where, written down and paid for before each attempt.

The order before a byte leaves: the budget is asked and the cost set aside, then the audit log has the request on the
disk. What fails there keeps the request from being sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from copilot.engines.cloud import Ended, Endpoint
from copilot.engines.cloud.replies import estimated_tokens
from copilot.privacy.audit import AuditLog
from copilot.privacy.outgoing import Outgoing
from copilot.routing.spending import Cost, Reservation, Spending
from index.errors import EdgeCopilotError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays, and where it is written down."""

    audit: AuditLog
    spending: Spending
    person: str = ""


@dataclass
class QuestionExchange:
    """One question; see `copilot.engines.cloud.Exchange`.

    Attributes:
        id: Names the question, and what follows from it.
        prepared: What may go to which endpoint, by its name.
        account: Where each attempt is written down.
    """

    id: str
    prepared: Mapping[str, Outgoing]
    account: Account
    _attempts: int = field(default=0, init=False)

    def outgoing(self, endpoint: Endpoint) -> Outgoing | None:
        """What may go to ``endpoint``."""
        return self.prepared.get(endpoint.name)

    async def sending(self, endpoint: Endpoint, outgoing: Outgoing) -> Callable[[Ended], None]:
        """Pay and write down."""
        self._attempts += 1
        return await asyncio.to_thread(self._depart, endpoint, outgoing, self._attempts)

    def _depart(self, endpoint: Endpoint, outgoing: Outgoing, attempt: int) -> Callable[[Ended], None]:
        account = self.account
        prompt = estimated_tokens(len(outgoing.as_request()))
        most = Cost(prompt, endpoint.max_tokens, endpoint.price(prompt, endpoint.max_tokens))
        reserved = account.spending.reserve(endpoint.name, account.person, most)
        try:
            departure = account.audit.departing(outgoing, attempt=attempt)
        except BaseException:
            account.spending.settle(reserved, None)
            raise

        def ended(how: Ended) -> None:
            try:
                account.audit.ended(departure, how.outcome, received_bytes=how.received_bytes)
                self._settle(endpoint, reserved, how)
            except EdgeCopilotError as error:
                # The answer is there, and what was set aside stays set aside.
                log.warning("what became of a request was not written down: %s", type(error).__name__)

        return ended

    def _settle(self, endpoint: Endpoint, reserved: Reservation, how: Ended) -> None:
        if how.spent is not None:
            prompt, reply = how.spent.prompt_tokens, how.spent.reply_tokens
        elif how.outcome in ("broken off", "cancelled"):
            # The endpoint has read all of it and has written something; nobody will say how much it bills.
            prompt, reply = reserved.cost.prompt_tokens, estimated_tokens(how.received_bytes)
        else:
            prompt, reply = 0, 0  # it was never answered, and nobody bills that
        self.account.spending.settle(reserved, Cost(prompt, reply, endpoint.price(prompt, reply)))
