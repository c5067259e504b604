"""What payments says: money that came in, and where it went. Amounts are minor units beside one currency."""

from typing import Literal
from uuid import UUID

from shared.contracts.base import Event, Moment, event


class OfPayment(Event):
    """A fact about one payment."""

    payment_number: str
    currency: str
    at: Moment

    def about(self) -> str:
        """The payment number."""
        return self.payment_number


@event("payments", "payment.confirmed", public=True)
class PaymentConfirmed(OfPayment):
    """The money of one order of a payment is captured; orders always answers: order.paid or order.payment_refused."""

    number: str
    buyer: str
    amount: int
    capture_id: UUID
    attempt_id: UUID
    method: str


@event("payments", "payment.failed", public=True)
class PaymentFailed(OfPayment):
    """An attempt failed; the order is still unpaid and another method may be used."""

    buyer: str
    attempt_id: UUID
    method: str
    reason: str
    orders: tuple[str, ...]


@event("payments", "payment.credited", public=True)
class PaymentCredited(Event):
    """Captured money that no order could take is in the buyer's balance; `reason` says why.

    Only money that support found the owner of may belong to no payment.
    """

    payment_number: str | None
    currency: str
    at: Moment
    number: str | None
    buyer: str
    amount: int
    reason: Literal["late", "duplicate", "excess", "refused", "support"]
    capture_id: UUID

    def about(self) -> str:
        """The payment number where there is one, else the capture."""
        return self.payment_number or str(self.capture_id)


@event("payments", "payment.unmatched", public=True)
class PaymentUnmatched(Event):
    """Captured money that fits no payment (too little, far too much, wrong currency, unknown reference) waits for
    support; so does a provider's signed message that can't be read, which has no amount.
    """

    unmatched_id: UUID
    reason: Literal["underpaid", "wrong_currency", "unknown_reference", "too_large", "unreadable"]
    provider: str
    transaction_id: str
    payment_number: str | None
    buyer: str | None
    amount: int | None
    currency: str | None
    at: Moment

    def about(self) -> str:
        """The payment number where one is known, else the provider's transaction."""
        return self.payment_number or self.transaction_id


@event("payments", "payment.charged_back", public=True)
class PaymentChargedBack(OfPayment):
    """The buyer's bank took money of an order back; what escrow still holds waits for support (T29).

    `amount` is all that it has taken of what escrow holds for the order: a part, or the whole of it.
    """

    number: str
    buyer: str
    amount: int
    reason: str


class OfBalance(Event):
    """An account's money was frozen or released, in one currency; amounts in minor units."""

    user: str
    currency: str
    balance: int
    available: int
    at: Moment

    def about(self) -> str:
        """Whose money it is."""
        return self.user


@event("payments", "balance.frozen", public=False)
class BalanceFrozen(OfBalance):
    """Both balances of a suspended account are out of its reach; later credits land frozen too."""


@event("payments", "balance.released", public=False)
class BalanceReleased(OfBalance):
    """The account was reinstated; each balance is back where it came from."""


class OfEscrow(Event):
    """Money left an order's escrow; `order_version` is the transition that it settles."""

    number: str
    order_version: int
    currency: str
    reference: str
    at: Moment

    def about(self) -> str:
        """The order number."""
        return self.number


@event("payments", "escrow.released", public=True)
class EscrowReleased(OfEscrow):
    """The seller's net is in the available balance; fee and tax are booked."""

    seller: str
    gross: int
    fee: int
    tax: int
    net: int


@event("payments", "escrow.refunded", public=True)
class EscrowRefunded(OfEscrow):
    """The buyer has the money back: in the balance, or after a charge-back at the bank."""

    buyer: str
    amount: int
