"""Adjustments: the row lock orders what the second persons decide."""

from datetime import datetime
from uuid import UUID

from services.payments.domain.adjustment import Adjustment
from services.payments.tables import to_adjustment
from shared.db.repository import Repository

_ADD = """
insert into adjustments (id, kind, "user", amount, currency, reason, requested_by, requested_at, needs_second, state)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_LOCK = """
with locked as materialized (select * from adjustments where id = $1 for no key update)
select locked.*, market_now() as now from locked
"""
_SAVE = "update adjustments set state = $2, decided_by = $3, decided_at = $4 where id = $1"


class Adjustments(Repository):
    """The adjustments of this database, for one transaction."""

    async def add(self, made: Adjustment) -> None:
        """Add a new one."""
        money = (str(made.kind), made.user, made.amount, made.currency, made.reason)
        requested = (made.requested_by, made.requested_at, made.needs_second, str(made.state))
        await self._sql.execute(_ADD, made.id, *money, *requested)

    async def lock(self, adjustment_id: UUID) -> tuple[Adjustment, datetime] | None:
        """An adjustment and the business time under its lock; None for an unknown id."""
        row = await self._sql.fetchrow(_LOCK, adjustment_id)
        return (to_adjustment(row), row["now"]) if row is not None else None

    async def save(self, made: Adjustment) -> None:
        """Save what a second person decided about a locked one."""
        await self._sql.execute(_SAVE, made.id, str(made.state), made.decided_by, made.decided_at)
