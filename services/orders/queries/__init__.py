"""Reads of orders and listings; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlmodel import and_, col, or_, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.orders.commands.listings import Shown
from services.orders.domain import actions, parties
from services.orders.domain import preview as previews
from services.orders.domain.actions import DefaultOutcome, NextAction
from services.orders.domain.listing import State
from services.orders.domain.order import Order, Status
from services.orders.domain.preview import Preview
from services.orders.domain.request import ActionInput, Role
from services.orders.domain.review import ReportState, Review, ReviewInput
from services.orders.domain.seller import SellerPage
from services.orders.domain.transition import expire
from services.orders.tables import (
    ENDED_BY_DEADLINE,
    AccountStatusRow,
    HistoryRow,
    ListingRow,
    OrderRow,
    RevealRow,
    ReviewTable,
    StoreRow,
    to_domain,
    to_listing,
    to_review,
)
from shared.actor import Actor
from shared.ids import is_number
from shared.refusals import Refusal, RefusalCode, Refused

Key = tuple[datetime, str]
"""What a list is sorted by: a time, and an id that tells apart what has the same time."""


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order as one side sees it now; an overdue deadline is shown as expired, with `pending` set."""

    order: Order
    pending: bool
    default_outcome: DefaultOutcome | None
    actions: tuple[NextAction, ...]
    review: Review | None


def see(order: Order, role: Role, at: datetime, review: Review | None = None, *, suspended: bool = False) -> OrderSeen:
    """The order at this moment for this side."""
    expiry = expire(order, at)
    now = expiry.after if expiry is not None else order
    next_actions = actions.next_actions(now, role, at, review, suspended=suspended)
    return OrderSeen(now, expiry is not None, actions.default_outcome(now), next_actions, review)


async def order(session: AsyncSession, number: str, actor: Actor) -> OrderSeen | Refused:
    """One order with its next actions, for a party or support."""
    found = await _find(session, number)
    role = parties.side(found, actor) if found is not None else None
    if found is None or role is None:
        return Refused(Refusal.ORDER_NOT_FOUND)
    review = await session.get(ReviewTable, number)
    review_ = to_review(review.model_dump()) if review is not None else None
    return see(found, role, await now(session), review_, suspended=await is_suspended(session, actor))


async def order_of(session: AsyncSession, number: str, actor: Actor, role: Role) -> OrderSeen | Refused:
    """One order for somebody who performs an action of this side, as they read it; refused as the action would be."""
    found = await order(session, number, actor)
    if isinstance(found, Refused) or (refusal := parties.refusal(found.order, actor, role)) is None:
        return found
    return Refused(refusal)


async def preview(
    session: AsyncSession, number: str, actor: Actor, action: ActionInput, denied: RefusalCode | None
) -> Preview | Refused:
    """What an action would do, read without a lock; `denied` is why the route is not for this actor."""
    found = await _order_for(session, number, actor, action.role, denied)
    if not isinstance(found, Order):
        return found
    suspended = await is_suspended(session, actor)
    return previews.preview(found, action.request(actor, await now(session), suspended=suspended))


async def preview_review(
    session: AsyncSession, number: str, actor: Actor, action: ReviewInput, denied: RefusalCode | None
) -> Preview | Refused:
    """What an action about the review would do."""
    found = await _order_for(session, number, actor, action.role, denied)
    if not isinstance(found, Order):
        return found
    suspended = action.role is not Role.SUPPORT and await is_suspended(session, actor)
    row = await session.get(ReviewTable, number)
    review = to_review(row.model_dump()) if row is not None else None
    return previews.about_review(found, review, action, await now(session), suspended=suspended)


async def preview_reveal(
    session: AsyncSession, number: str, actor: Actor, denied: RefusalCode | None
) -> Preview | Refused:
    """What revealing the hand-over would do."""
    found = await _order_for(session, number, actor, Role.BUYER, denied)
    if not isinstance(found, Order):
        return found
    suspended = await is_suspended(session, actor)
    return previews.about_hand_over(found, await now(session), suspended=suspended)


async def reported(session: AsyncSession, after: Key | None, limit: int) -> list[OrderSeen]:
    """The orders whose review was reported and not decided about, oldest report first (rules 9)."""
    turn = (col(ReviewTable.reported_at), col(ReviewTable.number))
    query = select(OrderRow, ReviewTable).join(ReviewTable, col(ReviewTable.number) == col(OrderRow.number))
    query = query.where(col(ReviewTable.report_state) == ReportState.OPEN)
    if after is not None:
        query = query.where(tuple_(*turn) > after)
    rows = (await session.exec(query.order_by(*turn).limit(limit))).all()
    at = await now(session)
    found = [(to_domain(order.model_dump()), to_review(review.model_dump())) for order, review in rows]
    return [see(order, Role.SUPPORT, at, review) for order, review in found]


