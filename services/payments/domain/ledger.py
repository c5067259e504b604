"""Double entry: every posting moves an amount from one account to another, so no entry is unbalanced (rules 7.1)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

POSTING_MAX = 2**53 - 1
"""The largest posting: every JSON reader represents it exactly, and sums stay far below the limit of a bigint."""


class Kind(StrEnum):
    """What an account is for."""

    BUYER_BALANCE = "buyer_balance"  # spendable wallet of a user: refunds, late and surplus money
    SELLER_AVAILABLE = "seller_available"  # withdrawable sales income of a user
    ESCROW = "escrow"  # paid for one order and not released yet
    INCOMING = "incoming"  # captured for one payment; orders has not answered yet
    FROZEN_BALANCE = "frozen_balance"  # wallet of a suspended user
    FROZEN_AVAILABLE = "frozen_available"  # sales income of a suspended user
    SELLER_WITHDRAWAL = "seller_withdrawal"  # under payout
    PROVIDER = "provider"  # money outside the system, by provider; negative for what came in
    UNMATCHED = "unmatched"  # captured money that fits no payment
    FEE_REVENUE = "fee_revenue"
    SERVICE_TAX_PAYABLE = "service_tax_payable"
    PROCESSING_FEE = "processing_fee"
    FORFEITED = "forfeited"
    ADJUSTMENT = "adjustment"
    GIFT_CARDS = "gift_cards"  # owed to whoever uses the gift cards that were sold
    CHARGE_BACK_LOSS = "charge_back_loss"  # taken back by a bank after it had been passed on: minus is our loss


HELD = frozenset(
    {
        Kind.BUYER_BALANCE,
        Kind.SELLER_AVAILABLE,
        Kind.ESCROW,
        Kind.INCOMING,
        Kind.FROZEN_BALANCE,
        Kind.FROZEN_AVAILABLE,
        Kind.SELLER_WITHDRAWAL,
    }
)
"""Accounts with a stored balance that can never be negative (rules 10.3). The others belong to the platform: their
balance is summed on request, so that no two orders wait for the row of the same platform account.
"""

OWNED = HELD | {Kind.PROVIDER}
"""Accounts that belong to somebody or something; of the others there is one per currency."""


FROZEN = {Kind.BUYER_BALANCE: Kind.FROZEN_BALANCE, Kind.SELLER_AVAILABLE: Kind.FROZEN_AVAILABLE}
"""A user's two balances, and the account that holds each while it is frozen: two, so that each returns to its own."""


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """An account: its kind, and the user, order, payment or provider that it belongs to."""

    kind: Kind
    owner: str = ""

    def __post_init__(self) -> None:
        """An owner where the kind needs one, none elsewhere; raises ValueError."""
        if (self.kind in OWNED) != bool(self.owner):
            raise ValueError(f"{self.kind} and its owner do not fit")

    def __str__(self) -> str:
        """The name on statements and in proofs: `escrow:K…`, `fee_revenue`."""
        return f"{self.kind}:{self.owner}" if self.owner else str(self.kind)


FEE_REVENUE = Account(Kind.FEE_REVENUE)
SERVICE_TAX_PAYABLE = Account(Kind.SERVICE_TAX_PAYABLE)
UNMATCHED = Account(Kind.UNMATCHED)
CHARGE_BACK_LOSS = Account(Kind.CHARGE_BACK_LOSS)
ADJUSTMENT = Account(Kind.ADJUSTMENT)
FORFEITED = Account(Kind.FORFEITED)
GIFT_CARDS = Account(Kind.GIFT_CARDS)


def buyer_balance(user: str) -> Account:
    """The spendable wallet of a user."""
    return Account(Kind.BUYER_BALANCE, user)


def seller_available(user: str) -> Account:
    """The sales income of a user."""
    return Account(Kind.SELLER_AVAILABLE, user)


def escrow(order: str) -> Account:
    """What is held for one order."""
    return Account(Kind.ESCROW, order)


