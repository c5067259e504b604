"""The sealed hand-over of an account: when its buyer may reveal it, and what the history says of it (rules 2.5).

H1 is a row beside the order's table: revealing changes neither the order's status nor its version.
"""

from services.orders.domain.lifecycle import CONFIRMATION, DISPUTED, POST, REFUSED, Place, place
from services.orders.domain.order import Order, Status
from services.orders.refusals import OrdersRefusal
from shared.refusals import Refusal, RefusalCode

ROW = "H1"
SOURCES: tuple[Place, ...] = (*CONFIRMATION, POST, *REFUSED, *DISPUTED, (Status.COMPLETED, None))
"""Where it can be revealed: after the delivery always, but not when the buyer has all the money back."""
WHY = "The buyer revealed the sealed hand-over."
NAMES_MAX, NAME_LENGTH_MAX, SECRET_LENGTH_MAX, LENGTH_MAX = 20, 40, 1000, 4000
"""How many pairs a hand-over has at most, and how many characters a name, a secret, and all of them together have."""


def refusal(order: Order) -> RefusalCode | None:
    """Why the buyer can't reveal the hand-over of this order now; an overdue deadline has expired before."""
    if place(order.status, order.stage) not in SOURCES or _awaits_support(order):
        return Refusal.WRONG_STATUS
    return None if order.sealed else OrdersRefusal.NO_HAND_OVER


def _awaits_support(order: Order) -> bool:
    """After a charge-back the buyer's bank may have the money: support decides first whose the account is."""
    return order.charged_back and order.status is Status.DISPUTED
