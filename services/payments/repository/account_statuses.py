"""Account statuses as disputes published them. A freeze and a credit of the same user never run at the same time.

A credit reads the status under a shared lock (the function `frozen_among`, called by `Ledger.book`), a change of the
status takes the lock alone: so a credit is either booked before the freeze and moved by it, or booked after it as
frozen. It is an advisory lock, because most users have no row to lock. It is taken after the lock of the payment or
line, and before those of ledger accounts.
"""

from services.payments.domain.account_status import AccountStatus
from shared.db.repository import Repository

_LOCK = "select pg_advisory_xact_lock(hashtextextended('standing:' || $1::text, 0))"
_GET = "select account, suspended, frozen, version from standings where account = $1"
_SUSPENDED = "select exists (select from standings where account = $1 and suspended)"
_PUT = """
insert into standings (account, suspended, frozen, version) values ($1, $2, $3, $4)
on conflict (account) do update
set suspended = excluded.suspended, frozen = excluded.frozen, version = excluded.version
"""


class AccountStatuses(Repository):
    """The account statuses of this database, for one transaction."""

    async def lock(self, account: str) -> AccountStatus:
        """The account's status; until the end of the transaction nobody else changes it or credits its balances."""
        await self._sql.execute(_LOCK, account)
        row = await self._sql.fetchrow(_GET, account)
        return AccountStatus(**row) if row is not None else AccountStatus(account)

    async def put(self, status: AccountStatus) -> None:
        """Save the status of a locked account."""
        await self._sql.execute(_PUT, status.account, status.suspended, status.frozen, status.version)

    async def is_suspended(self, account: str) -> bool:
        """Whether the account is suspended, as far as payments knows."""
        return bool(await self._sql.fetchval(_SUSPENDED, account))
