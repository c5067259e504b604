"""Events of payments: money that came in, and where it went. Amounts are minor units beside one currency."""

from typing import Literal
from uuid import UUID

from shared.contracts.base import Event, Moment, event


class OfPayment(Event):
    """A fact about one payment."""

    payment_number: str
    """The payment's number."""
    currency: str
    """ISO 4217 code of all amounts."""
    at: Moment
    """When it happened."""

    def about(self) -> str:
        """The payment number."""
        return self.payment_number


@event("payments", "payment.confirmed", public=True)
class PaymentConfirmed(OfPayment):
    """The money of one order of a payment is captured; orders publishes order.paid or order.payment_refused."""

    number: str
    """The order's number."""
    buyer: str
    """Who paid."""
    amount: int
    """The order's share, in minor units."""
    capture_id: UUID
    """The capture that paid it."""
    attempt_id: UUID
    """The attempt that led to it."""
    method: str
    """How it was paid."""


@event("payments", "payment.failed", public=True)
class PaymentFailed(OfPayment):
    """An attempt failed; the order is still unpaid and another method may be used."""

    buyer: str
    """Who tried to pay."""
    attempt_id: UUID
    """The attempt."""
    method: str
    """How it was tried."""
    reason: str
    """Why it failed."""
    orders: tuple[str, ...]
    """The numbers of the unpaid orders."""


@event("payments", "payment.credited", public=True)
class PaymentCredited(Event):
    """Captured money that no order could take is in the buyer's balance; `reason` says why.

    Only money that support found the owner of may belong to no payment.
    """

    payment_number: str | None
    """The payment's number, if there is one."""
    currency: str
    """ISO 4217 code."""
    at: Moment
    """When it happened."""
    number: str | None
    """The order that could not take it, if there is one."""
    buyer: str
    """Whose balance it is in."""
    amount: int
    """In minor units."""
    reason: Literal["late", "duplicate", "excess", "refused", "support"]
    """Why no order took it."""
    capture_id: UUID
    """The capture."""

    def about(self) -> str:
        """The payment number where there is one, else the capture."""
        return self.payment_number or str(self.capture_id)


@event("payments", "payment.unmatched", public=True)
class PaymentUnmatched(Event):
    """Captured money that fits no payment (too little, far too much, wrong currency, unknown reference) waits for
    support; so does a provider's signed message that can't be read, which has no amount.
    """

    unmatched_id: UUID
    """The item of the review queue."""
    reason: Literal["underpaid", "wrong_currency", "unknown_reference", "too_large", "unreadable", "reference_claimed"]
    """Why it fits no payment."""
    provider: str
    """Who sent it."""
    transaction_id: str
    """The provider's own id."""
    payment_number: str | None
    """The payment that it names, if it is known."""
    buyer: str | None
    """That payment's buyer."""
    amount: int | None
    """In minor units; null for an unreadable message."""
    currency: str | None
    """ISO 4217 code; null for an unreadable message."""
    at: Moment
    """When it happened."""

    def about(self) -> str:
        """The payment number where one is known, else the provider's transaction."""
        return self.payment_number or self.transaction_id


@event("payments", "payment.charged_back", public=True)
class PaymentChargedBack(OfPayment):
    """The buyer's bank took money of an order back; what escrow still holds waits for support (T29).

    `amount` is all that it has taken of what escrow holds for the order: a part, or the whole of it.
    """

    number: str
    """The order's number."""
    buyer: str
    """Who paid."""
    amount: int
    """In minor units."""
    reason: str
    """The bank's reason."""


class OfBalance(Event):
    """An account's money was frozen or released, in one currency; amounts in minor units."""

    user: str
    """The account."""
    currency: str
    """ISO 4217 code."""
    balance: int
    """The balance for purchases afterwards."""
    available: int
    """The seller's available balance afterwards."""
    at: Moment
    """When it happened."""

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
    """The order's number."""
    order_version: int
    """The transition that it settles."""
    currency: str
    """ISO 4217 code of all amounts."""
    reference: str
    """The ledger entry's reference."""
    at: Moment
    """When it happened."""

    def about(self) -> str:
        """The order number."""
        return self.number


@event("payments", "escrow.released", public=True)
class EscrowReleased(OfEscrow):
    """The seller's net is in the available balance; fee and tax are booked."""

    seller: str
    """Who was paid."""
    gross: int
    """What left escrow, in minor units: fee + tax + net."""
    fee: int
    """The platform's fee."""
    tax: int
    """The tax on the fee."""
    net: int
    """What the seller got."""


@event("payments", "escrow.refunded", public=True)
class EscrowRefunded(OfEscrow):
    """The buyer has the money back: in the balance, or after a charge-back at the bank."""

    buyer: str
    """Who was refunded."""
    amount: int
    """In minor units."""
