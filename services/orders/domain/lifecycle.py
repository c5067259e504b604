"""The lifecycle of an order as one table: T1 to T29 of the rules, one line each; nothing else names a target status.

`find_row` finds the row that applies to a request; `transition.decide` expires an overdue deadline first and applies rows.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.orders.domain import rules
from services.orders.domain.order import Order, RequestState, Stage, Status
from services.orders.domain.request import Action, Request, Role
from services.orders.domain.rules import Branch, Guard
from services.orders.refusals import OrdersRefusal
from shared.refusals import Refusal, RefusalCode

Place = tuple[Status, Stage | None]
S, A, R, Q = Status, Action, Role, RequestState
PRE: Place = (S.REFUNDING, Stage.PRE_DELIVERY)
POST: Place = (S.REFUNDING, Stage.POST_DELIVERY)


class Moves(StrEnum):
    """What a row does with the money in escrow."""

    NOTHING = "nothing"
    FUNDS = "funds"  # the order's amount comes into escrow
    ALL_TO_BUYER = "all_to_buyer"
    REQUESTED_TO_BUYER = "requested_to_buyer"  # the remainder stays in escrow
    ALL_TO_SELLER = "all_to_seller"  # minus fee and tax
    REQUEST_SPLIT = "request_split"  # the requested amount to the buyer, the remainder to the seller
    SPLIT = "split"  # the ruled amount to the buyer, the remainder to the seller


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: its number, the sources, the action and its role, the target, and the event to publish."""

    id: str
    sources: tuple[Place, ...]
    action: Action
    role: Role
    target: Status
    event: str
    moves: Moves = Moves.NOTHING
    request: RequestState | None = None
    guards: tuple[Guard, ...] = ()
    when: tuple[Branch, ...] = ()


def _at(*statuses: Status) -> tuple[Place, ...]:
    return tuple((status, None) for status in statuses)


DELIVERY, CONFIRMATION = _at(S.WAITING_DELIVERY), _at(S.WAITING_CONFIRMATION)
REFUSED, DISPUTED = _at(S.REFUND_REFUSED), _at(S.DISPUTED)
PAID, REFUND, PART, DONE = "order.paid", "order.refunded", "order.partially_refunded", "order.completed"
ALL, BOTH, SALE = Moves.ALL_TO_BUYER, Moves.REQUEST_SPLIT, Moves.ALL_TO_SELLER
_WHY, _ONCE = (rules.amount_fits, rules.buyer_gives_reason), rules.once_after_delivery
_ASK_EARLY = (rules.gate_open, rules.once_before_delivery, *_WHY)
_FORCED = (*DELIVERY, *CONFIRMATION, PRE, POST, *REFUSED)
_DUE, _FREE, _EXPLAINED = (rules.is_due,), (rules.not_charged_back,), (rules.decision_explained,)
_SEALS = (rules.hand_over_fits,)
_RULED = (rules.split_fits, rules.decision_explained)

