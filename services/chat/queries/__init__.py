"""What can be shown of conversations and logs: reads, nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, tuple_
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.chat.domain.attachment import Attachment
from services.chat.domain.conversation import Conversation, Kind, Message
from services.chat.domain.log import ACCOUNTS, Line
from services.chat.domain.session import SILENT_AFTER, Presence
from services.chat.tables import (
    AttachmentRow,
    ConversationOrderRow,
    ConversationRow,
    InstanceRow,
    LastActiveRow,
    ListingRow,
    LogLineRow,
    MarkRow,
    MessageRow,
    OrderRow,
    SessionRow,
    to_attachment,
    to_conversation,
    to_line,
    to_message,
    to_order,
)
from shared.actor import Actor
from shared.refusals import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Seen:
    """A conversation as one of its parties sees it."""

    conversation: Conversation
    orders: Sequence[str]
    read: int
    """The party's read mark."""
    unread: int
    """How many messages of the other side are above it."""


async def conversation(session: AsyncSession, conversation_id: UUID, by: Actor) -> Seen | Refused:
    """A conversation, for one of its parties."""
    row = await session.get(ConversationRow, conversation_id)
    if (refusal := _refusal(row, by)) is not None or row is None:
        return Refused(refusal or Refusal.NOT_FOUND)
    return (await _seen(session, [row], to_conversation(row.model_dump()).writer(by) or ""))[0]


async def conversations(
    session: AsyncSession, by: Actor, before: tuple[datetime, UUID] | None, limit: int
) -> list[Seen]:
    """One's own conversations, the last active first; an assistant sees its seller's."""
    buys, sells = col(ConversationRow.buyer) == by.account, col(ConversationRow.seller) == by.account
    query = select(ConversationRow).where(sells if by.acting_for is not None else or_(buys, sells))
    query = query.where(col(ConversationRow.kind) != Kind.SUPPORT_MESSAGES)
    order = (col(ConversationRow.active_at), col(ConversationRow.id))
    if before is not None:
        query = query.where(tuple_(*order) < before)
    rows = (await session.exec(query.order_by(*(each.desc() for each in order)).limit(limit))).all()
    return await _seen(session, rows, by.account)


async def messages(
    session: AsyncSession, conversation_id: UUID, by: Actor, after_seq: int, limit: int
) -> tuple[int, list[Message]] | Refused:
    """The head of a conversation and its messages behind a number, oldest first."""
    row = await session.get(ConversationRow, conversation_id)
    if (refusal := _refusal(row, by)) is not None or row is None:
        return Refused(refusal or Refusal.NOT_FOUND)
    query = select(MessageRow).where(
        col(MessageRow.conversation_id) == conversation_id, col(MessageRow.seq) > after_seq
    )
    found = (await session.exec(query.order_by(col(MessageRow.seq)).limit(limit))).all()
    return row.head, [to_message(each.model_dump()) for each in found]


async def last_before(session: AsyncSession, conversation_id: UUID, at: datetime) -> int:
    """The number of the last message that was written before this time."""
    query = select(func.max(MessageRow.seq)).where(
        col(MessageRow.conversation_id) == conversation_id, col(MessageRow.at) < at
    )
    return (await session.exec(query)).one() or 0


async def heads(session: AsyncSession, ids: Sequence[UUID], by: Actor) -> dict[UUID, int]:
    """The heads of those of these conversations that are the actor's."""
    rows = (await session.exec(select(ConversationRow).where(col(ConversationRow.id).in_(ids)))).all()
    return {row.id: row.head for row in rows if _refusal(row, by) is None}


async def presence(session: AsyncSession, accounts: Sequence[str], by: Actor) -> list[Presence]:
    """Whether these accounts are online, as far as the reader may see it: who may not reads offline without a time."""
    buys, sells = col(ConversationRow.buyer), col(ConversationRow.seller)
    shared = select(case((buys == by.account, sells), else_=buys)).where(
        or_((buys == by.account) & sells.in_(accounts), (sells == by.account) & buys.in_(accounts))
    )
    selling = select(col(ListingRow.seller)).where(col(ListingRow.seller).in_(accounts)).distinct()
    visible = {by.account, *(await session.exec(shared)).all(), *(await session.exec(selling)).all()}
    wanted = [each for each in accounts if each in visible]
    alive = select(SessionRow.account).join(InstanceRow, col(InstanceRow.id) == col(SessionRow.instance_id))
    alive = alive.where(col(SessionRow.account).in_(wanted), col(InstanceRow.seen_at) > func.now() - SILENT_AFTER)
    online = set((await session.exec(alive)).all())
    seen = select(LastActiveRow).where(col(LastActiveRow.account).in_(wanted))
    last = {row.account: row.at for row in (await session.exec(seen)).all()}
    return [
        Presence(each, each in online, None if each in online else last.get(each))
        if each in visible
        else Presence(each, online=False, last_seen=None)
        for each in accounts
    ]


