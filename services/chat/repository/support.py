"""Support's queue: items, which message an answer is about, and notes."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import asyncpg

from services.chat.domain.support import Item, Unanswered
from services.chat.tables import to_item
from shared.db.repository import Repository

_BEGIN = """
insert into support_items (conversation_id, account, channel, status, version, generation)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing
"""
_LOCK = """
with i as materialized (select * from support_items where conversation_id = $1 for update)
select i.*, market_now() as read_at from i
"""
_SAVE = """
update support_items set status = $3, version = $4, generation = $5, unanswered_seq = $6, unanswered_at = $7,
       assigned_to = $8, due_at = $9
where conversation_id = $1 and version = $2 returning true
"""
_NEXT_GENERATION = """
update support_items set generation = generation + 1 where conversation_id = $1 returning generation
"""
_OVERDUE = """
with late as materialized (
    select conversation_id from support_items where due_at < market_now() - make_interval(secs => $1)
    order by due_at limit $2 for update skip locked)
update support_items i set generation = generation + 1 from late where i.conversation_id = late.conversation_id
returning i.*
"""
_UNANSWERED = """
select seq, at from messages where conversation_id = $1 and sender = $2 and seq > $3 order by seq limit 1
"""
_QUESTION = """
select m.conversation_id, m.seq, c.buyer as account from messages m join conversations c on c.id = m.conversation_id
where m.id = $1 and c.kind = 'support_messages' and m.sender = c.buyer
"""
_ANSWER = "insert into support_answers (conversation_id, seq, answers_seq) values ($1, $2, $3)"
_NOTE = "insert into support_notes (id, conversation_id, by_user, text, at) values ($1, $2, $3, $4, $5)"


@dataclass(frozen=True, slots=True)
class LockedItem:
    """An item locked for change, with the time read under the lock."""

    item: Item
    at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """A user's message to support, to be answered."""

    conversation_id: UUID
    seq: int
    account: str


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody of support noted about an item; no user ever sees it."""

    id: UUID
    conversation_id: UUID
    by_user: str
    text: str
    at: datetime


class Support(Repository):
    """The items of support's queue, and what belongs to them."""

    async def begin(self, item: Item) -> None:
        """Store a new item; nothing changes if there is one."""
        given = (item.conversation_id, item.account, item.channel, item.status, item.version, item.generation)
        await self._sql.execute(_BEGIN, *given)

    async def lock(self, conversation_id: UUID) -> LockedItem | None:
        """Load an item for change."""
        row = await self._sql.fetchrow(_LOCK, conversation_id)
        return LockedItem(to_item(dict(row)), row["read_at"]) if row is not None else None

    async def save(self, before: Item, after: Item, due_at: datetime | None) -> None:
        """Save a locked item. Raises RuntimeError if it changed under its own lock."""
        unanswered = (after.unanswered.seq, after.unanswered.at) if after.unanswered is not None else (None, None)
        given = (after.status, after.version, after.generation, *unanswered, after.assigned_to, due_at)
        if await self._sql.fetchval(_SAVE, before.conversation_id, before.version, *given) is None:
            raise RuntimeError(f"item {before.conversation_id} changed under its own lock")

    async def unanswered(self, conversation_id: UUID, account: str, after_seq: int) -> Unanswered | None:
        """The user's first message behind this number."""
        row = await self._sql.fetchrow(_UNANSWERED, conversation_id, account, after_seq)
        return Unanswered(row["seq"], row["at"]) if row is not None else None

    async def question(self, message_id: UUID) -> Question | None:
        """The user's message to support with this id."""
        row = await self._sql.fetchrow(_QUESTION, message_id)
        return Question(**row) if row is not None else None

    async def add_answer(self, conversation_id: UUID, seq: int, answers_seq: int) -> None:
        """Note which message of the user an answer is about."""
        await self._sql.execute(_ANSWER, conversation_id, seq, answers_seq)

    async def add_note(self, note: Note) -> None:
        """Write a note."""
        await self._sql.execute(_NOTE, note.id, note.conversation_id, note.by_user, note.text, note.at)

    async def next_generation(self, item: Item) -> Item:
        """Raise the generation of a locked item, so that the same deadline can be set once more."""
        return replace(item, generation=await self._sql.fetchval(_NEXT_GENERATION, item.conversation_id))

    async def overdue(self, seconds: int, limit: int) -> list[Item]:
        """Lock items whose deadline is overdue by this many seconds, and raise their generation; skips locked rows."""
        rows: list[asyncpg.Record] = await self._sql.fetch(_OVERDUE, seconds, limit)
        return [to_item(dict(row)) for row in rows]
