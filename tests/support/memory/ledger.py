"""The ledger in memory: entries go in whole and once, balances follow, nothing held is ever negative."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg

from services.payments.domain import ledger
from services.payments.domain.charge_back import Held
from services.payments.domain.ledger import FROZEN, HELD, Account, Entry, EntryType, Kind
from services.payments.domain.line import LineState
from services.payments.domain.payment import Payment
from services.payments.domain.settlement import Settlement
from services.payments.repository import Ledger

if TYPE_CHECKING:
    from tests.support.memory.payments import PaymentsTables


class MemoryLedger(Ledger):
    """The books of one transaction."""

    def __init__(self, tables: "PaymentsTables") -> None:
        self._tables = tables

    async def book(self, entry: Entry) -> bool:
        frozen = [user for user in entry.credited() if user in self._tables.account_statuses]
        entry = entry.diverted([user for user in frozen if self._tables.account_statuses[user].frozen])
        if self.is_booked(entry.reference):
            return False
        for account, currency, amount in entry.lines():
            after = self._tables.balances.get((account, currency), 0) + amount
            if account.kind in HELD and after < 0:
                raise asyncpg.CheckViolationError(f"{account} would have {after} {currency} after {entry.reference}")
            self._tables.balances[account, currency] = after
        self._tables.references[entry.reference] = len(self._tables.entries)
        self._tables.entries.append(entry)
        return True

    def is_booked(self, reference: str) -> bool:
        """Whether an entry with this reference is in the books."""
        return reference in self._tables.references

    async def lock_balance(self, account: Account, currency: str) -> int:
        return self._tables.balances.get((account, currency), 0)

    async def lock_balances(self, accounts: Sequence[Account]) -> dict[str, dict[Kind, int]]:
        found: dict[str, dict[Kind, int]] = {}
        for (account, currency), balance in self._tables.balances.items():
            if account in accounts and balance > 0:
                found.setdefault(currency, {})[account.kind] = balance
        return found

    async def given(self, payment_number: str, user: str, currency: str) -> int:
        numbers = {line.number for line in self._tables.lines_of(payment_number)}
        of = (e for e in self._tables.entries if e.payment_number == payment_number or e.order_number in numbers)
        lines = ((entry.story, *line) for entry in of for line in entry.lines())
        mine = ((kind, amount) for kind, account, unit, amount in lines if _is_wallet(account, user, unit, currency))
        return sum(amount for kind, amount in mine if kind is not EntryType.CAPTURE or amount > 0)

    async def given_by(self, references: Sequence[str], user: str) -> int:
        of = (entry for entry in self._tables.entries if entry.reference in references)
        lines = (line for entry in of for line in entry.lines())
        return sum(amount for account, unit, amount in lines if _is_wallet(account, user, unit, unit))

    async def currencies(self, user: str) -> frozenset[str]:
        mine = {currency for account, currency in self._tables.balances if account.owner == user and _is_users(account)}
        paid = [row.line.number for row in self._tables.lines.values() if row.line.state is LineState.PAID]
        bought = {number for number in paid if self._buyer(number) == user}
        escrow = {(a.owner, currency) for (a, currency), amount in self._tables.balances.items() if amount > 0}
        return frozenset(mine | {currency for number, currency in escrow if number in bought})

    def _buyer(self, number: str) -> str:
        return self._tables.payments[self._tables.lines[number].payment_number].buyer

    async def held(self, payment: Payment) -> Held:
        balances, currency = self._tables.balances, payment.currency
        escrow = {line.number: balances.get((ledger.escrow(line.number), currency), 0) for line in payment.lines}
        return Held(balances.get((ledger.incoming(payment.number), currency), 0), escrow)

    async def hold(self, settlement: Settlement) -> None:
        self._tables.waiting.setdefault((settlement.order_number, settlement.version), settlement)

    async def release(self, order_number: str) -> tuple[Settlement, ...]:
        keys = sorted(key for key in self._tables.waiting if key[0] == order_number)
        return tuple(self._tables.waiting.pop(key) for key in keys)


def _is_users(account: Account) -> bool:
    return account.kind in FROZEN or account.kind in FROZEN.values()


def _is_wallet(account: Account, user: str, unit: str, currency: str) -> bool:
    wallet = account.kind in (Kind.BUYER_BALANCE, Kind.FROZEN_BALANCE)
    return wallet and account.owner == user and unit == currency
