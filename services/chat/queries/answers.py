"""How a seller answers buyers: read from what was written, nothing is counted (rules 8.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import extract, func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.chat.domain.conversation import Kind
from services.chat.tables import ConversationRow, MessageRow

LOOK_BACK = timedelta(days=90)
IN_TIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answers:
    """A seller's answers of the last 90 days."""

    questions: int
    """Buyers' messages that waited for an answer and got one, or had 24 hours for one."""
    answered_in_time: int
    """Those answered within 24 hours."""
    median_seconds: int | None
    """Half of the answers took no longer; None without any."""


async def answers(session: AsyncSession, seller: str) -> Answers:
    """How often and how soon a seller answers. A question begins with a buyer's message that follows none of theirs."""
    at: datetime = (await session.exec(select(func.market_now()))).scalar_one()  # type: ignore[call-overload]
    order: dict[str, Any] = {"partition_by": col(MessageRow.conversation_id), "order_by": col(MessageRow.seq)}
    by_seller = col(MessageRow.sender) == seller
    talk = (
        select(
            col(MessageRow.at),
            by_seller.label("by_seller"),
            func.lag(by_seller).over(**order).label("after_seller"),
            func.min(col(MessageRow.at)).filter(by_seller).over(**order, rows=(0, None)).label("answered_at"),
        )
        .join(ConversationRow, col(ConversationRow.id) == col(MessageRow.conversation_id))
        .where(
            col(ConversationRow.seller) == seller,
            col(ConversationRow.kind) == Kind.TRADE,
            col(ConversationRow.active_at) > at - LOOK_BACK,
            ~col(MessageRow.auto),
        )
        .subquery()
    )
    took = talk.c.answered_at - talk.c.at
    counted = (
        select(
            func.count(),
            func.count().filter(took <= IN_TIME),
            func.percentile_cont(0.5).within_group(extract("epoch", took)),
        )
        .select_from(talk)
        .where(
            ~talk.c.by_seller,
            func.coalesce(talk.c.after_seller, True),
            talk.c.at > at - LOOK_BACK,
            talk.c.answered_at.is_not(None) | (talk.c.at <= at - IN_TIME),
        )
    )
    questions, in_time, median = (await session.exec(counted)).one()  # type: ignore[call-overload]
    return Answers(questions, in_time, round(median) if median is not None else None)
