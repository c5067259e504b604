"""Who may ask what of an order: its two sides, and support; to everybody else it does not exist (rules 3.3.11)."""

from services.orders.domain.order import UNPAID, Order
from services.orders.domain.request import By, Role
from shared.refusals import Refusal, conflict_of_interest


def side(order: Order, user: str, support: bool) -> Role | None:
    """As what this user sees the order; None for a stranger, and for the seller of an order that was never paid."""
    if user == order.buyer:
        return Role.BUYER
    if user == order.seller and order.status not in UNPAID:
        return Role.SELLER
    return Role.SUPPORT if support else None


def refusal(order: Order, by: By, role: Role) -> Refusal | None:
    """Why this person can't perform an action of this side; None when they can. Who can't read it learns nothing."""
    if role is Role.SUPPORT:
        conflict = conflict_of_interest((by.sub, by.user), order.buyer, order.seller)
        return conflict if by.support else Refusal.NOT_A_PARTY
    own = side(order, by.user, by.support)
    if own is None:
        return Refusal.ORDER_NOT_FOUND
    return None if own is role else Refusal.NOT_A_PARTY
