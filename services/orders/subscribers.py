"""What orders hears, and which command answers it."""

from services.orders.commands import orders
from services.orders.unit_of_work import OrdersWork
from shared.contracts.deadlines import DeadlineExpired
from shared.contracts.payments import EscrowRefunded, EscrowReleased, PaymentConfirmed
from shared.messaging.inbox import Subscribers
from shared.refusals import Refused

subscribers: Subscribers[OrdersWork] = Subscribers()


@subscribers.listen(PaymentConfirmed)
async def on_payment_confirmed(event: PaymentConfirmed, work: OrdersWork) -> Refused | None:
    """The money of the order is captured, so the seller may deliver; or payments hears why not."""
    answer = await orders.confirm_payment(work, event.number, event.capture_id, event.amount, event.currency)
    return answer if isinstance(answer, Refused) else None


@subscribers.listen(DeadlineExpired)
async def on_deadline_expired(event: DeadlineExpired, work: OrdersWork) -> Refused | None:
    """A clock may have run out; the order's own table knows."""
    answer = await orders.time_out(work, event.subject, event.kind, event.due_at)
    return answer if isinstance(answer, Refused) else None


@subscribers.listen(EscrowReleased)
async def on_escrow_released(event: EscrowReleased, work: OrdersWork) -> None:
    """The seller has been paid."""
    await orders.settled(work, event.number, event.order_version, event.at)


@subscribers.listen(EscrowRefunded)
async def on_escrow_refunded(event: EscrowRefunded, work: OrdersWork) -> None:
    """The buyer has the money back."""
    await orders.settled(work, event.number, event.order_version, event.at)
