"""What operators do with parked messages: see why, replay, or skip with a reason; audited (architecture 5)."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.tables import FailedMessage
from shared.db.unit_of_work import UnitOfWork
from shared.http.access import allowed
from shared.http.conditions import Thing
from shared.http.executor import Context
from shared.http.fields import Body, Moment, ReasonText, View
from shared.http.pages import CursorText, Limit, Page, page, read_cursor
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.messaging import retries
from shared.refusals import Refusal, Refused
from shared.texts import has_text

LIST = "parked"
R = Refusal

State = Literal["parked", "waiting", "skipped", "handled"]
"""Parked waits for an operator, waiting for its next try; the others are settled."""
FailedId = Annotated[int, Path(ge=1, le=2**62)]
Act = Callable[[UnitOfWork, int, str, str], Awaitable[None]]


class ReasonIn(Body):
    """Why the operator does this; it stays on record with the message. A missing one is refused by name."""

    reason: ReasonText | None = None


class ParkedView(View):
    """A message that could not be handled, with everything needed to understand why."""

    id: int
    queue: str
    message_id: str
    event: str
    state: State
    attempts: int
    """How many tries failed."""
    error: str
    """Why the last one failed."""
    kept_at: Moment
    """When the first try failed."""
    next_try_at: Moment | None
    settled_by: str | None
    """The operator who replayed or skipped it."""
    settled_why: str | None
    settled_at: Moment | None
    headers: dict[str, Any]
    body: str


class WholeView(ParkedView):
    """The message to the byte."""

    body_base64: str


class SettledView(View):
    """What became of the parked message."""

    id: int
    state: State
    at: Moment


FOR_OPERATORS = allowed("operator")


def router(service: str) -> APIRouter:
    """The operator's routes of one service."""
    routes = APIRouter(
        prefix=f"/v1/ops/{service}/parked",
        route_class=StrictRoute,
        tags=["operations"],
        generate_unique_id_function=lambda route: f"{service}_{route.name}",
    )
    of_all = refusals(R.UNAUTHENTICATED, R.FORBIDDEN)
    of_one = refusals(R.FORBIDDEN, R.NOT_FOUND, R.WRONG_STATUS, R.REASON_REQUIRED, R.IDEMPOTENCY_KEY_REQUIRED)

    @routes.get("", response_model=Page[ParkedView], responses=of_all, openapi_extra=FOR_OPERATORS)
    async def parked(
        context: Context, state: State = "parked", limit: Limit = 20, cursor: CursorText = None
    ) -> Response:
        """Messages that wait for an operator, or are in another state, oldest first."""
        return await context.show(lambda session: _parked(session, state, cursor, limit), lambda page: page)

    @routes.get("/{failed_id}", response_model=WholeView, responses=refusals(R.NOT_FOUND), openapi_extra=FOR_OPERATORS)
    async def message(failed_id: FailedId, context: Context) -> Response:
        """One message as it came, in whatever state it is now."""
        shown = _the_message(failed_id)
        return await context.show(shown.query, shown.render)

    @routes.post("/{failed_id}/replay", response_model=SettledView, responses=of_one, openapi_extra=FOR_OPERATORS)
    async def replay(failed_id: FailedId, body: ReasonIn, context: Context) -> Response:
        """Try the message again at once, with all its tries."""
        return await context.execute(
            lambda work: _settle(work, context, failed_id, body.reason, "waiting", retries.replay),
            lambda done: done,
            about=_the_message(failed_id),
        )

    @routes.post("/{failed_id}/skip", response_model=SettledView, responses=of_one, openapi_extra=FOR_OPERATORS)
    async def skip(failed_id: FailedId, body: ReasonIn, context: Context) -> Response:
        """Give the message up; it stays on record and is never handled."""
        return await context.execute(
            lambda work: _settle(work, context, failed_id, body.reason, "skipped", retries.skip),
            lambda done: done,
            about=_the_message(failed_id),
        )

    return routes


def _the_message(failed_id: int) -> Thing[UnitOfWork, WholeView]:
    return Thing(
        lambda session: _message(session, failed_id), lambda view: view, lambda work: retries.lock(work, failed_id)
    )


async def _parked(session: AsyncSession, state: str, text: str | None, limit: int) -> Page[ParkedView]:
    after = (read_cursor(text, LIST, int) or (0,))[0]
    query = select(FailedMessage).where(col(FailedMessage.state) == state, col(FailedMessage.id) > after)
    rows = (await session.exec(query.order_by(col(FailedMessage.id)).limit(limit + 1))).all()
    return page(LIST, rows, limit, lambda row: ParkedView(**_seen(row)), lambda row: (row.id or 0,))


async def _message(session: AsyncSession, failed_id: int) -> WholeView | Refused:
    row = await session.get(FailedMessage, failed_id)
    if row is None:
        return Refused(Refusal.NOT_FOUND)
    return WholeView(**_seen(row), body_base64=b64encode(row.body).decode())


def _seen(row: FailedMessage) -> dict[str, Any]:
    own = ("id", "message_id", "event", "state", "attempts", "error", "kept_at", "headers")
    audit = ("settled_by", "settled_why", "settled_at")
    return {
        **{name: getattr(row, name) for name in (*own, *audit)},
        "queue": row.consumer,
        "next_try_at": row.next_try_at if row.state == "waiting" else None,
        "body": row.body.decode("utf-8", "backslashreplace"),
    }


async def _settle(
    work: UnitOfWork, context: Context, failed_id: int, reason: str | None, state: State, act: Act
) -> SettledView | Refused:
    now = await retries.lock(work, failed_id)
    if now is None:
        return Refused(Refusal.NOT_FOUND)
    if now != "parked":
        return Refused(Refusal.WRONG_STATUS, {"state": now})
    if reason is None or not has_text(reason):
        return Refused(Refusal.REASON_REQUIRED)
    await act(work, failed_id, context.caller.sub, reason)
    facts = {"failed_id": failed_id, "user": context.caller.sub, "reason": reason}
    work.log_warning("message.replayed" if state == "waiting" else "message.skipped", **facts)
    at: datetime = await work.sql.fetchval("select clock_timestamp()")
    return SettledView(id=failed_id, state=state, at=at)
