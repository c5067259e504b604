"""Conversations, their messages, read marks and unread runs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.chat.domain.conversation import NOTIFY_AFTER, Conversation, Kind, Message
from services.chat.tables import to_conversation, to_message
from shared.db.repository import Repository

_LOCK = """
with c as materialized (select * from conversations where id = $1 for update) select c.*, market_now() as read_at from c
"""
_OPEN = """
insert into conversations (id, buyer, seller, kind, head, opened_at, active_at)
values ($1, $2, $3, $4, 0, market_now(), market_now()) on conflict (buyer, seller, kind) do nothing
"""
_LOCK_PAIR = """
with c as materialized (select * from conversations where buyer = $1 and seller = $2 and kind = $3 for update)
select c.*, market_now() as read_at from c
"""
_REFER = """
insert into conversation_orders (conversation_id, number, at) values ($1, $2, $3) on conflict do nothing
"""
_FIND = "select * from messages where conversation_id = $1 and sender = $2 and client_id = $3"
_WITHHELD = """
select fingerprint, kinds from withheld where conversation_id = $1 and sender = $2 and client_id = $3
"""
_RECENT = """
select text from messages where conversation_id = $1 and sender = $2 and at > $3 and not auto
order by seq desc limit 10
"""
_ADD = """
with head as (update conversations set head = $2, active_at = $10 where id = $1 and head = $2 - 1 returning id)
insert into messages (conversation_id, seq, id, sender, by_user, client_id, fingerprint, text, auto, at, attachments)
select head.id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 from head returning seq
"""
_WITHHOLD = """
insert into withheld (conversation_id, sender, client_id, fingerprint, kinds, at) values ($1, $2, $3, $4, $5, $6)
"""
_MARK = """
insert into marks (conversation_id, account, seq, at) values ($1, $2, $3, $4)
on conflict (conversation_id, account) do update set seq = excluded.seq, at = excluded.at
where marks.seq < excluded.seq returning seq
"""
_BEGIN_RUN = """
insert into unread_runs (conversation_id, account, first_seq, due_at) values ($1, $2, $3, $4)
on conflict do nothing
"""
_END_RUN = """
delete from unread_runs where conversation_id = $1 and account = $2 and first_seq <= $3 returning true
"""
_NEXT_RUN = """
insert into unread_runs (conversation_id, account, first_seq, due_at)
select conversation_id, $2, seq, at + $4::interval from messages
where conversation_id = $1 and sender <> $2 and seq > $3 order by seq limit 1
"""
_ACTIVE = """
select *, market_now() as read_at from conversations where active_at >= coalesce($1, market_now()) - $2::interval
"""
COUNT_UNREAD_DUE = "select count(*) from unread_runs where notified_at is null and due_at <= market_now()"
"""Read through unread_runs_due: only what waits for its notification is looked at."""
_NOTIFY = """
with due as materialized (
    select conversation_id, account from unread_runs where notified_at is null and due_at <= market_now()
    order by due_at limit $1 for update skip locked)
