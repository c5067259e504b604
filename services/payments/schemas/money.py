"""Bodies of wallets, statements and the books of one order."""

from services.payments.domain.ledger import EntryType
from services.payments.queries.money import OrderMoney, StatementLine, Wallet
from shared.http.fields import Moment, MoneyView, View


class WalletView(View):
    """A user's money in one currency, in minor units."""

    currency: str
    balance: int
    """Can be spent."""
    available: int
    """Sales income."""
    frozen_balance: int
    """Of a suspended user: returns with the reinstatement."""
    frozen_available: int
    in_escrow: int
    """Paid as a buyer and not released yet."""


class BalanceView(View):
    """All wallets of a user."""

    wallets: list[WalletView]


class StatementView(View):
    """One movement; minus leaves the account."""

    at: Moment
    reference: str
    """Of the ledger entry."""
    story: EntryType
    """The entry type."""
    account: str
    """The kind of the account."""
    amount: MoneyView
    payment_number: str | None
    order_number: str | None
    by: str | None
    """Who of support decided it; shown to support only, about somebody else."""
    why: str | None
    """The reason of that person; shown to support only, about somebody else."""


class PostingView(View):
    """What an entry did to one account; minus leaves it."""

    account: str
    amount: int
    currency: str


class EntryView(View):
    """One entry of the ledger."""

    reference: str
    story: EntryType
    at: Moment
    postings: list[PostingView]


class ProofView(View):
    """Where the money of an order is: paid = refunded + net + fee + tax + in_escrow."""

    paid: MoneyView
    refunded: MoneyView
    net: MoneyView
    fee: MoneyView
    tax: MoneyView
    in_escrow: MoneyView
    sums_to_zero: bool
    """Whether each entry sums to zero."""
    holds: bool
    """Whether nothing is missing and nothing is too much."""


class LedgerView(View):
    """The books of one order."""

    entries: list[EntryView]
    escrow: MoneyView
    proof: ProofView


def balance_view(wallets: list[Wallet]) -> BalanceView:
    """All wallets of a user."""
    return BalanceView(wallets=[WalletView.of(each) for each in wallets])


def statement_view(line: StatementLine) -> StatementView:
    """A movement as its owner reads it."""
    return StatementView.of(line, amount=MoneyView.of(line))


def ledger_view(money: OrderMoney) -> LedgerView:
    """The books of one order with their proof."""
    proof, currency = money.proof, money.currency
    sums = {name: MoneyView(amount=getattr(proof, name), currency=currency) for name in _SUMS}
    entries = [
        EntryView.of(
            entry,
            postings=[PostingView(account=name, amount=sum_, currency=unit) for name, sum_, unit in entry.postings],
        )
        for entry in money.entries
    ]
    return LedgerView(entries=entries, escrow=sums["in_escrow"], proof=ProofView.of(proof, **sums))


_SUMS = ("paid", "refunded", "net", "fee", "tax", "in_escrow")
