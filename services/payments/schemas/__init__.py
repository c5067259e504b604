"""The bodies that payments takes and gives."""

from base64 import b64encode
from typing import Annotated, Literal, Self, get_args
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from services.payments.domain.attempt import Attempt, AttemptStatus, Failure
from services.payments.domain.capture import NO_MONEY, Unmatched
from services.payments.domain.ledger import EntryType
from services.payments.domain.line import LineState
from services.payments.domain.methods import Method
from services.payments.domain.payment import Payment
from services.payments.queries import OrderMoney, PaymentShown, StatementLine, Wallet
from shared.http.fields import Body, Clean, Moment, MoneyIn, MoneyOut, Printable, View

MethodName = Literal[
    "balance",
    "card",
    "visa_mastercard_my",
    "ideal",
    "bancontact",
    "eps",
    "mybank",
    "kakaopay",
    "samsung_pay",
    "paynow",
    "boleto",
    "banco_do_brasil",
    "itau",
    "permata",
    "dana",
    "onecard",
    "razer_gold",
    "neosurf",
    "crypto",
    "bank_transfer",
]
"""Every name that a method can have; which can be used depends on the installation, the currency and the amount."""

SandboxAction = Literal["capture", "authorise", "fail", "void", "charge_back"]
DetailName = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,39}$")]
Detail = Annotated[str, StringConstraints(max_length=2000)]
ProviderId = Annotated[str, Field(pattern="^[\x21-\x7e]{1,200}$")]


class AttemptIn(Body):
    """How the buyer wants to pay; `details` are the method's fields and are not kept."""

    method: MethodName
    details: dict[DetailName, Detail] = Field(default_factory=dict, max_length=20)


class SandboxIn(Body):
    """What the buyer's bank does with an attempt; ids are fresh unless given.

    The amount is what the attempt owes, of a charge-back what was captured, unless another one is given.
    """

    action: SandboxAction
    amount: MoneyIn | None = None
    transaction_id: ProviderId | None = None
    event_id: ProviderId | None = None
    reason: Annotated[str, Field(min_length=1, max_length=200), Clean] | None = Field(
        default=None, description="Why an attempt failed, or in words why the bank took the money back."
    )

    @model_validator(mode="after")
    def _as_the_action_needs(self) -> Self:
        """A failure has one of the known reasons; a charge-back has any."""
        if self.action != "charge_back" and self.reason is not None and self.reason not in get_args(Failure):
            raise ValueError("not a known reason of a failure")
        return self


class ResolveIn(Body):
    """What support does: credit unmatched money, or write off the loss of a charge-back that was looked at.

    A missing reason is refused by name.
    """

    action: Literal["credit", "write_off"]
    user: Annotated[str, Field(min_length=1, max_length=128), Clean] | None = None
    reason: Annotated[str, Field(max_length=4000), Printable] | None = None


class Next(View):
    """Where the buyer goes on; exactly one of them is set."""

    redirect_url: str | None = None
    qr: str | None = None
    voucher: str | None = None
    bank_details: str | None = None


class AttemptView(View):
    """A new attempt."""

    attempt_id: UUID
    status: AttemptStatus
    amount: MoneyOut
    next: Next | None


class AttemptSummary(View):
    """One attempt of a payment."""

    attempt_id: UUID
    method: MethodName
    status: AttemptStatus
    amount: MoneyOut
    reason: Failure | None
    created_at: Moment


class OrderShare(View):
    """One order of a payment and what payments knows of it."""

    number: str
    amount: MoneyOut
    status: LineState


class MethodPrice(View):
    """What a method costs on top of what is due."""

    method: MethodName
    fee: MoneyOut
    total: MoneyOut


class PaymentView(View):
    """A payment: what was ordered, what is still due, and how it was tried to pay it."""

    payment_number: str
    status: Literal["waiting_payment", "captured", "charged_back", "closed"]
    amount: MoneyOut
    due: MoneyOut
    due_at: Moment
    placed_at: Moment
    orders: list[OrderShare]
    methods: list[MethodPrice]
    attempts: list[AttemptSummary]


class MethodView(View):
    """A payment method: rates in basis points, fixed fee and limits in minor units, no currencies means any."""

    method: MethodName
    category: str
    currencies: list[str] | None
    fields: list[str]
    fee_rate: int
    fee_fixed: int
    fee: MoneyOut | None
    amount_min: int
    amount_max: int
    refund_to_origin: str | None


class MethodsView(View):
    """The methods that fit the question."""

    items: list[MethodView]


class SandboxView(View):
    """What the sandbox's provider told, under which ids."""

    attempt_id: UUID
    action: SandboxAction
    event_id: str
    transaction_id: str


class WalletView(View):
    """A user's money in one currency, in minor units."""

    currency: str
    balance: int
    available: int
    frozen_balance: int
    frozen_available: int
    in_escrow: int


class BalanceView(View):
    """All wallets of a user."""

    wallets: list[WalletView]


class StatementView(View):
    """One movement; minus leaves the account."""

    at: Moment
    reference: str
    story: EntryType
    account: str
    amount: MoneyOut
    payment_number: str | None
    order_number: str | None


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

    paid: MoneyOut
    refunded: MoneyOut
    net: MoneyOut
    fee: MoneyOut
    tax: MoneyOut
    in_escrow: MoneyOut
    sums_to_zero: bool
    holds: bool


