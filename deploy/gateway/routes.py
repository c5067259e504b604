"""The table of routes: every path of the public surface and the service that answers it.

A path that is not here does not exist for the outside. A test compares the table with the services' OpenAPI documents.
"""

import re
from dataclasses import dataclass

from deploy.gateway.limits import Pace
from deploy.services import SERVICES


@dataclass(frozen=True, slots=True)
class Route:
    """One path pattern, e.g. /v1/orders/{number}; the service sees the path unchanged."""

    path: str
    service: str
    body_limit_kb: int = 64
    read_timeout_seconds: int = 30
    pace: Pace = Pace.COMMANDS
    """Which limit holds for everything but reads."""

    @property
    def exact(self) -> bool:
        """Whether the path has no {parameter}."""
        return "{" not in self.path

    @property
    def pattern(self) -> str:
        """The decoded path as a regular expression that nginx and Python read alike; a person's id may have slashes."""
        return "^" + re.sub(r"\{[a-z_]+\}", "[^/]+", self.path.replace("{user}", r"(?s:.+)")) + "$"


SOCKETS: dict[str, str] = {"/v1/chat": "chat"}
"""The paths of WebSockets, and the service of each; they are not in the API document (docs/chat-socket.md)."""


def _routes(service: str, *paths: str) -> tuple[Route, ...]:
    return tuple(Route(path, service) for path in paths)


ROUTES: tuple[Route, ...] = (
    *_routes(
        "orders",
        "/v1/listings",
        "/v1/listings/{listing_id}",
        "/v1/listings/{listing_id}/stock",
        "/v1/store",
        "/v1/checkouts",
        "/v1/orders",
        "/v1/orders/summary",
        "/v1/orders/{number}",
        "/v1/orders/{number}/history",
        "/v1/orders/{number}/deliver",
        "/v1/orders/{number}/hand-over/reveal",
        "/v1/orders/{number}/confirm",
        "/v1/orders/{number}/refund",
        "/v1/orders/{number}/refund-request",
        "/v1/orders/{number}/refund-request/agree",
        "/v1/orders/{number}/refund-request/refuse",
        "/v1/orders/{number}/dispute",
        "/v1/orders/{number}/decision",
        "/v1/orders/{number}/review",
        "/v1/orders/{number}/review/reply",
        "/v1/orders/{number}/review/report",
        "/v1/orders/{number}/review/report/uphold",
        "/v1/orders/{number}/review/report/reject",
        "/v1/reviews/reported",
        "/v1/sellers/{user}",
        "/v1/sellers/{user}/reviews",
    ),
    *_routes(
        "payments",
        "/v1/payment-methods",
        "/v1/payments",
        "/v1/payments/{payment_number}",
        "/v1/payments/{payment_number}/attempts",
        "/v1/sandbox/payments/{attempt_id}",
        "/v1/sandbox/payments/{attempt_id}/page",
        "/v1/balance",
        "/v1/balance/entries",
        "/v1/ledger/{number}",
        "/v1/top-ups",
        "/v1/sandbox/gift-cards",
        "/v1/claims",
        "/v1/adjustments",
        "/v1/adjustments/{adjustment_id}/approve",
        "/v1/adjustments/{adjustment_id}/reject",
        "/v1/unmatched",
        "/v1/unmatched/{unmatched_id}/resolve",
    ),
    Route("/v1/webhooks/{provider}", "payments", pace=Pace.WEBHOOKS),
    *_routes(
        "chat",
        "/v1/conversations",
        "/v1/conversations/{conversation_id}",
        "/v1/conversations/{conversation_id}/messages",
        "/v1/conversations/{conversation_id}/read",
        "/v1/orders/{number}/log",
        "/v1/chat/tickets",
        "/v1/sellers/{user}/answers",
        "/v1/support/conversations",
        "/v1/support/messages",
        "/v1/support/messages/{message_id}/answer",
        "/v1/support/queue",
        "/v1/support/queue/{item_id}/transcript",
        "/v1/support/queue/{item_id}/assign",
        "/v1/support/queue/{item_id}/notes",
        "/v1/presence",
        "/v1/me/auto-reply",
        "/v1/me/quick-replies",
        "/v1/attachments/{attachment_id}",
        "/v1/files/{signed}",
    ),
    Route("/v1/attachments", "chat", body_limit_kb=5 * 1024),
    *_routes(
        "disputes",
        "/v1/disputes",
        "/v1/disputes/{dispute_id}",
        "/v1/disputes/{dispute_id}/case.html",
        "/v1/disputes/{dispute_id}/excerpt",
        "/v1/disputes/{dispute_id}/evidence",
        "/v1/disputes/{dispute_id}/assign",
        "/v1/disputes/{dispute_id}/decision",
        "/v1/conduct/{user}",
        "/v1/conduct/{user}/offences/{offence_id}/annul",
        "/v1/conduct/{user}/suspend",
        "/v1/conduct/{user}/reinstate",
        "/v1/conduct/{user}/flags",
        "/v1/flags",
        "/v1/flags/{flag_id}/resolve",
    ),
    Route("/v1/sandbox/clock", "scheduler"),
    # An advance waits up to 60 s until the system is idle, twice at worst.
    Route("/v1/sandbox/clock/advance", "scheduler", read_timeout_seconds=90),
    Route("/v1/deadlines", "scheduler"),
    *(
        Route(f"/v1/ops/{service}/parked{action}", service)
        for service in SERVICES
        for action in ("", "/{failed_id}", "/{failed_id}/replay", "/{failed_id}/skip")
    ),
)


def in_order(routes: tuple[Route, ...] = ROUTES) -> tuple[Route, ...]:
    """The routes in the order in which they are tried: a written-out segment wins over a {parameter}."""

    def turn(route: Route) -> list[bool]:
        return [*(segment.startswith("{") for segment in route.path.split("/")), True]

    return tuple(sorted(routes, key=turn))


def resolve(path: str) -> Route | None:
    """The route that answers a concrete path, as the gateway itself would choose it; None means 404."""
    return next((route for route in in_order() if re.match(route.pattern, path)), None)
