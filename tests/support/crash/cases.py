"""All points of all handlers, each with a scenario that leads there; a smaller choice for `make test`.

`test_crash_matrix.py` fails for a message, event or command without a scenario: give it one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from deploy.services import SERVICES
from tests.support.crash.points import (
    COMMAND_POINTS,
    MESSAGE_POINTS,
    RELAY_POINTS,
    TIMER_POINTS,
    WEBHOOK,
    WEBHOOK_POINTS,
)
from tests.support.scenarios import chat, conduct, decided
from tests.support.scenarios import orders as scenarios
from tests.support.scenarios.ending import Scenario

CONSUMED: Mapping[tuple[str, str], Scenario] = {
    ("orders", "payment.confirmed"): scenarios.sale,
    ("orders", "escrow.released"): scenarios.sale,
    ("orders", "escrow.refunded"): scenarios.given_back,
    ("orders", "deadline.expired"): scenarios.not_confirmed,
    ("payments", "checkout.placed"): scenarios.sale,
    ("payments", "order.paid"): scenarios.sale,
    ("payments", "order.payment_refused"): scenarios.refused,
    ("payments", "order.expired"): scenarios.expired,
    ("payments", "order.deleted"): scenarios.deleted,
    ("payments", "order.refunded"): scenarios.given_back,
    ("payments", "order.partially_refunded"): scenarios.part_before_delivery,
    ("payments", "order.completed"): scenarios.sale,
    ("scheduler", "deadline.set"): scenarios.sale,
    ("scheduler", "deadline.withdrawn"): scenarios.sale,
    ("orders", "payment.charged_back"): conduct.charged_back,
    ("orders", "dispute.decided"): conduct.ruled,
    ("disputes", "dispute.requested"): conduct.ruled,
    ("disputes", "order.completed"): conduct.reminded,
    ("disputes", "order.refunded"): conduct.agreed_after_all,
    ("disputes", "order.partially_refunded"): conduct.ruled,
    ("disputes", "contact.violation_detected"): conduct.offended,
    ("disputes", "chat.excerpt_attached"): conduct.ruled,
    ("disputes", "log.comment_added"): conduct.ruled,
    ("disputes", "deadline.expired"): conduct.reminded,
    ("chat", "listing.published"): chat.talked,
    ("chat", "order.placed"): chat.talked,
    ("chat", "order.paid"): chat.talked,
    ("chat", "order.delivered"): chat.talked,
    ("chat", "order.completed"): chat.talked,
    ("chat", "order.expired"): scenarios.expired,
    ("chat", "order.deleted"): scenarios.deleted,
    ("chat", "order.refunded"): scenarios.given_back,
    ("chat", "order.partially_refunded"): scenarios.part_before_delivery,
    ("chat", "refund.requested"): scenarios.taken_back,
    ("chat", "refund.cancelled"): scenarios.taken_back,
    ("chat", "refund.refused"): scenarios.waived,
    ("chat", "dispute.requested"): conduct.ruled,
    ("chat", "dispute.evidence_added"): conduct.ruled,
    ("chat", "dispute.opened"): conduct.ruled,
    ("chat", "dispute.closed"): conduct.agreed_after_all,
    ("chat", "deadline.expired"): chat.supported,
    **{
        (service, f"account.{status}"): conduct.offended
        for service in ("orders", "payments", "chat")
        for status in ("warned", "suspended", "reinstated")
    },
}
"""Every handler of a message."""

PUBLISHED: Mapping[tuple[str, str], Scenario] = {
    ("orders", "listing.published"): scenarios.sale,
    ("orders", "listing.changed"): scenarios.sale,
    ("orders", "listing.withdrawn"): scenarios.sale,
    ("orders", "checkout.placed"): scenarios.sale,
    ("orders", "order.placed"): scenarios.deleted,
    ("orders", "order.paid"): scenarios.sale,
    ("orders", "order.payment_refused"): scenarios.refused,
    ("orders", "order.delivered"): scenarios.sale,
    ("orders", "order.completed"): scenarios.sale,
    ("orders", "order.refunded"): scenarios.given_back,
    ("orders", "order.partially_refunded"): scenarios.not_answered_after_delivery,
    ("orders", "order.expired"): scenarios.expired,
    ("orders", "order.deleted"): scenarios.deleted,
    ("orders", "refund.requested"): scenarios.taken_back,
    ("orders", "refund.cancelled"): scenarios.taken_back,
    ("orders", "refund.refused"): scenarios.waived,
    ("orders", "deadline.set"): scenarios.sale,
    ("orders", "deadline.withdrawn"): scenarios.deleted,
    ("payments", "payment.confirmed"): scenarios.sale,
    ("payments", "payment.failed"): scenarios.given_back,
    ("payments", "payment.credited"): scenarios.expired,
    ("payments", "payment.unmatched"): scenarios.unmatched,
    ("payments", "escrow.released"): scenarios.sale,
    ("payments", "escrow.refunded"): scenarios.given_back,
    ("scheduler", "deadline.expired"): scenarios.not_delivered,
    ("orders", "dispute.requested"): conduct.charged_back,
    ("orders", "contact.violation_detected"): conduct.offended,
    ("orders", "review.posted"): conduct.reviewed,
    ("orders", "review.replied"): conduct.reviewed,
    ("orders", "review.reported"): conduct.reviewed,
    ("payments", "payment.charged_back"): conduct.charged_back,
    ("payments", "balance.frozen"): conduct.offended,
    ("payments", "balance.released"): conduct.offended,
    ("disputes", "dispute.opened"): conduct.ruled,
    ("disputes", "dispute.evidence_added"): conduct.ruled,
    ("disputes", "dispute.decided"): conduct.ruled,
    ("disputes", "dispute.closed"): conduct.agreed_after_all,
    ("disputes", "account.warned"): conduct.offended,
    ("disputes", "account.suspended"): conduct.offended,
    ("disputes", "account.reinstated"): conduct.offended,
    ("disputes", "deadline.set"): conduct.ruled,
    ("disputes", "deadline.withdrawn"): conduct.agreed_after_all,
    ("chat", "chat.message_sent"): chat.talked,
    ("chat", "support_message.received"): chat.supported,
    ("chat", "support_message.answered"): chat.supported,
    ("chat", "support_message.overdue"): chat.supported,
    ("chat", "deadline.set"): chat.supported,
    ("chat", "deadline.withdrawn"): chat.supported,
    ("chat", "log.comment_added"): chat.talked,
    ("chat", "chat.excerpt_attached"): conduct.ruled,
    ("chat", "contact.violation_detected"): chat.talked,
}
"""Every event that is published."""

_ORDER, _CASE, _USER = "/v1/orders/{number}", "/v1/disputes/{dispute_id}", "/v1/conduct/{user}"
ANSWERED: Mapping[tuple[str, str], Scenario] = {
    ("orders", "PUT /v1/listings/{listing_id}"): scenarios.sale,
    ("orders", "PUT /v1/listings/{listing_id}/stock"): scenarios.sale,
    ("orders", "POST /v1/listings/{listing_id}/stock"): scenarios.sale,
    ("orders", "PUT /v1/store"): scenarios.sale,
    ("orders", "POST /v1/checkouts"): scenarios.sale,
    ("orders", f"POST {_ORDER}/deliver"): scenarios.sale,
    ("orders", f"POST {_ORDER}/hand-over/reveal"): scenarios.handed_over,
    ("orders", f"POST {_ORDER}/confirm"): scenarios.sale,
    ("orders", f"POST {_ORDER}/refund"): scenarios.given_back,
    ("orders", f"DELETE {_ORDER}"): scenarios.deleted,
    ("orders", f"POST {_ORDER}/refund-request"): scenarios.taken_back,
    ("orders", f"DELETE {_ORDER}/refund-request"): scenarios.taken_back,
    ("orders", f"POST {_ORDER}/refund-request/agree"): scenarios.part_before_delivery,
    ("orders", f"POST {_ORDER}/refund-request/refuse"): scenarios.waived,
    ("orders", f"POST {_ORDER}/decision"): scenarios.taken_back,
    ("payments", "POST /v1/payments/{payment_number}/attempts"): scenarios.given_back,
    ("payments", WEBHOOK): scenarios.sale,
    ("payments", "POST /v1/unmatched/{unmatched_id}/resolve"): scenarios.unmatched,
    ("payments", "POST /v1/claims"): decided.claimed,
    ("payments", "POST /v1/top-ups"): decided.topped_up,
    ("payments", "POST /v1/adjustments"): decided.adjusted,
    ("payments", "POST /v1/adjustments/{adjustment_id}/approve"): decided.adjusted,
    ("payments", "POST /v1/adjustments/{adjustment_id}/reject"): decided.adjusted,
    ("orders", f"POST {_ORDER}/dispute"): conduct.ruled,
    ("orders", f"POST {_ORDER}/review"): conduct.reviewed,
    ("orders", f"POST {_ORDER}/review/reply"): conduct.reviewed,
    ("orders", f"POST {_ORDER}/review/report"): conduct.reviewed,
    ("orders", f"POST {_ORDER}/review/report/uphold"): conduct.reviewed,
    ("orders", f"POST {_ORDER}/review/report/reject"): conduct.reviewed_in_good_faith,
    ("disputes", f"POST {_CASE}/evidence"): conduct.ruled,
    ("disputes", f"POST {_CASE}/assign"): conduct.ruled,
    ("disputes", f"POST {_CASE}/decision"): conduct.ruled,
    ("disputes", f"POST {_USER}/suspend"): conduct.offended,
    ("disputes", f"POST {_USER}/reinstate"): conduct.offended,
    ("disputes", f"POST {_USER}/flags"): conduct.offended,
    ("disputes", f"POST {_USER}/offences/{{offence_id}}/annul"): conduct.offended,
    ("disputes", "POST /v1/flags/{flag_id}/resolve"): conduct.offended,
    ("chat", "POST /v1/conversations"): chat.talked,
    ("chat", "POST /v1/attachments"): chat.talked,
    ("chat", "POST /v1/conversations/{conversation_id}/messages"): chat.talked,
    ("chat", "POST /v1/conversations/{conversation_id}/read"): chat.talked,
    ("chat", f"POST {_ORDER}/log"): chat.talked,
    ("chat", "POST /v1/chat/tickets"): chat.talked,
    ("chat", "DELETE /v1/chat/tickets"): chat.talked,
    ("chat", "POST /v1/support/conversations"): chat.supported,
    ("chat", "POST /v1/support/messages"): chat.supported,
    ("chat", "POST /v1/support/messages/{message_id}/answer"): chat.supported,
    ("chat", "POST /v1/support/queue/{item_id}/assign"): chat.supported,
    ("chat", "POST /v1/support/queue/{item_id}/notes"): chat.supported,
    ("chat", "PUT /v1/me/auto-reply"): chat.talked,
    ("chat", "PUT /v1/me/quick-replies"): chat.talked,
    **{
        (service, f"POST /v1/ops/{service}/parked/{{failed_id}}/{act}"): scenarios.operated(service)
        for service in SERVICES
        for act in ("replay", "skip")
    },
}
"""Every command."""

EXPIRED: Mapping[str, tuple[Scenario, ...]] = {
    "D1": (scenarios.expired, scenarios.clock_runs),
    "D3": (scenarios.not_delivered,),
    "D4": (scenarios.not_answered,),
    "D5": (scenarios.not_confirmed,),
    "D6": (scenarios.not_answered_after_delivery,),
    "D7": (scenarios.waived,),
    "reminder": (conduct.reminded,),
    "escalation": (conduct.is_idle,),
}
"""Every kind of deadline; while the clock stands the coordinator fires, while it runs the fire loop."""


WHOLE = {
    ("orders", "payment.charged_back"),
    ("payments", "order.completed"),
    ("orders", f"POST {_ORDER}/confirm"),
    ("payments", WEBHOOK),
    ("scheduler", "D1"),
    ("scheduler", "deadline.expired"),
}
"""What is tried at all its points in `make test`: one of each kind, because what is around a handler is shared code."""


STEPS: Mapping[str, int] = {
    "checkout.placed": 1,
    "deadline.set": 1,
    WEBHOOK: 2,
    "payment.confirmed": 2,
    "order.paid": 2,
    f"POST {_ORDER}/confirm": 3,
    "order.completed": 3,
    "escrow.released": 3,
    "deadline.withdrawn": 3,
    "deadline.expired": 1,
    "contact.violation_detected": 1,
    "account.warned": 1,
    "account.suspended": 2,
    "account.reinstated": 3,
    "dispute.requested": 1,
    "dispute.decided": 2,
    "order.partially_refunded": 2,
}
"""At which of a scenario's requests a service comes to a point: it dies a second time only at a later request.

