"""Providers' webhooks as they came, captures, and the items of support's review queue."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from services.payments.domain.capture import Unmatched, Verdict
from services.payments.domain.claim import normalised
from services.payments.domain.provider_event import Captured, WebhookOutcome
from services.payments.tables import to_unmatched
from shared.db.repository import Repository

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
                      reason, at, reference)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing returning true
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
_METHOD_OF = "select a.method from captures c join attempts a on a.id = c.attempt_id where c.id = $1"
_LOCK_UNMATCHED_OF = "select * from unmatched_items where capture_id = $1 and reason <> 'charged_back' for update"
_LOCK_ASIDE = """
select * from unmatched_items
where provider = $1 and transaction_id = $2 and reason = 'charge_back_aside' and resolved_at is null for update
"""
_REDUCE = "update unmatched_items set amount = amount - $2 where id = $1"
_RESOLVE = """
update unmatched_items set resolved_at = $2, resolved_by = $3, resolution = $4, credited_to = $5, why = $6 where id = $1
"""


class Webhooks(Repository):
    """Providers' messages of this database, for one transaction."""

    async def take(self, provider: str, event_id: str, body: bytes) -> int | None:
        """Store a message as it came; returns the id of its row, None when this event id is stored already."""
        digest = sha256(body).digest()
        taken: int | None = await self._sql.fetchval(_TAKE, provider, event_id, body, digest)
        return taken

    async def is_repeat(self, provider: str, event_id: str, body: bytes) -> bool:
        """Whether it is the same message again; another body under a known id is stored with the outcome `aside`."""
        digest = sha256(body).digest()
        if await self._sql.fetchval(_FIRST, provider, event_id, digest):
            return True
        await self._sql.execute(_ASIDE, provider, event_id, body, digest)
        return False

    async def done(self, webhook_id: int, outcome: WebhookOutcome) -> None:
        """Save what the message led to."""
        await self._sql.execute(_DONE, webhook_id, str(outcome))


class Captures(Repository):
    """Captures and review items of this database, for one transaction."""

    async def add(
        self,
        capture_id: UUID,
        captured: Captured,
        attempt_id: UUID | None,
        payment_number: str | None,
        verdict: Verdict,
        at: datetime,
    ) -> bool:
        """Add a capture with its disposition; False when its event or transaction is known already."""
        of = (captured.provider, captured.event_id, captured.transaction_id, attempt_id, payment_number)
        decided = (str(verdict.disposition), str(verdict.reason), at, normalised(captured.transaction_id))
        row = (capture_id, *of, captured.amount, captured.currency, *decided)
        return await self._sql.fetchval(_ADD, *row) is not None

    async def put_in_review_queue(self, item: Unmatched) -> None:
        """Add an item."""
        of = (item.id, item.capture_id, item.reason, item.provider, item.transaction_id)
        money = (item.amount, item.currency, item.payment_number, item.buyer, item.at, item.message)
        await self._sql.execute(_UNMATCHED, *of, *money)

    async def lock_unmatched(self, unmatched_id: UUID) -> tuple[Unmatched, datetime, bool] | None:
        """An item, the business time under its lock, and whether it is still open; None for an unknown id."""
        row = await self._sql.fetchrow(_LOCK_UNMATCHED, unmatched_id)
        if row is None:
            return None
        return to_unmatched(row), row["now"], row["resolved_at"] is None

    async def lock_unmatched_of(self, capture_id: UUID) -> tuple[Unmatched, bool, str | None]:
        """The item of an unmatched capture, whether it is open, and the user to whom support credited its money."""
        row = await self._sql.fetchrow(_LOCK_UNMATCHED_OF, capture_id)
        assert row is not None, "an unmatched capture has an item"
        return to_unmatched(row), row["resolved_at"] is None, row["credited_to"]

    async def method_of(self, capture_id: UUID) -> str | None:
        """The method with which money was captured; None where it belongs to no attempt."""
        method: str | None = await self._sql.fetchval(_METHOD_OF, capture_id)
        return method

    async def lock_aside(self, provider: str, transaction_id: str) -> Unmatched | None:
        """The item of a charge-back that was put aside; None when there is none or support has closed it."""
        row = await self._sql.fetchrow(_LOCK_ASIDE, provider, transaction_id)
        return to_unmatched(row) if row is not None else None

    async def reduce(self, item: Unmatched, amount: int) -> None:
        """Take an amount in minor units off an item, because a bank took back a part of its money."""
        await self._sql.execute(_REDUCE, item.id, amount)

    async def resolve(
        self, item: Unmatched, at: datetime, by: str, resolution: str, credited_to: str | None, why: str
    ) -> None:
        """Close an item: who decided what and why, and the user who was credited, if any."""
        await self._sql.execute(_RESOLVE, item.id, at, by, resolution, credited_to, why)
