"""The events that orders consumes, and the command for each."""

from services.orders.commands import listings, orders
from services.orders.domain.request import Outcome
from services.orders.unit_of_work import OrdersWork
from shared.contracts.deadlines import DeadlineExpired
from shared.contracts.disputes import AccountReinstated, AccountSuspended, AccountWarned, DisputeDecided
from shared.contracts.payments import EscrowRefunded, EscrowReleased, PaymentChargedBack, PaymentConfirmed
from shared.messaging.inbox import Subscribers
from shared.refusals import Refused

subscribers: Subscribers[OrdersWork] = Subscribers()


@subscribers.listen(PaymentConfirmed)
async def on_payment_confirmed(event: PaymentConfirmed, work: OrdersWork) -> Refused | None:
    """Confirm the order's payment, so that the seller may deliver, or publish why not."""
    answer = await orders.confirm_payment(work, event.number, event.capture_id, event.amount, event.currency)
    return answer if isinstance(answer, Refused) else None


@subscribers.listen(PaymentChargedBack)
async def on_payment_charged_back(event: PaymentChargedBack, work: OrdersWork) -> Refused | None:
    """Let support decide about what is still held, for the buyer's bank took money back."""
    answer = await orders.charge_back(work, event.number, event.amount, event.reason)
    return answer if isinstance(answer, Refused) else None


@subscribers.listen(DisputeDecided)
async def on_dispute_decided(event: DisputeDecided, work: OrdersWork) -> Refused | None:
    """Execute support's ruling, unless the parties have ended the dispute before."""
    ruling = orders.Ruling(Outcome(event.outcome), event.buyer_amount, event.reason, event.decided_by)
    answer = await orders.rule(work, event.number, ruling)
    return answer if isinstance(answer, Refused) else None


@subscribers.listen(AccountWarned)
async def on_account_warned(event: AccountWarned, work: OrdersWork) -> None:
    """A warned account may do everything."""
    await listings.set_account_status(work, event.user, suspended=False, version=event.version)


@subscribers.listen(AccountSuspended)
async def on_account_suspended(event: AccountSuspended, work: OrdersWork) -> None:
    """A suspended account's listings are hidden, and it may do nothing."""
    await listings.set_account_status(work, event.user, suspended=True, version=event.version)


@subscribers.listen(AccountReinstated)
async def on_account_reinstated(event: AccountReinstated, work: OrdersWork) -> None:
    """A reinstated account may do everything again."""
    await listings.set_account_status(work, event.user, suspended=False, version=event.version)


@subscribers.listen(DeadlineExpired)
async def on_deadline_expired(event: DeadlineExpired, work: OrdersWork) -> Refused | None:
    """Expire the order's deadline if it is still the current one and due."""
    answer = await orders.time_out(work, event.subject, event.kind, event.due_at)
    return answer if isinstance(answer, Refused) else None


@subscribers.listen(EscrowReleased)
async def on_escrow_released(event: EscrowReleased, work: OrdersWork) -> None:
    """Mark the transition whose money the seller has received."""
    await orders.mark_settled(work, event.number, event.order_version, event.at)


@subscribers.listen(EscrowRefunded)
async def on_escrow_refunded(event: EscrowRefunded, work: OrdersWork) -> None:
    """Mark the transition whose money the buyer has back."""
    await orders.mark_settled(work, event.number, event.order_version, event.at)
