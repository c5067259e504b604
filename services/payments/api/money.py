"""What a user has, where it came from, and the books of one order."""

import csv
import io
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import AwareDatetime

from services.payments import queries, schemas
from services.payments.queries import StatementLine
from shared.clock import written
from shared.http.access import allowed
from shared.http.door import Ask
from shared.http.fields import Currency
from shared.http.pages import CursorText, Limit, Page, cursor, read_cursor
from shared.http.problems import RefusedError, refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

router = APIRouter(route_class=StrictRoute)

STATEMENT = "statement"
CSV_ROWS_MAX = 10_000
KEY_MAX = 2**62
COLUMNS = ("at", "reference", "story", "account", "amount", "currency", "payment_number", "order_number")

_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
From = Annotated[
    AwareDatetime | None, Query(alias="from", ge=_EARLIEST, le=_LATEST, description="From this moment on.")
]
To = Annotated[AwareDatetime | None, Query(ge=_EARLIEST, le=_LATEST, description="Before this moment.")]


@router.get(
    "/balance",
    response_model=schemas.BalanceView,
    responses=refusals(Refusal.UNAUTHENTICATED),
    openapi_extra=allowed("user"),
)
async def balance(ask: Ask) -> Response:
    """What the caller can spend, has earned, and has paid into escrow, by currency."""
    return await ask.show(lambda session: queries.wallets(session, ask.caller.user), schemas.balance)


@router.get(
    "/balance/entries",
    response_model=Page[schemas.StatementView],
    responses=refusals(Refusal.UNAUTHENTICATED, Refusal.VALIDATION_FAILED),
    openapi_extra=allowed("user"),
)
async def statement(
    request: Request,
    ask: Ask,
    currency: Annotated[Currency | None, Query()] = None,
    start: From = None,
    to: To = None,
    limit: Limit = 20,
    cursor: CursorText = None,
    accept: Annotated[str, Header()] = "application/json",
) -> Response:
    """Every movement of the caller's money, newest first; as CSV for those who ask for text/csv."""
    user, window, before = ask.caller.user, (start, to), _before(cursor)
    if "text/csv" in accept:
        async with request.app.state.database.reading() as session:
            lines = await queries.statement(session, user, currency, window, before, CSV_ROWS_MAX)
        return Response(_csv(lines), media_type="text/csv; charset=utf-8")
    return await ask.show(
        lambda session: queries.statement(session, user, currency, window, before, limit + 1),
        lambda lines: _page(lines, limit),
    )


@router.get(
    "/ledger/{number}",
    response_model=schemas.LedgerView,
    responses=refusals(Refusal.UNAUTHENTICATED, Refusal.ORDER_NOT_FOUND),
    openapi_extra=allowed("buyer", "seller", "support"),
)
async def ledger(number: str, ask: Ask) -> Response:
    """Every cent of one order, with the proof that it is somewhere."""
    return await ask.show(lambda session: queries.ledger(session, number, ask.caller), schemas.ledger)


def _before(text: str | None) -> tuple[int, int] | None:
    key = read_cursor(text, STATEMENT, int, int)
    if key is None:
        return None
    entry, account = int(key[0]), int(key[1])
    if not (0 <= entry <= KEY_MAX and 0 <= account <= KEY_MAX):
        raise RefusedError(Refusal.VALIDATION_FAILED)
    return entry, account


def _page(lines: list[StatementLine], limit: int) -> Page[schemas.StatementView]:
    shown, more = lines[:limit], len(lines) > limit
    last = cursor(STATEMENT, shown[-1].entry_id, shown[-1].account_id) if more else None
    return Page(items=[schemas.statement(line) for line in shown], next_cursor=last)


def _csv(lines: list[StatementLine]) -> str:
    sheet = io.StringIO()
    rows = csv.writer(sheet)
    rows.writerow(COLUMNS)
    for line in lines:
        rows.writerow([written(line.at), *(getattr(line, name) for name in COLUMNS[1:])])
    return sheet.getvalue()
