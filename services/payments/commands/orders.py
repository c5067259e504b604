"""Events of orders move money: payments executes and never decides (architecture 7)."""

from uuid import UUID

from services.payments import publishers
from services.payments.commands.captures import end_open
from services.payments.commands.recovery import after_settlement, direct, handed_back, owed_to_bank, take_waiting
from services.payments.domain import booking
from services.payments.domain import line as lines
from services.payments.domain.capture import Credit, Reason
from services.payments.domain.line import Line, LineAction, LineState
from services.payments.domain.payment import Payment
from services.payments.domain.settlement import Settlement
from services.payments.unit_of_work import PaymentsWork

REFUSALS = {"expired": LineAction.EXPIRE, "deleted": LineAction.DELETE, "suspended": LineAction.RELEASE}
"""By the reason of a refused payment: the action on the line; a paid line stays paid."""
CREDITS = {"expired": "late", "deleted": "late", "suspended": "refused"}
"""By the same reason: why the buyer is credited."""


class TooEarly(Exception):
    """An event about a payment or line that is not known yet: the message fails and is tried again."""


async def checkout(work: PaymentsWork, payment: Payment) -> None:
    """Add the payment of a new checkout."""
    await work.payments.add(payment)
    work.log("payment.expected", number=payment.number, orders=len(payment.lines))


async def fund(work: PaymentsWork, payment_number: str, order_number: str, version: int) -> None:
    """Orders took the money: move it to escrow, then execute settlements that waited for it (T3).

    Raises TooEarly while the payment is not known.
    """
    locked = await work.payments.lock(payment_number)
    line = locked.payment.line(order_number) if locked else None
    if locked is None or line is None:
        raise TooEarly(f"{order_number} is paid, but its payment {payment_number} is not known")
    paid = lines.apply(line, LineAction.FUND)
    if paid is None:
        return
    await work.ledger.book(booking.funded(locked.payment, line, version, locked.at))
    await work.payments.save_line(paid)
    for settlement in await work.ledger.release(order_number):
        await _execute(work, locked.payment, line, settlement)
    await take_waiting(work, locked.payment, line)


async def give_back(
    work: PaymentsWork, payment_number: str, order_number: str, capture_id: UUID, amount: int, reason: str
) -> None:
    """Orders could not take the money: credit it to the buyer, whatever the reason (T6, rules 6.6.3).

    What the buyer's bank has taken back meanwhile goes to the provider. Raises TooEarly while the payment is not known.
    """
    locked = await work.payments.lock(payment_number)
    line = locked.payment.line(order_number) if locked else None
    if locked is None or line is None:
        raise TooEarly(f"{order_number} refused money, but its payment {payment_number} is not known")
    payment = locked.payment
    back = await owed_to_bank(work, line, capture_id, amount)
    if not await work.ledger.book(booking.returned(payment, line, capture_id, amount, locked.at, back)):
        return
    await handed_back(work, payment, line, capture_id, back)
    action = REFUSALS.get(reason)
    if action is not None and (after := lines.apply(line, action)) is not None:
        await work.payments.save_line(after)
    if amount == back:
        return
    credit = Credit(order_number, amount - back, _credit_reason(payment, reason, capture_id))
    work.outbox.add(publishers.credited(payment, credit, capture_id, locked.at))


async def close(
    work: PaymentsWork, payment_number: str, buyer: str, currency: str, line: Line, action: LineAction
) -> None:
    """An order can't be paid any more; once no order of the payment can, its open attempts end (T4, T5).

    `line` is the order as a new line, for a payment that is not known yet.
    """
    locked = await work.payments.lock(payment_number)
    of = {"number": payment_number, "buyer": buyer, "currency": currency}
    sources, _ = lines.TABLE[action]
    ended = lines.apply(line, action)
    assert ended is not None, "a new line can end"
    await work.payments.close_line(ended, of, sources)
    if locked and not any(other.number != line.number for other in locked.payment.payable()):
        await end_open(work, payment_number)


async def settle(work: PaymentsWork, payment_number: str, settlement: Settlement) -> None:
    """Execute a settlement of an order's escrow; before the money is in escrow, the settlement waits for it."""
    if not settlement.moves:
        return
    locked = await work.payments.lock(payment_number)
    line = locked.payment.line(settlement.order_number) if locked else None
    if locked is not None and line is not None and line.state is LineState.PAID:
        await _execute(work, locked.payment, line, settlement)
    else:
        await work.ledger.hold(settlement)
        work.log("settlement.waits", number=settlement.order_number, version=settlement.version)


async def _execute(work: PaymentsWork, payment: Payment, line: Line, settlement: Settlement) -> None:
    back = await direct(work, line, settlement)
    if not await work.ledger.book(settlement.entry(line.charged_back_by, back)):
        return
    await after_settlement(work, payment, line, settlement, back)
    for event in publishers.settled(settlement):
        work.outbox.add(event)
    work.log("escrow.settled", number=settlement.order_number, reference=settlement.reference)


def _credit_reason(payment: Payment, reason: str, capture_id: UUID) -> str:
    """Late, or duplicate where another capture had paid an order of this payment (rules 6.6.3, 6.6.4)."""
    second = payment.captured_by != capture_id and any(line.state is LineState.PAID for line in payment.lines)
    return str(Reason.DUPLICATE) if second else CREDITS.get(reason, str(Reason.DUPLICATE))
