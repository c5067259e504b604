"""Who may see and do what with an order: its two sides and support; for all others it does not exist (rules 3.3.11)."""

from services.orders.domain.order import UNPAID, Order
from services.orders.domain.request import Role
from shared.actor import Actor
from shared.refusals import Refusal, RefusalCode, conflict_of_interest


def side(order: Order, actor: Actor) -> Role | None:
    """The side on which this person is; None for a stranger, and for the seller of an order that was never paid.

    An assistant sees what its seller sells, not what its seller buys (rules 1.4).
    """
    if actor.account == order.buyer and actor.acting_for is None:
        return Role.BUYER
    if actor.account == order.seller and order.status not in UNPAID:
        return Role.SELLER
    return Role.SUPPORT if actor.is_support else None


def refusal(order: Order, actor: Actor, role: Role) -> RefusalCode | None:
    """Why this person can't perform an action of this side; None when they can."""
    seen_as = side(order, actor)
    if seen_as is None:
        return Refusal.ORDER_NOT_FOUND
    if role is Role.SUPPORT:
        return conflict_of_interest(actor.accounts, order.buyer, order.seller)
    return None if seen_as is role else Refusal.NOT_A_PARTY
