"""Chat's storage in memory: conversations with their messages, order logs, and what other services published."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.chat.domain.attachment import PROOF_LIFETIME, Attachment, Picture, UploadContext
from services.chat.domain.conversation import NOTIFY_AFTER, Conversation, Kind, Message
from services.chat.domain.excerpt import DISPUTE_ROWS, LINES_MAX, MESSAGES_BEFORE, MESSAGES_MAX
from services.chat.domain.log import FIRST_HASH, Line, Order
from services.chat.live import Live
from services.chat.repository import (
    Attachments,
    Conversations,
    Due,
    Excerpts,
    Known,
    Locked,
    Logs,
    Sellers,
    Sessions,
    UnreadNotification,
)
from services.chat.unit_of_work import ChatWork
from shared.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from tests.support.memory.database import NO_SQL, BusinessClock
from tests.support.memory.support import MemorySupport, SupportTables


@dataclass(frozen=True)
class Run:
    """Messages that a party has not read."""

    first_seq: int
    due_at: datetime
    notified: bool = False


@dataclass(frozen=True)
class OrderTimes:
    """The version of an order that is known, and when it was paid and closed."""

    version: int = 0
    paid_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Stored:
    """An attachment; until its file is stored it has no picture."""

    attachment: Attachment
    keep_until: datetime
    is_stored: bool = False
    in_case: bool = False


NO_PICTURE = Picture("", "", 0, 0)


@dataclass
class ChatTables(SupportTables):
    """The tables of chat."""

    references: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    withheld: dict[tuple[UUID, str, str], tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    marks: dict[tuple[UUID, str], int] = field(default_factory=dict)
    runs: dict[tuple[UUID, str], Run] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    order_times: dict[str, OrderTimes] = field(default_factory=dict)
    lines: dict[tuple[str, int], Line] = field(default_factory=dict)
    attachments: dict[UUID, Stored] = field(default_factory=dict)
    cases: dict[UUID, tuple[str, bool]] = field(default_factory=dict)
    listings: dict[str, tuple[str, int]] = field(default_factory=dict)
    account_statuses: dict[str, tuple[bool, int]] = field(default_factory=dict)
    auto_replies: dict[str, str | None] = field(default_factory=dict)
    quick_replies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    auto_replied: dict[tuple[str, str], datetime] = field(default_factory=dict)


class MemoryChatWork(ChatWork):
    """One transaction of chat over tables in memory."""

    def __init__(self, tables: ChatTables, clock: BusinessClock) -> None:
        UnitOfWork.__init__(self, NO_SQL, "chat")
        self._clock = clock
        self.conversations = MemoryConversations(tables, clock)
        self.logs = MemoryLogs(tables, clock)
        self.attachments = MemoryAttachments(tables, clock)
        self.excerpts = MemoryExcerpts(tables)
        self.sellers = MemorySellers(tables)
        self.known = MemoryKnown(tables)
        self.support = MemorySupport(tables, clock)
        self.sessions = NoSessions(self.sql)
        self.live = Live()

    async def now(self) -> datetime:
        return self._clock.now()


class NoSessions(Sessions):
    """Nobody has a live session."""

    async def is_assistant_online(self, account: str) -> bool:
        return False


class MemoryConversations(Conversations):
    """Conversations, their messages, read marks and unread runs."""

    def __init__(self, tables: ChatTables, clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock

    async def lock(self, conversation_id: UUID) -> Locked | None:
        found = self._tables.conversations.get(conversation_id)
        return Locked(found, self._clock.now()) if found is not None else None

    async def open(self, conversation_id: UUID, buyer: str, seller: str, kind: Kind = Kind.TRADE) -> Locked:
        now, known = self._clock.now(), self._tables.conversations
        pair = (each for each in known.values() if (each.buyer, each.seller, each.kind) == (buyer, seller, kind))
        found = next(pair, None) or Conversation(conversation_id, buyer, seller, 0, now, now, kind)
        known[found.id] = found
        return Locked(found, now)

    async def refer(self, conversation_id: UUID, number: str, at: datetime) -> None:
        self._tables.references.setdefault((conversation_id, number), at)

    async def find(self, conversation_id: UUID, sender: str, client_id: str) -> tuple[Message, str] | None:
        wanted = (conversation_id, sender, client_id)
        every = self._tables.messages.values()
        return next((one for one in every if (one[0].conversation_id, one[0].sender, one[0].client_id) == wanted), None)

    async def find_withheld(
        self, conversation_id: UUID, sender: str, client_id: str
    ) -> tuple[str, tuple[str, ...]] | None:
        return self._tables.withheld.get((conversation_id, sender, client_id))

    async def recent(self, conversation_id: UUID, sender: str, since: datetime) -> list[str]:
        every = (one for one, _ in self._tables.messages.values() if one.conversation_id == conversation_id)
        mine = [one for one in every if one.sender == sender and one.at > since and not one.auto]
        return [one.text for one in sorted(mine, key=lambda one: one.seq)[-10:]]

    async def add(self, message: Message, fingerprint: str) -> None:
        conversation = self._tables.conversations[message.conversation_id]
        if conversation.head != message.seq - 1:
            raise RuntimeError(f"conversation {message.conversation_id} changed under its own lock")
        self._tables.conversations[conversation.id] = replace(conversation, head=message.seq, active_at=message.at)
        self._tables.messages[conversation.id, message.seq] = (message, fingerprint)

    async def withhold(
        self, conversation_id: UUID, sender: str, client_id: str, fingerprint: str, kinds: tuple[str, ...], at: datetime
    ) -> None:
        self._tables.withheld[conversation_id, sender, client_id] = (fingerprint, kinds)

    async def mark(self, conversation_id: UUID, account: str, seq: int, at: datetime) -> bool:
        raised = seq > self._tables.marks.get((conversation_id, account), -1)
        if raised:
            self._tables.marks[conversation_id, account] = seq
        return raised

    async def begin_run(self, conversation_id: UUID, account: str, seq: int, due_at: datetime) -> None:
        self._tables.runs.setdefault((conversation_id, account), Run(seq, due_at))

    async def end_run(self, conversation_id: UUID, account: str, seq: int) -> None:
        run = self._tables.runs.get((conversation_id, account))
        if run is None or run.first_seq > seq:
            return
        del self._tables.runs[conversation_id, account]
        every = (one for one, _ in self._tables.messages.values() if one.conversation_id == conversation_id)
        left = sorted((one for one in every if one.sender != account and one.seq > seq), key=lambda one: one.seq)
        if left:
            self._tables.runs[conversation_id, account] = Run(left[0].seq, left[0].at + NOTIFY_AFTER)

    async def active_since(
        self, since: datetime | None, overlap: timedelta
    ) -> tuple[list[Conversation], datetime | None]:
        begin = (since or self._clock.now()) - overlap
        found = [each for each in self._tables.conversations.values() if each.active_at >= begin]
        return found, max((each.active_at for each in found), default=since)

    async def notify(self, limit: int) -> list[UnreadNotification]:
        now, found = self._clock.now(), []
        due = [(run.due_at, key) for key, run in self._tables.runs.items() if not run.notified and run.due_at <= now]
        for _, key in sorted(due, key=lambda each: each[0])[:limit]:
            run, conversation = self._tables.runs[key], self._tables.conversations[key[0]]
            self._tables.runs[key] = replace(run, notified=True)
            of = (conversation.id, key[1], conversation.other(key[1]))
            found.append(UnreadNotification(*of, run.first_seq, conversation.head, now))
        return found


class MemoryLogs(Logs):
    """Orders and their logs."""

    def __init__(self, tables: ChatTables, clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock

    async def lock(self, number: str) -> tuple[Order, datetime] | None:
        order = self._tables.orders.get(number)
        return (order, self._clock.now()) if order is not None else None

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
        known = self._tables.orders.get(number) or Order(number, buyer, seller, category, paid, 0, FIRST_HASH)
        self._tables.orders[number] = replace(known, paid=known.paid or paid)
        times = self._tables.order_times.get(number, OrderTimes())
        times = replace(times, paid_at=times.paid_at or paid_at)
        newer = replace(times, version=version, closed_at=closed_at) if version >= times.version else times
        self._tables.order_times[number] = newer
        return self._tables.orders[number]

    async def has_step(self, number: str, version: int, row: str) -> bool:
        every = (line for line in self._tables.lines.values() if line.number == number)
        return any((line.version, line.row) == (version, row) for line in every)

    async def add(self, line: Line) -> None:
        order = self._tables.orders[line.number]
        if order.lines != line.seq - 1:
            raise RuntimeError(f"the log of {line.number} changed under its own lock")
        self._tables.orders[line.number] = replace(order, lines=line.seq, hash=line.hash)
        self._tables.lines[line.number, line.seq] = line


class MemoryAttachments(Attachments):
    """Attachments and the cases that keep them."""

    def __init__(self, tables: ChatTables, clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock

    async def reserve(self, attachment_id: UUID, context: UploadContext, by: Actor, lifetime: timedelta) -> None:
        new = Attachment(attachment_id, context, by.account, by.user, NO_PICTURE, None, None)
        self._tables.attachments[attachment_id] = Stored(new, self._clock.now() + lifetime)

    async def stored(self, attachment_id: UUID, picture: Picture) -> Attachment | None:
        found = self._tables.attachments.get(attachment_id)
        if found is None:
            return None
        return self._put(replace(found, attachment=replace(found.attachment, picture=picture), is_stored=True))

    async def count_unused(self, account: str) -> int:
        every = self._tables.attachments.values()
        return sum(one.attachment.account == account and one.attachment.used_at is None for one in every)

    async def lock(self, ids: Sequence[UUID]) -> dict[UUID, Attachment]:
        every = self._tables.attachments
        return {each: every[each].attachment for each in ids if each in every and every[each].is_stored}

    async def use(self, ids: Sequence[UUID], at: datetime) -> None:
        for each in ids:
            found = self._tables.attachments[each]
            self._put(replace(found, attachment=replace(found.attachment, used_at=at), keep_until=at + PROOF_LIFETIME))

    async def add_to_case(self, ids: Sequence[UUID]) -> None:
        for each in ids:
            self._put(replace(self._tables.attachments[each], in_case=True))

    async def case_opened(self, dispute_id: UUID, number: str) -> None:
        self._tables.cases.setdefault(dispute_id, (number, False))

    async def case_closed(self, dispute_id: UUID, number: str) -> None:
        self._tables.cases[dispute_id] = (number, True)

    async def number_of(self, dispute_id: UUID) -> str | None:
        return self._tables.cases.get(dispute_id, (None, False))[0]

    async def due(self, limit: int) -> list[Due]:
        now = self._clock.now()
        every = (one for one in self._tables.attachments.values() if one.attachment.purged_at is None)
        due = sorted((one for one in every if one.keep_until <= now), key=lambda one: one.keep_until)
        return [self._due(one.attachment, now) for one in due[:limit]]

    async def keep(self, attachment_id: UUID, until: datetime) -> None:
        self._put(replace(self._tables.attachments[attachment_id], keep_until=until))

    async def purge(self, attachment_id: UUID, at: datetime) -> None:
        found = self._tables.attachments.pop(attachment_id)
        if found.attachment.used_at is not None:
            self._put(replace(found, attachment=replace(found.attachment, purged_at=at)))

    def _put(self, stored: Stored) -> Attachment:
        self._tables.attachments[stored.attachment.id] = stored
        return stored.attachment

    def _due(self, attachment: Attachment, now: datetime) -> Due:
        context, numbers = attachment.context, set[str]()
        if context.conversation_id is not None:
            pair = self._tables.conversations[context.conversation_id]
            every = self._tables.orders.values()
            numbers = {one.number for one in every if (one.buyer, one.seller) == (pair.buyer, pair.seller)}
        elif context.number is not None:
            numbers = {context.number}
        closed = [self._tables.order_times[each].closed_at for each in numbers]
        has_case = any(number in numbers and not is_closed for number, is_closed in self._tables.cases.values())
        last = max((each for each in closed if each is not None), default=None)
        return Due(attachment.id, attachment.used_at, has_case or None in closed, last, now)


class MemoryExcerpts(Excerpts):
    """What is read of conversations and logs for a dispute's case."""

    def __init__(self, tables: ChatTables) -> None:
        self._tables = tables

    async def disputes(self, number: str) -> int:
        every = (line for line in self._tables.lines.values() if line.number == number)
        return sum(line.row in DISPUTE_ROWS for line in every)

    async def messages(self, buyer: str, seller: str, until: datetime) -> list[Message]:
        known = self._tables.conversations.values()
        pair = {each.id for each in known if (each.buyer, each.seller) == (buyer, seller)}
        every = (one for one, _ in self._tables.messages.values() if one.conversation_id in pair and one.at < until)
        return sorted(every, key=lambda one: one.seq)[-(MESSAGES_BEFORE + MESSAGES_MAX + 1) :]

    async def lines(self, number: str) -> list[Line]:
        every = (line for line in self._tables.lines.values() if line.number == number)
        return sorted(every, key=lambda line: line.seq)[-(LINES_MAX + 1) :]