@dataclass(frozen=True, slots=True)
class ProofState:
    """Whether the seller of an account order has posted a picture as proof, and since when that is so."""

    posted: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Log:
    """A page of an order's log."""

    lines: list[Line]
    more: bool
    proof: ProofState | None
    """None for an order that is no account or was never paid."""


async def log(session: AsyncSession, number: str, by: Actor, after_seq: int, limit: int) -> Log | Refused:
    """The lines of an order's log behind a number, whether there are more, and the state of its proof."""
    row = await session.get(OrderRow, number)
    if row is None or to_order(row.model_dump()).role_for(by) is None:
        return Refused(Refusal.ORDER_NOT_FOUND)
    query = select(LogLineRow).where(col(LogLineRow.number) == number, col(LogLineRow.seq) > after_seq)
    found = (await session.exec(query.order_by(col(LogLineRow.seq)).limit(limit + 1))).all()
    proof = await _proof(session, row) if row.category == ACCOUNTS else None
    return Log([to_line(each.model_dump()) for each in found[:limit]], len(found) > limit, proof)


async def attachment(session: AsyncSession, attachment_id: UUID, by: Actor) -> Attachment | Refused:
    """A stored picture, for those who may read its context; before it is used only for its uploader."""
    row = await session.get(AttachmentRow, attachment_id)
    if row is None or row.sha256 is None:
        return Refused(Refusal.NOT_FOUND)
    found = to_attachment(row.model_dump())
    if row.conversation_id is not None:
        refusal = _refusal(await session.get(ConversationRow, row.conversation_id), by)
        if row.in_case and refusal is Refusal.NOT_A_PARTY:
            refusal = None  # support, and the picture is in a case
    else:
        order = await session.get(OrderRow, row.number)
        is_party = order is not None and to_order(order.model_dump()).role_for(by) is not None
        refusal = None if is_party else Refusal.NOT_FOUND
    if refusal is not None:
        return Refused(refusal)
    return found if found.is_seen_by(by) else Refused(Refusal.NOT_FOUND)


async def _proof(session: AsyncSession, order: OrderRow) -> ProofState | None:
    query = select(func.min(LogLineRow.at)).where(
        col(LogLineRow.number) == order.number,
        col(LogLineRow.by_role) == "seller",
        func.cardinality(LogLineRow.attachments) > 0,
    )
    posted_at = (await session.exec(query)).one()
    if posted_at is not None:
        return ProofState(True, posted_at)
    return ProofState(False, order.paid_at) if order.paid_at is not None else None


def _refusal(row: ConversationRow | None, by: Actor) -> Refusal | None:
    return to_conversation(row.model_dump()).refusal(by) if row is not None else Refusal.NOT_FOUND


async def _seen(session: AsyncSession, rows: Sequence[ConversationRow], reader: str) -> list[Seen]:
    ids = [row.id for row in rows]
    orders = select(ConversationOrderRow).where(col(ConversationOrderRow.conversation_id).in_(ids))
    about = (await session.exec(orders.order_by(col(ConversationOrderRow.at), col(ConversationOrderRow.number)))).all()
    marks = select(MarkRow).where(col(MarkRow.conversation_id).in_(ids), col(MarkRow.account) == reader)
    read = {mark.conversation_id: mark.seq for mark in (await session.exec(marks)).all()}
    waiting = (
        select(col(MessageRow.conversation_id), func.count())
        .outerjoin(
            MarkRow,
            (col(MarkRow.conversation_id) == col(MessageRow.conversation_id)) & (col(MarkRow.account) == reader),
        )
        .where(
            col(MessageRow.conversation_id).in_(ids),
            col(MessageRow.sender) != reader,
            col(MessageRow.seq) > func.coalesce(col(MarkRow.seq), 0),
        )
        .group_by(col(MessageRow.conversation_id))
    )
    unread: dict[UUID, int] = {row[0]: row[1] for row in (await session.exec(waiting)).all()}
    return [
        Seen(
            to_conversation(row.model_dump()),
            [each.number for each in about if each.conversation_id == row.id],
            read.get(row.id, 0),
            unread.get(row.id, 0),
        )
        for row in rows
    ]
