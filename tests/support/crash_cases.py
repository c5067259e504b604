"""All points of all handlers, each with a life of an order that leads there; a smaller choice for `make test`.

What a service hears, says or answers and what has no life here makes `test_crash_matrix.py` fail: give it one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.services import SERVICES
from tests.support import lives
from tests.support import lives_of_conduct as conduct
from tests.support.crash_points import (
    COMMAND_POINTS,
    MESSAGE_POINTS,
    RELAY_POINTS,
    TIMER_POINTS,
    WEBHOOK,
    WEBHOOK_POINTS,
)
from tests.support.lives import Life

HEARD: Mapping[tuple[str, str], Life] = {
    ("orders", "payment.confirmed"): lives.sale,
    ("orders", "escrow.released"): lives.sale,
    ("orders", "escrow.refunded"): lives.given_back,
    ("orders", "deadline.expired"): lives.not_confirmed,
    ("payments", "checkout.placed"): lives.sale,
    ("payments", "order.paid"): lives.sale,
    ("payments", "order.payment_refused"): lives.refused,
    ("payments", "order.expired"): lives.expired,
    ("payments", "order.deleted"): lives.deleted,
    ("payments", "order.refunded"): lives.given_back,
    ("payments", "order.partially_refunded"): lives.part_before_delivery,
    ("payments", "order.completed"): lives.sale,
    ("scheduler", "deadline.set"): lives.sale,
    ("scheduler", "deadline.withdrawn"): lives.sale,
    ("orders", "payment.charged_back"): conduct.charged_back,
    ("orders", "dispute.decided"): conduct.ruled,
    ("disputes", "dispute.requested"): conduct.ruled,
    ("disputes", "order.completed"): conduct.reminded,
    ("disputes", "order.refunded"): conduct.agreed_after_all,
    ("disputes", "order.partially_refunded"): conduct.ruled,
    ("disputes", "contact.violation_detected"): conduct.offended,
    ("disputes", "deadline.expired"): conduct.reminded,
    **{
        (service, f"account.{standing}"): conduct.offended
        for service in ("orders", "payments")
        for standing in ("warned", "suspended", "reinstated")
    },
}
"""Every handler of a message."""

SAID: Mapping[tuple[str, str], Life] = {
    ("orders", "listing.published"): lives.sale,
    ("orders", "listing.changed"): lives.sale,
    ("orders", "listing.withdrawn"): lives.sale,
    ("orders", "checkout.placed"): lives.sale,
    ("orders", "order.placed"): lives.deleted,
    ("orders", "order.paid"): lives.sale,
    ("orders", "order.payment_refused"): lives.refused,
    ("orders", "order.delivered"): lives.sale,
    ("orders", "order.completed"): lives.sale,
    ("orders", "order.refunded"): lives.given_back,
    ("orders", "order.partially_refunded"): lives.not_answered_after_delivery,
    ("orders", "order.expired"): lives.expired,
    ("orders", "order.deleted"): lives.deleted,
    ("orders", "refund.requested"): lives.taken_back,
    ("orders", "refund.cancelled"): lives.taken_back,
    ("orders", "refund.refused"): lives.waived,
    ("orders", "deadline.set"): lives.sale,
    ("orders", "deadline.withdrawn"): lives.deleted,
    ("payments", "payment.confirmed"): lives.sale,
    ("payments", "payment.failed"): lives.given_back,
    ("payments", "payment.credited"): lives.expired,
    ("payments", "payment.unmatched"): lives.unmatched,
    ("payments", "escrow.released"): lives.sale,
    ("payments", "escrow.refunded"): lives.given_back,
    ("scheduler", "deadline.expired"): lives.not_delivered,
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
}
"""Every event that is said."""

_ORDER, _CASE, _USER = "/v1/orders/{number}", "/v1/disputes/{dispute_id}", "/v1/conduct/{user}"
ANSWERED: Mapping[tuple[str, str], Life] = {
    ("orders", "PUT /v1/listings/{listing_id}"): lives.sale,
    ("orders", "PUT /v1/listings/{listing_id}/stock"): lives.sale,
    ("orders", "POST /v1/listings/{listing_id}/stock"): lives.sale,
    ("orders", "PUT /v1/store"): lives.sale,
    ("orders", "POST /v1/checkouts"): lives.sale,
    ("orders", f"POST {_ORDER}/deliver"): lives.sale,
    ("orders", f"POST {_ORDER}/confirm"): lives.sale,
    ("orders", f"POST {_ORDER}/refund"): lives.given_back,
    ("orders", f"DELETE {_ORDER}"): lives.deleted,
    ("orders", f"POST {_ORDER}/refund-request"): lives.taken_back,
    ("orders", f"DELETE {_ORDER}/refund-request"): lives.taken_back,
    ("orders", f"POST {_ORDER}/refund-request/agree"): lives.part_before_delivery,
    ("orders", f"POST {_ORDER}/refund-request/refuse"): lives.waived,
    ("orders", f"POST {_ORDER}/decision"): lives.taken_back,
    ("payments", "POST /v1/payments/{payment_number}/attempts"): lives.given_back,
    ("payments", WEBHOOK): lives.sale,
    ("payments", "POST /v1/unmatched/{unmatched_id}/resolve"): lives.unmatched,
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
    **{
        (service, f"POST /v1/ops/{service}/parked/{{kept_id}}/{button}"): lives.operated(service)
        for service in SERVICES
        for button in ("replay", "skip")
    },
}
"""Every command."""

RUNG: Mapping[str, tuple[Life, ...]] = {
    "D1": (lives.expired, lives.clock_runs),
    "D3": (lives.not_delivered,),
    "D4": (lives.not_answered,),
    "D5": (lives.not_confirmed,),
    "D6": (lives.not_answered_after_delivery,),
    "D7": (lives.waived,),
    "reminder": (conduct.reminded,),
    "escalation": (conduct.lies_still,),
}
"""Every kind of deadline; while the clock stands the coordinator rings, while it runs the fire loop."""


WHOLE = {
    ("orders", "payment.charged_back"),
    ("payments", "order.completed"),
    ("orders", f"POST {_ORDER}/confirm"),
    ("payments", WEBHOOK),
    ("scheduler", "D1"),
    ("scheduler", "deadline.expired"),
}
"""What is tried at all its points in `make test`: one of each kind, because what is around a handler is shared code."""


@dataclass(frozen=True)
class Case:
    """One death, and the life in which it happens."""

    service: str
    kind: str
    point: str
    subject: str
    life: Life

    def __str__(self) -> str:
        """Short and unique, as pytest names it."""
        life = f"-{self.life.__name__}" if self.kind == "timer" else ""
        return f"{self.service}-{self.kind}-{self.point}-{self.subject}{life}".replace("/v1", "").replace(" ", "")


def every() -> list[Case]:
    """All points of all handlers."""
    return [
        *(Case(who, "message", point, what, life) for (who, what), life in HEARD.items() for point in MESSAGE_POINTS),
        *(Case(who, "command", point, what, life) for (who, what), life in ANSWERED.items() for point in _points(what)),
        *(Case(who, "relay", point, what, life) for (who, what), life in SAID.items() for point in RELAY_POINTS),
        *(
            Case("scheduler", "timer", point, what, life)
            for what, known in RUNG.items()
            for life in known
            for point in TIMER_POINTS
        ),
    ]


def a_choice() -> list[Case]:
    """All points of one handler of each kind, and every other handler of a message just before its commit."""
    return [
        case
        for case in every()
        if (case.service, case.subject) in WHOLE or (case.kind, case.point) == ("message", "before_commit")
    ]


def _points(route: str) -> tuple[str, ...]:
    return WEBHOOK_POINTS if route == WEBHOOK else COMMAND_POINTS
