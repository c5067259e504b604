"""What payments has heard of accounts' standing. A freeze and every credit of the same user take turns.

A credit reads the standing under a shared lock (`frozen_among`, which `Ledger.book` asks), a change of standing holds
the lock alone: so a credit is either before the freeze and moved by it, or after it and lands frozen. The lock is by
name, not on a row, because most users have no standing and a credit should not have to write one. It comes after the
lock of the payment or line, and before those of ledger accounts.
"""

from typing import Any

import asyncpg

from services.payments.domain.account_status import AccountStatus

_LOCK = "select pg_advisory_xact_lock(hashtextextended('standing:' || $1::text, 0))"
_GET = "select account, suspended, frozen, version from standings where account = $1"
_SUSPENDED = "select exists (select from standings where account = $1 and suspended)"
_PUT = """
insert into standings (account, suspended, frozen, version) values ($1, $2, $3, $4)
on conflict (account) do update
set suspended = excluded.suspended, frozen = excluded.frozen, version = excluded.version
"""


class AccountStatuses:
    """The standings of this database, for one transaction."""

    def __init__(self, sql: "asyncpg.Connection[Any]") -> None:
        self._sql = sql

    async def lock(self, account: str) -> AccountStatus:
        """How an account stands; until the end of the transaction nobody else changes it or credits its balances."""
        await self._sql.execute(_LOCK, account)
        row = await self._sql.fetchrow(_GET, account)
        return AccountStatus(**row) if row is not None else AccountStatus(account)

    async def put(self, standing: AccountStatus) -> None:
        """Note how an account stands now; it is locked."""
        await self._sql.execute(_PUT, standing.account, standing.suspended, standing.frozen, standing.version)

    async def is_suspended(self, account: str) -> bool:
        """Whether the account may do nothing, as far as we have heard."""
        return bool(await self._sql.fetchval(_SUSPENDED, account))