def incoming(payment: str) -> Account:
    """What was captured for one payment and waits for orders' answer; zero when the system is idle."""
    return Account(Kind.INCOMING, payment)


def provider(name: str) -> Account:
    """What one provider has brought in, as a negative balance."""
    return Account(Kind.PROVIDER, name)


@dataclass(frozen=True, slots=True)
class Posting:
    """One amount that leaves one account for another, in minor units of one currency."""

    source: Account
    destination: Account
    amount: int
    currency: str

    def __post_init__(self) -> None:
        """A positive amount between two accounts; raises ValueError."""
        if not 0 < self.amount <= POSTING_MAX:
            raise ValueError("a posting moves more than zero and less than the largest amount")
        if self.source == self.destination:
            raise ValueError("a posting needs two accounts")


class EntryType(StrEnum):
    """What an entry books."""

    CAPTURE = "capture"  # money came in
    FUNDING = "funding"  # orders took it: incoming to escrow
    CREDIT = "credit"  # orders could not take it: incoming to the buyer's balance
    SETTLEMENT = "settlement"  # escrow left, to the buyer, to the seller, or to both
    RESOLUTION = "resolution"  # support decided about unmatched money
    FREEZE = "freeze"  # a suspension took both balances out of reach
    RELEASE = "release"  # a reinstatement gave them back
    CHARGE_BACK = "charge_back"  # a bank took back what was not in escrow any more
    RETURN = "return"  # support sent unmatched money back where it came from
    ADJUSTMENT = "adjustment"  # support gave goodwill, or declared money forfeited
    GIFT_CARD_SALE = "gift_card_sale"  # gift cards were sold; what was paid is owed to whoever uses them
    TOP_UP = "top_up"  # a gift card was used: its money is in a balance


@dataclass(frozen=True, slots=True)
class Entry:
    """Postings that are booked together; the reference is unique, so nothing is booked twice."""

    reference: str
    """E.g. `K…:v3` for a transition of an order, `capture:<id>` for a capture."""
    story: EntryType
    """The entry type."""
    at: datetime
    postings: tuple[Posting, ...]
    payment_number: str | None = None
    order_number: str | None = None
    by: str | None = None
    """Who of support decided it; None for what no person decided."""
    why: str | None = None
    """The reason of that person, in words."""

    def __post_init__(self) -> None:
        """An entry has a reference and postings, and who decided it has a reason; raises ValueError."""
        if not self.postings or not self.reference:
            raise ValueError("an entry needs a reference and postings")
        if (self.by is None) != (not self.why):
            raise ValueError("whoever has an entry booked says why")

    def credited(self) -> frozenset[str]:
        """The users whose balances get something."""
        return frozenset(each.destination.owner for each in self.postings if each.destination.kind in FROZEN)

    def diverted(self, frozen: Collection[str]) -> "Entry":
        """The same entry while these users are frozen: what they are given goes to their frozen accounts."""
        return replace(self, postings=tuple(_diverted(each, frozen) for each in self.postings)) if frozen else self

    def lines(self) -> tuple[tuple[Account, str, int], ...]:
        """(account, currency, amount) of each account, minus for what leaves; the amounts of a currency sum to zero."""
        sums: dict[tuple[Account, str], int] = defaultdict(int)
        for posting in self.postings:
            sums[posting.source, posting.currency] -= posting.amount
            sums[posting.destination, posting.currency] += posting.amount
        return tuple((account, currency, amount) for (account, currency), amount in sorted(sums.items()) if amount)


def move(source: Account, currency: str, *parts: tuple[Account, int]) -> tuple[Posting, ...]:
    """Postings from one account to several; parts of zero are left out."""
    return tuple(Posting(source, destination, amount, currency) for destination, amount in parts if amount)


def _diverted(posting: Posting, frozen: Collection[str]) -> Posting:
    given = posting.destination
    if given.kind not in FROZEN or given.owner not in frozen:
        return posting
    return replace(posting, destination=Account(FROZEN[given.kind], given.owner))
