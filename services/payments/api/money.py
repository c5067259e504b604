"""What a user has, where it came from, and the books of one order."""

import csv
import io
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.payments.queries import money as queries
from services.payments.queries.money import StatementLine
from services.payments.schemas.money import (
    BalanceView,
    LedgerView,
    StatementView,
    balance_view,
    ledger_view,
    statement_view,
)
from shared.clock import written
from shared.http.access import Who, allowed
from shared.http.executor import Context
from shared.http.fields import Currency
from shared.http.pages import CursorText, From, Limit, Page, To, forged, page, read_cursor
from shared.http.problems import refusals
from shared.http.semantics import preferred
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

router = APIRouter(route_class=StrictRoute)

STATEMENT = "statement"
CSV_ROWS_MAX = 10_000
KEY_MAX = 2**62
VARIES = {"Vary": "Accept"}
COLUMNS = ("at", "reference", "story", "account", "amount", "currency", "payment_number", "order_number")
OF_OTHERS: Mapping[str, tuple[Who, ...]] = {"user": ("self", "support")}
Owner = Annotated[
    str | None,
    Query(max_length=128, pattern=r"^[^\x00]*$", description="Whose money; somebody else's for support only."),
]


@router.get("/balance", response_model=BalanceView, openapi_extra=allowed("user", given=OF_OTHERS))
async def balance(context: Context, user: Owner = None) -> Response:
    """What the caller, or for support somebody, can spend, has earned, and has paid into escrow, by currency."""
    owner = context.caller.actor.account if user is None else user
    return await context.show(lambda session: queries.wallets(session, owner), balance_view)


@router.get(
    "/balance/entries",
    response_model=Page[StatementView],
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    openapi_extra=allowed("user", given=OF_OTHERS),
)
async def statement(
    request: Request,
    context: Context,
    user: Owner = None,
    currency: Annotated[Currency | None, Query()] = None,
    start: From = None,
    to: To = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Response:
    """Every movement of the caller's, or for support somebody's money, newest first; as CSV for text/csv."""
    owner, window, before = context.caller.actor.account if user is None else user, (start, to), _before(cursor)
    if preferred(request.headers.get("accept"), ("application/json", "text/csv")) == "text/csv":
        async with request.app.state.database.reading() as session:
            lines = await queries.statement(session, owner, currency, window, before, CSV_ROWS_MAX)
        return Response(_csv(lines), headers=VARIES, media_type="text/csv; charset=utf-8")
    as_support = context.caller.actor.is_support and owner not in context.caller.actor.accounts
    answer = await context.show(
        lambda session: queries.statement(session, owner, currency, window, before, limit + 1, as_support=as_support),
        lambda lines: page(STATEMENT, lines, limit, statement_view, lambda line: (line.entry_id, line.account_id)),
    )
    answer.headers.update(VARIES)
    return answer


@router.get(
    "/ledger/{number}",
    response_model=LedgerView,
    responses=refusals(Refusal.ORDER_NOT_FOUND),
    openapi_extra=allowed("buyer", "seller", "support"),
)
async def ledger(number: str, context: Context) -> Response:
    """Every entry of one order, with the proof that no money is missing."""
    return await context.show(lambda session: queries.ledger(session, number, context.caller.actor), ledger_view)


def _before(text: str | None) -> tuple[int, int] | None:
    """(entry, account) of the last movement that was shown; raises RefusedError for a forged cursor."""
    key = read_cursor(text, STATEMENT, int, int)
    if key is None:
        return None
    entry, account = int(key[0]), int(key[1])
    if not (0 <= entry <= KEY_MAX and 0 <= account <= KEY_MAX):
        raise forged()
    return entry, account


def _csv(lines: list[StatementLine]) -> str:
    sheet = io.StringIO()
    rows = csv.writer(sheet)
    rows.writerow(COLUMNS)
    for line in lines:
        rows.writerow([written(line.at), *(getattr(line, name) for name in COLUMNS[1:])])
    return sheet.getvalue()
