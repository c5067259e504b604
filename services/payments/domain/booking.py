"""The ledger entries for money that comes in, for what orders answers, and for freezes (architecture 7)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.payments.domain import ledger
from services.payments.domain.account_status import AccountStatus, twins
from services.payments.domain.capture import Disposition, Unmatched, Verdict
from services.payments.domain.claim import BANK, Claim
from services.payments.domain.ledger import Account, Entry, EntryType, Kind
from services.payments.domain.line import Line
from services.payments.domain.methods import BALANCE
from services.payments.domain.payment import Payment
from services.payments.domain.settlement import reference


def captured(
    capture_id: UUID,
    source: Account,
    payment: Payment | None,
    verdict: Verdict,
    amount: int,
    currency: str,
    at: datetime,
) -> Entry:
    """Captured money goes from its source to where the verdict sends it: one entry per capture."""
    if verdict.disposition is Disposition.UNMATCHED or payment is None:
        parts = [(ledger.UNMATCHED, amount)]
    else:
        parts = [
            (ledger.incoming(payment.number), sum(line.amount for line in verdict.offers)),
            (ledger.buyer_balance(payment.buyer), sum(credit.amount for credit in verdict.credits)),
            (Account(Kind.PROCESSING_FEE), verdict.fee),
        ]
    postings = ledger.move(source, currency, *parts)
    return Entry(f"capture:{capture_id}", EntryType.CAPTURE, at, postings, payment.number if payment else None)


def claimed(capture_id: UUID, claim: Claim) -> Entry:
    """A transfer that support claimed for a user is in the balance (rules 6.7)."""
    to = ledger.buyer_balance(claim.user or "")
    postings = ledger.move(ledger.provider(BANK), claim.currency, (to, claim.amount))
    return Entry(f"capture:{capture_id}", EntryType.CAPTURE, claim.at, postings, by=claim.claimed_by, why=claim.why)


def source_of(provider: str, buyer: str) -> Account:
    """Where captured money comes from: the provider, or the buyer's own wallet."""
    return ledger.buyer_balance(buyer) if provider == BALANCE else ledger.provider(provider)


def funded(payment: Payment, line: Line, version: int, at: datetime) -> Entry:
    """Orders took the money: it is in escrow from now on (T3)."""
    postings = ledger.move(ledger.incoming(payment.number), payment.currency, (ledger.escrow(line.number), line.amount))
    return Entry(reference(line.number, version), EntryType.FUNDING, at, postings, payment.number, line.number)


def returned(payment: Payment, line: Line, capture_id: UUID, amount: int, at: datetime, back: int = 0) -> Entry:
    """Orders could not take the money: the buyer gets it (T6), less `back`, which the bank has taken already.

    `back` goes to the provider of the bank; amounts are in minor units.
    """
    bank = ((ledger.provider(line.charged_back_by), back),) if line.charged_back_by else ()
    parts = (*bank, (ledger.buyer_balance(payment.buyer), amount - back))
    postings = ledger.move(ledger.incoming(payment.number), payment.currency, *parts)
    kind = EntryType.CHARGE_BACK if back == amount else EntryType.CREDIT
    return Entry(f"{line.number}:{capture_id}", kind, at, postings, payment.number, line.number)


def resolved(item: Unmatched, to: Account, at: datetime, by: str, why: str) -> Entry:
    """Support decides where unmatched money goes (rules 6.6.5): to a user, back to its provider, or to the platform."""
    postings = ledger.move(ledger.UNMATCHED, item.currency, (to, item.amount))
    kind = EntryType.RETURN if to.kind is Kind.PROVIDER else EntryType.RESOLUTION
    return Entry(f"unmatched:{item.id}", kind, at, postings, item.payment_number, by=by, why=why)


def moved(status: AccountStatus, currency: str, amounts: Mapping[Kind, int], at: datetime) -> Entry:
    """Freeze both balances of a user in one currency, or release each to where it was; `amounts` by source account."""
    ways = twins(status.account) if status.frozen else tuple(way[::-1] for way in twins(status.account))
    postings = [each for way in ways for each in ledger.move(way[0], currency, (way[1], amounts.get(way[0].kind, 0)))]
    kind = EntryType.FREEZE if status.frozen else EntryType.RELEASE
    return Entry(f"{kind}:{status.account}:v{status.version}:{currency}", kind, at, tuple(postings))
