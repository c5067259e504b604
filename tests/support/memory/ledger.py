"""The ledger in memory: entries go in whole and once, balances follow, nothing held is ever negative."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg

from services.payments.domain import ledger
from services.payments.domain.charge_back import Held
from services.payments.domain.ledger import HELD, Account, Entry, Kind
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
        frozen = [user for user in entry.credited() if user in self._tables.standings]
        entry = entry.diverted([user for user in frozen if self._tables.standings[user].frozen])
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

    async def held(self, payment: Payment) -> Held:
        balances, currency = self._tables.balances, payment.currency
        escrow = {line.number: balances.get((ledger.escrow(line.number), currency), 0) for line in payment.lines}
        return Held(balances.get((ledger.incoming(payment.number), currency), 0), escrow)

    async def hold(self, settlement: Settlement) -> None:
        self._tables.waiting.setdefault((settlement.order_number, settlement.version), settlement)

    async def release(self, order_number: str) -> tuple[Settlement, ...]:
        keys = sorted(key for key in self._tables.waiting if key[0] == order_number)
        return tuple(self._tables.waiting.pop(key) for key in keys)
