"""The events of orders and disputes that payments consumes, and the command for each."""

from services.payments import commands
from services.payments.arrivals import Arrivals
from services.payments.domain.account_status import AccountStatus
from services.payments.domain.line import Line, LineAction
from services.payments.domain.payment import Payment
from services.payments.domain.settlement import Settlement
from services.payments.unit_of_work import PaymentsWork
from shared.contracts.disputes import AccountReinstated, AccountSuspended, AccountWarned, OfAccount
from shared.contracts.orders import (
    CheckoutPlaced,
    OrderCompleted,
    OrderDeleted,
    OrderEvent,
    OrderExpired,
    OrderPaid,
    OrderPartiallyRefunded,
    OrderPaymentRefused,
    OrderRefunded,
)
from shared.messaging.inbox import Subscribers

subscribers: Subscribers[PaymentsWork] = Subscribers()
"""All but CheckoutPlaced, which `build` adds."""


def build(arrivals: Arrivals) -> Subscribers[PaymentsWork]:
    """The subscribers of one instance; a checkout wakes the callers that wait there for its payment."""
    every: Subscribers[PaymentsWork] = Subscribers(dict(subscribers.handlers))

    @every.listen(CheckoutPlaced)
    async def on_checkout_placed(event: CheckoutPlaced, work: PaymentsWork) -> None:
        """A buyer ordered and will pay."""
        await commands.checkout(work, _payment(event))
        work.on_commit(lambda: arrivals.arrived(event.payment_number))

    return every


@subscribers.listen(OrderPaid)
async def on_order_paid(event: OrderPaid, work: PaymentsWork) -> None:
    """The order took its money."""
    await commands.fund(work, event.payment_number, event.number, event.version)


@subscribers.listen(OrderPaymentRefused)
async def on_payment_refused(event: OrderPaymentRefused, work: PaymentsWork) -> None:
    """The order could not take its money."""
    of = (event.payment_number, event.number, event.capture_id)
    await commands.give_back(work, *of, event.offered, event.reason)


@subscribers.listen(OrderExpired)
async def on_order_expired(event: OrderExpired, work: PaymentsWork) -> None:
    """Nobody paid in time."""
    await _close(event, work, LineAction.EXPIRE)


@subscribers.listen(OrderDeleted)
async def on_order_deleted(event: OrderDeleted, work: PaymentsWork) -> None:
    """The buyer removed the order."""
    await _close(event, work, LineAction.DELETE)


async def on_order_settled(event: OrderEvent, work: PaymentsWork) -> None:
    """An order decided who gets what of its escrow: the buyer all or a part, or the seller."""
    await commands.settle(work, event.payment_number, _settlement(event))


for _kind in (OrderRefunded, OrderPartiallyRefunded, OrderCompleted):
    subscribers.listen(_kind)(on_order_settled)


async def on_account_unrestricted(event: OfAccount, work: PaymentsWork) -> None:
    """A warned or reinstated account may do everything with its money."""
    await commands.set_account_status(work, AccountStatus(event.user, version=event.version))


for _status in (AccountWarned, AccountReinstated):
    subscribers.listen(_status)(on_account_unrestricted)


@subscribers.listen(AccountSuspended)
async def on_account_suspended(event: AccountSuspended, work: PaymentsWork) -> None:
    """A suspended account can't pay, and its money may be frozen with it."""
    status = AccountStatus(event.user, suspended=True, frozen=event.freeze, version=event.version)
    await commands.set_account_status(work, status)


def _payment(event: CheckoutPlaced) -> Payment:
    return Payment(
        number=event.payment_number,
        buyer=event.buyer,
        currency=event.currency,
        amount=event.amount,
        placed_at=event.placed_at,
        due_at=event.due_at,
        captured_by=None,
        lines=tuple(Line(line.number, line.seller, line.amount) for line in event.orders),
    )


async def _close(event: OrderEvent, work: PaymentsWork, action: LineAction) -> None:
    line = Line(event.number, event.seller, event.amount)
    await commands.close(work, event.payment_number, event.buyer, event.currency, line, action)


def _settlement(event: OrderEvent) -> Settlement:
    return Settlement(
        order_number=event.number,
        version=event.version,
        buyer=event.buyer,
        seller=event.seller,
        currency=event.currency,
        at=event.at,
        **event.settlement.model_dump(),
    )
