"""Orders and their logs."""

from datetime import datetime

from services.chat.domain.log import FIRST_HASH, Line, Order
from services.chat.tables import to_order
from shared.db.repository import Repository

_ORDER = """
insert into orders (number, buyer, seller, category, paid, version, lines, hash, paid_at, closed_at)
values ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)
on conflict (number) do update
set paid = orders.paid or excluded.paid, version = greatest(orders.version, excluded.version),
    paid_at = coalesce(orders.paid_at, excluded.paid_at),
    closed_at = case when excluded.version >= orders.version then excluded.closed_at else orders.closed_at end
returning *
"""
_LOCK_ORDER = """
with o as materialized (select * from orders where number = $1 for update) select o.*, market_now() as read_at from o
"""
_HAS_STEP = "select exists (select from log_lines where number = $1 and version = $2 and row = $3)"
_LINE = """
with head as (update orders set lines = $2, hash = $13 where number = $1 and lines = $2 - 1 returning number)
insert into log_lines (number, seq, id, kind, by_user, by_role, row, version, text, at, attachments, previous_hash,
                       hash)
select head.number, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 from head returning seq
"""


class Logs(Repository):
    """Orders and their logs."""

    async def lock(self, number: str) -> tuple[Order, datetime] | None:
        """Load an order for change of its log, with the time read under the lock."""
        row = await self._sql.fetchrow(_LOCK_ORDER, number)
        return (to_order(dict(row)), row["read_at"]) if row is not None else None

    async def know(
        self,
        number: str,
        buyer: str,
        seller: str,
        category: str,
        *,
        paid: bool,
        version: int,
        paid_at: datetime | None,
        closed_at: datetime | None,
    ) -> Order:
        """Note what was published of an order, and lock it. `closed_at` is of the event's version: an order that is
        disputed after a charge-back is no longer closed.
        """
        given = (number, buyer, seller, category, paid, version, FIRST_HASH, paid_at, closed_at)
        row = await self._sql.fetchrow(_ORDER, *given)
        assert row is not None
        return to_order(dict(row))

    async def has_step(self, number: str, version: int, row: str) -> bool:
        """Whether the line of this transition is written."""
        known: bool = await self._sql.fetchval(_HAS_STEP, number, version, row)
        return known

    async def add(self, line: Line) -> None:
        """Write the next line of a locked order's log. Raises RuntimeError if its number is not the next one."""
        given = (line.id, line.kind, line.by_user, line.by_role, line.row, line.version, line.text, line.at)
        proofs = [str(each) for each in line.attachments]
        if (
            await self._sql.fetchval(_LINE, line.number, line.seq, *given, proofs, line.previous_hash, line.hash)
            is None
        ):
            raise RuntimeError(f"the log of {line.number} changed under its own lock")