class MemorySellers(Sellers):
    """What sellers prepared to say."""

    def __init__(self, tables: ChatTables) -> None:
        self._tables = tables

    async def put_auto_reply(self, seller: str, text: str | None) -> None:
        self._tables.auto_replies[seller] = text

    async def put_quick_replies(self, seller: str, texts: list[str]) -> None:
        self._tables.quick_replies[seller] = tuple(texts)

    async def auto_reply(self, seller: str) -> str | None:
        return self._tables.auto_replies.get(seller)

    async def take_auto_reply(self, seller: str, buyer: str, at: datetime, pause: timedelta) -> bool:
        last = self._tables.auto_replied.get((seller, buyer))
        if last is not None and last > at - pause:
            return False
        self._tables.auto_replied[seller, buyer] = at
        return True


class MemoryKnown(Known):
    """What other services published of listings and accounts."""

    def __init__(self, tables: ChatTables) -> None:
        self._tables = tables

    async def put_listing(self, listing_id: str, seller: str, version: int) -> None:
        if version > self._tables.listings.get(listing_id, ("", -1))[1]:
            self._tables.listings[listing_id] = (seller, version)

    async def seller_of(self, listing_id: str) -> str | None:
        return self._tables.listings.get(listing_id, (None, 0))[0]

    async def is_seller(self, account: str) -> bool:
        return any(seller == account for seller, _ in self._tables.listings.values())

    async def set_account_status(self, account: str, *, suspended: bool, version: int) -> None:
        if version > self._tables.account_statuses.get(account, (False, -1))[1]:
            self._tables.account_statuses[account] = (suspended, version)

    async def any_suspended(self, accounts: frozenset[str]) -> bool:
        return any(self._tables.account_statuses.get(each, (False, 0))[0] for each in accounts)
