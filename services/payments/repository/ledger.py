"""The ledger: entries go in whole and once; balances follow by trigger, locks are taken in the order of account ids."""

from dataclasses import astuple
from typing import Any

import asyncpg

from services.payments.domain.ledger import HELD, Account, Entry
from services.payments.domain.settlement import Settlement

_BOOK = "select book($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
_LOCK_BALANCE = """
select balance from accounts where kind = $1 and owner = $2 and currency = $3 for no key update
"""
_HOLD = """
insert into waiting_settlements (order_number, version, buyer, seller, currency, at, to_buyer, gross, fee, tax, net)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing
"""
_RELEASE = """
with gone as (delete from waiting_settlements where order_number = $1 returning *) select * from gone order by version
"""
_IMBALANCE = """
select currency, sum(amount)::bigint as sum from postings p join accounts a on a.id = p.account_id group by currency
"""


class Ledger:
    """The books of this database, for one transaction."""

    def __init__(self, sql: "asyncpg.Connection[Any]") -> None:
        self._sql = sql

    async def book(self, entry: Entry) -> bool:
        """Write an entry; False when its reference is booked already. An account that would go below zero raises."""
        lines = entry.lines()
        head = (entry.reference, str(entry.story), entry.payment_number, entry.order_number, entry.at)
        kinds = [str(account.kind) for account, _, _ in lines]
        owners = [account.owner for account, _, _ in lines]
        held = [account.kind in HELD for account, _, _ in lines]
        rest = ([currency for _, currency, _ in lines], [amount for _, _, amount in lines], held)
        return await self._sql.fetchval(_BOOK, *head, kinds, owners, *rest) is not None

    async def imbalance(self) -> dict[str, int]:
        """What all postings of a currency sum to, in minor units: 0, unless money was made or lost."""
        return {row["currency"]: row["sum"] for row in await self._sql.fetch(_IMBALANCE)}

    async def lock_balance(self, account: Account, currency: str) -> int:
        """What is in an account, in minor units; nobody else can take it before this transaction ends."""
        return await self._sql.fetchval(_LOCK_BALANCE, str(account.kind), account.owner, currency) or 0

    async def hold(self, settlement: Settlement) -> None:
        """Keep a settlement whose order's money has not reached escrow yet."""
        await self._sql.execute(_HOLD, *astuple(settlement))

    async def release(self, order_number: str) -> tuple[Settlement, ...]:
        """Take out the settlements that waited for this order's money, in the order of their transitions."""
        return tuple(Settlement(**row) for row in await self._sql.fetch(_RELEASE, order_number))
