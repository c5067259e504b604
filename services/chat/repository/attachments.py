"""Attachments, what their retention depends on, and which of them nobody needs any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.chat.domain.attachment import PROOF_LIFETIME, Attachment, Picture, UploadContext
from services.chat.tables import to_attachment
from shared.actor import Actor
from shared.db.repository import Repository

_RESERVE = """
insert into attachments (id, conversation_id, number, dispute_id, account, by_user, uploaded_at, keep_until)
values ($1, $2, $3, $4, $5, $6, market_now(), market_now() + $7::interval)
"""
_STORED = """
update attachments set sha256 = $2, type = $3, width = $4, height = $5 where id = $1 and purged_at is null returning *
"""
_COUNT_UNUSED = "select count(*) from attachments where account = $1 and used_at is null"
_LOCK = """
select * from attachments where id = any($1::uuid[]) and sha256 is not null order by id for update
"""
_USE = "update attachments set used_at = $2, keep_until = $2::timestamptz + $3::interval where id = any($1::uuid[])"
_ADD_TO_CASE = "update attachments set in_case = true where id = any($1::uuid[])"
_CASE_OPENED = "insert into cases (dispute_id, number, closed) values ($1, $2, false) on conflict do nothing"
_CASE_CLOSED = """
insert into cases (dispute_id, number, closed) values ($1, $2, true)
on conflict (dispute_id) do update set closed = true
"""
_NUMBER_OF = "select number from cases where dispute_id = $1"
_DUE = """
with due as materialized (
    select a.* from attachments a where a.purged_at is null and a.keep_until <= market_now()
    order by a.keep_until limit $1 for update skip locked),
concerned as (
    select d.id, o.closed_at is null
               or exists (select from cases c where c.number = o.number and not c.closed) as is_open, o.closed_at
    from due d join orders o on o.number = d.number
    union all
    select d.id, o.closed_at is null
               or exists (select from cases c where c.number = o.number and not c.closed), o.closed_at
    from due d join conversations t on t.id = d.conversation_id
    join orders o on (o.buyer, o.seller) = (t.buyer, t.seller))
select d.id, d.used_at, coalesce(bool_or(c.is_open), false) as is_open, max(c.closed_at) as closed_at,
       market_now() as read_at
from due d left join concerned c on c.id = d.id group by d.id, d.used_at
"""
_KEEP = "update attachments set keep_until = $2 where id = $1"
COUNT_PURGE_DUE = "select count(*) from attachments where purged_at is null and keep_until <= market_now()"
"""Read through attachments_due."""
_PURGE_USED = "update attachments set purged_at = $2 where id = $1 and used_at is not null"
_DELETE_UNUSED = "delete from attachments where id = $1 and used_at is null"


@dataclass(frozen=True, slots=True)
class Due:
    """A locked attachment whose time seems to be over, and what its time depends on."""

    id: UUID
    used_at: datetime | None
    is_open: bool
    """Whether an order that it may be proof for is not closed, or has an open dispute."""
    closed_at: datetime | None
    """When the last of these orders closed."""
    at: datetime


class Attachments(Repository):
    """Attachments and the cases that keep them."""

    async def reserve(self, attachment_id: UUID, context: UploadContext, by: Actor, lifetime: timedelta) -> None:
        """Note that a file of this name may come to be; without a picture it is purged after this time."""
        given = (context.conversation_id, context.number, context.dispute_id, by.account, by.user)
        await self._sql.execute(_RESERVE, attachment_id, *given, lifetime)

    async def stored(self, attachment_id: UUID, picture: Picture) -> Attachment | None:
        """The file is there; None if its time was over before."""
        values = (picture.sha256, picture.type, picture.width, picture.height)
        row = await self._sql.fetchrow(_STORED, attachment_id, *values)
        return to_attachment(dict(row)) if row is not None else None

    async def count_unused(self, account: str) -> int:
        """How many pictures of this account wait to be used, or are on their way."""
        found: int = await self._sql.fetchval(_COUNT_UNUSED, account)
        return found

    async def lock(self, ids: Sequence[UUID]) -> dict[UUID, Attachment]:
        """Load stored attachments for change."""
        return {row["id"]: to_attachment(dict(row)) for row in await self._sql.fetch(_LOCK, list(ids))}

    async def use(self, ids: Sequence[UUID], at: datetime) -> None:
        """Locked attachments are part of something from now on."""
        await self._sql.execute(_USE, list(ids), at, PROOF_LIFETIME)

    async def add_to_case(self, ids: Sequence[UUID]) -> None:
        """Support may read these pictures of a conversation from now on."""
        await self._sql.execute(_ADD_TO_CASE, list(ids))

    async def case_opened(self, dispute_id: UUID, number: str) -> None:
        """A dispute about an order begins; one that is known to be closed stays so."""
        await self._sql.execute(_CASE_OPENED, dispute_id, number)

    async def case_closed(self, dispute_id: UUID, number: str) -> None:
        """A dispute about an order is over."""
        await self._sql.execute(_CASE_CLOSED, dispute_id, number)

    async def number_of(self, dispute_id: UUID) -> str | None:
        """The order that a dispute is about."""
        number: str | None = await self._sql.fetchval(_NUMBER_OF, dispute_id)
        return number

    async def due(self, limit: int) -> list[Due]:
        """Attachments that are to be looked at, the earliest first; skips locked rows."""
        names = ("id", "used_at", "is_open", "closed_at", "read_at")
        return [Due(*(row[name] for name in names)) for row in await self._sql.fetch(_DUE, limit)]

    async def keep(self, attachment_id: UUID, until: datetime) -> None:
        """Look at it again then."""
        await self._sql.execute(_KEEP, attachment_id, until)

    async def purge(self, attachment_id: UUID, at: datetime) -> None:
        """The picture is gone; of a used one the hash stays, of another nothing."""
        await self._sql.execute(_PURGE_USED, attachment_id, at)
        await self._sql.execute(_DELETE_UNUSED, attachment_id)