update unread_runs r set notified_at = market_now() from due, conversations c
where r.conversation_id = due.conversation_id and r.account = due.account and c.id = r.conversation_id
returning r.conversation_id, r.account, r.first_seq, c.head, c.buyer, c.seller, r.notified_at
"""


@dataclass(frozen=True, slots=True)
class Locked:
    """A conversation locked for change, with the time read under the lock."""

    conversation: Conversation
    at: datetime


@dataclass(frozen=True, slots=True)
class UnreadNotification:
    """Messages that somebody has not read in time, to be reported now."""

    conversation_id: UUID
    recipient: str
    sender: str
    first_seq: int
    head: int
    at: datetime


class Conversations(Repository):
    """Conversations, their messages, read marks and unread runs."""

    async def lock(self, conversation_id: UUID) -> Locked | None:
        """Load a conversation for change."""
        return _locked(await self._sql.fetchrow(_LOCK, conversation_id))

    async def open(self, conversation_id: UUID, buyer: str, seller: str, kind: Kind = Kind.TRADE) -> Locked:
        """The conversation of the pair, locked; a new one under this id if there is none."""
        await self._sql.execute(_OPEN, conversation_id, buyer, seller, kind)
        found = _locked(await self._sql.fetchrow(_LOCK_PAIR, buyer, seller, kind))
        assert found is not None
        return found

    async def refer(self, conversation_id: UUID, number: str, at: datetime) -> None:
        """Note that the conversation is about this order too."""
        await self._sql.execute(_REFER, conversation_id, number, at)

    async def find(self, conversation_id: UUID, sender: str, client_id: str) -> tuple[Message, str] | None:
        """The message that the sender wrote under this client_id, and its fingerprint."""
        row = await self._sql.fetchrow(_FIND, conversation_id, sender, client_id)
        return (to_message(dict(row)), row["fingerprint"]) if row is not None else None

    async def find_withheld(
        self, conversation_id: UUID, sender: str, client_id: str
    ) -> tuple[str, tuple[str, ...]] | None:
        """Fingerprint and kinds of a message that was withheld under this client_id."""
        row = await self._sql.fetchrow(_WITHHELD, conversation_id, sender, client_id)
        return (row["fingerprint"], tuple(row["kinds"])) if row is not None else None

    async def recent(self, conversation_id: UUID, sender: str, since: datetime) -> list[str]:
        """What the sender wrote since then, oldest first."""
        return [row["text"] for row in await self._sql.fetch(_RECENT, conversation_id, sender, since)][::-1]

    async def add(self, message: Message, fingerprint: str) -> None:
        """Write the next message of a locked conversation. Raises RuntimeError if its number is not the next one."""
        given = (message.id, message.sender, message.by_user, message.client_id, fingerprint, message.text)
        values = (*given, message.auto, message.at, list(message.attachments))
        if await self._sql.fetchval(_ADD, message.conversation_id, message.seq, *values) is None:
            raise RuntimeError(f"conversation {message.conversation_id} changed under its own lock")

    async def withhold(
        self, conversation_id: UUID, sender: str, client_id: str, fingerprint: str, kinds: tuple[str, ...], at: datetime
    ) -> None:
        """Note that a message was withheld, without its text."""
        await self._sql.execute(_WITHHOLD, conversation_id, sender, client_id, fingerprint, list(kinds), at)

    async def mark(self, conversation_id: UUID, account: str, seq: int, at: datetime) -> bool:
        """Raise a read mark; False when it was as high before."""
        return await self._sql.fetchval(_MARK, conversation_id, account, seq, at) is not None

    async def begin_run(self, conversation_id: UUID, account: str, seq: int, due_at: datetime) -> None:
        """A message is unread; nothing changes if earlier ones are too."""
        await self._sql.execute(_BEGIN_RUN, conversation_id, account, seq, due_at)

    async def end_run(self, conversation_id: UUID, account: str, seq: int) -> None:
        """Everything up to this number is read; what is above it begins a new run."""
        if await self._sql.fetchval(_END_RUN, conversation_id, account, seq):
            await self._sql.execute(_NEXT_RUN, conversation_id, account, seq, NOTIFY_AFTER)

    async def active_since(
        self, since: datetime | None, overlap: timedelta
    ) -> tuple[list[Conversation], datetime | None]:
        """Conversations that went on since then and a little before, or in the last moments; and the time from which on
        to look next.
        """
        rows = await self._sql.fetch(_ACTIVE, since, overlap)
        return [to_conversation(dict(row)) for row in rows], max((row["active_at"] for row in rows), default=since)

    async def notify(self, limit: int) -> list[UnreadNotification]:
        """Unread runs that are due, now marked as reported; skips locked rows."""
        return [
            UnreadNotification(
                row["conversation_id"],
                row["account"],
                row["seller"] if row["account"] == row["buyer"] else row["buyer"],
                row["first_seq"],
                row["head"],
                row["notified_at"],
            )
            for row in await self._sql.fetch(_NOTIFY, limit)
        ]


def _locked(row: asyncpg.Record | None) -> Locked | None:
    return Locked(to_conversation(dict(row)), row["read_at"]) if row is not None else None
