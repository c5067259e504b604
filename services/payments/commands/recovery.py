"""Who bears a charge-back, order by order (rules 6.6.9, T29).

The amount is taken, in this order, from what is left of the capture's credits, from the payment's open orders, from
what is left of other money that came back from the payment, and only then from the platform as its loss.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.payments import publishers
from services.payments.domain import charge_back
from services.payments.domain.charge_back import ChargeBack, Given
from services.payments.domain.ledger import Account, Entry, Kind
from services.payments.domain.line import Line
from services.payments.domain.payment import Payment
from services.payments.domain.settlement import Settlement
from services.payments.unit_of_work import PaymentsWork
from shared.ids import new_id


async def take_waiting(work: PaymentsWork, payment: Payment, line: Line) -> None:
    """Assign waiting charge-backs once orders has answered for every order of the payment."""
    if line.charged_back_by is None:
        return
    for back in await work.charge_backs.waiting_of(payment.number):
        await cover(work, back, payment)


async def owed_to_bank(work: PaymentsWork, line: Line, capture_id: UUID, amount: int) -> int:
    """How much of the money that an order refused the bank has taken already, in minor units."""
    if line.charged_back_by is None:
        return 0
    return min(amount, sum(back.waiting for back in await work.charge_backs.waiting(capture_id)))


async def handed_back(work: PaymentsWork, payment: Payment, line: Line, capture_id: UUID, amount: int) -> None:
    """Assign what of an order's refused money went to the provider, then the remainder after the last answer."""
    for back in await work.charge_backs.waiting(capture_id) if amount else ():
        part = min(amount, back.waiting)
        await work.charge_backs.assign(back.id, part)
        amount -= part
    await take_waiting(work, payment, line)


async def direct(work: PaymentsWork, line: Line, settlement: Settlement) -> int:
    """How much of the buyer's part of a settlement goes to the provider instead, in minor units."""
    if not line.charged_back or line.offered_by is None:
        return 0
    first = (await work.charge_backs.of(line.offered_by))[0]
    return charge_back.direct(line, settlement, first.at)


async def after_settlement(
    work: PaymentsWork, payment: Payment, line: Line, settlement: Settlement, handed: int
) -> None:
    """Take what the bank took of an order, and its settlement did not return, from the payment's other money."""
    if not line.charged_back or line.offered_by is None:
        return
    back = (await work.charge_backs.of(line.offered_by))[0]
    left = line.charged_back - handed
    held = (await work.ledger.held(payment)).escrow[line.number]
    share = min(left, held)
    await work.payments.set_charged_back(line.number, share)
    others = payment.changed(replace(line, charged_back=share))
    remainder = left - share - await _among_open(work, back, others, left - share)
    reference = f"{settlement.reference}:charge_back"
    await _take(work, back, remainder, reference, settlement.at, payment.buyer, line.number)


async def cover(work: PaymentsWork, back: ChargeBack, stale: Payment) -> None:
    """Assign a charge-back of money that was offered to orders, once orders has answered for all of them."""
    payment = await _again(work, stale)
    if (await work.ledger.held(payment)).incoming:
        return
    left = back.waiting - await _from_credit(work, back, payment)
    left -= await _among_open(work, back, payment, left)
    await take_remainder(work, back, left, payment.buyer)


async def _from_credit(work: PaymentsWork, back: ChargeBack, payment: Payment) -> int:
    """Take what is left of this capture's credits; returns how much, in minor units."""
    before = await work.charge_backs.of(back.capture_id) if back.capture_id else ()
    credited = await work.ledger.given_by(charge_back.credits_of(back, payment, before), payment.buyer)
    given = Given(payment.buyer, credited, await _balances(work, payment.buyer, back.currency))
    amount = min(back.waiting, given.still_there())
    if amount:
        await book(work, charge_back.taken(f"charge_back:{back.id}:credit", back, amount, given, back.at))
        await work.charge_backs.assign(back.id, amount)
    return amount


async def _among_open(work: PaymentsWork, back: ChargeBack, payment: Payment, amount: int) -> int:
    """Split an amount over the orders that hold something and publish their shares (T29); returns their sum."""
    shares = charge_back.split(amount, charge_back.room(back, payment, await work.ledger.held(payment)))
    for line in payment.lines:
        if share := shares.get(line.number):
            charged = replace(line, charged_back=line.charged_back + share)
            await work.payments.set_charged_back(line.number, charged.charged_back)
            work.outbox.add(publishers.charged_back(payment, charged, back.reason, back.at))
    return sum(shares.values())


async def take_remainder(work: PaymentsWork, back: ChargeBack, amount: int, user: str) -> None:
    """Take an amount from the user's balance, what is missing there as the platform's loss; nothing waits any more."""
    await _take(work, back, amount, f"charge_back:{back.id}", back.at, user)
    await work.charge_backs.assign_all(back.id)


async def lose(work: PaymentsWork, back: ChargeBack, buyer: str) -> None:
    """The platform loses all of a charge-back whose money is nobody's any more."""
    nothing = Given(buyer, 0, {})
    await _bear(work, back, charge_back.taken(f"charge_back:{back.id}", back, back.amount, nothing, back.at), buyer)
    await work.charge_backs.assign_all(back.id)


async def _take(
    work: PaymentsWork, back: ChargeBack, amount: int, reference: str, at: datetime, user: str, order: str | None = None
) -> None:
    """Book an amount from the user's balance, and what is missing there as a loss with a review item."""
    if not amount:
        return
    balances = await _balances(work, user, back.currency)
    given = Given(user, await work.ledger.given(back.payment_number or "", user, back.currency), balances)
    await _bear(work, back, charge_back.taken(reference, back, amount, given, at, order), user)


async def _bear(work: PaymentsWork, back: ChargeBack, entry: Entry, user: str) -> None:
    """Book who bears a charge-back; what the platform loses is an item of the review queue."""
    await book(work, entry)
    if lost := charge_back.loss(entry):
        await work.captures.put_in_review_queue(charge_back.review(back, new_id(), user, lost, entry.at))
        work.log_warning("charge_back.loss", payment=back.payment_number, amount=lost, currency=back.currency)


async def _balances(work: PaymentsWork, user: str, currency: str) -> dict[Kind, int]:
    """The user's spendable and frozen balance, locked until the end of the transaction."""
    found = await work.ledger.lock_balances([Account(kind, user) for kind in charge_back.BALANCES])
    return found.get(currency, {})


async def _again(work: PaymentsWork, payment: Payment) -> Payment:
    locked = await work.payments.lock(payment.number)
    assert locked is not None
    return locked.payment


async def book(work: PaymentsWork, entry: Entry) -> None:
    """Book an entry of a charge-back; its reference must be new."""
    booked = await work.ledger.book(entry)
    assert booked, f"{entry.reference} is booked once"
