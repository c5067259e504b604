"""HTTP of an order's log."""

from fastapi import APIRouter, Response

from services.chat import queries, schemas
from services.chat.api.common import AfterSeq, OrderNumber, R
from services.chat.commands import log
from services.chat.refusals import ChatRefusal
from shared.http.access import allowed
from shared.http.executor import Context
from shared.http.pages import Limit
from shared.http.problems import refusals
from shared.http.strict import StrictRoute

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["chat"])
READERS = allowed("buyer", "seller", "assistant", "support")


@router.get(
    "/orders/{number}/log",
    response_model=schemas.LogView,
    responses=refusals(R.ORDER_NOT_FOUND),
    openapi_extra=READERS,
)
async def get_log(number: OrderNumber, context: Context, after_seq: AfterSeq = 0, limit: Limit = 100) -> Response:
    """The log of an order, oldest first: what was written, and a line for every transition."""
    by = context.caller.actor
    return await context.show(lambda session: queries.log(session, number, by, after_seq, limit), schemas.log_view)


@router.post(
    "/orders/{number}/log",
    status_code=201,
    response_model=schemas.LogLineView,
    responses=refusals(
        R.ORDER_NOT_FOUND, R.ACCOUNT_SUSPENDED, R.CONTACT_INFORMATION, ChatRefusal.ATTACHMENT_NOT_ALLOWED
    ),
    openapi_extra=READERS,
)
async def post_log(number: OrderNumber, body: schemas.LogCommentIn, context: Context) -> Response:
    """A party or support adds a comment; nothing in a log is ever changed or removed."""
    by = context.caller.actor
    return await context.execute(
        lambda work: log.comment(work, number, by, body.text, body.attachments), schemas.line_view, 201
    )