# fmt: off
TABLE: tuple[Row, ...] = (
    Row("T3", _at(S.WAITING_PAYMENT), A.CONFIRM_PAYMENT, R.PROVIDER, S.WAITING_DELIVERY, PAID, Moves.FUNDS, guards=(rules.amount_matches, rules.parties_not_suspended)),
    Row("T4", _at(S.WAITING_PAYMENT), A.TIME_OUT, R.CLOCK, S.EXPIRED, "order.expired", guards=_DUE),
    Row("T5", _at(S.WAITING_PAYMENT, S.EXPIRED), A.DELETE, R.BUYER, S.DELETED, "order.deleted"),
    Row("T7", DELIVERY, A.DELIVER, R.SELLER, S.WAITING_CONFIRMATION, "order.delivered", guards=_SEALS),
    Row("T8", DELIVERY, A.REFUND, R.SELLER, S.REFUNDED, REFUND, ALL, guards=(rules.seller_gives_reason,)),
    Row("T9", DELIVERY, A.TIME_OUT, R.CLOCK, S.REFUNDED, REFUND, ALL, guards=_DUE),
    Row("T10", DELIVERY, A.REQUEST_REFUND, R.BUYER, S.REFUNDING, "refund.requested", request=Q.OPEN, guards=_ASK_EARLY),
    Row("T11", (PRE,), A.DELIVER, R.SELLER, S.WAITING_CONFIRMATION, "order.delivered", request=Q.SUPERSEDED, guards=_SEALS),
    Row("T12", (PRE,), A.AGREE_REFUND, R.SELLER, S.REFUNDED, REFUND, ALL, Q.AGREED, when=(rules.wants_all,)),
    Row("T12", (PRE,), A.AGREE_REFUND, R.SELLER, S.WAITING_DELIVERY, PART, Moves.REQUESTED_TO_BUYER, Q.AGREED, when=(rules.wants_part,)),
    Row("T13", (PRE,), A.TIME_OUT, R.CLOCK, S.REFUNDED, REFUND, ALL, Q.TIMED_OUT, guards=_DUE),
    Row("T14", (PRE,), A.CANCEL_REFUND_REQUEST, R.BUYER, S.WAITING_DELIVERY, "refund.cancelled", request=Q.CANCELLED),
    Row("T15", CONFIRMATION, A.CONFIRM, R.BUYER, S.COMPLETED, DONE, SALE),
    Row("T16", CONFIRMATION, A.TIME_OUT, R.CLOCK, S.COMPLETED, DONE, SALE, guards=_DUE),
    Row("T17", CONFIRMATION, A.REQUEST_REFUND, R.BUYER, S.REFUNDING, "refund.requested", request=Q.OPEN, guards=(_ONCE, *_WHY)),
    Row("T18", (POST,), A.AGREE_REFUND, R.SELLER, S.REFUNDED, REFUND, ALL, Q.AGREED, when=(rules.wants_all,)),
    Row("T18", (POST,), A.AGREE_REFUND, R.SELLER, S.COMPLETED, PART, BOTH, Q.AGREED, when=(rules.wants_part,)),
    Row("T19", (POST,), A.REFUSE_REFUND, R.SELLER, S.REFUND_REFUSED, "refund.refused", request=Q.REFUSED, guards=(rules.refusal_explained,)),
    Row("T20", (POST,), A.TIME_OUT, R.CLOCK, S.REFUNDED, REFUND, ALL, Q.TIMED_OUT, _DUE, (rules.wants_all,)),
    Row("T20", (POST,), A.TIME_OUT, R.CLOCK, S.COMPLETED, PART, BOTH, Q.TIMED_OUT, _DUE, (rules.wants_part,)),
    Row("T21", (POST,), A.CANCEL_REFUND_REQUEST, R.BUYER, S.WAITING_CONFIRMATION, "refund.cancelled", request=Q.CANCELLED, when=(rules.confirmation_runs,)),
    Row("T21", (POST,), A.CANCEL_REFUND_REQUEST, R.BUYER, S.COMPLETED, DONE, SALE, Q.CANCELLED, when=(rules.confirmation_over,)),
    Row("T22", REFUSED, A.ESCALATE, R.BUYER, S.DISPUTED, "dispute.requested", request=Q.ESCALATED),
    Row("T23", REFUSED, A.TIME_OUT, R.CLOCK, S.COMPLETED, DONE, SALE, Q.WAIVED, guards=_DUE),
    Row("T24", REFUSED + DISPUTED, A.AGREE_REFUND, R.SELLER, S.REFUNDED, REFUND, ALL, Q.AGREED, _FREE, (rules.wants_all,)),
    Row("T24", REFUSED + DISPUTED, A.AGREE_REFUND, R.SELLER, S.COMPLETED, PART, BOTH, Q.AGREED, _FREE, (rules.wants_part,)),
    Row("T25", (POST, *REFUSED, *DISPUTED), A.CONFIRM, R.BUYER, S.COMPLETED, DONE, SALE, Q.CANCELLED, _FREE),
    Row("T26", DISPUTED, A.DECIDE, R.SUPPORT, S.REFUNDED, REFUND, ALL, Q.RESOLVED, _EXPLAINED, (rules.for_buyer,)),
    Row("T26", DISPUTED, A.DECIDE, R.SUPPORT, S.COMPLETED, DONE, SALE, Q.RESOLVED, _EXPLAINED, (rules.for_seller,)),
    Row("T26", DISPUTED, A.DECIDE, R.SUPPORT, S.COMPLETED, PART, Moves.SPLIT, Q.RESOLVED, _RULED, (rules.for_both,)),
    Row("T27", _FORCED, A.FORCE_DECISION, R.SUPPORT, S.REFUNDED, REFUND, ALL, Q.RESOLVED, _EXPLAINED, (rules.for_buyer,)),
    Row("T27", _FORCED, A.FORCE_DECISION, R.SUPPORT, S.COMPLETED, DONE, SALE, Q.RESOLVED, _EXPLAINED, (rules.for_seller,)),
    Row("T29", (*_FORCED, *DISPUTED), A.CHARGE_BACK, R.PROVIDER, S.DISPUTED, "dispute.requested", request=Q.ESCALATED),
)
# fmt: on

ESCALATION_NOT_YET = frozenset({S.WAITING_DELIVERY, S.WAITING_CONFIRMATION, S.REFUNDING})


def find_row(order: Order, request: Request) -> Row | RefusalCode:
    """The row that applies to the request, or the refusal of its first guard; an overdue deadline is not looked at."""
    rows = matching(order, request)
    if not rows:
        return _no_row(order, request)
    (row,) = rows  # two would be a mistake in the table, and a test tries every combination
    return next((refusal for guard in row.guards if (refusal := guard(order, request)) is not None), row)


def matching(order: Order, request: Request) -> list[Row]:
    """The rows for this action and role whose sources and branches fit the order."""
    rows = [row for row in TABLE if row.action is request.action and row.role is request.role]
    rows = [row for row in rows if place(order.status, order.stage) in row.sources]
    return [row for row in rows if all(branch(order, request) for branch in row.when)]


def place(status: Status, stage: Stage | None) -> Place:
    """The place of an order in the table: only REFUNDING has places by stage."""
    return (status, stage if status is Status.REFUNDING else None)


def _no_row(order: Order, request: Request) -> RefusalCode:
    """The code is the same whether this request or an earlier one expired the deadline (rules 3.3.10)."""
    if order.expiry is not None:
        before = place(order.expiry.source, order.expiry.stage)
        rows = [row for row in TABLE if row.action is request.action and row.role is request.role]
        if any(before in row.sources for row in rows):
            return Refusal.DEADLINE_PASSED
    if request.action is Action.ESCALATE and order.status in ESCALATION_NOT_YET:
        return OrdersRefusal.ESCALATION_NOT_ALLOWED
    return Refusal.WRONG_STATUS