class LedgerView(View):
    """The books of one order."""

    entries: list[EntryView]
    escrow: MoneyOut
    proof: ProofView


class UnmatchedView(View):
    """Something on support's desk: captured money that fits no payment, money a bank took back too late, or a signed
    message that can't be read, whose transaction_id is the provider's event id.
    """

    id: UUID
    reason: str
    provider: str
    transaction_id: str
    amount: MoneyOut | None = Field(description="None where the message can't be read.")
    holds_money: bool
    message: str | None = Field(description="The bytes of an unreadable message, in base64.")
    payment_number: str | None
    buyer: str | None
    at: Moment


def attempt(made: Attempt, step: dict[str, str] | None) -> AttemptView:
    """A new attempt and where the buyer goes on."""
    owed = MoneyOut(amount=made.amount, currency=made.currency)
    return AttemptView(attempt_id=made.id, status=made.status, amount=owed, next=Next(**step) if step else None)


def payment(shown: PaymentShown, methods: tuple[Method, ...]) -> PaymentView:
    """A payment as its buyer sees it; prices only while it can be paid."""
    of, due = shown.payment, shown.payment.due()
    open_ = of.refusal(shown.at) is None
    return PaymentView(
        payment_number=of.number,
        status=of.status(shown.at),
        amount=MoneyOut(amount=of.amount, currency=of.currency),
        due=MoneyOut(amount=due if open_ else 0, currency=of.currency),
        due_at=of.due_at,
        placed_at=of.placed_at,
        orders=order_shares(of),
        methods=[_price(each, due, of.currency) for each in methods if open_ and each.takes(due, of.currency)],
        attempts=[attempt_summary(each) for each in shown.attempts],
    )


def method(known: Method, amount: int | None, currency: str | None) -> MethodView:
    """A method, with its fee where an amount in a currency was asked for."""
    asked = amount is not None and currency is not None
    return MethodView(
        method=known.name,
        category=known.category,
        currencies=sorted(known.currencies) if known.currencies is not None else None,
        fields=list(known.fields),
        fee_rate=known.fee_rate,
        fee_fixed=known.fee_fixed,
        fee=MoneyOut(amount=known.fee(amount or 0), currency=currency or "") if asked else None,
        amount_min=known.amount_min,
        amount_max=known.amount_max,
        refund_to_origin=known.refund_to_origin,
    )


def balance(wallets: list[Wallet]) -> BalanceView:
    """All wallets of a user."""
    names = WalletView.model_fields
    return BalanceView(wallets=[WalletView(**{name: getattr(each, name) for name in names}) for each in wallets])


def statement(line: StatementLine) -> StatementView:
    """A movement as its owner reads it."""
    return StatementView(
        at=line.at,
        reference=line.reference,
        story=line.story,
        account=line.account,
        amount=MoneyOut(amount=line.amount, currency=line.currency),
        payment_number=line.payment_number,
        order_number=line.order_number,
    )


def ledger(money: OrderMoney) -> LedgerView:
    """The books of one order with their proof."""
    proof, currency = money.proof, money.currency
    sums = {name: MoneyOut(amount=getattr(proof, name), currency=currency) for name in _SUMS}
    entries = [
        EntryView(
            reference=entry.reference,
            story=entry.story,
            at=entry.at,
            postings=[PostingView(account=name, amount=amount, currency=unit) for name, amount, unit in entry.postings],
        )
        for entry in money.entries
    ]
    shown = ProofView(**sums, sums_to_zero=proof.sums_to_zero, holds=proof.holds)
    return LedgerView(entries=entries, escrow=sums["in_escrow"], proof=shown)


def unmatched(item: Unmatched) -> UnmatchedView:
    """An item of support's desk."""
    return UnmatchedView(
        id=item.id,
        reason=item.reason,
        provider=item.provider,
        transaction_id=item.transaction_id,
        amount=MoneyOut(amount=item.amount, currency=item.currency) if item.currency else None,
        holds_money=item.reason not in NO_MONEY,
        message=b64encode(item.message).decode() if item.message is not None else None,
        payment_number=item.payment_number,
        buyer=item.buyer,
        at=item.at,
    )


_SUMS = ("paid", "refunded", "net", "fee", "tax", "in_escrow")


def _price(known: Method, due: int, currency: str) -> MethodPrice:
    fee = known.fee(due)
    total = MoneyOut(amount=due + fee, currency=currency)
    return MethodPrice(method=known.name, fee=MoneyOut(amount=fee, currency=currency), total=total)


def order_shares(of: Payment) -> list[OrderShare]:
    """What each order of a payment costs and what payments knows of it."""
    return [
        OrderShare(number=line.number, amount=MoneyOut(amount=line.amount, currency=of.currency), status=line.state)
        for line in of.lines
    ]


def attempt_summary(made: Attempt) -> AttemptSummary:
    """How it was tried to pay."""
    return AttemptSummary(
        attempt_id=made.id,
        method=made.method,
        status=made.status,
        amount=MoneyOut(amount=made.amount, currency=made.currency),
        reason=made.reason,
        created_at=made.created_at,
    )
