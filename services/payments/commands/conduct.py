"""How an account stands changes what it may do with money, and where its money is (rules 1.2, 7.7)."""

from services.payments import publishers
from services.payments.domain import booking
from services.payments.domain.account_status import AccountStatus, twins
from services.payments.unit_of_work import PaymentsWork


async def stand(work: PaymentsWork, told: AccountStatus) -> None:
    """Follow what we hear of an account: a freeze takes both balances out of its reach, thawing puts each back.

    The newest word counts, whatever arrives first: a reinstatement that was overtaken by a suspension without a freeze
    is made good by that suspension, which says that nothing is frozen.
    """
    before = await work.account_statuses.lock(told.account)
    if not before.yields_to(told):
        return
    await work.account_statuses.put(told)
    work.log("account_status.received", user=told.account, suspended=told.suspended, version=told.version)
    if before.frozen != told.frozen:
        await _move(work, told)


async def _move(work: PaymentsWork, standing: AccountStatus) -> None:
    """Each balance of each currency to its twin; one entry and one event per currency."""
    at = await work.now()
    sources = [open_ if standing.frozen else kept for open_, kept in twins(standing.account)]
    for currency, amounts in (await work.ledger.lock_balances(sources)).items():
        entry = booking.moved(standing, currency, amounts, at)
        await work.ledger.book(entry)
        balance, available = (amounts.get(source.kind, 0) for source in sources)
        work.outbox.add(publishers.balance_moved(standing, currency, balance, available, at))
        work.log(f"balance.{entry.story}", user=standing.account, reference=entry.reference)
