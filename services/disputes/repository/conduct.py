"""Accounts, offences and flags. `lock` is the only way to load an account for change."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.disputes.domain.conduct import Account
from services.disputes.tables import to_account
from shared.db.repository import Repository

_ACCOUNT = """
insert into accounts ("user", standing, offences, frozen, reason, version) values ($1, 'active', 0, false, '', 0)
on conflict ("user") do nothing
"""
_LOCK_ACCOUNT = """
with a as materialized (select * from accounts where "user" = $1 for update)
select a.*, market_now() as read_at from a
"""
_SAVE_ACCOUNT = """
with saved as (
    update accounts set standing = $3, offences = $4, frozen = $5, reason = $6, version = $7, changed_at = $8
    where "user" = $1 and version = $2 returning "user", version)
insert into account_steps ("user", version, row, by_user, standing, reason, at)
select saved."user", saved.version, $9, $10, $3, $6, $8 from saved returning 1
"""
_OFFENCE = """
insert into offences (id, "user", source, source_id, kinds, at) values ($1, $2, $3, $4, $5, $6)
on conflict (source, source_id) do nothing returning true
"""
_ANNUL = """
update offences set annulled_at = $3, annulled_by = $4, annulled_why = $5
where id = $1 and "user" = $2 and annulled_at is null returning true
"""
_FLAG = """
insert into flags (id, "user", kind, text, by_user, source, at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (source) do nothing returning true
"""
_RESOLVE = """
update flags set resolved_at = $2, resolved_by = $3, resolution = $4 where id = $1 and resolved_at is null returning *
"""
_HAS_OFFENCE = 'select exists (select from offences where id = $1 and "user" = $2)'
_FLAGGED = 'select "user" from flags where id = $1'
_STATUS = 'select standing from accounts where "user" = $1'


class Conduct(Repository):
    """Accounts, offences and flags."""

    async def lock(self, user: str) -> tuple[Account, datetime]:
        """Load an account for change; an unknown one is a new active account."""
        await self._sql.execute(_ACCOUNT, user)
        row = await self._sql.fetchrow(_LOCK_ACCOUNT, user)
        assert row is not None
        return to_account(row), row["read_at"]

    async def save(self, before: Account, after: Account, row: str, by: str | None) -> None:
        """Write a change of an account and its line in the trail. Raises RuntimeError for a stale account."""
        values = (str(after.status), after.offences, after.frozen, after.reason, after.version, after.changed_at)
        if await self._sql.fetchval(_SAVE_ACCOUNT, before.user, before.version, *values, row, by) is None:
            raise RuntimeError(f"{before.user} changed under its own lock")

    async def add_offence(
        self, offence_id: UUID, user: str, source: tuple[str, str], kinds: list[str], at: datetime
    ) -> bool:
        """Write an offence; False when this source was counted before, annulled or not."""
        return await self._sql.fetchval(_OFFENCE, offence_id, user, *source, kinds, at) is not None

    async def annul(self, offence_id: UUID, user: str, at: datetime, by: str, why: str) -> bool:
        """Mark an offence as annulled; False when there is none that counts."""
        return await self._sql.fetchval(_ANNUL, offence_id, user, at, by, why) is not None

    async def has_offence(self, offence_id: UUID, user: str) -> bool:
        """Whether this offence of the account is known, annulled or not."""
        known: bool = await self._sql.fetchval(_HAS_OFFENCE, offence_id, user)
        return known

    async def flag(self, flag_id: UUID, user: str, kind: str, text: str, by: str, source: str, at: datetime) -> bool:
        """Write a record for support; False when the same source was flagged before."""
        return await self._sql.fetchval(_FLAG, flag_id, user, kind, text, by, source, at) is not None

    async def resolve(self, flag_id: UUID, at: datetime, by: str, resolution: str) -> asyncpg.Record | None:
        """Close a record; None when there is none that is open."""
        return await self._sql.fetchrow(_RESOLVE, flag_id, at, by, resolution)

    async def flagged(self, flag_id: UUID) -> str | None:
        """Whom a record is about, open or closed; None when there is no such record."""
        user: str | None = await self._sql.fetchval(_FLAGGED, flag_id)
        return user

    async def is_suspended(self, user: str) -> bool:
        """Whether the account may do nothing."""
        return await self._sql.fetchval(_STATUS, user) in ("suspended", "terminated")
