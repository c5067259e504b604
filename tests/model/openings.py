"""Beginnings of scenarios: each leads to one place of an order, and random steps follow."""

from tests.model.book import HOUR, MINUTE, SECOND
from tests.model.steps import Step, attempt, bank, checkout, passes, perform, refuses, requests_refund

Opening = tuple[Step, ...]

PLACED: Opening = (checkout(), attempt())
PAID: Opening = (*PLACED, passes(10 * MINUTE), bank("capture"))
REQUESTED: Opening = (*PAID, passes(2 * HOUR))
DELIVERED: Opening = (*PAID, passes(11 * HOUR), perform("deliver", "seller"))
REFUSED: Opening = (*DELIVERED, passes(20 * HOUR), requests_refund(), refuses())
PART_REFUSED: Opening = (*DELIVERED, requests_refund(1), passes(30 * HOUR), refuses())

OPENINGS: dict[str, Opening] = {
    "nothing": (),
    "unpaid": PLACED,
    "expired": (*PLACED, passes(HOUR)),
    "deleted": (*PLACED, perform("delete", "buyer")),
    "paid": PAID,
    "money_in_the_balance": (*PAID, perform("refund", "seller", choice="buyer_requested", text="As asked"), checkout()),
    "asked_before": (*REQUESTED, requests_refund()),
    "part_asked_before": (*REQUESTED, requests_refund(1)),
    "asked_late": (*PAID, passes(70 * HOUR), requests_refund()),
    "part_agreed_before": (*REQUESTED, requests_refund(1), perform("agree_refund", "seller")),
    "taken_back_before": (*REQUESTED, requests_refund(), perform("cancel_refund_request", "buyer")),
    "delivered_instead": (*REQUESTED, requests_refund(), perform("deliver", "seller")),
    "delivered": DELIVERED,
    "asked_after": (*DELIVERED, passes(20 * HOUR), requests_refund()),
    "part_asked_after": (*DELIVERED, passes(82 * HOUR + 59 * MINUTE + 59 * SECOND), requests_refund(1)),
    "taken_back_after": (*DELIVERED, passes(20 * HOUR), requests_refund(), perform("cancel_refund_request", "buyer")),
    "refused": REFUSED,
    "part_refused": PART_REFUSED,
    "disputed": (*REFUSED, perform("escalate", "buyer")),
    "part_disputed": (*PART_REFUSED, perform("escalate", "buyer")),
    "charged_back": (*DELIVERED, passes(20 * HOUR), requests_refund(), bank("charge_back")),
    "charged_back_at_once": (*PAID, bank("charge_back")),
    "completed": (*DELIVERED, perform("confirm", "buyer")),
    "completed_by_a_clock": (*DELIVERED, passes(83 * HOUR)),
    "refunded_by_a_clock": (*PAID, passes(73 * HOUR)),
}
