"""A new account status: it decides what the account may do with money, and where its money is (rules 1.2, 7.7)."""

from services.payments import publishers
from services.payments.domain import booking
from services.payments.domain.account_status import AccountStatus, twins
from services.payments.unit_of_work import PaymentsWork


async def set_account_status(work: PaymentsWork, status: AccountStatus) -> None:
    """Save the status unless a newer one is known; freeze or release both balances where that changes.

    The newest version counts, whatever arrives first: a reinstatement that was overtaken by a suspension without a
    freeze is made good by that suspension, whose event says that nothing is frozen.
    """
    before = await work.account_statuses.lock(status.account)
    if not before.is_older_than(status):
        return
    await work.account_statuses.put(status)
    work.log("account_status.received", user=status.account, suspended=status.suspended, version=status.version)
    if before.frozen != status.frozen:
        await _move(work, status)


async def _move(work: PaymentsWork, status: AccountStatus) -> None:
    """Move both balances to their frozen accounts, or back: one entry and one event per currency."""
    at = await work.now()
    sources = [open_ if status.frozen else frozen for open_, frozen in twins(status.account)]
    for currency, amounts in (await work.ledger.lock_balances(sources)).items():
        entry = booking.moved(status, currency, amounts, at)
        await work.ledger.book(entry)
        balance, available = (amounts.get(source.kind, 0) for source in sources)
        work.outbox.add(publishers.balance_moved(status, currency, balance, available, at))
        work.log(f"balance.{entry.story}", user=status.account, reference=entry.reference)
