"""Which entries the ledger gets for money that comes in and for what orders answers (architecture 7)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.payments.domain import ledger
from services.payments.domain.account_status import AccountStatus, twins
from services.payments.domain.capture import Disposition, Verdict
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
    """Captured money, from the world outside to where its verdict sends it: one capture, one entry."""
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


def source_of(provider: str, buyer: str) -> Account:
    """Where captured money comes from: the provider's world, or the buyer's own wallet."""
    return ledger.buyer_balance(buyer) if provider == BALANCE else ledger.provider(provider)


def funded(payment: Payment, line: Line, version: int, at: datetime) -> Entry:
    """Orders took the money: it is held for the order from now on (T3)."""
    postings = ledger.move(ledger.incoming(payment.number), payment.currency, (ledger.escrow(line.number), line.amount))
    return Entry(reference(line.number, version), EntryType.FUNDING, at, postings, payment.number, line.number)


def returned(payment: Payment, line: Line, capture_id: UUID, amount: int, at: datetime, back: int = 0) -> Entry:
    """Orders could not take the money: it is the buyer's to spend (T6), but `back`, which the bank has taken already.

    That goes to the provider whose bank it was.
    """
    bank = ((ledger.provider(line.charged_back_by), back),) if line.charged_back_by else ()
    parts = (*bank, (ledger.buyer_balance(payment.buyer), amount - back))
    postings = ledger.move(ledger.incoming(payment.number), payment.currency, *parts)
    story = EntryType.CHARGE_BACK if back == amount else EntryType.CREDIT
    return Entry(f"{line.number}:{capture_id}", story, at, postings, payment.number, line.number)


def credited(unmatched_id: UUID, user: str, amount: int, currency: str, payment: str | None, at: datetime) -> Entry:
    """Support found whose the unmatched money is (rules 6.6.5)."""
    postings = ledger.move(ledger.UNMATCHED, currency, (ledger.buyer_balance(user), amount))
    return Entry(f"unmatched:{unmatched_id}", EntryType.RESOLUTION, at, postings, payment)


def moved(standing: AccountStatus, currency: str, amounts: Mapping[Kind, int], at: datetime) -> Entry:
    """Both balances of a user in one currency to where their money is kept frozen, or each back to where it was."""
    ways = twins(standing.account) if standing.frozen else tuple(way[::-1] for way in twins(standing.account))
    postings = [each for way in ways for each in ledger.move(way[0], currency, (way[1], amounts.get(way[0].kind, 0)))]
    story = EntryType.FREEZE if standing.frozen else EntryType.RELEASE
    return Entry(f"{story}:{standing.account}:v{standing.version}:{currency}", story, at, tuple(postings))
