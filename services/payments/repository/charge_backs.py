"""Charge-backs: one row per event and transaction of a provider; together they never exceed their capture."""

from dataclasses import astuple
from uuid import UUID

import asyncpg

from services.payments.domain.capture import Disposition
from services.payments.domain.charge_back import Capture, ChargeBack
from shared.db.repository import Repository

_ADD = """
insert into charge_backs (id, provider, event_id, transaction_id, attempt_id, payment_number, capture_id, amount,
                          currency, waiting, aside, reason, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing returning true
"""
_CAPTURES = """
select c.id, c.amount, c.currency, c.disposition, c.amount - coalesce(sum(b.amount), 0)::bigint as left
from captures c left join charge_backs b on b.capture_id = c.id
where c.attempt_id = $1 and c.provider = $2
group by c.id order by c.disposition = 'offered' desc, c.id
"""
_UNASSIGNED = """
select * from charge_backs where attempt_id = $1 and provider = $2 and capture_id is null order by id
for no key update
"""
_CLAIM = "update charge_backs set capture_id = $2, aside = false where id = $1"
_ASIDE = "update charge_backs set aside = true where id = $1"
_WAITING = "select * from charge_backs where capture_id = $1 and waiting > 0 order by id for no key update"
_WAITING_OF = """
select * from charge_backs where payment_number = $1 and capture_id is not null and waiting > 0 order by id
for no key update
"""
_ASSIGN = "update charge_backs set waiting = waiting - $2 where id = $1"
_ASSIGN_ALL = "update charge_backs set waiting = 0 where id = $1"
_OF = "select * from charge_backs where capture_id = $1 order by id"


class ChargeBacks(Repository):
    """The charge-backs of this database, for one transaction; guarded by their payment's lock."""

    async def add(self, back: ChargeBack) -> bool:
        """Add a charge-back; False when its event or transaction is known already."""
        return await self._sql.fetchval(_ADD, *astuple(back)) is not None

    async def captures(self, attempt_id: UUID, provider: str) -> tuple[Capture, ...]:
        """What a provider captured for an attempt and what is left of each, first the capture that paid orders."""
        rows = await self._sql.fetch(_CAPTURES, attempt_id, provider)
        return tuple(Capture(**{**row, "disposition": Disposition(row["disposition"])}) for row in rows)

    async def unassigned(self, attempt_id: UUID, provider: str) -> tuple[ChargeBack, ...]:
        """The charge-backs of an attempt that have no capture yet, oldest first."""
        return tuple(_back(row) for row in await self._sql.fetch(_UNASSIGNED, attempt_id, provider))

    async def claim(self, back_id: UUID, capture_id: UUID) -> None:
        """Save which capture a charge-back takes back."""
        await self._sql.execute(_CLAIM, back_id, capture_id)

    async def put_aside(self, back_id: UUID) -> None:
        """Mark a charge-back that fits no capture."""
        await self._sql.execute(_ASIDE, back_id)

    async def waiting(self, capture_id: UUID) -> tuple[ChargeBack, ...]:
        """The charge-backs of a capture of which something is not assigned yet, oldest first."""
        return tuple(_back(row) for row in await self._sql.fetch(_WAITING, capture_id))

    async def waiting_of(self, payment_number: str) -> tuple[ChargeBack, ...]:
        """The charge-backs of any capture of a payment of which something is not assigned yet, oldest first."""
        return tuple(_back(row) for row in await self._sql.fetch(_WAITING_OF, payment_number))

    async def assign(self, back_id: UUID, amount: int) -> None:
        """Save that this much of a charge-back has found who bears it, in minor units."""
        await self._sql.execute(_ASSIGN, back_id, amount)

    async def assign_all(self, back_id: UUID) -> None:
        """Save that all of a charge-back has found who bears it."""
        await self._sql.execute(_ASSIGN_ALL, back_id)

    async def of(self, capture_id: UUID) -> tuple[ChargeBack, ...]:
        """All charge-backs of a capture, oldest first."""
        return tuple(_back(row) for row in await self._sql.fetch(_OF, capture_id))


def _back(row: "asyncpg.Record") -> ChargeBack:
    return ChargeBack(**{name: row[name] for name in ChargeBack.__dataclass_fields__})
