"""Captured money that banks took back: written once per event and transaction, and once per capture."""

from dataclasses import astuple
from typing import Any
from uuid import UUID

import asyncpg

from services.payments.domain.capture import Disposition
from services.payments.domain.charge_back import Capture, ChargeBack

_ADD = """
insert into charge_backs (id, provider, event_id, transaction_id, attempt_id, payment_number, capture_id, reason, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning true
"""
_CAPTURES = """
select c.id, c.amount, c.currency, c.disposition, b.id is not null as gone
from captures c left join charge_backs b on b.capture_id = c.id
where c.payment_number = $1 and c.attempt_id = $2 order by c.disposition = 'offered' desc, c.id
"""
_WAITING = """
select * from charge_backs where attempt_id = $1 and capture_id is null order by id limit 1 for no key update
"""
_FOUND = "update charge_backs set capture_id = $2 where id = $1"
_OF_ORDER = """
select b.* from payment_lines l join payments p on p.number = l.payment_number
join charge_backs b on b.capture_id = p.captured_by
where l.number = $1
"""


class ChargeBacks:
    """The charge-backs of this database, for one transaction; guarded by their payment's lock."""

    def __init__(self, sql: "asyncpg.Connection[Any]") -> None:
        self._sql = sql

    async def add(self, told: ChargeBack) -> bool:
        """Remember a charge-back; False when this event or this transaction was told before."""
        return await self._sql.fetchval(_ADD, *astuple(told)) is not None

    async def captures(self, payment_number: str, attempt_id: UUID) -> tuple[tuple[Capture, bool], ...]:
        """An attempt's captures, the one that paid orders first, and whether each was taken back already."""
        rows = await self._sql.fetch(_CAPTURES, payment_number, attempt_id)
        return tuple(
            (Capture(row["id"], row["amount"], row["currency"], Disposition(row["disposition"])), row["gone"])
            for row in rows
        )

    async def claim(self, attempt_id: UUID, capture_id: UUID) -> ChargeBack | None:
        """The charge-back that waited for this capture, if one was told before it."""
        row = await self._sql.fetchrow(_WAITING, attempt_id)
        if row is None:
            return None
        await self._sql.execute(_FOUND, row["id"], capture_id)
        return _told({**row, "capture_id": capture_id})

    async def of_order(self, order_number: str) -> ChargeBack | None:
        """The charge-back of the money that paid an order."""
        row = await self._sql.fetchrow(_OF_ORDER, order_number)
        return _told(dict(row)) if row is not None else None


def _told(row: dict[str, Any]) -> ChargeBack:
    return ChargeBack(**{name: row[name] for name in ChargeBack.__dataclass_fields__})
