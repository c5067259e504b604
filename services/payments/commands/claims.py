"""Support claims a bank transfer: it pays its order if that can still be paid, else it is credited (rules 6.7)."""

from dataclasses import dataclass
from datetime import date, datetime

from services.payments import publishers
from services.payments.commands.attempts import lock, missing
from services.payments.commands.captures import book_capture
from services.payments.domain import booking
from services.payments.domain.capture import Disposition, Reason, Verdict, judge
from services.payments.domain.claim import BANK, Claim, attempt_for, normalised
from services.payments.domain.payment import Payment
from services.payments.domain.provider_event import Captured
from services.payments.refusals import PaymentsRefusal
from services.payments.unit_of_work import PaymentsWork
from shared.actor import Actor
from shared.ids import new_id
from shared.refusals import Refused, conflict_of_interest


@dataclass(frozen=True, slots=True)
class Seen:
    """A transfer that support has seen at the bank, and whose it says it is: a payment's, or a user's."""

    actor: Actor
    bank_reference: str
    amount: int
    """In minor units."""
    currency: str
    value_date: date
    payment_number: str | None
    user: str | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim and where its money went."""

    claim: Claim
    verdict: Verdict


async def claim(work: PaymentsWork, seen: Seen) -> Claimed | Refused:
    """Book a transfer once per reference, for a payment as a provider's capture would be, or to a user's balance.

    Refused with `not_found`, `not_yet_known`, `not_a_party` (about one's own payment, sales or wallet), and
    `reference_claimed`, which names the claim or the provider's transaction that was first.
    """
    locked = await lock(work, seen.payment_number) if seen.payment_number is not None else None
    if seen.payment_number is not None and locked is None:
        return Refused(missing(seen.payment_number))
    parties = await work.payments.parties(locked.payment.number) if locked else ()
    if (own := conflict_of_interest(seen.actor.accounts, *parties, seen.user)) is not None:
        return Refused(own)
    reference = normalised(seen.bank_reference)
    if (earlier := await work.claims.earlier(reference)) is not None:
        return Refused(PaymentsRefusal.REFERENCE_CLAIMED, {"earlier": earlier.facts()})
    made = _made(seen, reference, locked.at if locked else await work.now())
    await work.claims.add(made)
    verdict = await _for_payment(work, locked.payment, made) if locked else await _for_user(work, made)
    about = {"claim_id": str(made.id), "payment": made.payment_number, "user": made.user, "by": made.claimed_by}
    work.log("transfer.claimed", **about, disposition=verdict.disposition, reason=verdict.reason)
    return Claimed(made, verdict)


def _made(seen: Seen, reference: str, at: datetime) -> Claim:
    money = (seen.amount, seen.currency, seen.value_date)
    return Claim(new_id(), reference, *money, seen.payment_number, seen.user, seen.actor.user, at)


async def _for_payment(work: PaymentsWork, payment: Payment, made: Claim) -> Verdict:
    """The transfer is a capture like any other (rules 6.6): it pays, is late, a duplicate, too little or too much."""
    attempt, is_new = attempt_for(payment, await work.attempts.of(payment.number), made)
    if is_new:
        await work.attempts.add(attempt)
    booked = await book_capture(work, _captured(made), payment, attempt, made.at)
    assert booked, "a claim is booked once, under a reference that is locked"
    return judge(payment, attempt, made.amount, made.currency, made.at)


async def _for_user(work: PaymentsWork, made: Claim) -> Verdict:
    verdict, capture_id = Verdict(Disposition.CREDITED, Reason.CLAIMED), new_id()
    added = await work.captures.add(capture_id, _captured(made), None, None, verdict, made.at)
    booked = added and await work.ledger.book(booking.claimed(capture_id, made))
    assert booked, "a claim is booked once, under a reference that is locked"
    work.outbox.add(publishers.claimed(made, capture_id))
    return verdict


def _captured(made: Claim) -> Captured:
    return Captured(BANK, str(made.id), made.reference, made.amount, made.currency, made.claimed_by, made.why)
