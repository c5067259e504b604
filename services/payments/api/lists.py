"""Lists of payments: one's own, and for support anybody's by any reference."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.payments.queries import payments as queries
from services.payments.queries.payments import PaymentFilter, PaymentShown
from services.payments.schemas.payments import PaymentStatus, PaymentSummaryView, payment_summary_view
from shared.clock import written
from shared.http.access import allowed
from shared.http.executor import Context
from shared.http.pages import CursorText, From, Limit, Page, To, page, read_time_cursor
from shared.http.strict import StrictRoute

router = APIRouter(route_class=StrictRoute)
PAYMENTS = "payments"
Transaction = Annotated[
    str | None,
    Query(max_length=200, pattern=r"^[^\x00]*$", description="A provider's id of a capture or of a charge-back."),
]


async def payment_filter(
    context: Context,
    status: PaymentStatus | None = None,
    payment_number: Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")] = None,
    attempt_id: UUID | None = None,
    transaction_id: Transaction = None,
    buyer: Annotated[str | None, Query(max_length=128, pattern=r"^[^\x00]*$", description="Support only.")] = None,
    start: From = None,
    to: To = None,
) -> PaymentFilter:
    """Which payments the list shows: one's own, or for support everybody's or those of a named buyer."""
    actor = context.caller.actor
    buyer = buyer if actor.is_support else actor.account
    return PaymentFilter(buyer, status, payment_number, attempt_id, transaction_id, start, to)


@router.get(
    "/payments", response_model=Page[PaymentSummaryView], openapi_extra=allowed("user", given={"buyer": ("support",)})
)
async def payments(
    context: Context,
    which: Annotated[PaymentFilter, Depends(payment_filter)],
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Response:
    """The caller's payments as a buyer, newest first; `from` and `to` are about when they were placed.

    Support sees everybody's, and finds one by its number, an attempt or a transaction.
    """
    after = read_time_cursor(cursor, PAYMENTS)
    return await context.show(
        lambda session: queries.payments(session, which, after, limit + 1),
        lambda found: page(PAYMENTS, found, limit, payment_summary_view, _place),
    )


def _place(shown: PaymentShown) -> tuple[str, str]:
    """Where a payment stands in the list."""
    return written(shown.payment.placed_at), shown.payment.number
