"""Guards and branches of the transition table: a guard refuses with a code, a branch chooses between two rows."""

from collections.abc import Callable

from services.orders.domain import deadlines
from services.orders.domain.listing import Category
from services.orders.domain.order import Order, RequestState, Stage
from services.orders.domain.policy import BUYER_REASONS, DESCRIPTION_MAX, SELLER_REASONS
from services.orders.domain.request import Outcome, Request
from services.orders.refusals import OrdersRefusal
from shared.refusals import Refusal, RefusalCode
from shared.texts import has_text

Guard = Callable[[Order, Request], RefusalCode | None]
Branch = Callable[[Order, Request], bool]


def is_due(order: Order, request: Request) -> RefusalCode | None:
    """A deadline expires only when it is due."""
    return None if deadlines.is_due(order, request.at) else Refusal.WRONG_STATUS


def amount_matches(order: Order, request: Request) -> RefusalCode | None:
    """An order is paid by exactly its amount in its currency."""
    exact = (request.amount, request.currency) == (order.amount, order.currency)
    return None if exact else OrdersRefusal.PAYMENT_AMOUNT_MISMATCH


def parties_not_suspended(_order: Order, request: Request) -> RefusalCode | None:
    """Neither side is suspended when the money comes; else it goes to the buyer's balance (T3)."""
    return Refusal.ACCOUNT_SUSPENDED if request.suspended else None


def gate_open(order: Order, request: Request) -> RefusalCode | None:
    """Before delivery a refund can be asked for from one hour after the payment (D2)."""
    opens = deadlines.gate(order)
    return None if opens is not None and request.at >= opens else OrdersRefusal.REFUND_TOO_EARLY


def once_before_delivery(order: Order, _request: Request) -> RefusalCode | None:
    """One request before delivery, and none after a cancelled one (rules 3.7 C2)."""
    return _unused(order, Stage.PRE_DELIVERY)


def once_after_delivery(order: Order, _request: Request) -> RefusalCode | None:
    """One request after delivery, and none after a cancelled one (rules 3.7 C2)."""
    return _unused(order, Stage.POST_DELIVERY)


def amount_fits(order: Order, request: Request) -> RefusalCode | None:
    """More than zero, at most what escrow holds, in the order's currency."""
    amount = order.held if request.amount is None else request.amount
    fits = 0 < amount <= order.held and request.currency in (None, order.currency)
    return None if fits else Refusal.REFUND_AMOUNT_INVALID


def buyer_gives_reason(_order: Order, request: Request) -> RefusalCode | None:
    """A buyer's request has one of the listed reasons and a description."""
    return None if _explained(request, BUYER_REASONS) else OrdersRefusal.REFUND_REASON_REQUIRED


def seller_gives_reason(_order: Order, request: Request) -> RefusalCode | None:
    """A seller's refund has one of the listed reasons and a description."""
    return None if _explained(request, SELLER_REASONS) else OrdersRefusal.REFUND_REASON_REQUIRED


def hand_over_fits(order: Order, request: Request) -> RefusalCode | None:
    """Sealed data is handed over with accounts only."""
    fits = not request.sealed or order.category == Category.ACCOUNT
    return None if fits else Refusal.VALIDATION_FAILED


def refusal_explained(_order: Order, request: Request) -> RefusalCode | None:
    """A seller who refuses gives a reason in words."""
    return None if _worded(request.reason) else OrdersRefusal.REFUSAL_REASON_REQUIRED


def decision_explained(_order: Order, request: Request) -> RefusalCode | None:
    """Support gives a reason in words; it is audited."""
    return None if _worded(request.reason) else Refusal.REASON_REQUIRED


def split_fits(order: Order, request: Request) -> RefusalCode | None:
    """A split gives the buyer between nothing and all that is held."""
    amount = request.amount if request.amount is not None else -1
    return None if 0 <= amount <= order.held else Refusal.REFUND_AMOUNT_INVALID


def not_charged_back(order: Order, _request: Request) -> RefusalCode | None:
    """After a charge-back only support decides."""
    return Refusal.WRONG_STATUS if order.charged_back else None


def wants_all(order: Order, _request: Request) -> bool:
    """The request asks for all that escrow holds."""
    return order.requested_amount == order.held


def wants_part(order: Order, request: Request) -> bool:
    """The request asks for a part of what escrow holds."""
    return not wants_all(order, request)


def confirmation_runs(order: Order, request: Request) -> bool:
    """D5 has not passed yet."""
    return request.at < deadlines.confirmation(order).due_at


def confirmation_over(order: Order, request: Request) -> bool:
    """D5 passed while it was suspended."""
    return not confirmation_runs(order, request)


def for_buyer(order: Order, request: Request) -> bool:
    """Support gives the buyer everything; a split of all reads as that."""
    if request.outcome is Outcome.SPLIT:
        return request.amount == order.held
    return request.outcome in (Outcome.BUYER_WINS, Outcome.REFUND)


def for_seller(_order: Order, request: Request) -> bool:
    """Support gives the seller everything; a split of nothing reads as that."""
    if request.outcome is Outcome.SPLIT:
        return request.amount == 0
    return request.outcome in (Outcome.SELLER_WINS, Outcome.COMPLETE)


def for_both(order: Order, request: Request) -> bool:
    """Support gives each side a part: neither reading above fits."""
    return not for_buyer(order, request) and not for_seller(order, request)


def _unused(order: Order, stage: Stage) -> RefusalCode | None:
    used = any(each.stage is stage or each.state is RequestState.CANCELLED for each in order.requests)
    return OrdersRefusal.REFUND_ALREADY_USED if used else None


def _explained(request: Request, reasons: frozenset[str]) -> bool:
    return request.reason in reasons and _worded(request.description)


def _worded(text: str | None) -> bool:
    return text is not None and has_text(text) and len(text) <= DESCRIPTION_MAX