async def history(session: AsyncSession, number: str, actor: Actor) -> Sequence[HistoryRow] | Refused:
    """Every transition of an order and every time its hand-over was revealed, oldest first."""
    found = await _find(session, number)
    if found is None or parties.side(found, actor) is None:
        return Refused(Refusal.ORDER_NOT_FOUND)
    query = select(HistoryRow).where(col(HistoryRow.number) == number).order_by(col(HistoryRow.version))
    lines = (await session.exec(query)).all()
    if found.revealed_at is None:
        return lines
    reveals = select(RevealRow).where(col(RevealRow.number) == number).order_by(col(RevealRow.id))
    revealed = [row.as_history() for row in await session.exec(reveals)]
    return sorted([*lines, *revealed], key=lambda line: line.version)  # stable: first the transition of the version


async def listing(session: AsyncSession, listing_id: str, user: str | None) -> Shown | Refused:
    """A live listing, or one's own draft."""
    query = select(ListingRow, StoreRow).join(StoreRow, col(StoreRow.seller) == col(ListingRow.seller))
    query = query.where(col(ListingRow.listing_id) == listing_id, ~of_suspended(user))
    found = (await session.exec(query)).first()
    if found is None or (found[0].state != State.LIVE and found[0].seller != user):
        return Refused(Refusal.LISTING_NOT_FOUND)
    return shown(*found)


async def store_open(session: AsyncSession, seller: str) -> bool:
    """Whether a seller's store takes orders: open until it is closed."""
    found = await session.get(StoreRow, seller)
    return found.open if found is not None else True


async def seller(session: AsyncSession, user: str) -> SellerPage:
    """What everybody can know of a seller; an account that never sold anything has an empty page."""
    orders_of = col(OrderRow.seller) == user
    promise = col(OrderRow.paid_at) + func.make_interval(0, 0, 0, 0, col(OrderRow.delivery_hours))
    too_late = col(OrderRow.closed_at) > promise
    undelivered = and_(
        col(OrderRow.status) == Status.REFUNDED, col(OrderRow.delivered_at).is_(None), or_(ENDED_BY_DEADLINE, too_late)
    )
    counts = select(
        func.count().filter(col(OrderRow.status) == Status.COMPLETED),
        func.count().filter(or_(col(OrderRow.delivered_at).is_not(None), undelivered)),
        func.count().filter(col(OrderRow.delivered_at) <= promise),
    ).where(orders_of, col(OrderRow.paid_at).is_not(None))
    completed, due, on_time = (await session.exec(counts)).one()
    visible = func.coalesce(col(ReviewTable.report_state), "") != ReportState.UPHELD
    rated = select(func.count(), func.coalesce(func.sum(col(ReviewTable.rating)), 0))
    reviews, total = (await session.exec(rated.where(col(ReviewTable.seller) == user, visible))).one()
    is_open = await store_open(session, user)
    return SellerPage(user, completed, reviews, int(total), due, on_time, is_open)


async def now(session: AsyncSession) -> datetime:
    """The business time of this database."""
    moment: datetime = (await session.exec(select(func.market_now()))).one()
    return moment


async def _order_for(
    session: AsyncSession, number: str, actor: Actor, role: Role, denied: RefusalCode | None
) -> Order | Preview | Refused:
    """The order for an action of this side, or the answer to somebody else; a stranger learns nothing."""
    found = await _find(session, number)
    if found is None or parties.side(found, actor) is None:
        return Refused(Refusal.ORDER_NOT_FOUND)
    refusal = denied or parties.refusal(found, actor, role)
    return found if refusal is None else previews.refused(found, refusal)


async def is_suspended(session: AsyncSession, actor: Actor) -> bool:
    """Whether orders knows that this account is suspended, or the assistant who acts for it."""
    query = select(AccountStatusRow.account).where(
        col(AccountStatusRow.account).in_(actor.accounts), col(AccountStatusRow.suspended)
    )
    return (await session.exec(query)).first() is not None


def of_suspended(but: str | None) -> ColumnElement[bool]:
    """The listing's seller is suspended, and is not the one who looks."""
    suspended = select(AccountStatusRow.account).where(
        col(AccountStatusRow.account) == col(ListingRow.seller), col(AccountStatusRow.suspended).is_(True)
    )
    return suspended.exists() if but is None else suspended.where(col(AccountStatusRow.account) != but).exists()


async def _find(session: AsyncSession, number: str) -> Order | None:
    if not is_number(number, "K"):
        return None
    row = await session.get(OrderRow, number)
    return to_domain(row.model_dump()) if row is not None else None


def shown(row: ListingRow, store: StoreRow) -> Shown:
    """A listing with the state of its store."""
    return Shown(to_listing(row.model_dump()), store.open, row.updated_at)
