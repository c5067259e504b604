"""The proof of where the money of one order is, from its postings alone (rules 10.1)."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.payments.domain.ledger import Kind


@dataclass(frozen=True, slots=True)
class Movement:
    """What one entry did to one account, in minor units; minus leaves it."""

    entry_id: int
    kind: Kind
    owner: str
    amount: int


@dataclass(frozen=True, slots=True)
class Proof:
    """Where what was paid for an order is now: paid = refunded + net + fee + tax + in_escrow."""

    paid: int
    refunded: int
    net: int
    fee: int
    tax: int
    in_escrow: int
    sums_to_zero: bool
    """Whether each entry sums to zero."""

    @property
    def holds(self) -> bool:
        """Whether the sum is exactly what was paid."""
        accounted = self.refunded + self.net + self.fee + self.tax + self.in_escrow
        return self.sums_to_zero and self.paid == accounted and self.in_escrow >= 0


_BUYER = frozenset({Kind.BUYER_BALANCE, Kind.FROZEN_BALANCE, Kind.PROVIDER})
"""Where refunds go: to the balance, or after a charge-back to the bank that has already given the money back."""
_SELLER = frozenset({Kind.SELLER_AVAILABLE, Kind.FROZEN_AVAILABLE})


def prove(order_number: str, movements: Iterable[Movement]) -> Proof:
    """The proof for one order; credits of money that never reached its escrow are no part of it."""
    every = tuple(movements)
    held = [each for each in every if each.kind is Kind.ESCROW and each.owner == order_number]
    touching = {each.entry_id for each in held}
    out = [each for each in every if each.entry_id in touching and each.kind is not Kind.ESCROW and each.amount > 0]
    sums: dict[int, int] = {}
    for each in every:
        sums[each.entry_id] = sums.get(each.entry_id, 0) + each.amount
    return Proof(
        paid=sum(each.amount for each in held if each.amount > 0),
        refunded=sum(each.amount for each in out if each.kind in _BUYER),
        net=sum(each.amount for each in out if each.kind in _SELLER),
        fee=sum(each.amount for each in out if each.kind is Kind.FEE_REVENUE),
        tax=sum(each.amount for each in out if each.kind is Kind.SERVICE_TAX_PAYABLE),
        in_escrow=sum(each.amount for each in held),
        sums_to_zero=not any(sums.values()),
    )
