"""What must hold at every commit of payments: an auditor with books of its own, kept from the postings alone."""

from collections import defaultdict
from dataclasses import dataclass, field

from services.payments.domain.ledger import HELD, Account, Entry, EntryType, Kind, Posting
from tests.simulation.faults import must
from tests.support.memory import PaymentsTables

TO_BUYER = frozenset({Kind.BUYER_BALANCE, Kind.FROZEN_BALANCE, Kind.PROVIDER})
"""Where the buyer's part of an escrow goes; to the provider when the bank has paid the buyer already."""
TO_SELLER = frozenset({Kind.SELLER_AVAILABLE, Kind.FROZEN_AVAILABLE, Kind.FEE_REVENUE, Kind.SERVICE_TAX_PAYABLE})


@dataclass
class Flow:
    """The money of one order so far, in minor units."""

    paid: int = 0
    refunded: int = 0
    earned: int = 0
    """The seller's net, the fee and the tax."""
    releases: int = 0

    @property
    def left(self) -> int:
        """What escrow must still hold."""
        return self.paid - self.refunded - self.earned


@dataclass
class Auditor:
    """Reads every new entry once and believes nothing else."""

    balances: dict[tuple[Account, str], int] = field(default_factory=lambda: defaultdict(int))
    references: set[str] = field(default_factory=set)
    flows: dict[str, Flow] = field(default_factory=lambda: defaultdict(Flow))

    def check(self, before: PaymentsTables, after: PaymentsTables) -> None:
        """The laws of money (appendix of the rules, 1 to 5), at this commit."""
        for entry in after.entries[len(before.entries) :]:
            fresh = entry.reference not in self.references
            must(fresh, "nothing is booked twice", entry.reference, *_about(entry))
            self.references.add(entry.reference)
            self._follow(entry)
        for entry in after.entries[len(before.entries) :]:
            for account, currency, _ in entry.lines():
                self._check_balance(account, currency, after, entry)
        sums: dict[str, int] = defaultdict(int)
        for (_, currency), balance in after.balances.items():
            sums[currency] += balance
        must(not any(sums.values()), "all money of a currency sums to zero", str(dict(sums)))

    def _follow(self, entry: Entry) -> None:
        released = False
        for posting in entry.postings:
            self.balances[posting.source, posting.currency] -= posting.amount
            self.balances[posting.destination, posting.currency] += posting.amount
            self._into_escrow(posting)
            released |= self._out_of_escrow(posting)
        if entry.story is EntryType.SETTLEMENT and entry.order_number is not None:
            flow = self.flows[entry.order_number]
            flow.releases += released
            must(flow.releases <= 1, "an order's escrow is released once", entry.reference, entry.order_number)

    def _into_escrow(self, posting: Posting) -> None:
        if posting.destination.kind is Kind.ESCROW:
            flow = self.flows[posting.destination.owner]
            must(flow.paid == 0, "an order is paid once", posting.destination.owner, posting.destination.owner)
            flow.paid = posting.amount

    def _out_of_escrow(self, posting: Posting) -> bool:
        if posting.source.kind is not Kind.ESCROW:
            return False
        number, kind = posting.source.owner, posting.destination.kind
        must(kind in TO_BUYER | TO_SELLER, "escrow goes to the buyer or to the seller's side", str(kind), number)
        flow = self.flows[number]
        if kind in TO_SELLER:
            flow.earned += posting.amount
        else:
            flow.refunded += posting.amount
        must(flow.left >= 0, "nobody gets more than was paid", f"{number}: {flow}", number)
        return kind in TO_SELLER

    def _check_balance(self, account: Account, currency: str, after: PaymentsTables, entry: Entry) -> None:
        expected, about = self.balances[account, currency], _about(entry)
        same = after.balances[account, currency] == expected
        must(same, "a balance is the sum of its postings", f"{account}: {after.balances[account, currency]}", *about)
        must(account.kind not in HELD or expected >= 0, "no balance is negative", f"{account}: {expected}", *about)
        if account.kind is Kind.ESCROW:
            left = self.flows[account.owner].left
            must(left == expected, "paid = refunded + net + fee + tax + escrow", f"{account}: {expected}", *about)


def _about(entry: Entry) -> tuple[str, ...]:
    return tuple(each for each in (entry.order_number, entry.payment_number) if each)
