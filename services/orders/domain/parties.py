"""Who may ask what of an order: its two sides, and support; to everybody else it does not exist (rules 3.3.11)."""

from services.orders.domain.order import Order
from services.orders.domain.request import By, Role
from shared.refusals import Refusal


def refusal(order: Order, by: By, role: Role) -> Refusal | None:
    """Why this person can't press a button of this side; None when they can."""
    if role is Role.SUPPORT:
        party = by.user in (order.buyer, order.seller)
        return None if by.support and not party else Refusal.NOT_A_PARTY
    if by.user not in (order.buyer, order.seller):
        return Refusal.ORDER_NOT_FOUND
    own = order.buyer if role is Role.BUYER else order.seller
    return None if by.user == own else Refusal.NOT_A_PARTY
