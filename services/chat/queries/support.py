"""Reads of support's queue and of what a user wrote to support; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.chat.domain.conversation import SUPPORT, Kind, Message
from services.chat.domain.support import Item, Status
from services.chat.repository import Note
from services.chat.tables import (
    ConversationRow,
    MessageRow,
    SupportAnswerRow,
    SupportItemRow,
    SupportNoteRow,
    to_item,
    to_message,
)
from shared.actor import Actor
from shared.refusals import Refusal, Refused, conflict_of_interest

TRANSCRIPT_MAX = 1000


@dataclass(frozen=True, slots=True)
class SupportMessage:
    """A message to support or its answer; `answers` is the message that it answers."""

    message: Message
    answers: UUID | None


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was written between a user and support over one channel, the newest 1,000, and support's notes about it."""

    item: Item
    messages: Sequence[Message]
    notes: Sequence[Note]


async def messages(session: AsyncSession, account: str, after_seq: int, limit: int) -> list[SupportMessage]:
    """A user's messages to support with their answers, oldest first."""
    of = select(col(ConversationRow.id)).where(
        col(ConversationRow.buyer) == account,
        col(ConversationRow.seller) == SUPPORT,
        col(ConversationRow.kind) == Kind.SUPPORT_MESSAGES,
    )
    rows = select(MessageRow).where(col(MessageRow.conversation_id).in_(of), col(MessageRow.seq) > after_seq)
    found = (await session.exec(rows.order_by(col(MessageRow.seq)).limit(limit))).all()
    pairs = (
        select(col(SupportAnswerRow.seq), col(MessageRow.id))
        .join(
            MessageRow,
            (col(MessageRow.conversation_id) == col(SupportAnswerRow.conversation_id))
            & (col(MessageRow.seq) == col(SupportAnswerRow.answers_seq)),
        )
        .where(
            col(SupportAnswerRow.conversation_id).in_(of), col(SupportAnswerRow.seq).in_([each.seq for each in found])
        )
    )
    answers: dict[int, UUID] = {row[0]: row[1] for row in (await session.exec(pairs)).all()}
    return [SupportMessage(to_message(each.model_dump()), answers.get(each.seq)) for each in found]


async def queue(
    session: AsyncSession,
    assigned_to: str | None,
    status: Status | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Item]:
    """Users who wait for support, whoever waits longest first."""
    order = (col(SupportItemRow.unanswered_at), col(SupportItemRow.conversation_id))
    query = select(SupportItemRow).where(col(SupportItemRow.status) != Status.ANSWERED)
    if assigned_to is not None:
        query = query.where(col(SupportItemRow.assigned_to) == assigned_to)
    if status is not None:
        query = query.where(col(SupportItemRow.status) == status)
    if after is not None:
        query = query.where(tuple_(*order) > after)
    rows = (await session.exec(query.order_by(*order).limit(limit))).all()
    return [to_item(row.model_dump()) for row in rows]


async def transcript(session: AsyncSession, conversation_id: UUID, by: Actor) -> Transcript | Refused:
    """Everything of one item, for support."""
    row = await session.get(SupportItemRow, conversation_id)
    if row is None:
        return Refused(Refusal.NOT_FOUND)
    if (conflict := conflict_of_interest(by.accounts, row.account)) is not None:
        return Refused(conflict)
    newest = select(MessageRow).where(col(MessageRow.conversation_id) == conversation_id)
    newest = newest.order_by(col(MessageRow.seq).desc()).limit(TRANSCRIPT_MAX)
    noted = select(SupportNoteRow).where(col(SupportNoteRow.conversation_id) == conversation_id)
    notes = (await session.exec(noted.order_by(col(SupportNoteRow.id)))).all()
    return Transcript(
        to_item(row.model_dump()),
        [to_message(each.model_dump()) for each in (await session.exec(newest)).all()][::-1],
        [Note(each.id, each.conversation_id, each.by_user, each.text, each.at) for each in notes],
    )
