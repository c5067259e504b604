"""Why an order is where it is: one sentence per entry, from a template and the facts of the step."""

from datetime import datetime

from services.orders.domain.lifecycle import Row
from services.orders.domain.order import Order
from services.orders.domain.request import Request
from services.orders.domain.transition import Settlement, Step
from shared.money import Money

_WHY: dict[str, str] = {
    "T1": "The buyer ordered {quantity} x {title}.",
    "T3": "The payment of {amount} was confirmed.",
    "T4": "Expired because nobody paid by {due}.",
    "T5": "The buyer deleted the order.",
    "T7": "The seller says the goods are with the buyer{sealed}.",
    "T8": "The seller gave {to_buyer} back to the buyer, {reason}: {described}",
    "T9": "Refunded {to_buyer} because the seller did not deliver by {due}.",
    "T10": "The buyer asked for {wanted} back before delivery: {reason}.",
    "T11": "The seller delivered instead of answering the refund request of {requested}{sealed}.",
    "T12": "The seller agreed to give {to_buyer} back.",
    "T13": "Refunded {to_buyer} because the seller neither delivered nor answered the request of {requested} by {due}.",
    "T14": "The buyer took the refund request back.",
    "T15": "The buyer confirmed receipt; the seller receives {net}.",
    "T16": "Completed because the buyer did not object by {due}; the seller receives {net}.",
    "T17": "The buyer asked for {wanted} back after delivery: {reason}.",
    "T18": "The seller agreed to give {to_buyer} back; the seller receives {net}.",
    "T19": "The seller refused the refund: {refusal}",
    "T20": "Refunded {to_buyer} because the seller did not answer the request of {requested} by {due}{rest}.",
    "T21": "The buyer took the refund request back{rest}.",
    "T22": "The buyer asked for dispute resolution.",
    "T23": "Completed because the buyer did not escalate the refusal by {due}; the seller receives {net}.",
    "T24": "The seller agreed after all to give {to_buyer} back; the seller receives {net}.",
    "T25": "The buyer confirmed receipt after all; the seller receives {net}.",
    "T26": "Support decided the dispute: {to_buyer} to the buyer, {net} to the seller.",
    "T27": "Support decided, {to_buyer} to the buyer and {net} to the seller: {ruled}",
    "T29": "The bank took {taken} back.",
}
"""One sentence per row of the table."""


def placed(order: Order) -> str:
    """Why the order exists (T1)."""
    return _WHY["T1"].format(quantity=order.quantity, title=order.title)


def why(step: Step) -> str:
    """The sentence of this step."""
    return sentence(step.row, step.request, step.after, step.settlement, step.at)


def sentence(row: Row, request: Request, after: Order, settlement: Settlement, at: datetime) -> str:
    """The row's template with the facts filled in."""
    made = after.request
    words = {
        "quantity": after.quantity,
        "title": after.title,
        "amount": Money(after.amount, after.currency),
        "to_buyer": Money(settlement.to_buyer, after.currency),
        "net": Money(settlement.net, after.currency),
        "wanted": Money(after.requested_amount, after.currency),
        "requested": _moment(made.requested_at) if made else "",
        "refusal": (made.refusal_reason or "") if made else "",
        "reason": (request.reason or "").replace("_", " "),
        "rest": f"; the seller receives {Money(settlement.net, after.currency)}" if settlement.gross else "",
        "sealed": "; the account was handed over sealed" if request.sealed else "",
        "described": request.description or "",
        "ruled": request.reason or "",
        "due": _moment(at),
        "taken": Money(request.amount or 0, after.currency),
    }
    return _WHY[row.id].format(**words)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