A service that dies at what is not named here dies once.
"""


@dataclass(frozen=True)
class Case:
    """One crash, and the scenario in which it happens."""

    service: str
    kind: str
    point: str
    subject: str
    scenario: Scenario

    def __str__(self) -> str:
        """Short and unique within its scenario, as pytest names it."""
        return f"{self.service}-{self.kind}-{self.point}-{self.subject}".replace("/v1", "").replace(" ", "")

    def fits(self, others: Sequence["Case"]) -> bool:
        """Whether this death can follow or precede these in one scenario: each service dies at one request once."""
        steps = [STEPS.get(each.subject) for each in (*others, self) if each.service == self.service]
        return len(steps) == 1 or (None not in steps and len(steps) == len(set(steps)))


def every() -> list[Case]:
    """All points of all handlers."""
    return [
        *(
            Case(who, "message", point, what, scenario)
            for (who, what), scenario in CONSUMED.items()
            for point in MESSAGE_POINTS
        ),
        *(
            Case(who, "command", point, what, scenario)
            for (who, what), scenario in ANSWERED.items()
            for point in _points(what)
        ),
        *(
            Case(who, "relay", point, what, scenario)
            for (who, what), scenario in PUBLISHED.items()
            for point in RELAY_POINTS
        ),
        *(
            Case("scheduler", "timer", point, what, scenario)
            for what, known in EXPIRED.items()
            for scenario in known
            for point in TIMER_POINTS
        ),
    ]


def alone(cases: Iterable[Case]) -> list[tuple[Case, ...]]:
    """A scenario for each death."""
    return [(case,) for case in cases]


def merged(cases: Iterable[Case]) -> list[tuple[Case, ...]]:
    """As few scenarios as possible, each with all the deaths that fit into it, in the order in which they come."""
    found: list[list[Case]] = []
    for case in cases:
        group = next((each for each in found if each[0].scenario is case.scenario and case.fits(each)), None)
        if group is None:
            found.append([case])
        else:
            group.append(case)
    return [tuple(sorted(group, key=lambda case: STEPS.get(case.subject, 0))) for group in found]


def a_choice() -> list[Case]:
    """All points of one handler of each kind, and every other handler of a message just before its commit."""
    return [
        case
        for case in every()
        if (case.service, case.subject) in WHOLE or (case.kind, case.point) == ("message", "before_commit")
    ]


def _points(route: str) -> tuple[str, ...]:
    return WEBHOOK_POINTS if route == WEBHOOK else COMMAND_POINTS
