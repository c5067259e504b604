"""Lists of orders: My Orders, My Sales Orders, everybody's for support, and their numbers by status."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.orders.domain import parties
from services.orders.domain.order import Status
from services.orders.domain.request import Role
from services.orders.queries import Key, OrderSeen, is_suspended, now, see
from services.orders.tables import OrderRow, ReviewTable, to_domain, to_review
from shared.actor import Actor


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders are meant; as support everybody's, unless a buyer or a seller is named."""

    viewer: Actor
    as_role: Role
    buyer: str | None = None
    seller: str | None = None
    statuses: tuple[Status, ...] = ()
    payment_number: str | None = None
    start: datetime | None = None
    """Placed at this moment or later."""
    end: datetime | None = None
    """Placed before this moment."""


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many orders have a status in one currency, and what they cost together, in minor units."""

    status: str
    currency: str
    count: int
    amount: int


async def orders(session: AsyncSession, which: OrderFilter, after: Key | None, limit: int) -> list[OrderSeen]:
    """The orders, newest first, from `after` on."""
    query = select(OrderRow).where(*_conditions(which))
    if after is not None:
        query = query.where(tuple_(col(OrderRow.placed_at), col(OrderRow.number)) < after)
    query = query.order_by(col(OrderRow.placed_at).desc(), col(OrderRow.number).desc()).limit(limit)
    return await _seen(session, which, (await session.exec(query)).all())


async def summary(session: AsyncSession, which: OrderFilter) -> list[StatusCount]:
    """The same orders counted by status and currency."""
    group = (col(OrderRow.status), col(OrderRow.currency))
    query = select(*group, func.count(), func.sum(col(OrderRow.amount))).where(*_conditions(which))
    rows = (await session.exec(query.group_by(*group).order_by(*group))).all()
    return [StatusCount(status, currency, count, int(amount)) for status, currency, count, amount in rows]


def _conditions(which: OrderFilter) -> list[ColumnElement[bool]]:
    status = col(OrderRow.status)
    found: list[ColumnElement[bool]] = [status.in_(which.statuses) if which.statuses else status != Status.DELETED]
    if which.buyer is not None:
        found.append(col(OrderRow.buyer) == which.buyer)
    if which.seller is not None:
        found += [col(OrderRow.seller) == which.seller, col(OrderRow.paid_at).is_not(None)]
    if which.payment_number is not None:
        found.append(col(OrderRow.payment_number) == which.payment_number)
    if which.start is not None:
        found.append(col(OrderRow.placed_at) >= which.start)
    if which.end is not None:
        found.append(col(OrderRow.placed_at) < which.end)
    return found


async def _seen(session: AsyncSession, which: OrderFilter, rows: Sequence[OrderRow]) -> list[OrderSeen]:
    """Each order as the viewer sees it: support's own orders stay those of a party."""
    at, suspended = await now(session), await is_suspended(session, which.viewer)
    numbers = [row.number for row in rows]
    found = await session.exec(select(ReviewTable).where(col(ReviewTable.number).in_(numbers)))
    reviews = {row.number: to_review(row.model_dump()) for row in found}
    seen = []
    for row in rows:
        order = to_domain(row.model_dump())
        role = which.as_role
        if role is Role.SUPPORT:
            role = parties.side(order, which.viewer) or role
        seen.append(see(order, role, at, reviews.get(row.number), suspended=suspended))
    return seen
