"""Support's queue in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.chat.domain.conversation import Conversation, Kind, Message
from services.chat.domain.support import Item, Unanswered
from services.chat.repository import LockedItem, Note, Question, Support
from tests.support.memory.database import BusinessClock, Tables


@dataclass
class SupportTables(Tables):
    """The tables of support's queue, and those of conversations that it reads."""

    conversations: dict[UUID, Conversation] = field(default_factory=dict)
    messages: dict[tuple[UUID, int], tuple[Message, str]] = field(default_factory=dict)
    items: dict[UUID, tuple[Item, datetime | None]] = field(default_factory=dict)
    """Items of support's queue, each with when it is due."""
    answers: dict[tuple[UUID, int], int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


class MemorySupport(Support):
    """Support's queue."""

    def __init__(self, tables: SupportTables, clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock

    async def begin(self, item: Item) -> None:
        self._tables.items.setdefault(item.conversation_id, (item, None))

    async def lock(self, conversation_id: UUID) -> LockedItem | None:
        found = self._tables.items.get(conversation_id)
        return LockedItem(found[0], self._clock.now()) if found is not None else None

    async def save(self, before: Item, after: Item, due_at: datetime | None) -> None:
        known = self._tables.items.get(before.conversation_id)
        if known is None or known[0].version != before.version:
            raise RuntimeError(f"item {before.conversation_id} changed under its own lock")
        self._tables.items[before.conversation_id] = after, due_at

    async def unanswered(self, conversation_id: UUID, account: str, after_seq: int) -> Unanswered | None:
        every = (message for message, _ in self._tables.messages.values() if message.conversation_id == conversation_id)
        later = [each for each in every if each.sender == account and each.seq > after_seq]
        return min((Unanswered(each.seq, each.at) for each in later), key=lambda each: each.seq, default=None)

    async def question(self, message_id: UUID) -> Question | None:
        for message, _ in self._tables.messages.values():
            conversation = self._tables.conversations[message.conversation_id]
            is_message = conversation.kind is Kind.SUPPORT_MESSAGES and message.sender == conversation.buyer
            if message.id == message_id and is_message:
                return Question(conversation.id, message.seq, conversation.buyer)
        return None

    async def add_answer(self, conversation_id: UUID, seq: int, answers_seq: int) -> None:
        self._tables.answers[conversation_id, seq] = answers_seq

    async def add_note(self, note: Note) -> None:
        self._tables.notes.append(note)

    async def next_generation(self, item: Item) -> Item:
        known, due_at = self._tables.items[item.conversation_id]
        raised = replace(known, generation=known.generation + 1)
        self._tables.items[item.conversation_id] = raised, due_at
        return raised

    async def overdue(self, seconds: int, limit: int) -> list[Item]:
        edge = self._clock.now() - timedelta(seconds=seconds)
        late = [item for item, due_at in self._tables.items.values() if due_at is not None and due_at < edge]
        return [await self.next_generation(each) for each in late[:limit]]
