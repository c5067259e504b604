"""HTTP of the scheduler: deadlines for operators and support."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.scheduler import queries
from services.scheduler.schemas import DeadlineView, Subject, deadline_view
from shared.http.access import allowed
from shared.http.executor import Context
from shared.http.pages import CursorText, Limit, Page, page, read_cursor
from shared.http.strict import StrictRoute

LIST = "deadlines"

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["deadlines"])


@router.get("/deadlines", response_model=Page[DeadlineView], openapi_extra=allowed("operator", "support"))
async def deadlines(
    context: Context,
    subject: Annotated[Subject | None, Query(description="An order's number, or whatever its owner calls it.")] = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Response:
    """Deadlines of a subject, or all, also those fired or withdrawn in the last thirty days; operators and support."""
    found = read_cursor(cursor, LIST, str, str)
    after = (str(found[0]), str(found[1])) if found else None
    return await context.show(
        lambda session: queries.deadlines(session, subject, after, limit + 1),
        lambda rows: page(LIST, rows, limit, deadline_view, lambda row: (row.owner, row.key)),
    )
