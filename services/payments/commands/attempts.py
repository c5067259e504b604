"""The buyer starts an attempt to pay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.payments.commands.captures import book_capture, end_open
from services.payments.domain import ledger
from services.payments.domain.attempt import POLL_AFTER, Attempt, AttemptAction, AttemptStatus, apply
from services.payments.domain.declines import closed_until
from services.payments.domain.methods import BALANCE, CARDS, Method
from services.payments.domain.payment import Payment
from services.payments.domain.provider_event import Captured
from services.payments.refusals import PaymentsRefusal
from services.payments.repository.payments import Locked
from services.payments.unit_of_work import PaymentsWork
from shared.actor import Actor
from shared.clock import written
from shared.ids import is_number, new_id
from shared.refusals import Refusal, RefusalCode, Refused


@dataclass(frozen=True, slots=True)
class Choice:
    """Who wants to pay, and with which of the installation's methods."""

    actor: Actor
    method: Method | None
    """None for a method that is not offered here."""
    proved: bool
    """Whether the buyer has just proved again who they are; paying from the balance needs it."""
    country: str | None = None
    """Where the buyer is (ISO 3166), as far as the buyer says: fees and methods depend on it."""
    faults: tuple[Mapping[str, Any], ...] = ()
    """Where the details are not what the method asks for."""


async def lock(work: PaymentsWork, number: str) -> Locked | None:
    """Lock the payment of a path; None for an unknown number, or for a text that can't be one."""
    return await work.payments.lock(number) if is_number(number, "P") else None


async def attempt(work: PaymentsWork, number: str, choice: Choice) -> Attempt | Refused:
    """Make an attempt to pay what can be paid, and abandon an earlier open one (T2); `balance` is captured at once.

    Others are created before their provider knows them. If it did not answer, and the buyer tries again with the
    same method, it is still the same attempt: under its id the provider takes it once.

    Refused with `not_found`, `not_yet_known`, `not_a_party` (support), `account_suspended`, `deadline_passed`,
    `wrong_status`, `payment_method_unavailable`, `invalid_details` for wrong details, and for the balance
    `reauthentication_required` or `balance_insufficient`.
    """
    locked = await lock(work, number)
    if locked is None:
        return Refused(missing(number))
    payment, at = locked.payment, locked.at
    if payment.buyer != choice.actor.account:
        return Refused(Refusal.NOT_A_PARTY if choice.actor.is_support else Refusal.NOT_FOUND)
    if await work.account_statuses.is_suspended(payment.buyer):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    if (code := payment.refusal(at)) is not None:
        return Refused(code, {"status": payment.status(at)})
    chosen = await _chosen(work, payment, choice, at)
    return chosen if isinstance(chosen, Refused) else await _make(work, payment, chosen, proved=choice.proved)


def missing(number: str) -> RefusalCode:
    """Why there is no such payment: the text is no payment number, or its checkout may still be on its way."""
    return PaymentsRefusal.NOT_YET_KNOWN if is_number(number, "P") else Refusal.NOT_FOUND


async def _chosen(work: PaymentsWork, payment: Payment, choice: Choice, at: datetime) -> Attempt | Refused:
    """The attempt with the fee that was quoted; refused where the method can't pay this, or its details are wrong."""
    method = choice.method
    fee = method.quote(payment.due(), payment.currency, choice.country) if method is not None else None
    if method is None or fee is None:
        return Refused(PaymentsRefusal.PAYMENT_METHOD_UNAVAILABLE, {"currency": payment.currency})
    if method.name in CARDS:
        until = closed_until(await work.attempts.declines(payment.buyer))
        if until is not None and at < until:
            return Refused(PaymentsRefusal.PAYMENT_METHOD_UNAVAILABLE, {"closed_until": written(until)})
    if choice.faults:
        return Refused(PaymentsRefusal.INVALID_DETAILS, {"errors": choice.faults})
    return _new(payment, method, fee, at)


async def _make(work: PaymentsWork, payment: Payment, new: Attempt, *, proved: bool) -> Attempt | Refused:
    if (known := await _unanswered(work, new)) is not None:
        return known
    if new.provider == BALANCE and (refused := await _can_debit(work, payment, new, proved=proved)) is not None:
        return refused
    await end_open(work, payment.number)
    await work.attempts.add(new)
    work.log("attempt.made", number=payment.number, attempt_id=str(new.id), method=new.method)
    if new.provider != BALANCE:
        return new
    captured = Captured(BALANCE, f"{new.id}", f"{new.id}", new.amount, new.currency)
    await book_capture(work, captured, payment, new, new.created_at)
    return apply(new, AttemptAction.CAPTURE) or new


async def _can_debit(work: PaymentsWork, payment: Payment, new: Attempt, *, proved: bool) -> Refused | None:
    """Why the balance can't pay: no fresh proof of who pays, or not enough money; None leaves the balance locked."""
    if not proved:
        return Refused(PaymentsRefusal.REAUTHENTICATION_REQUIRED)
    held = await work.ledger.lock_balance(ledger.buyer_balance(payment.buyer), payment.currency)
    balance = {"amount": held, "currency": payment.currency}
    return Refused(PaymentsRefusal.BALANCE_INSUFFICIENT, {"balance": balance}) if held < new.amount else None


async def _unanswered(work: PaymentsWork, new: Attempt) -> Attempt | None:
    """The attempt of this payment that is the same as the new one, still valid, and not answered by its provider."""
    of = await work.attempts.of(new.payment_number)
    open_ = (each for each in of if each.status is AttemptStatus.CREATED and new.created_at < each.valid_until)
    return next((each for each in open_ if _shape(each) == _shape(new)), None)


def _shape(attempt: Attempt) -> tuple[object, ...]:
    return attempt.method, attempt.provider, attempt.amount, attempt.fee, attempt.covers


def _new(payment: Payment, method: Method, fee: int, at: datetime) -> Attempt:
    return Attempt(
        id=new_id(),
        payment_number=payment.number,
        method=method.name,
        provider=method.provider,
        amount=payment.due() + fee,
        fee=fee,
        currency=payment.currency,
        covers=tuple(line.number for line in payment.payable()),
        created_at=at,
        valid_until=method.valid_until(at, payment.due_at),
        can_dispute=method.can_dispute,
        poll_at=None if method.provider == BALANCE else at + POLL_AFTER[0],
    )
