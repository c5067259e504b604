"""What providers told, raw and once, what was captured, and the money that fits no payment."""

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg

from services.payments.domain.capture import Unmatched, Verdict
from services.payments.domain.provider_event import Captured, WebhookOutcome

_TAKE = """
insert into webhooks (provider, event_id, body, body_sha256, outcome) values ($1, $2, $3, $4, 'received')
on conflict do nothing returning id
"""
_FIRST = "select body_sha256 = $3 from webhooks where provider = $1 and event_id = $2 and outcome <> 'aside'"
_ASIDE = """
insert into webhooks (provider, event_id, body, body_sha256, outcome) values ($1, $2, $3, $4, 'aside')
on conflict do nothing
"""
_DONE = "update webhooks set outcome = $2 where id = $1"

_ADD = """
insert into captures (id, provider, event_id, transaction_id, attempt_id, payment_number, amount, currency, disposition,
                      reason, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing returning true
"""
_UNMATCHED = """
insert into unmatched_items (id, capture_id, reason, provider, transaction_id, amount, currency, payment_number, buyer,
                             at, message)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_LOCK_UNMATCHED = """
with locked as materialized (select * from unmatched_items where id = $1 for update)
select locked.*, market_now() as now from locked
"""
_LOCK_UNMATCHED_OF = "select * from unmatched_items where capture_id = $1 and reason <> 'charged_back' for update"
_LOCK_ASIDE = """
select * from unmatched_items
where provider = $1 and transaction_id = $2 and reason = 'charge_back_aside' and resolved_at is null for update
"""
_REDUCE = "update unmatched_items set amount = amount - $2 where id = $1"
_RESOLVE = """
update unmatched_items set resolved_at = $2, resolved_by = $3, resolution = $4, credited_to = $5, why = $6 where id = $1
"""


class Webhooks:
    """Providers' messages of this database, for one transaction."""

    def __init__(self, sql: "asyncpg.Connection[Any]") -> None:
        self._sql = sql

    async def take(self, provider: str, event_id: str, body: bytes) -> int | None:
        """Store a message as it came and answer its row; None when this event was told before, in whatever words."""
        digest = sha256(body).digest()
        taken: int | None = await self._sql.fetchval(_TAKE, provider, event_id, body, digest)
        return taken

    async def is_repeat(self, provider: str, event_id: str, body: bytes) -> bool:
        """Whether it is the same message again; another body under a known id is kept aside, the first one holds."""
        digest = sha256(body).digest()
        if await self._sql.fetchval(_FIRST, provider, event_id, digest):
            return True
        await self._sql.execute(_ASIDE, provider, event_id, body, digest)
        return False

    async def done(self, webhook_id: int, outcome: WebhookOutcome) -> None:
        """Note what the message led to."""
        await self._sql.execute(_DONE, webhook_id, str(outcome))


class Captures:
    """Captured money of this database, for one transaction."""

    def __init__(self, sql: "asyncpg.Connection[Any]") -> None:
        self._sql = sql

    async def add(
        self,
        capture_id: UUID,
        captured: Captured,
        attempt_id: UUID | None,
        payment_number: str | None,
        verdict: Verdict,
        at: datetime,
    ) -> bool:
        """Write a capture with its disposition; False when this event or this transaction was captured before."""
        of = (captured.provider, captured.event_id, captured.transaction_id, attempt_id, payment_number)
        became = (str(verdict.disposition), str(verdict.reason), at)
        row = (capture_id, *of, captured.amount, captured.currency, *became)
        return await self._sql.fetchval(_ADD, *row) is not None

    async def put_in_review_queue(self, item: Unmatched) -> None:
        """Let support decide about unmatched money."""
        of = (item.id, item.capture_id, item.reason, item.provider, item.transaction_id)
        rest = (item.amount, item.currency, item.payment_number, item.buyer, item.at, item.message)
        await self._sql.execute(_UNMATCHED, *of, *rest)

    async def lock_unmatched(self, unmatched_id: UUID) -> tuple[Unmatched, datetime, bool] | None:
        """An item of the desk, the business time under its lock, and whether it is still open."""
        row = await self._sql.fetchrow(_LOCK_UNMATCHED, unmatched_id)
        if row is None:
            return None
        return _item(row), row["now"], row["resolved_at"] is None

    async def lock_unmatched_of(self, capture_id: UUID) -> tuple[Unmatched, str | None]:
        """The item of an unmatched capture, and whom support has given its money to, if to anybody."""
        row = await self._sql.fetchrow(_LOCK_UNMATCHED_OF, capture_id)
        assert row is not None, "an unmatched capture has an item"
        return _item(row), row["credited_to"]

    async def lock_aside(self, provider: str, transaction_id: str) -> Unmatched | None:
        """The item of a charge-back that was put aside, as long as support has not closed it."""
        row = await self._sql.fetchrow(_LOCK_ASIDE, provider, transaction_id)
        return _item(row) if row is not None else None

    async def reduce(self, item: Unmatched, amount: int) -> None:
        """Note that a bank took a part of unmatched money back, in minor units."""
        await self._sql.execute(_REDUCE, item.id, amount)

    async def resolve(
        self, item: Unmatched, at: datetime, by: str, resolution: str, credited_to: str | None, why: str
    ) -> None:
        """Note what became of an item, who said so and why; and whom the money went to, if it went to a user."""
        await self._sql.execute(_RESOLVE, item.id, at, by, resolution, credited_to, why)


def _item(row: "asyncpg.Record") -> Unmatched:
    return Unmatched(**{name: row[name] for name in Unmatched.__dataclass_fields__})
