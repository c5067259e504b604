"""The ledger: whole entries, each reference once; triggers keep the balances, accounts are locked in order of id."""

from collections.abc import Sequence
from dataclasses import astuple

from services.payments.domain import ledger
from services.payments.domain.charge_back import Held
from services.payments.domain.ledger import HELD, Account, Entry, Kind
from services.payments.domain.payment import Payment
from services.payments.domain.settlement import Settlement
from shared.db.repository import Repository

_BOOK = "select book($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
_FROZEN_AMONG = "select frozen_among($1)"
_LOCK_BALANCES = """
select kind, currency, balance from accounts where owner = $1 and kind = any($2) and balance > 0
order by id for no key update
"""
_CURRENCIES = """
select currency from accounts
where owner = $1 and kind in ('buyer_balance', 'seller_available', 'frozen_balance', 'frozen_available')
union
select l.currency from payment_lines l join accounts a on a.kind = 'escrow' and a.owner = l.number
where l.buyer = $1 and l.state = 'paid' and a.balance > 0
"""
_HELD = """
select kind, owner, balance from accounts
where currency = $1 and (kind, owner) in (select * from unnest($2::text[], $3::text[]))
"""
_GIVEN = """
select coalesce(sum(p.amount), 0)::bigint
from entries e join postings p on p.entry_id = e.id join accounts a on a.id = p.account_id
where (e.payment_number = $1 or e.order_number in (select number from payment_lines where payment_number = $1))
  and a.kind in ('buyer_balance', 'frozen_balance') and a.owner = $2 and a.currency = $3
  and (e.story <> 'capture' or p.amount > 0)
"""
_GIVEN_BY = """
select coalesce(sum(p.amount), 0)::bigint
from entries e join postings p on p.entry_id = e.id join accounts a on a.id = p.account_id
where e.reference = any($1::text[]) and a.kind in ('buyer_balance', 'frozen_balance') and a.owner = $2
"""
_LOCK_BALANCE = """
select balance from accounts where kind = $1 and owner = $2 and currency = $3 for no key update
"""
_HOLD = """
insert into waiting_settlements (order_number, version, buyer, seller, currency, at, to_buyer, gross, fee, tax, net)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing
"""
_RELEASE = """
with gone as (delete from waiting_settlements where order_number = $1 returning *) select * from gone order by version
"""


class Ledger(Repository):
    """The ledger of this database, for one transaction."""

    async def book(self, entry: Entry) -> bool:
        """Write an entry; False when its reference is booked already. What a frozen user is given is booked as frozen.

        Raises asyncpg.CheckViolationError when an account would go below zero.
        """
        if credited := entry.credited():
            entry = entry.diverted(await self._sql.fetchval(_FROZEN_AMONG, sorted(credited)))
        lines = entry.lines()
        head = (entry.reference, str(entry.story), entry.payment_number, entry.order_number, entry.at)
        kinds = [str(account.kind) for account, _, _ in lines]
        owners = [account.owner for account, _, _ in lines]
        held = [account.kind in HELD for account, _, _ in lines]
        money = ([currency for _, currency, _ in lines], [amount for _, _, amount in lines], held)
        return await self._sql.fetchval(_BOOK, *head, kinds, owners, *money, entry.by, entry.why) is not None

    async def lock_balance(self, account: Account, currency: str) -> int:
        """The balance of an account in minor units, locked until the end of the transaction."""
        return await self._sql.fetchval(_LOCK_BALANCE, str(account.kind), account.owner, currency) or 0

    async def lock_balances(self, accounts: Sequence[Account]) -> dict[str, dict[Kind, int]]:
        """The balances of accounts of one owner in minor units, by currency and kind, locked."""
        kinds = [str(account.kind) for account in accounts]
        found: dict[str, dict[Kind, int]] = {}
        for row in await self._sql.fetch(_LOCK_BALANCES, accounts[0].owner, kinds):
            found.setdefault(row["currency"], {})[Kind(row["kind"])] = row["balance"]
        return found

    async def currencies(self, user: str) -> frozenset[str]:
        """The currencies of a user's wallets: of every balance there ever was, and of what waits in escrow."""
        return frozenset(row["currency"] for row in await self._sql.fetch(_CURRENCIES, user))

    async def held(self, payment: Payment) -> Held:
        """What of a locked payment is still in escrow or on its way there."""
        accounts = [ledger.incoming(payment.number), *(ledger.escrow(line.number) for line in payment.lines)]
        names = ([str(account.kind) for account in accounts], [account.owner for account in accounts])
        rows = {
            (row["kind"], row["owner"]): row["balance"]
            for row in await self._sql.fetch(_HELD, payment.currency, *names)
        }
        escrow = {line.number: rows.get((Kind.ESCROW, line.number), 0) for line in payment.lines}
        return Held(rows.get((Kind.INCOMING, payment.number), 0), escrow)

    async def given(self, payment_number: str, user: str, currency: str) -> int:
        """What came to a user's balance from a payment, less what was taken back from there, in minor units.

        What the user paid from the balance is no part of it.
        """
        return int(await self._sql.fetchval(_GIVEN, payment_number, user, currency))

    async def given_by(self, references: Sequence[str], user: str) -> int:
        """What these entries gave to a user's balance, less what they took from there, in minor units."""
        return int(await self._sql.fetchval(_GIVEN_BY, list(references), user))

    async def hold(self, settlement: Settlement) -> None:
        """Store a settlement until its order's money reaches escrow."""
        await self._sql.execute(_HOLD, *astuple(settlement))

    async def release(self, order_number: str) -> tuple[Settlement, ...]:
        """Remove and return the settlements that waited for this order's money, in the order of their transitions."""
        return tuple(Settlement(**row) for row in await self._sql.fetch(_RELEASE, order_number))
