"""The numbers and words of the rules, written down a second time: nothing in this folder is taken from the code.

Times are whole milliseconds after the beginning of a scenario, amounts are minor units, rates are basis points.
"""

from dataclasses import dataclass, field

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Book:
    """What the rules count with (rules 3.3, 3.7 and 7.2); a mutant is another book."""

    to_pay: int = HOUR
    before_request: int = HOUR
    to_deliver: int = 72 * HOUR
    to_answer_before_delivery: int = 6 * HOUR
    to_confirm: int = 72 * HOUR
    to_answer_after_delivery: int = 24 * HOUR
    to_escalate: int = 72 * HOUR
    to_review: int = 30 * DAY
    fees: dict[str, int] = field(default_factory=lambda: {"item": 500, "account": 1000})
    tax: int = 800

    def seller_gets(self, gross: int, category: str) -> tuple[int, int, int]:
        """Net, fee and tax of what escrow releases to the seller; each share is rounded half up once."""
        fee = share(gross, self.fees[category])
        tax = share(fee, self.tax)
        return gross - fee - tax, fee, tax


def share(amount: int, basis_points: int) -> int:
    """This share of an amount, rounded half up."""
    whole, remainder = divmod(amount * basis_points, 10_000)
    return whole + (1 if 2 * remainder >= 10_000 else 0)


SIDE = {
    "pay": "buyer",
    "delete": "buyer",
    "request_refund": "buyer",
    "cancel_refund_request": "buyer",
    "confirm": "buyer",
    "escalate": "buyer",
    "review": "buyer",
    "deliver": "seller",
    "refund": "seller",
    "agree_refund": "seller",
    "refuse_refund": "seller",
    "force_decision": "support",
}
"""The side that each action belongs to."""

PAID = ("waiting_delivery", "waiting_confirmation", "refunding_pre", "refunding_post", "refund_refused")

LEADS_ON = {
    "pay": ("waiting_payment",),
    "delete": ("waiting_payment", "expired"),
    "request_refund": ("waiting_delivery", "waiting_confirmation"),
    "cancel_refund_request": ("refunding_pre", "refunding_post"),
    "confirm": ("waiting_confirmation", "refunding_post", "refund_refused", "disputed"),
    "escalate": ("refund_refused",),
    "review": ("completed",),
    "deliver": ("waiting_delivery", "refunding_pre"),
    "refund": ("waiting_delivery",),
    "agree_refund": ("refunding_pre", "refunding_post", "refund_refused", "disputed"),
    "refuse_refund": ("refunding_post",),
    "force_decision": PAID,
}
"""The places in which a row of rules 3.4 allows each action."""

REQUESTED = (
    "not_received",
    "not_as_described",
    "wrong_quantity",
    "wrong_item",
    "seller_no_response",
    "late_delivery",
    "wrong_payment_method",
    "agreed_with_seller",
    "other",
)
"""Why a buyer may ask for money back (rules 4.2)."""

GIVING = (
    "buyer_requested",
    "listing_mistake",
    "out_of_stock",
    "unable_to_deliver",
    "buyer_unreachable",
    "wrong_buyer_data",
    "other",
)
"""Why a seller may give it back (rules 4.4)."""

STATUS = {
    "unauthenticated": 401,
    "forbidden": 403,
    "not_a_party": 403,
    "account_suspended": 403,
    "reauthentication_required": 403,
    "order_not_found": 404,
    "listing_not_found": 404,
    "not_found": 404,
    "refund_amount_invalid": 422,
    "refund_reason_required": 422,
    "refusal_reason_required": 422,
    "reason_required": 422,
    "validation_failed": 422,
}
"""The HTTP status of each refusal; what is not here is 409, a refusal by state or time."""


LONGEST_TEXT = 1000


def in_words(text: str | None) -> bool:
    """Whether the text holds more than spaces."""
    return text is not None and text.strip() != ""
