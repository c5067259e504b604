"""Who may ask what of an order: its two sides, and support; to everybody else it does not exist (rules 3.3.11)."""

from services.orders.domain.order import UNPAID, Order
from services.orders.domain.request import By, Role
from shared.refusals import Refusal, conflict_of_interest


def side(order: Order, by: By) -> Role | None:
    """As what this person sees the order; None for a stranger, and for the seller of an order that was never paid.

    An assistant sees what its seller sells, not what its seller buys (rules 1.4).
    """
    if by.user == order.buyer and by.acting_for is None:
        return Role.BUYER
    if by.user == order.seller and order.status not in UNPAID:
        return Role.SELLER
    return Role.SUPPORT if by.support else None


def refusal(order: Order, by: By, role: Role) -> Refusal | None:
    """Why this person can't press a button of this side; None when they can."""
    seen_as = side(order, by)
    if seen_as is None:
        return Refusal.ORDER_NOT_FOUND
    if role is Role.SUPPORT:
        conflict = conflict_of_interest((by.sub, by.user), order.buyer, order.seller)
        return conflict if by.support else Refusal.FORBIDDEN
    if role is not Role.SELLER and by.acting_for is not None:
        return Refusal.FORBIDDEN
    return None if seen_as is role else Refusal.NOT_A_PARTY
